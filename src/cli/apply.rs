//! `rowgate apply`: brings a database to what the rules say, in one transaction, or in several where the server has no room for one.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::Args;

use super::beforehand::Beforehand;
use super::compared::Compared;
use super::deployment::{
    DatabaseArgument, Deployment, ReplaceArgument, ask_last_step, beyond_as_text, say_differences, say_notice,
    say_policies_of_others,
};
use super::effects::{self, Effect, Effects, Step};
use super::output::{Output, count};
use super::plan::{as_text, compared, current, say, say_compared, summary};
use super::{Error, ProjectArgument, Verdict, parts};
use crate::db::{self, Standing};
use crate::objects::{Object, Record, State};
use crate::plan::{self, Change};
use crate::verify::Difference;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    database: DatabaseArgument,
    #[command(flatten)]
    replace: ReplaceArgument,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Also apply what lets somebody do more than before, without asking.
    #[arg(long)]
    allow_widening: bool,
    /// Also take away, without asking, what is not made again or what programs call by its name: policies of others, masking views, guards.
    #[arg(long)]
    allow_destroy: bool,
    /// Print the SQL, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// What the record calls it.
    #[arg(long, value_name = "TEXT", default_value = "apply")]
    title: String,
    /// Make again what is of the rules and otherwise than it was applied, and take as it is what others changed.
    #[arg(long)]
    repair: bool,
    /// Take over a database that has rules and no record: all of it is taken away and made anew.
    #[arg(long)]
    adopt: bool,
    /// How often it is tried where a table is held by somebody else.
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some(mut deployment) = read(arguments, output)? else { return Ok(Verdict::Findings) };
    deployment.has_its_tables(output)?;
    let from = current(&deployment)?;
    let others = deployment.policies_of_others(&from)?;
    let open = deployment.left_open(arguments.replace.replace_policies)?;
    let room = db::lock_room(&mut deployment.client).map_err(Error::Database)?;
    let openness = effects::openness(&mut deployment)?;
    let known = (&deployment.standing, deployment.unknown.is_some(), &deployment.record);
    let states = (&from, &deployment.desired, deployment.differences.as_slice());
    let Some(mut changes) = changes(arguments, known, states, output)? else { return Ok(Verdict::Findings) };
    if arguments.replace.replace_policies {
        changes = plan::replacing(&others, changes);
    } else {
        say_policies_of_others(&others, output);
    }
    changes = plan::closing(&open, changes);
    // What others changed is taken as it is by writing it down, even where there is nothing else to do.
    let takes = arguments.repair && (!deployment.differences.is_empty() || deployment.unknown.is_some());
    if changes.is_empty() && !takes {
        say_differences(&deployment.differences, output);
        output.message(&summary(&[]));
        return still_holds(&mut deployment, output);
    }
    let states = (&deployment.compiled, &from, &deployment.desired);
    let beforehand = Beforehand::of(&mut deployment.client, states, &changes, !arguments.replace.replace_policies)?;
    let has_dropped = arguments.replace.replace_policies && !others.is_empty();
    let compared = compared(&deployment);
    let effects = Effects::of(&deployment, compared.as_ref(), &openness, !takes && deployment.is_as_recorded());
    let steps = effects.steps(&changes);
    let scripts = scripts(arguments, &deployment, (&from, &changes, &open), &effects, (room, takes || has_dropped))?;
    let (number, listed) = (changes.len(), [as_text(&steps, output.styled_results()), summary(&steps)]);
    if arguments.dry_run {
        scripts.iter().try_for_each(|script| output.result(script))?;
        return Ok(Verdict::Clean);
    }
    say(&deployment, output);
    output.result(&listed[0])?;
    output.message(&listed[1]);
    if scripts.len() > 1 {
        output.note(&format!("the server has no room for all locks at once: it is done in {} transactions", scripts.len()));
        output.help("in between, a statement sees what the old rules allow, or what the new ones do; interrupted, `rowgate apply` goes on");
    }
    let beyond = beyond_comparison(arguments, &deployment, &from, !others.is_empty());
    // That the rules are the same as before would say too much beside what is not in them.
    if beyond.is_empty() || !takes {
        say_compared(&deployment, compared.as_ref(), output)?;
    }
    beforehand.say_losses(&deployment, output);
    beyond.iter().for_each(|what| output.note(what));
    beforehand.check_rights()?;
    allowed(arguments, &deployment, compared.as_ref(), !beyond.is_empty(), &steps)?;
    beforehand.check_way(&deployment)?;
    apply_all(&mut deployment.client, &scripts, arguments.tries, output)?;
    output.message(&format!("applied {}", count(number, "change")));
    tell_notices(&mut deployment, output)?;
    Ok(Verdict::Clean)
}

/// Both sides. What is not known is made anew by a repair, and by nothing else.
fn read(arguments: &Arguments, output: &Output) -> Result<Option<Deployment>, Error> {
    match Deployment::read_as_far_as_known(&arguments.project, &arguments.database, output)? {
        Some(Deployment { unknown: Some(error), .. }) if !arguments.repair => Err(error),
        other => Ok(other),
    }
}

/// The scripts, of as many transactions as it takes. What is made anew or again begins with something else than what was recorded, and policies of others give way at one instant.
fn scripts(
    arguments: &Arguments,
    deployment: &Deployment,
    (from, changes, open): (&State, &[Change<'_>], &[Object]),
    effects: &Effects<'_>,
    (room, is_at_once): (usize, bool),
) -> Result<Vec<String>, Error> {
    let locks = plan::locks(changes);
    match locks <= room {
        true => Ok(vec![in_one(arguments, deployment, from, changes)]),
        false if is_at_once || matches!(deployment.standing, Standing::Unrecorded) => Err(Error::TooLarge { locks, room }),
        false => parts::scripts(deployment, &arguments.title, (from, open), effects, room),
    }
}

/// The script of one transaction.
fn in_one(arguments: &Arguments, deployment: &Deployment, from: &State, changes: &[Change<'_>]) -> String {
    let sources = deployment.compiled.texts();
    let repairs = arguments.repair || matches!(deployment.standing, Standing::Unrecorded);
    let how = plan::Deployment { title: &arguments.title, sources: &sources, repairs };
    plan::transaction(how, from, &deployment.desired, changes)
}

/// What is done. `None` where the database is not as it has to be, which is then said. Nothing of it borrows the connection, which is asked about it.
fn changes<'a>(
    arguments: &Arguments,
    (standing, is_unknown, record): (&Standing, bool, &Record),
    (from, desired, differences): (&'a State, &'a State, &'a [Difference]),
    output: &Output,
) -> Result<Option<Vec<Change<'a>>>, Error> {
    match standing {
        Standing::Unrecorded if !arguments.adopt => Err(Error::Unrecorded(record.schema.clone())),
        Standing::Unrecorded => Ok(Some(plan::anew(from, desired))),
        _ if is_unknown => Ok(Some(plan::repair_all(from, desired))),
        _ => {
            let repair = plan::repair(from, desired, differences);
            let is_of_the_rules = repair.left.len() < differences.len();
            if (is_of_the_rules || repair.left.iter().any(|left| left.to_be_told)) && !arguments.repair {
                say_differences(differences, output);
                output.help("`rowgate apply --repair` makes what is of the rules again, and takes the rest as it is, if the last step allows it");
                return Ok(None);
            }
            Ok(Some(repair.changes))
        }
    }
}

/// What may let somebody do more and is not in the rules, each in words.
fn beyond_comparison(arguments: &Arguments, deployment: &Deployment, from: &State, has_others: bool) -> Vec<String> {
    let mut found = Vec::new();
    if arguments.replace.replace_policies && has_others {
        let text = "whether somebody may do more than by the policies that are taken away is not known; `rowgate import --prove` compares";
        found.push(text.to_owned());
    }
    if matches!(deployment.standing, Standing::Unrecorded) {
        found.push("which rules were there is not known: there is no record of them".to_owned());
    }
    let accepts = deployment.compiled.meaning.as_ref().is_some_and(|meaning| meaning.model.accepted.may_be_replaced());
    if arguments.repair && deployment.unknown.is_some() && accepts {
        found.push("what is accepted is taken as it is now, whatever it lets somebody do".to_owned());
    }
    if arguments.repair {
        // The last step does not ask what those do that were accepted as they were.
        let left = plan::repair(from, &deployment.desired, &deployment.differences).left;
        let text = |one: &&Difference| format!("{} {} is taken as it is now, whatever it lets somebody do", one.kind, one.name);
        found.extend(left.iter().filter(|left| left.to_be_told).map(text));
    }
    found
}

/// Whether it may be applied. Who is asked sees what it gives; what is not known may be more.
fn allowed(
    arguments: &Arguments,
    deployment: &Deployment,
    compared: Option<&Compared>,
    is_unknown: bool,
    steps: &[Step<'_>],
) -> Result<(), Error> {
    if !arguments.yes {
        return if confirmed()? { Ok(()) } else { Err(Error::NotConfirmed) };
    }
    let is_first = deployment.applied().is_none() || deployment.began_from_nothing();
    let may_widen = compared.map_or(!is_first, Compared::may_widen);
    if (may_widen || is_unknown) && !arguments.allow_widening {
        return Err(Error::Widening { is_known: compared.is_some() && !is_unknown });
    }
    let destroyed: Vec<String> = steps
        .iter()
        .filter(|(_, effect)| *effect == Effect::Destroys)
        .map(|(change, _)| format!("{} {}", change.object.kind().word(), change.object.id().name))
        .collect();
    if !destroyed.is_empty() && !arguments.allow_destroy {
        return Err(Error::Destroying(destroyed));
    }
    Ok(())
}

/// Asks on a terminal; elsewhere nobody could answer.
fn confirmed() -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let failed = |source| Error::Read { path: "the terminal".into(), source };
    eprint!("Apply? [y/N] ");
    std::io::stderr().flush().map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Runs all scripts, one behind the other.
fn apply_all(client: &mut db::Client, scripts: &[String], tries: u32, output: &Output) -> Result<(), Error> {
    for (done, script) in scripts.iter().enumerate() {
        apply(client, script, tries, output)
            .map_err(|error| if done == 0 { error } else { Error::Part { done, of: scripts.len(), error: Box::new(error) } })?;
        if scripts.len() > 1 {
            output.message(&format!("applied part {} of {}", done + 1, scripts.len()));
        }
    }
    Ok(())
}

/// Runs the script until it goes through. Where somebody holds a table, it gives up soon, lets others go first, and tries again.
fn apply(client: &mut db::Client, script: &str, tries: u32, output: &Output) -> Result<(), Error> {
    let (mut pause, mut was_overtaken) = (Duration::from_millis(250), false);
    for number in 1..=tries {
        let Err(error) = client.batch_execute(script) else { return Ok(()) };
        client.batch_execute("ROLLBACK").map_err(Error::Database)?;
        let is_overtaken = db::is_overtaken(&error) && !was_overtaken;
        was_overtaken |= is_overtaken;
        if !db::is_held_up(&error) && !is_overtaken {
            return Err(Error::Database(error));
        }
        if number == tries {
            return Err(if is_overtaken { Error::Database(error) } else { Error::HeldUp { tries: tries as usize, error } });
        }
        let why = if is_overtaken { "somebody makes the same at this moment" } else { "somebody holds what has to be locked" };
        output.message(&format!("{why}; again in {:.2} s (try {number} of {tries})", pause.as_secs_f32()));
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(8));
    }
    Ok(())
}

/// Where there is no script to fail, the last step is asked all the same: what others did since may let somebody do more than the rules say.
fn still_holds(deployment: &mut Deployment, output: &Output) -> Result<Verdict, Error> {
    let mut beyond = ask_last_step(&mut deployment.client, &deployment.desired)?;
    beyond.retain(|found| found.fails);
    if beyond.is_empty() {
        return Ok(Verdict::Clean);
    }
    beyond.iter().try_for_each(|found| output.result(&beyond_as_text(found)))?;
    output.message(&format!("the policies do not hold: {}", count(beyond.len(), "finding")));
    output.help("close what is not meant to be there, each by the statement behind it; what is meant belongs under `accepted` in rowgate.yaml, with the reason");
    Ok(Verdict::Findings)
}

/// What the last step says and does not fail for.
fn tell_notices(deployment: &mut Deployment, output: &Output) -> Result<(), Error> {
    ask_last_step(&mut deployment.client, &deployment.desired)?.iter().for_each(|found| say_notice(found, output));
    Ok(())
}
