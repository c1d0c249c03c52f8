//! What `--set` says: what can be no value of a field is told with what could be, by samples and by a database; and what the server alone reads, it is asked to read.

use super::{Live, fails};
use crate::commands::{expect, rowgate};

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: @ }
lookup: { inspection_role: @_eye }
closed_tables: { users: no }
";

const SCHEMA: &str = "version: 1
enums: { job: [librarian, head, director] }
tables:
  users: { columns: { id: integer } }
  shifts:
    columns:
      id: integer
      user_id: { type: integer, references: users, nullable: false }
      job: job
      day: date
      until: timestamptz
      paid: numeric
      open: boolean
      length: interval
      tags: text[]
      ranks: integer[]
    indexes: [user_id]
";

const RULES: &str = r#"table shifts {
  rule "Own" for Authenticated {
    where User is Logged in User
    allow read
    allow create, update when Job is "head" and Day is at least date "2026-02-01"
  }
}
"#;

const ROWS: &str = "users: { Ann: 1 }
rows:
  users: [{ id: 1 }]
  shifts: [{ id: 1, user_id: 1, job: head, day: 2026-03-01 }]
scenarios: []
";

/// A pair, and what is told of it with and without a database.
const WRONG: [(&str, &str, &str); 9] = [
    ("job=boss", "`job` of `shifts` is job, and `boss` is none", "help: it is one of librarian, head, director"),
    ("job=haed", "`job` of `shifts` is job, and `haed` is none", "help: did you mean `head`?"),
    ("day=soon", "`day` of `shifts` is date, and `soon` is none", "help: write a day, such as `2026-01-31`, or `today`"),
    ("day=2026-02-30", "`2026-02-30` is none", "help: write a day"),
    ("until=never", "`never` is none", "help: write a moment, such as `2026-01-31 12:00+00`, or `now`"),
    ("paid=much", "`paid` of `shifts` is numeric, and `much` is none", "help: write a number, such as `12.50`"),
    ("open=perhaps", "`perhaps` is none", "help: write `true` or `false`"),
    ("id=99999999999", "`99999999999` is none", "help: write a whole number from -2147483648 to 2147483647"),
    ("tags=new", "`new` is none", "help: write a list: `[new]`"),
];

pub(super) fn told() -> Result<(), String> {
    let live = Live::of("values", [CONFIG, SCHEMA, RULES, ROWS])?;
    let gate = live.login("gate", &["@"])?;
    for (pair, says, help) in WRONG {
        for question in [
            &["why", "create", "shifts", "-", "--as", "Ann"][..],
            &["why", "update", "shifts", "1", "--as", "Ann"],
            &["as", "Ann", "update", "shifts", "1"],
        ] {
            let words = [question, &["--set", pair]].concat();
            fails(pair, rowgate(&live.folder, &[&words[..], &["--samples"]].concat())?, &[says, help])?;
            fails(pair, live.run("postgres", &words)?, &[says, help])?;
        }
        // Also where nobody sees every row.
        fails(pair, live.run(&gate, &["as", "Ann", "update", "shifts", "1", "--set", pair])?, &[says, help])?;
    }
    // What only the server reads: it is asked to, or says that it does not.
    for (pair, is_allowed) in
        [("day=31 March 2026", true), ("day=1 January 2026", false), ("day=20260401", true), ("length=PT1H", true)]
    {
        let (code, out, err) = live.run("postgres", &["as", "Ann", "update", "shifts", "1", "--set", pair])?;
        let wanted = if is_allowed { "update shifts 1  allowed" } else { "update shifts 1  denied: lacks" };
        expect(code == i32::from(!is_allowed) && out.starts_with(wanted), &format!("{pair}: {code}\n{out}{err}"))?;
        let (_, out, err) = live.run("postgres", &["why", "update", "shifts", "1", "--as", "Ann", "--set", pair])?;
        let wanted =
            if is_allowed { "allowed  by the rules and by the database" } else { "denied   by the rules and by the database" };
        expect(out.starts_with(wanted), &format!("{pair}: {out}{err}"))?;
    }
    for (pair, says) in [
        (
            "day=31 Foo 2026",
            "`day` of `shifts` is date, and `31 Foo 2026` is none: the database says: invalid input syntax for type date",
        ),
        ("ranks=[1, x]", "`ranks` of `shifts` is integer[], and `x` is none"),
        ("length=1 fortnight", "`1 fortnight` is none: the database says: invalid input syntax for type interval"),
    ] {
        fails(pair, live.run("postgres", &["as", "Ann", "update", "shifts", "1", "--set", pair])?, &[says])?;
        fails(pair, live.run("postgres", &["why", "update", "shifts", "1", "--as", "Ann", "--set", pair])?, &[says])?;
    }
    Ok(())
}
