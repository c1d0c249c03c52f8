//! What `rowgate matrix` says of nobody: with nobody signed in, what is said of the user is unknown, and the rest is not.

use libtest_mimic::Trial;
use rowgate::access;
use rowgate::model::{Operation, Subject};

use crate::{project, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("review::nobody_is_told_apart_from_what_is_unknown", nobody)]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed, parts: closed }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer } }
  open: { columns: { id: integer, flag: boolean } }
  own: { columns: { id: integer, owner_id: { type: integer, references: users } } }
  parts: { columns: { id: integer, thing_id: { type: integer, references: things }, owner_id: { type: integer, references: users }, flag: boolean } }
  things:
    columns:
      id: integer
      flag: boolean
      owner_id: { type: integer, references: users }
      open_id: { type: integer, references: open }
      own_id: { type: integer, references: own }
";

/// What stands in a rule for Anyone, and what it comes to.
const RULES: [(&str, &str); 18] = [
    ("allow read", "always"),
    ("where Owner equals Logged in User allow read", "never"),
    ("where Owner equals Logged in User or Flag is true allow read", "Flag equals true"),
    ("where Owner is not Logged in User and Flag is true allow read", "never"),
    ("where no Parts where (Owner equals Logged in User) allow read", "never"),
    ("where no Parts where (Owner equals Logged in User or Flag is true) allow read", "never"),
    ("where no Parts where (Flag is true) allow read", "no parts where (Flag equals true)"),
    ("where any Parts where (Owner equals Logged in User) allow read", "never"),
    ("where any Parts where (Owner equals Logged in User or Flag is true) allow read", "any parts where (Flag equals true)"),
    ("where can read Open allow read", "can read Open"),
    ("where not can read Open allow read", "not can read Open"),
    ("where not can read Own allow read", "never"),
    ("allow update when Flag is true then Owner equals Logged in User", "never"),
    ("allow read, update when Flag is true", "Flag equals true"),
    ("allow read, update when Flag is true then Flag is false", "never"),
    // One grant allows the whole step, so no grant's beginning meets another's end; what another contains is not said again.
    (
        "allow read allow update when Flag is true then Flag is false allow update when Flag is empty then Flag is true",
        "Flag equals true, then Flag equals false; or Flag is empty, then Flag equals true",
    ),
    ("allow read allow update when Flag is true and Open is empty allow update when Flag is true", "Flag equals true"),
    ("allow read allow update when Flag is true then Flag is false", "Flag equals true, then Flag equals false"),
];

fn nobody() -> Result<(), String> {
    for (rule, expected) in RULES {
        let policy = format!(
            "table things {{ rule \"a\" for Anyone {{ {rule} }} }}
             table open {{ rule \"o\" for Anyone {{ where Flag is true allow read }} }}
             table own {{ rule \"w\" for Anyone {{ where Owner equals Logged in User allow read }} }}"
        );
        let (model, _) = project::model_of(CONFIG, SCHEMA, &policy)?;
        let review = access::review(&model);
        let things = model.catalog.named("things").ok_or("no table")?;
        let nobody = review.tables[&things].iter().find(|role| role.subject == Subject::Anyone).ok_or("no row")?;
        let operation = if rule.contains("update") { Operation::Update } else { Operation::Read };
        let words: Vec<String> = nobody.operations[&operation]
            .iter()
            .map(|answer| answer.condition(&model, Subject::Anyone).unwrap_or_else(|| answer.word().to_owned()))
            .collect();
        if words != [expected] {
            return Err(format!("{rule}: {words:?}"));
        }
        let named = nobody.operations[&operation].iter().any(|answer| !answer.rules.is_empty());
        if named != (expected != "never") {
            return Err(format!("{rule}: its name belongs to what it grants"));
        }
    }
    Ok(())
}
