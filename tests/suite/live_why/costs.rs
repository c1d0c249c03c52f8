//! What a statement costs somebody: the parts of the plan say which look-ups and rules they ask, the index that is lacking is named, who may not look past the policies is told so, and nothing
//! is ever written.

use serde_json::Value;

use super::{Live, lab};
use crate::commands::{edit, expect};

fn live(name: &str) -> Result<Live, String> {
    let live = Live::new(name)?;
    live.sql("INSERT INTO notes (id, owner_id) SELECT number, 2 FROM generate_series(100, 3000) AS number; ANALYZE")?;
    // The server has no such index, either.
    let unlisted = "notes: { columns: { id: integer, owner_id: { type: integer, references: users.id } }, indexes: [owner_id] }";
    edit(&live.folder, "schema.yaml", unlisted, &unlisted.replace(", indexes: [owner_id]", ""));
    Ok(live)
}

pub(super) fn told() -> Result<(), String> {
    let live = live("costs")?;
    let ask = |login: &str, more: &[&str]| live.run(login, &[&["as", "Ann"], more].concat());
    let (code, out, err) = ask("postgres", &["--explain", "SELECT * FROM notes"])?;
    for wanted in [
        "SELECT * FROM notes\n  as Ann  ",
        " ms, 1 row\n  without row-level security  ",
        " ms, 2904 rows\n",
        "Seq Scan on notes  1 row, 2903 refused, ",
        "\"Own notes\"",
        "indexes that it lacks, by the schema file\n  CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_owner_id_idx ON public.notes (owner_id);  -- ",
    ] {
        expect(code == 0 && out.contains(wanted), &format!("not {wanted:?}: {out}{err}"))?;
    }
    let (_, out, err) = ask("postgres", &["--explain", "SELECT * FROM plans", "--format", "json"])?;
    let all: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
    let is_less = all["with"]["rows"].as_f64() == Some(1.0) && all["without"]["rows"].as_f64() == Some(2.0);
    let names = all["with"].to_string();
    expect(is_less && names.contains("User's Team as Member") && names.contains("\\\"Members\\\""), &out)?;
    expect(!all["without"].to_string().contains("User's Team as Member"), "without policies no look-up is asked")?;
    let (_, styled, _) = ask("postgres", &["--explain", "SELECT * FROM notes", "--color", "always"])?;
    expect(styled.contains("Seq Scan on notes  \u{1b}[2m1 row"), &styled)
}

pub(super) fn not_past_policies() -> Result<(), String> {
    let live = live("costs_login")?;
    let login = live.login("gate", &["@"])?;
    // With a right to the table, and policies that count.
    live.sql(&format!("GRANT SELECT ON notes TO {login}"))?;
    let (code, out, err) = live.run(&login, &["as", "Ann", "--explain", "SELECT * FROM notes"])?;
    let is_told = out.contains("without row-level security  not known: query would be affected by row-level security")
        && err.contains("BYPASSRLS");
    expect(code == 0 && is_told && !out.contains("2904"), &format!("{out}{err}"))
}

pub(super) fn nothing_written() -> Result<(), String> {
    let live = live("costs_writes")?;
    let count = || -> Result<i64, String> {
        let mut client = live.database.connect("postgres")?;
        client.query_one("SELECT count(*) FROM notes", &[]).map(|row| row.get(0)).map_err(|error| error.to_string())
    };
    let before = count()?;
    for (statement, wanted) in [
        ("DELETE FROM notes", "only statements that read are explained"),
        ("WITH gone AS (DELETE FROM notes RETURNING id) SELECT * FROM gone", "read-only transaction"),
        ("SELECT 1; DELETE FROM notes", "cannot insert multiple commands"),
        ("SELECT * FROM notes FOR UPDATE", "read-only transaction"),
        ("SELECT 1; COMMIT; DELETE FROM notes", "cannot insert multiple commands"),
        ("SELECT * FROM nowhere", "does not exist"),
    ] {
        let (code, out, err) = live.run("postgres", &["as", "Ann", "--explain", statement])?;
        let is_refused = code == 1 && out.contains("refused: ") && out.contains(wanted);
        expect(is_refused, &format!("{statement}: {code}\n{out}{err}"))?;
    }
    expect(count()? == before, "something was written")
}

/// A masking view asks policies as its owner, whoever names it: what is compared is the table below it.
pub(super) fn masked() -> Result<(), String> {
    let live = lab::live("costs_masked")?;
    live.sql("INSERT INTO samples (id, lab_id, name) OVERRIDING SYSTEM VALUE SELECT number, 2, 'x' FROM generate_series(11, 510) AS number; ANALYZE")?;
    for statement in ["SELECT count(*) FROM shown.samples", "SELECT count(\"shown\".samples.id) FROM shown . \"samples\""] {
        let (code, out, err) = live.run("postgres", &["as", "Bob", "--explain", statement, "--format", "json"])?;
        let all: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
        let plan = all["without"]["plan"].to_string();
        expect(code == 0 && plan.contains("Seq Scan on samples") && plan.contains("502.0"), &format!("{out}{err}"))?;
    }
    let (_, out, _) = live.run("postgres", &["as", "Bob", "--explain", "TABLE shown.samples"])?;
    expect(out.contains("  without row-level security, on the tables below shown.samples  "), &out)?;
    // Another view of others asks them all the same, and a superuser cannot be told to become one.
    live.sql("CREATE ROLE @_owner; GRANT SELECT ON samples TO @_owner; CREATE VIEW own AS SELECT * FROM samples; ALTER VIEW own OWNER TO @_owner; GRANT SELECT ON own TO @")?;
    let (_, out, err) = live.run("postgres", &["as", "Bob", "--explain", "SELECT * FROM own"])?;
    live.sql("DROP VIEW own; REVOKE ALL ON samples FROM @_owner; DROP ROLE @_owner")?;
    expect(
        out.contains("not known: ") && err.contains("name the tables that it reads") && !err.contains("BYPASSRLS"),
        &format!("{out}{err}"),
    )
}

/// What a masking view asks of rows and of single fields comes from rules, as what a policy asks.
pub(super) fn by_which_rules() -> Result<(), String> {
    let live = lab::live("costs_rules")?;
    for statement in [
        "SELECT name FROM shown.samples",
        "SELECT result FROM shown.samples",
        "SELECT count(result) FROM shown.samples WHERE id = 1",
    ] {
        let (code, out, err) = live.run("postgres", &["as", "Bob", "--explain", statement])?;
        let is_told = out.contains("\"Chiefs see all\"") && out.contains("\"Own samples\"") && out.contains("asks ");
        expect(code == 0 && is_told, &format!("{statement}\n{out}{err}"))?;
    }
    // A table of which every row is shown, and fields by role.
    edit(
        &live.folder,
        "rules.policy",
        "allow read (id, lab_id, owner_id, name) }\n",
        "allow read (id, lab_id, owner_id, name) }\n  rule \"Everybody\" for Anyone { allow read (id) }\n",
    );
    let (code, _, err) = crate::commands::rowgate(
        &live.folder,
        &["apply", "--yes", "--allow-widening", "--database-url", &live.url("postgres")?],
    )?;
    expect(code == 0, &err)?;
    let (_, out, err) = live.run("postgres", &["as", "Bob", "--explain", "SELECT result FROM shown.samples"])?;
    expect(out.contains("\"Chiefs see all\"") && out.contains("\"Everybody\""), &format!("{out}{err}"))
}

/// Who names the table below a masking view is told to name the view.
pub(super) fn not_below() -> Result<(), String> {
    let live = lab::live("costs_below")?;
    let hint = "\n  what may be read of public.samples is in the masking view shown.samples: name that";
    let run = |arguments: &[&str]| live.run("postgres", &[&["as", "Bob"], arguments].concat());
    for statement in [
        "SELECT result FROM samples",
        "SELECT * FROM public.samples",
        "UPDATE samples SET name = result WHERE id = 1",
        "TABLE samples",
    ] {
        let (_, out, err) = run(&["--sql", statement])?;
        let is_told = out.contains("permission denied for table samples (42501)") && out.replace("\n    ", "\n  ").contains(hint);
        expect(is_told, &format!("{statement}\n{out}{err}"))?;
    }
    let (_, out, err) = run(&["--explain", "SELECT result FROM samples"])?;
    expect(
        out.contains("permission denied for table samples (42501)") && out.contains(hint.trim_start_matches("\n  ")),
        &format!("{out}{err}"),
    )?;
    // Where something else is lacking, another name helps nobody.
    live.sql("REVOKE DELETE ON samples FROM @")?;
    for statement in ["DELETE FROM samples WHERE id = 1", "SELECT * FROM members", "SELECT * FROM nowhere"] {
        let (_, out, err) = run(&["--sql", statement])?;
        expect(out.contains("refused: ") && !out.contains("masking view"), &format!("{statement}\n{out}{err}"))?;
    }
    live.sql("REVOKE SELECT ON shown.samples FROM @")?;
    let (_, out, err) = run(&["--sql", "SELECT result FROM samples"])?;
    expect(out.contains("refused: ") && !out.contains("masking view"), &format!("{out}{err}"))
}
