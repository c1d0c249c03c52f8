//! Why a database decides otherwise than the rules: what is about the table and the role comes first, whoever asks.

use super::{Live, fails, lab};

/// A superuser, and somebody who reads as the role of inspection and owns nothing.
fn askers(live: &Live) -> Result<[String; 2], String> {
    Ok(["postgres".to_owned(), live.login("person", &["@", "@_eye"])?])
}

pub(super) fn nearest() -> Result<(), String> {
    let live = lab::live("nearest")?;
    let read: String = live
        .database
        .connect("postgres")?
        .query_one("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'rowgate_read_lw_nearest' AND polrelid = 'orders'::regclass", &[])
        .map_err(|error| error.to_string())?
        .get(0);
    let asking = askers(&live)?;
    // Other tables have something that is otherwise, too, and so has a policy that is older.
    live.sql("CREATE POLICY aaa ON samples USING (false); CREATE POLICY aab ON members USING (id > 0); ALTER POLICY rowgate_read_@ ON orders USING (id = 2)")?;
    for login in &asking {
        let first = "cause    policy rowgate_read_@ on public.orders was altered";
        for question in [["read", "orders", "1", "--as", "Ann"], ["delete", "orders", "1", "--as", "Ann"]] {
            let (code, out, err) = live.run(login, &[&["why"], &question[..]].concat())?;
            let line = out.lines().nth(1).unwrap_or_default();
            if code != 0 || line != first.replace('@', &live.prefix) {
                return Err(format!("{login} {question:?}: {code}\n{out}{err}"));
            }
        }
    }
    live.sql(&format!(
        "ALTER POLICY rowgate_read_@ ON orders USING ({read}); REVOKE SELECT ON orders FROM @; GRANT SELECT (id) ON samples TO @"
    ))?;
    for login in &asking {
        let wanted =
            ["differs  the rules allow it", "cause    right of @ to SELECT public.orders is gone", "mends    GRANT SELECT"];
        live.tells_to(login, &["read", "orders", "1", "--as", "Ann"], &wanted)?;
    }
    Ok(())
}

pub(super) fn schemas() -> Result<(), String> {
    let live = lab::live("schemas")?;
    let asking = askers(&live)?;
    let (order, sample) = (["read", "orders", "1", "--as", "Ann"], ["read", "samples", "1", "--as", "Bob"]);
    for (change, undo, question, wanted) in [
        (
            "REVOKE USAGE ON SCHEMA shown FROM @",
            "GRANT USAGE ON SCHEMA shown TO @",
            &sample,
            [
                "in shown.samples: permission denied for schema shown",
                "cause    @ may not use the schema shown",
                "mends    GRANT USAGE ON SCHEMA shown TO @",
            ],
        ),
        (
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC, @",
            "GRANT USAGE ON SCHEMA public TO PUBLIC, @",
            &order,
            [
                "permission denied for schema public",
                "cause    @ may not use the schema public",
                "mends    GRANT USAGE ON SCHEMA public TO @",
            ],
        ),
        (
            "REVOKE USAGE ON SCHEMA rowgate, public FROM PUBLIC, rowgate_lookup; ALTER POLICY rowgate_read_@ ON orders USING (id > 0 AND \
             EXISTS (SELECT FROM unnest(rowgate.user_lab_as_chief_or_tech_f3352fdecd(1))))",
            "GRANT USAGE ON SCHEMA public TO PUBLIC; GRANT USAGE ON SCHEMA rowgate, public TO rowgate_lookup",
            &order,
            [
                "differs  the rules allow it",
                "cause    rowgate_lookup may not use the schema public",
                "mends    GRANT USAGE ON SCHEMA public TO rowgate_lookup",
            ],
        ),
    ] {
        for login in &asking {
            live.sql(change)?;
            let told = live.tells_to(login, question, &wanted);
            live.sql(undo)?;
            told?;
        }
    }
    Ok(())
}

pub(super) fn actions() -> Result<(), String> {
    let live = lab::live("actions")?;
    let asking = askers(&live)?;
    let question = ["do", "take", "1", "--as", "Ann"];
    for (change, undo, wanted) in [
        (
            "REVOKE USAGE ON SCHEMA guard FROM @",
            "GRANT USAGE ON SCHEMA guard TO @",
            ["cause    @ may not use the schema guard", "mends    GRANT USAGE ON SCHEMA guard TO @"],
        ),
        (
            "REVOKE EXECUTE ON FUNCTION guard.take FROM @",
            "GRANT EXECUTE ON FUNCTION guard.take TO @",
            ["cause    @ may not call guard.take", "mends    GRANT EXECUTE ON ROUTINE guard.take TO @"],
        ),
    ] {
        live.sql(change)?;
        let told = asking.iter().try_for_each(|login| live.tells_to(login, &question, &wanted));
        live.sql(undo)?;
        told?;
    }
    for key in ["x", "1,2", "", "1.5"] {
        let wanted = [
            &*format!("`{key}` is nothing that `take` is called with, which takes (id integer)"),
            "help: write a value of this type",
        ];
        fails(key, live.run("postgres", &["why", "do", "take", key, "--as", "Ann"])?, &wanted)?;
        let samples = crate::commands::rowgate(&live.folder, &["why", "do", "take", key, "--as", "Ann", "--samples"])?;
        fails(key, samples, &wanted)?;
    }
    live.tells(&["do", "take", "99", "--as", "Ann"], &["denied", "lacks    there is a record of orders with this id"])
}

pub(super) fn lapsed() -> Result<(), String> {
    let live = lab::live("lapsed")?;
    let wanted = [
        "denied",
        "lacks",
        "or       the session holds Chief of Lab (Lab is 1)",
        "or       the session holds Tech of Lab; it was held until 2026-01-01 00:00:00, which is over (Lab is 1)",
    ];
    live.tells(&["read", "samples", "1", "--as", "Cleo"], &wanted)?;
    // Held in another lab, by another role, or by nobody: nothing is over.
    live.sql("UPDATE members SET lab_id = 2 WHERE id = 3")?;
    live.tells(
        &["read", "samples", "1", "--as", "Cleo"],
        &["denied", "lacks", "or       the session holds Chief", "or       the session holds Tech of Lab (Lab is 1)"],
    )?;
    live.sql("UPDATE members SET lab_id = 1, role = 'guest' WHERE id = 3")?;
    live.tells(
        &["read", "samples", "1", "--as", "Cleo"],
        &["denied", "lacks", "or       the session holds Chief", "or       the session holds Tech of Lab (Lab is 1)"],
    )
}
