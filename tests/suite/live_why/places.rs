//! Where somebody reads: through the masking view, as the application does, and from the table below it, to which they have a right, too.

use super::lab;

pub(super) fn asked() -> Result<(), String> {
    let live = lab::live("places")?;
    let denied = ["read", "samples", "1", "--as", "Cleo"];
    let allowed = ["read", "samples", "1", "--as", "Bob"];
    live.tells(&denied, &["denied   by the rules and by the database: it shows no such record"])?;
    live.tells(&allowed, &["allowed  by the rules and by the database"])?;
    // The view asks for itself, and goes on to show nothing.
    let opened = "differs  the database allows what the rules deny, in samples";
    for (change, undo, wanted) in [
        (
            "ALTER TABLE samples DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE samples ENABLE ROW LEVEL SECURITY",
            "mends    ALTER TABLE public.samples ENABLE ROW LEVEL SECURITY",
        ),
        (
            "CREATE POLICY open ON samples USING (true)",
            "DROP POLICY open ON samples",
            "mends    DROP POLICY open ON public.samples",
        ),
    ] {
        live.sql(change)?;
        live.tells(&denied, &[opened, "cause    ", wanted])?;
        live.sql(undo)?;
    }
    let revoke = "REVOKE SELECT ON samples FROM @; GRANT SELECT (id, lab_id, owner_id, name) ON samples TO @";
    for (change, undo, question, wanted) in [
        // A field that the rules hide, by a right of somebody else.
        (
            "GRANT SELECT ON samples TO @",
            revoke,
            &allowed,
            &["differs  the database shows what the rules hide, in samples: result", "cause    ", "mends    REVOKE SELECT"][..],
        ),
        // A view that somebody replaced.
        (
            "CREATE TABLE kept AS SELECT pg_get_viewdef('shown.samples') AS text; \
             CREATE OR REPLACE VIEW shown.samples WITH (security_barrier) AS SELECT id, lab_id, owner_id, name, result FROM samples",
            "DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW shown.samples WITH (security_barrier) AS ' || (SELECT text FROM kept); END $$; DROP TABLE kept",
            &allowed,
            &[
                "differs  the database shows what the rules hide, in shown.samples: result",
                "cause    view shown.samples was altered",
            ],
        ),
        // Only one of both is closed.
        (
            "REVOKE SELECT ON shown.samples FROM @",
            "GRANT SELECT ON shown.samples TO @",
            &allowed,
            &["differs  the rules allow it, and the database does not, in shown.samples: permission denied for view samples"],
        ),
        (
            "CREATE POLICY closed ON samples AS RESTRICTIVE TO @ USING (false)",
            "DROP POLICY closed ON samples",
            &allowed,
            &[
                "differs  the rules allow it, and the database does not, in samples: it shows no such record",
                "cause    policy closed",
            ],
        ),
    ] {
        live.sql(change)?;
        live.tells(question, wanted)?;
        live.sql(undo)?;
    }
    // Who may not read the table is asked of the view alone.
    live.sql("REVOKE SELECT (id, lab_id, owner_id, name) ON samples FROM @; ALTER TABLE samples DISABLE ROW LEVEL SECURITY")?;
    live.tells(&denied, &["denied   by the rules and by the database: it shows no such record"])?;
    let (_, out, _) = live.run("postgres", &[&["why"], &allowed[..], &["--format", "json"]].concat())?;
    let json: serde_json::Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    let places = &json["database"]["places"];
    let wanted =
        serde_json::json!([{ "place": "shown.samples", "answer": "allowed", "says": null, "agrees": true, "beyond": [] }]);
    if *places == wanted { Ok(()) } else { Err(out) }
}
