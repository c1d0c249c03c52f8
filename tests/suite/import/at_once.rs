//! Two proofs at the same time: in two copies they do not wait for each other; where one has to wait, it says for whom.

use std::cell::{Cell, RefCell};

use rowgate::db;

use super::{database, imported, rules};
use crate::cluster::{Database, lock_roles};

/// The role of the application in the second pair of copies, which nothing else makes on this server.
const MADE_BY_BOTH: &str = "imp_made_by_both";

/// What a second proof says that is made in the middle of a first. `role`: that of the application, where it is not `app_user`, which other tests make.
fn second(first: &Database, others: [&Database; 2], role: Option<&str>) -> Result<[String; 2], String> {
    let (facts, mut imported) = imported(first)?;
    let [mut first_rules, mut other_rules] = [rules(&imported)?, rules(&imported)?];
    if let Some(role) = role {
        let known = first_rules.0.identity.signed_in_role.clone();
        for (model, script) in [&mut first_rules, &mut other_rules] {
            *script = script.replace(&known, role);
            model.identity.signed_in_role = role.to_owned();
        }
        let named = imported.roles.iter_mut().chain(imported.stands_for.as_mut().map(|(new, _)| new));
        named.filter(|name| **name == known).for_each(|name| *name = role.to_owned());
    }
    let ((model, script), (other_model, other_script)) = (first_rules, other_rules);
    let (said, steps) = (RefCell::new(Vec::new()), Cell::new(0));
    let within = |step: &str| {
        steps.set(steps.get() + 1);
        if step.starts_with("by the policies") && said.borrow().is_empty() {
            for other in others {
                let proof = db::Proof {
                    imported: &imported,
                    model: &other_model,
                    script: &other_script,
                    facts: &facts,
                    progress: &|_| (),
                };
                let proved = other.connect("postgres").map(|mut client| db::prove(&mut client, &proof));
                said.borrow_mut().push(match proved {
                    Ok(Ok(compared)) => format!("{} decisions", compared.decisions),
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error,
                });
            }
        }
    };
    let proof = db::Proof { imported: &imported, model: &model, script: &script, facts: &facts, progress: &within };
    let compared = db::prove(&mut first.connect("postgres")?, &proof).map_err(|error| error.to_string())?;
    // Each session is told by name of what it decides by, each time one.
    if steps.get() < 3 * compared.sessions.len() {
        return Err(format!("{} steps were told of {} sessions", steps.get(), compared.sessions.len()));
    }
    said.into_inner().try_into().map_err(|said| format!("{said:?}"))
}

pub fn at_once() -> Result<(), String> {
    let (first, other) = (database("what_a_user_owns")?, database("what_a_user_owns")?);
    let _guard = lock_roles();
    let [elsewhere, in_the_same] = second(&first, [&other, &first], None)?;
    if !elsewhere.ends_with(" decisions") || !in_the_same.starts_with("another proof is under way in this copy by postgres (pid ")
    {
        return Err(format!("{elsewhere}; {in_the_same}"));
    }
    drop(_guard);
    // A role of the application that both make.
    let (first, other) = (database("only_the_owner_works_with_it")?, database("only_the_owner_works_with_it")?);
    let _guard = lock_roles();
    let [elsewhere, _] = second(&first, [&other, &first], Some(MADE_BY_BOTH))?;
    let is_said = elsewhere.starts_with(&format!("somebody else is making the role `{MADE_BY_BOTH}` at this moment"));
    if is_said { Ok(()) } else { Err(elsewhere) }
}
