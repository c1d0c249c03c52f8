//! `rowgate import --prove`: what is compared in a copy, and how it is told. In: an import and a copy. Out: words.

use std::collections::BTreeSet;

use serde_json::json;

use super::Error;
use super::output::{Output, agree, count, count_that, times};
use crate::catalog::QualifiedName;
use crate::db::{self, Surroundings};
use crate::import::{Facts, Imported};
use crate::{plan, sql};

/// Decides everything twice in a copy, which has to say the same of itself as the database.
pub(super) fn prove(
    client: &mut db::Client,
    (copy, tables): (&str, &BTreeSet<QualifiedName>),
    (imported, facts): (&Imported, &Facts),
    output: &Output,
) -> Result<db::Compared, Error> {
    let mut copy = db::connect_in(copy, &Surroundings::of_process())?;
    let place = "SELECT pg_postmaster_start_time()::text, oid::text FROM pg_database WHERE datname = current_database()";
    let of = |client: &mut db::Client| -> Result<[String; 2], Error> {
        let row = client.query_one(place, &[]).map_err(Error::Database)?;
        Ok([row.get(0), row.get(1)])
    };
    if of(client)? == of(&mut copy)? {
        return Err(Error::NotImported(
            "the copy is the database itself, whose tables would be locked: name another one".to_owned(),
        ));
    }
    db::is_free_for_proof(&mut copy).map_err(|reason| Error::NotProved(Box::new(reason)))?;
    let there =
        db::read_policies(&mut copy, tables).map_err(|error| Error::NotProved(Box::new(db::explained_to_proof(error))))?;
    if there.policies != facts.policies || there.of_parts != facts.of_parts {
        return Err(Error::NotImported("the policies of the copy are not those of the database".to_owned()));
    }
    let plain = |facts: &Facts| facts.functions.iter().filter(|function| function.is_plain).cloned().collect::<Vec<_>>();
    if there.tables != facts.tables || plain(&there) != plain(facts) {
        return Err(Error::NotImported(
            "the tables' grants and owners, or the functions, of the copy are not those of the database".to_owned(),
        ));
    }
    let Some(meaning) = &imported.compiled.meaning else {
        return Err(Error::NotImported("the rules have errors".to_owned()));
    };
    // Roles are the whole server's: where two proofs made one of the same name, the second would wait for the first to end.
    let mut model = meaning.model.clone();
    model.lookup_role = db::role_of_a_proof();
    let mut state = sql::generate(&model, &meaning.encoding, &imported.compiled.sources);
    // What else is in the database is no question of what the policies said.
    state.check = None;
    let script = plan::desired_state(&state).replacen("\nBEGIN;\n", "\n", 1);
    let script = script.trim_end().strip_suffix("COMMIT;").unwrap_or(&script);
    let proof = db::Proof { imported, model: &model, script, facts, progress: &|step| output.progress(step) };
    let proved = db::prove(&mut copy, &proof).map_err(|reason| Error::NotProved(Box::new(reason)));
    output.no_progress();
    proved
}

/// What was compared, and each difference.
pub(super) fn as_text(proved: &db::Compared) -> String {
    let (wider, narrower): (Vec<_>, Vec<_>) = proved.differences.iter().partition(|difference| difference.is_wider);
    let both = proved.seen.iter().filter(|seen| seen.lacks().is_none()).count();
    let mut text = format!(
        "\n{} made by the policies ({} allowed) and by the rules, in {}, {} of them with nobody signed in: {}, {} more\n",
        count_that(proved.decisions, "decision", "was", "were"),
        proved.allowed,
        count(proved.sessions.len(), "session"),
        proved.with_nobody,
        agree(proved.differences.len(), "differs", "differ"),
        agree(wider.len(), "of them allows", "of them allow")
    );
    for reason in db::Reason::ALL {
        let of_reason: Vec<_> = proved.differences.iter().filter(|one| one.reason == Some(reason)).collect();
        if let Some(one) = of_reason.first() {
            let by = match one.is_wider {
                true => "WIDER than an error",
                false if reason.is_of_all_rules() => "narrower by how rules are",
                false => "narrower by how it was imported",
            };
            text.push_str(&format!("  {by}, {}: {}, as in\n{}", times(of_reason.len()), reason.words(), difference_text(one)));
        }
    }
    for (word, differences) in [("WIDER", wider), ("narrower", narrower)] {
        for one in differences.into_iter().filter(|one| one.reason.is_none()) {
            text.push_str(&format!("  {word}\n{}", difference_text(one)));
        }
    }
    if !proved.seen.is_empty() {
        text.push_str(&format!(
            "  of {} of the policies, {both} were true on some row and false on another, so that they were told apart\n",
            count(proved.seen.len(), "condition")
        ));
    }
    for seen in &proved.seen {
        if let Some(lacks) = seen.lacks() {
            text.push_str(&format!("  not told apart: {} \"{}\" ({}) was {lacks}\n", seen.table, seen.policy, seen.clause));
        }
    }
    let listed = |names: &[&QualifiedName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (unproved, empty): (Vec<_>, Vec<_>) = proved.empty.iter().partition(|name| proved.unproved.contains(name));
    if !unproved.is_empty() {
        text.push_str(&format!(
            "  NOT PROVED: {}: there is no row, and none could be made (constraints refuse what was tried), so that none of the policies was asked; put some rows into the copy\n",
            listed(&unproved)
        ));
    }
    if !empty.is_empty() {
        text.push_str(&format!("  no row could be made of {}: little is known of them\n", listed(&empty)));
    }
    text
}

fn difference_text(one: &db::Difference) -> String {
    let policies = one.policies.iter().map(|policy| format!("\"{policy}\"")).collect::<Vec<_>>().join(", ");
    let error = one.error.as_ref().map_or_else(String::new, |error| {
        let by = if one.is_wider { "policies" } else { "rules" };
        format!("      with the {by}: {}\n", error.lines().next().unwrap_or_default())
    });
    format!("    {}: {}\n      the row: {}\n      policies: {policies}\n{error}", one.who, one.what, one.row)
}

/// The same for programs.
pub(super) fn as_json(proved: &db::Compared) -> serde_json::Value {
    let difference = |one: &db::Difference| {
        json!({ "who": one.who, "table": one.table.to_string(), "statement": one.what, "row": one.row, "wider": one.is_wider,
            "policies": one.policies, "reason": one.reason.map(db::Reason::words), "error": one.error })
    };
    let seen = |seen: &db::Seen| json!({ "table": seen.table.to_string(), "policy": seen.policy, "clause": seen.clause, "true": seen.was_true, "false": seen.was_false });
    let differences: Vec<_> = proved.differences.iter().map(difference).collect();
    let conditions: Vec<_> = proved.seen.iter().map(seen).collect();
    let empty: Vec<_> = proved.empty.iter().map(ToString::to_string).collect();
    let unproved: Vec<_> = proved.unproved.iter().map(ToString::to_string).collect();
    json!({ "decisions": proved.decisions, "allowed": proved.allowed, "sessions": proved.sessions, "with_nobody": proved.with_nobody,
        "differences": differences, "conditions": conditions, "without_rows": empty, "not_proved": unproved })
}
