//! Which of several causes stands first: what explains what the server did. Columns of one right are one cause.

use super::{Live, lab};
use crate::commands::expect;

/// The texts of all causes, in their order.
fn causes(live: &Live, question: &[&str]) -> Result<(String, Vec<String>), String> {
    let (code, out, err) = live.run("postgres", &[&["why"], question].concat())?;
    expect(code == 0, &format!("{out}{err}"))?;
    let told = out.lines().filter_map(|line| line.strip_prefix("cause    ")).map(str::to_owned).collect();
    Ok((out, told))
}

pub(super) fn ordered() -> Result<(), String> {
    let live = lab::live("fitting")?;
    let order = ["read", "orders", "1", "--as", "Ann"];
    let lost =
        "REVOKE SELECT ON orders FROM @; GRANT SELECT (id, lab_id, owner_id) ON orders TO @; REVOKE UPDATE ON orders FROM @;";
    let narrow = "CREATE POLICY old_tenants ON orders AS RESTRICTIVE TO @ USING (false);";
    // Where no record is found, no right is lacking: the one policy that takes it away stands first, however many rights came or went.
    live.sql("REVOKE UPDATE (lab_id, state) ON orders FROM @; REVOKE INSERT (id, lab_id, owner_id) ON orders FROM @")?;
    live.sql(narrow)?;
    live.sql("GRANT SELECT (id, name) ON labs TO @")?;
    let (out, told) = causes(&live, &order)?;
    let first = told.first().is_some_and(|first| first == "policy old_tenants on public.orders was added");
    let update = format!("right of {} to UPDATE columns lab_id, state of public.orders is gone", live.prefix);
    let insert = format!("right of {} to INSERT columns id, lab_id, owner_id of public.orders is gone", live.prefix);
    expect(first && told.contains(&update) && told.contains(&insert) && !out.contains(" more, which"), &out)?;
    let mends = format!("mends    GRANT UPDATE (lab_id, state) ON public.orders TO {}\n", live.prefix);
    expect(out.contains(&mends), &out)?;
    // Where the server says that a right is lacking, the right stands first.
    live.sql("DROP POLICY old_tenants ON orders; CREATE POLICY aaa ON orders AS RESTRICTIVE TO @ USING (true)")?;
    live.sql(lost)?;
    let (out, told) = causes(&live, &order)?;
    let wanted = format!("right of {} to SELECT public.orders is gone", live.prefix);
    expect(out.starts_with("differs  the rules allow it, and the database does not: permission denied for table orders"), &out)?;
    expect(told.first() == Some(&wanted) && told.iter().any(|one| one.starts_with("policy aaa")), &out)?;
    // What may not be shown is shown: not by what takes rows away.
    live.sql("GRANT SELECT ON orders TO @; ALTER TABLE orders DISABLE ROW LEVEL SECURITY")?;
    let (out, told) = causes(&live, &["read", "orders", "2", "--as", "Ann"])?;
    expect(told.first().is_some_and(|first| first == "table public.orders was altered"), &out)
}

/// A right to a masked table that is lost: of who reads the view, or of the view's owner to what is below it.
pub(super) fn masked() -> Result<(), String> {
    let live = lab::live("lost")?;
    let sample = ["read", "samples", "1", "--as", "Bob"];
    let owner: String = live
        .database
        .connect("postgres")?
        .query_one("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'shown.samples'::regclass", &[])
        .map_err(|error| error.to_string())?
        .get(0);
    for (change, undo, says, mends) in [
        (
            "REVOKE SELECT ON shown.samples FROM @",
            "GRANT SELECT ON shown.samples TO @",
            "right of @ to SELECT shown.samples is gone",
            "GRANT SELECT ON shown.samples TO @",
        ),
        (
            "REVOKE SELECT ON samples FROM %",
            "GRANT SELECT ON samples TO %",
            "right of % to SELECT public.samples is gone",
            "GRANT SELECT ON public.samples TO %",
        ),
    ] {
        let [change, undo, says, mends] =
            [change, undo, says, mends].map(|text| text.replace('%', &owner).replace('@', &live.prefix));
        live.sql(&change)?;
        let (out, told) = causes(&live, &sample)?;
        live.sql(&undo)?;
        let is_told = told.first() == Some(&says) && out.contains(&format!("mends    {mends}\n"));
        expect(is_told, &format!("{change}, and not {says}\n{out}"))?;
    }
    Ok(())
}
