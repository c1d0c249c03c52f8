//! Files that somebody has worked on: what the database does not know is there afterwards, letter by letter.

use rowgate::pull;

use super::{load, read};
use crate::cluster::{DEPLOYER, Database};

const BEFORE: &str = r#"# Our schema.
version: 1

enums:
  # in the order of what each allows
  level: [view, comment] # two so far
  gone: [a]

tables:
  users: { label: Person, columns: { id: integer, email: { type: text, class: personal }, old: text } } # short

  # what belongs to somebody
  items:
    label: Thing
    whole_rows: true
    unique: [title]
    indexes:
      - owner_id
      - document
      - no_more
    columns:
      id: integer
      # who made it
      owner_id: { type: int4, references: users.id, nullable: false, label: Maker } # never changes
      title: varchar(20) not null   # shown everywhere
      no_more: text
      level: { type: level, default: "'view'::level" }
      about: { type: uuid, references: items } # by hand: the server knows no such constraint
      touched: { type: timestamptz, set_by_trigger: true }
    derived:
      document: { type: text, sql: "split_part(title, '/', 1)" }
    foreign_keys:
      itself: { columns: [id, owner_id], references: "items (id, owner_id)", label: Twin }

  # dropped long ago
  dropped:
    columns:
      id: integer

  # of another schema
  billing.accounts:
    columns: { id: integer }
"#;

const DATABASE: &str = "
CREATE TYPE level AS ENUM ('view', 'comment', 'edit'); CREATE TYPE kind AS ENUM ('a', 'b');
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, kind kind NOT NULL DEFAULT 'a', boss_id integer REFERENCES users);
CREATE TABLE items (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES users, title varchar(40) NOT NULL, level level DEFAULT 'view',
  about uuid, touched timestamptz NOT NULL DEFAULT now(), size bigint NOT NULL, UNIQUE (id, owner_id), FOREIGN KEY (id, owner_id) REFERENCES items (id, owner_id));
CREATE INDEX ON items (owner_id); CREATE INDEX ON items (title, size);
CREATE TABLE notes (id integer PRIMARY KEY, text text);
";

const AFTER: &str = r#"# Our schema.
version: 1

enums:
  # in the order of what each allows
  level: [view, comment, edit] # two so far
  kind: [a, b]

tables:
  users: { label: Person, columns: { id: integer, email: { type: text, class: personal, nullable: false }, kind: { type: kind, nullable: false, default: "'a'" }, boss_id: { type: integer, references: users } } } # short

  # what belongs to somebody
  items:
    label: Thing
    whole_rows: true
    unique: [[id, owner_id]]
    indexes: [owner_id, document, [title, size]]
    columns:
      id: integer
      # who made it
      owner_id: { type: int4, references: users.id, nullable: false, label: Maker } # never changes
      title: varchar(40) not null   # shown everywhere
      level: { type: level, default: "'view'::level" }
      about: { type: uuid, references: items } # by hand: the server knows no such constraint
      touched: { type: timestamptz, set_by_trigger: true, nullable: false, default: now() }
      size: bigint not null
    derived:
      document: { type: text, sql: "split_part(title, '/', 1)" }
    foreign_keys:
      itself: { columns: [id, owner_id], references: "items (id, owner_id)", label: Twin }

  notes:
    columns:
      id: integer
      text: text

  # dropped long ago

  # of another schema
  billing.accounts:
    columns: { id: integer }
"#;

pub fn added() -> Result<(), String> {
    let database = Database::create("pull_annotated")?;
    database.apply(DEPLOYER, DATABASE)?;
    let facts = read(&database, DEPLOYER, &[], &[])?;
    let pulled = pull::updated(BEFORE, &facts).map_err(|error| error.to_string())?;
    if pulled.text != AFTER {
        return Err(pulled.text);
    }
    if pulled.removed != ["enum gone", "column users.old", "column items.no_more", "table dropped"] {
        return Err(format!("{:?}", pulled.removed));
    }
    // `about` is of another type than what it is said to lead to, which the file said before.
    load(&pulled.text.replace("about: { type: uuid, references: items }", "about: uuid"))?;
    // A pattern leaves all else as it is.
    let facts = read(&database, DEPLOYER, &["public"], &["n*"])?;
    let pulled = pull::updated(BEFORE, &facts).map_err(|error| error.to_string())?;
    let notes = "  notes:\n    columns:\n      id: integer\n      text: text\n\n";
    let expected = BEFORE.replace("  # dropped long ago", &format!("{notes}  # dropped long ago"));
    if pulled.text != expected.replace("[view, comment]", "[view, comment, edit]") {
        return Err(pulled.text);
    }
    Ok(())
}

/// Forms of YAML: changed in their place, or refused with the line; never lost.
pub fn forms() -> Result<(), String> {
    let database = Database::create("pull_forms")?;
    database.apply(
        DEPLOYER,
        "CREATE TABLE a (id integer PRIMARY KEY, b text NOT NULL, c integer); CREATE TABLE z (id integer PRIMARY KEY)",
    )?;
    let facts = read(&database, DEPLOYER, &[], &[])?;
    let update = |text: &str| pull::updated(text, &facts).map(|pulled| pulled.text).map_err(|error| error.to_string());
    for text in [
        "version: 1\ntables: {}\n",
        "version: 1\ntables:\n",
        "version: 1\ntables: { a: { columns: { id: integer } } }\n",
        "version: 1\ntables:\n  a: { columns: {} }\n",
        "version: 1\ntables: # all\n  a: { columns: { gone: text, too: text, id: integer, c: { generated: true, type: int, default: '1' }, as: text, well: text } }\n",
        "version: 1\ntables: { a: { columns: { gone: text } }, y: { columns: { id: integer } }, x: { columns: { id: integer } } }\n",
        "version: 1\r\ntables:\r\n  a: # first\r\n    columns:\r\n      id: integer\r\n      gone: text\r\n",
        "\u{feff}version: 1\ntables:\n  'a':\n    columns:\n      \"id\": 'integer'\n      b: { type: text,\n           nullable: false, # it is\n           label: X }\n",
        "version: 1\ntables:\n    a:\n        columns:\n            c: int\n\n            # the key\n            id: INTEGER\n            b: TEXT NOT NULL\n    z:\n        columns: { id: integer not null }",
        "tables:\n  z: { columns: { id: integer } }\n  # last\nversion: 1\n",
    ] {
        let Ok(updated) = update(text) else {
            // Not changed is right, too, as long as nothing is lost.
            continue;
        };
        let catalog = load(&updated)?;
        let columns: usize = catalog.tables().map(|(_, table)| table.columns.len()).sum();
        let remarks = |text: &str| text.matches('#').count();
        if text.contains("\r\n") != updated.contains("\r\n") || updated.contains(", }") || updated.contains("  }") {
            return Err(format!("{text}\n{updated}"));
        }
        if columns != 4 || remarks(text) != remarks(&updated) || update(&updated)? != updated {
            return Err(format!("{text}\n{updated}"));
        }
    }
    for (text, line) in
        [("version: 1\ntables: &x\n  a:\n", "line 2"), ("version: 1\ntables:\n  a:\n    label: |\n      b\n", "line 4")]
    {
        let reason = update(text).err().unwrap_or_default();
        if !reason.starts_with(line) {
            return Err(format!("{text}: {reason}"));
        }
    }
    Ok(())
}
