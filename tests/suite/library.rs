//! An ordinary project, with ages, limits, former values and a key of two parts: what commands say of it on its sample rows, in the words of its author.

use std::path::Path;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::commands::{expect, files, rowgate, write};
use crate::pages::temporary;
use crate::trial;

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 8] = [
        ("a_key_that_no_record_can_have_is_told", keys),
        ("what_a_table_would_not_take_is_named", obstacles),
        ("everybody_holds_what_nobody_configures", built_in),
        ("rules_are_quoted_as_they_are_written", quoted),
        ("grants_of_one_rule_are_told_apart", apart),
        ("one_is_said_of_one", numbers),
        ("a_first_file_shows_ages_limits_and_former_values", generated),
        ("a_first_file_says_what_it_does_not_show", beyond),
    ];
    let one = |(name, body): (&'static str, Body)| {
        trial(format!("library::{name}"), move || {
            let folder = temporary(&format!("library_{name}"))?;
            [("rowgate.yaml", CONFIG), ("schema.yaml", SCHEMA), ("library.policy", RULES), ("library.test.yaml", ROWS)]
                .iter()
                .for_each(|(name, text)| write(&folder, name, text));
            body(&folder)
        })
    };
    all.into_iter().map(one).collect()
}

const CONFIG: &str = r#"version: 1
identity: { provider: setting, setting: app.user_id, user_table: people, signed_in_role: lib_user, anonymous_role: lib_anon }
memberships:
  Branch: { table: staff, user: person_id, within: branch_id, role: job, where: Until is empty or Until is after now }
roles:
  Head: { membership: Branch, equals: head, includes: [Librarian] }
  Librarian: { membership: Branch, equals: librarian }
  Director: { membership: Branch, equals: director, global: true }
  Patron: { column: kind, equals: patron }
masking: { schema: masked }
guards: { schema: guard }
actions:
  give_back:
    on: loans
    by: id
    for: Patron
    where: Person is Logged in User and Returned At is empty
    set: { returned_at: now }
closed_tables: { branches: they stay as they are }
"#;

const SCHEMA: &str = "version: 1
enums: { job: [librarian, head, director] }
tables:
  branches: { columns: { id: integer, name: text not null } }
  people:
    indexes: [home_id]
    columns: { id: integer, name: text not null, kind: text, phone: text, home_id: { type: integer, references: branches } }
  staff:
    indexes: [person_id, branch_id]
    columns:
      id: integer
      person_id: { type: integer, references: people, nullable: false }
      branch_id: { type: integer, references: branches }
      job: job not null
      until: timestamptz
  books:
    indexes: [branch_id]
    unique: [[branch_id, title]]
    columns: { id: integer, branch_id: { type: integer, references: branches }, title: text not null, adult: boolean, price: numeric }
  loans:
    indexes: [person_id, book_id]
    columns:
      id: integer
      book_id: { type: integer, references: books, nullable: false }
      person_id: { type: integer, references: people, nullable: false }
      due: date
      returned_at: timestamptz
      note: text
  reservations:
    indexes: [person_id, book_id]
    primary_key: [book_id, person_id]
    columns:
      book_id: { type: integer, references: books, nullable: false }
      person_id: { type: integer, references: people, nullable: false }
      place: integer not null
      made_at: timestamptz
";

const RULES: &str = r#"boundary "Adult books" on books {
  where Adult is not true or Logged in User is not empty except Director
}
table books {
  rule "Catalogue" for Anyone { allow read (id, branch_id, title, adult) }
  rule "Branch books" for Librarian of Branch { allow read, create, update (title, price) }
  rule "Director books" for Director { allow all }
}
table people {
  rule "Self" for Authenticated { where this record is Logged in User allow read allow update (phone) }
  rule "Names at home" for Librarian of Home { allow read (id, name, home_id, kind) }
  rule "Director people" for Director { allow all }
}
table staff {
  rule "Own jobs" for Authenticated { where Person equals Logged in User allow read }
  rule "Heads hire" for Head of Branch {
    allow read, create, delete when Job is "librarian"
      and Person is not Logged in User
  }
  rule "Director staff" for Director { allow all }
}
table loans {
  rule "Own loans" for Patron {
    where Person is Logged in User
    allow read (id, book_id, person_id, due, returned_at)
  }
  rule "Desk" for Librarian of Book's Branch {
    allow read
    allow create when fewer than 3 Person's Loans where (Returned At is empty)
    allow update (due) when Returned At is empty then Due is at least the former Due
    allow update (note)
  }
}
table reservations {
  rule "Own reservations" for Patron {
    where Person is Logged in User and Made At is after 30 days ago
    allow read, delete
    allow create (book_id, place) setting Person to Logged in User and Made At to now
  }
  rule "Desk reservations" for Librarian of Book's Branch { allow read, update (place) }
}
"#;

const ROWS: &str = r#"users: { Dora: 1, Hana: 2, Libo: 3, Pat: 4, Pia: 5 }
rows:
  branches: [{ id: 1, name: North }, { id: 2, name: South }]
  people:
    - { id: 1, name: Dora, kind: staff }
    - { id: 2, name: Hana, kind: staff, home_id: 1 }
    - { id: 3, name: Libo, kind: staff, home_id: 2 }
    - { id: 4, name: Pat, kind: patron, home_id: 1 }
    - { id: 5, name: Pia, kind: patron, home_id: 2 }
  staff:
    - { id: 1, person_id: 1, branch_id: null, job: director }
    - { id: 2, person_id: 2, branch_id: 1, job: head }
    - { id: 3, person_id: 3, branch_id: 2, job: librarian }
  books:
    - { id: 1, branch_id: 1, title: Moby, adult: false, price: 10 }
    - { id: 2, branch_id: 2, title: Ulysses, adult: true, price: 20 }
  loans:
    - { id: 1, book_id: 1, person_id: 4, due: 2030-12-01 }
    - { id: 2, book_id: 2, person_id: 5, due: 2030-12-05, returned_at: "2026-11-01" }
  reservations:
    - { book_id: 1, person_id: 5, place: 1, made_at: "2001-01-01" }
scenarios:
  - name: Pat has own loans
    as: Pat
    tables: [loans]
    can: { read: { loans: [1] }, do: { give_back: [{ id: 1 }] } }
"#;

/// On sample rows, as on a server: what is no key of the table is another mistake than a record that is not there.
fn keys(folder: &Path) -> Result<(), String> {
    let (one, two) =
        ("help: write a value of this type", "help: write one value for each column, in this order, with commas between them");
    for (table, key, says, help) in [
        ("loans", "abc", "`abc` is no key of `loans`, which is (id integer)", one),
        ("reservations", "1", "`1` is no key of `reservations`, which is (book_id integer, person_id integer)", two),
        ("reservations", "1,x", "`1,x` is no key of `reservations`, which is (book_id integer, person_id integer)", two),
        ("reservations", "1,5,1", "`1,5,1` is no key of `reservations`", two),
        ("loans", "99", "no test file has a record of `loans` with the key `99`", "help: write it under `rows`"),
        (
            "reservations",
            "5,1",
            "no test file has a record of `reservations` with the key `5,1`",
            "its key is (book_id, person_id)",
        ),
    ] {
        for words in [
            vec!["why", "read", table, key, "--as", "Hana"],
            vec!["why", "create", table, key, "--as", "Hana"],
            vec!["who", "read", table, key],
            vec!["as", "Hana", "update", table, key],
            vec!["as", "Hana", "delete", table, key],
        ] {
            let (code, out, err) = rowgate(folder, &words)?;
            let is_told = code == 2 && out.is_empty() && err.contains(says) && err.contains(help);
            expect(is_told, &format!("{words:?}: {code}\n{out}{err}\nand not {says}\n{help}"))?;
        }
    }
    // Values are found as a server finds them.
    for (table, key) in [("loans", "01"), ("reservations", "1, 5"), ("reservations", "01,5")] {
        let (code, _, err) = rowgate(folder, &["why", "read", table, key, "--as", "Hana"])?;
        expect(code == 0 && err.is_empty(), &format!("{table} {key}: {err}"))?;
    }
    Ok(())
}

/// Which key, which reference, which field.
fn obstacles(folder: &Path) -> Result<(), String> {
    for (set, says) in [
        (["id=1", "book_id=1", "person_id=5"], "another record of loans has the id 1"),
        (["id=9", "book_id=77", "person_id=5"], "no record of books has the id 77, which book_id says"),
        (["id=9", "book_id=1", "person_id="], "person_id may not be empty in loans"),
    ] {
        let mut words = vec!["as", "Dora", "create", "loans"];
        set.iter().for_each(|one| words.extend(["--set", one]));
        write(folder, "more.policy", "table loans { rule \"Director\" for Director { allow all } }\n");
        let (code, out, err) = rowgate(folder, &words)?;
        let wanted = format!("create loans  not done: its table would not take it: {says}");
        expect(code == 1 && out.replace('\n', " ").contains(&wanted), &format!("{code}\n{out}{err}\nand not {wanted}"))?;
    }
    let words = ["as", "Hana", "update", "reservations", "1,5", "--set", "place=2"];
    let (code, out, err) = rowgate(folder, &words)?;
    expect(code == 0, &format!("{out}{err}"))?;
    let words = ["as", "Dora", "create", "books", "--set", "id=9", "--set", "branch_id=1", "--set", "title=Moby"];
    let (code, out, _) = rowgate(folder, &words)?;
    expect(code == 1 && out.contains("another record of books has the branch_id 1 and the title Moby"), &out)
}

/// `Authenticated` and `Anyone` are roles, whatever the project calls its own.
fn built_in(folder: &Path) -> Result<(), String> {
    let holders = |role: &str| {
        let (code, out, err) = rowgate(folder, &["who", "--role", role])?;
        expect(code == 0, &err)?;
        Ok::<_, String>(out)
    };
    let signed_in = holders("authenticated")?;
    let has = |out: &str, names: &[&str]| names.iter().all(|name| out.lines().any(|line| line.trim_start().starts_with(name)));
    let everybody = ["Dora", "Hana", "Libo", "Pat", "Pia"];
    expect(signed_in.starts_with("Authenticated: 5 holders\n") && has(&signed_in, &everybody), &signed_in)?;
    expect(!has(&signed_in, &["nobody"]) && !has(&signed_in, &["anonymous"]), &signed_in)?;
    let all = holders("Anyone")?;
    expect(all.starts_with("Anyone: 7 holders\n") && has(&all, &everybody) && has(&all, &["nobody", "anonymous"]), &all)?;
    let (code, _, err) = rowgate(folder, &["who", "--role", "Autenticated"])?;
    expect(code == 2 && err.contains("there is no role `Autenticated`\nhelp: did you mean `Authenticated`?"), &err)?;
    let (_, out, _) = rowgate(folder, &["who", "--role", "Authenticated", "--format", "json"])?;
    let json: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))?;
    let first = &json["holders"][0];
    expect(first["who"] == "Dora" && first["role"] == "Authenticated" && first["within"].is_null(), &out)
}

/// What is said of a rule has the words of its text, in one line.
fn quoted(folder: &Path) -> Result<(), String> {
    let (_, out, err) = rowgate(folder, &["test", "--coverage", "--color", "never"])?;
    for words in [
        "\"Self\" on people where this record is Logged in User:",
        "\"Desk\" on loans allows update (due) then Due is at least the former Due:",
        "\"Desk\" on loans allows create when fewer than 3 Person's Loans where (Returned At is empty):",
        "\"Heads hire\" on staff allows create when Person is not Logged in User:",
        "\"Own jobs\" on staff where Person equals Logged in User:",
        "boundary \"Adult books\" on books: Adult is not true:",
    ] {
        expect(out.contains(words), &format!("{words}\nis not in\n{out}{err}"))?;
    }
    let (_, out, _) = rowgate(folder, &["test", "--mutate", "--color", "never"])?;
    let words = "\"Desk\" on loans allows update (due) then Due is at least the former Due\n";
    expect(out.contains(words), &format!("{words}\nis not in\n{out}"))?;
    let why = |words: &[&str]| rowgate(folder, &[&["why"], words].concat());
    let (_, out, _) = why(&["update", "loans", "1", "--as", "Hana", "--set", "due=2001-01-01"])?;
    expect(out.starts_with("lacks    ") && out.contains("Due is at least the former Due (Due is 2001-01-01"), &out)?;
    let (_, out, _) = why(&["read", "people", "4", "--as", "Pia"])?;
    expect(out.contains("\"Self\" where this record is Logged in User"), &out)?;
    // Two lines of the text are one here, and what has a name is told by what it means.
    let (_, out, _) = why(&["delete", "staff", "3", "--as", "Hana"])?;
    expect(out.contains("when Job is \"librarian\" and Person is not Logged in User"), &out)?;
    write(
        folder,
        "library.policy",
        RULES
            .replace("where Person is Logged in User\n", "where Own\n")
            .replace("table loans {", "table loans {\n  condition Own: Person is # whose\n    Logged in User\n"),
    );
    let (code, out, err) = why(&["read", "loans", "1", "--as", "Pia"])?;
    expect(code == 0 && out.contains("\"Own loans\" where Person equals Logged in User"), &format!("{out}{err}"))
}

/// Each that nobody would miss can be found.
fn apart(folder: &Path) -> Result<(), String> {
    let twice = "    allow read\n    allow create when fewer";
    write(
        folder,
        "library.policy",
        RULES.replace(twice, &format!("    allow delete when Returned At is empty\n    allow delete when Due is empty\n{twice}")),
    );
    let (_, out, _) = rowgate(folder, &["test", "--mutate", "--format", "json"])?;
    let json: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))?;
    let missed = json["left_out"]["missed"].as_array().cloned().unwrap_or_default();
    let words: Vec<&str> = missed.iter().filter_map(|one| one["what"].as_str()).collect();
    for one in [
        "\"Desk\" on loans allows update (due)",
        "\"Desk\" on loans allows update (note)",
        "\"Desk\" on loans allows delete [when Returned At is empty]",
        "\"Desk\" on loans allows delete [when Due is empty]",
        "\"Catalogue\" on books allows read (id, branch_id, title, adult)",
    ] {
        expect(words.contains(&one), &format!("{one} is not in {words:#?}"))?;
    }
    let places: std::collections::BTreeSet<String> =
        missed.iter().map(|one| format!("{} {} {}", one["what"], one["line"], one["column"])).collect();
    expect(places.len() == missed.len(), &format!("{places:#?}\n{missed:?}"))
}

fn numbers(folder: &Path) -> Result<(), String> {
    let (code, _, err) = rowgate(folder, &["test"])?;
    expect(code == 0 && err.contains("1 scenario holds, "), &err)?;
    let (_, _, err) = rowgate(folder, &["check"])?;
    expect(err.contains("1 scenario was not run: `rowgate test` runs it"), &err)?;
    let (_, _, err) = rowgate(folder, &["report", "--output", "report.html"])?;
    let page = files(folder).get("report.html").cloned().unwrap_or_default();
    expect(page.contains("1 scenario holds"), &err)
}

/// All of the rules, but what is said of it; in memory and on a server.
fn generated(folder: &Path) -> Result<(), String> {
    std::fs::remove_file(folder.join("library.test.yaml")).map_err(|error| error.to_string())?;
    let (code, _, said) = rowgate(folder, &["test", "--generate"])?;
    expect(code == 0, &said)?;
    let (_, out, err) = rowgate(folder, &["test", "--coverage", "--mutate", "--format", "json"])?;
    let json: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
    let failed = json["scenarios"].as_array().into_iter().flatten().any(|one| one["failures"] != serde_json::json!([]));
    expect(!failed, &out)?;
    let gaps = format!("{:#}\n{:#}\n{said}", json["coverage"]["gaps"], json["left_out"]["missed"]);
    expect(json["coverage"]["gaps"] == serde_json::json!([]), &gaps)?;
    // Heads see their own jobs anyway: nothing can show this one, and it is said.
    let own = "\"Heads hire\" on staff allows read when Person is not Logged in User";
    let missed: Vec<&str> =
        json["left_out"]["missed"].as_array().into_iter().flatten().filter_map(|one| one["what"].as_str()).collect();
    expect(missed == [own] && said.contains(&format!("{own}: nobody would miss it\n    library.policy:")), &gaps)?;
    let (code, _, again) = rowgate(folder, &["test", "--generate"])?;
    expect(code == 2 && again.contains("help: name another file, as in `--generate=second.test.yaml`"), &again)?;
    let (code, out, err) = rowgate(folder, &["test", "--postgres", "--both"])?;
    expect(code == 0, &format!("{out}{err}"))
}

/// What only a server knows is named, with its place.
fn beyond(folder: &Path) -> Result<(), String> {
    std::fs::remove_file(folder.join("library.test.yaml")).map_err(|error| error.to_string())?;
    write(
        folder,
        "more.policy",
        "table loans { rule \"Long ones\" for Director { where Due is after date \"2020-01-01\" allow read when Due is between 60 days ago and 30 days ago } }\n",
    );
    let (code, _, said) = rowgate(folder, &["test", "--generate"])?;
    let is_named = said.contains("Due is between 60 days ago and 30 days ago") || said.contains("Due is not");
    expect(code == 0 && said.contains("no row or change that was tried shows what follows") && is_named, &said)?;
    expect(said.contains("more.policy:1:"), &said)
}
