//! `rowgate plan`: what would change in a database, before anything does.

use clap::Args;
use serde_json::json;

use super::beforehand::Beforehand;
use super::compared::{self, Compared};
use super::deployment::{
    DatabaseArgument, Deployment, ReplaceArgument, last, last_as_json, say_differences, say_notice, say_policies_of_others,
};
use super::effects::{self, Effect, Effects, Step};
use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict, migrate};
use crate::db::Standing;
use crate::objects::State;
use crate::plan::{self, How};
use crate::yaml;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    database: DatabaseArgument,
    #[command(flatten)]
    replace: ReplaceArgument,
    /// Exit with 1 when something would change, or is otherwise than it was applied; without it, only where a right is missing that `apply` needs.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some(mut deployment) = Deployment::read(&arguments.project, &arguments.database, output)? else {
        return Ok(Verdict::Findings);
    };
    deployment.has_its_tables(output)?;
    let current = current(&deployment)?;
    let others = deployment.policies_of_others(&current)?;
    let open = deployment.left_open(arguments.replace.replace_policies)?;
    let at_sight = deployment.at_sight()?;
    let openness = effects::openness(&mut deployment)?;
    let mut changes = plan::changes(&current, &deployment.desired);
    if arguments.replace.replace_policies {
        changes = plan::replacing(&others, changes);
    } else {
        say_policies_of_others(&others, output);
    }
    changes = plan::closing(&open, changes);
    let states = (&deployment.compiled, &current, &deployment.desired);
    let beforehand = Beforehand::of(&mut deployment.client, states, &changes, false)?;
    let compared = compared(&deployment);
    let effects = Effects::of(&deployment, compared.as_ref(), &openness, deployment.is_as_recorded());
    let steps: Vec<Step<'_>> = effects.steps(&changes);
    if arguments.format.format == Format::Json {
        output.result(&format!("{:#}\n", as_json(&deployment, &steps, compared.as_ref(), &beforehand)))?;
    } else {
        say(&deployment, output);
        output.result(&as_text(&steps, output.styled_results()))?;
        output.message(&summary(&steps));
        if !changes.is_empty() {
            say_compared(&deployment, compared.as_ref(), output)?;
        }
        beforehand.say_losses(&deployment, output);
        output.result(&beforehand.obstacles_as_text())?;
        at_sight.iter().for_each(|found| say_notice(found, output));
    }
    let is_clean = changes.is_empty() && deployment.differences.is_empty();
    // Without a right, `apply` refuses.
    let is_refused = !beforehand.missing.is_empty();
    Ok(if is_refused || arguments.exit_code && !is_clean { Verdict::Findings } else { Verdict::Clean })
}

/// The state that a change of this database begins with. Of a database that has rules and no record, the one that the project's migrations lead to, or
/// that of the project itself.
pub(super) fn current(deployment: &Deployment) -> Result<State, Error> {
    Ok(match &deployment.standing {
        Standing::Nothing => State::empty(),
        Standing::Recorded(applied) => applied.state.clone(),
        Standing::Unrecorded => {
            let recorded = migrate::recorded(&deployment.root.join(&deployment.compiled.config.migrations.folder))?;
            if recorded.objects.is_empty() { deployment.desired.without_record() } else { recorded.without_record() }
        }
    })
}

/// Where the database stands.
pub(super) fn say(deployment: &Deployment, output: &Output) {
    match &deployment.standing {
        Standing::Nothing => output.message("the database has nothing of these rules"),
        Standing::Unrecorded => {
            output.note(&format!(
                "the database has the schema {} and no record of what was applied to it",
                deployment.record.schema
            ));
            output.help(
                "if a script of an earlier version made it, `rowgate apply --adopt` takes all of it away and makes it anew, in one transaction",
            );
        }
        Standing::Recorded(applied) => {
            output.message(&format!("applied last is {}", last(applied)));
            if applied.begun.is_some() {
                output
                    .note("that deployment was begun and is not through: what is in force is between the old rules and the new");
            }
        }
    }
    if let Some(error) = &deployment.unknown {
        output.note(&format!("what is otherwise than it was applied is not known, so all of it is made anew: {error}"));
    }
    say_differences(&deployment.differences, output);
}

/// What it gives and takes, as far as that is known: not of a first deployment, nor where a file brought the database to where it is.
pub(super) fn compared(deployment: &Deployment) -> Option<Compared> {
    let applied = deployment.applied()?;
    if applied.digest == deployment.desired.digest() {
        return Some(Compared::Changed(Vec::new()));
    }
    // Begun for something else, some tables are as neither these texts nor the present ones say.
    if applied.begun.as_ref().is_some_and(|begun| begun.to != deployment.desired.digest()) {
        return None;
    }
    (!applied.sources.is_empty()).then(|| compared::with_applied(&deployment.compiled, &applied.sources))
}

/// The same, for people.
pub(super) fn say_compared(deployment: &Deployment, compared: Option<&Compared>, output: &Output) -> Result<(), Error> {
    match (compared, &deployment.compiled.meaning) {
        (Some(compared), Some(meaning)) => {
            output.result(&format!("\n{}", compared.text(&meaning.model, output.styled_results())))?
        }
        _ if deployment.applied().is_some() && !deployment.began_from_nothing() => {
            let is_begun = deployment.applied().is_some_and(|applied| applied.begun.is_some());
            let why = if is_begun { "a deployment of other rules is not through" } else { "a file brought the database here" };
            output.note(&format!(
                "what it gives and takes is not known: {why}; `rowgate diff --since` compares with a revision of git"
            ));
        }
        _ => {}
    }
    Ok(())
}

/// A line for each step: what is done, to what, and what it means for people.
pub(super) fn as_text(steps: &[Step<'_>], styled: bool) -> String {
    let widest = |word: fn(&Step<'_>) -> &'static str| steps.iter().map(|step| word(step).len()).max().unwrap_or_default();
    let (kinds, effects) = (widest(|(change, _)| change.object.kind().word()), widest(|(_, effect)| effect.word()));
    let line = |(change, effect): &Step<'_>| {
        let (sign, _, colour) = words(change.how);
        let (kind, name, word) = (change.object.kind().word(), yaml::seen(&change.object.id().name), effect.word());
        if styled {
            format!(
                "\u{1b}[{colour}m{sign} {kind:kinds$}\u{1b}[0m  \u{1b}[{}m{word:effects$}\u{1b}[0m  {name}\n",
                effect.colour()
            )
        } else {
            format!("{sign} {kind:kinds$}  {word:effects$}  {name}\n")
        }
    };
    steps.iter().map(line).collect()
}

/// The sign of what is done, the word, the colour.
fn words(how: How<'_>) -> (&'static str, &'static str, u8) {
    match how {
        How::Create => ("+", "create", 32),
        How::Alter(_) => ("~", "alter", 33),
        How::Replace(_) => ("!", "replace", 33),
        How::Drop => ("-", "drop", 31),
    }
}

/// How many changes there are, what they mean, and what they lock.
pub(super) fn summary(steps: &[Step<'_>]) -> String {
    if steps.is_empty() {
        return "nothing to do: what was applied is what the rules say".to_owned();
    }
    let parts = [("create", "made"), ("alter", "altered"), ("replace", "made anew"), ("drop", "taken away")];
    let parts = counted(parts, |word| steps.iter().filter(|(change, _)| words(change.how).1 == word).count());
    let effects = [Effect::Widens, Effect::Both, Effect::Undecided, Effect::Narrows, Effect::Destroys];
    let effects = effects.map(|effect| (effect.word(), effect.word()));
    let effects = counted(effects, |word| steps.iter().filter(|(_, effect)| effect.word() == word).count());
    let mut tables: Vec<String> = steps.iter().filter_map(|(change, _)| change.object.table()).collect();
    tables.sort_unstable();
    tables.dedup();
    let locked = match tables.as_slice() {
        [] => "no table is locked".to_owned(),
        [table] => format!("{table} is locked until it is done"),
        tables => format!("{} are locked until it is done", count(tables.len(), "table")),
    };
    let meaning = if effects.is_empty() { "who may do what stays" } else { &effects };
    format!("{}: {parts}; {meaning}; {locked}", count(steps.len(), "change"))
}

/// `3 made, 1 altered`, without those of which there are none.
fn counted<const N: usize>(words: [(&str, &str); N], number: impl Fn(&str) -> usize) -> String {
    let counted = words.into_iter().map(|(word, said)| (number(word), said)).filter(|(number, _)| *number > 0);
    counted.map(|(number, said)| format!("{number} {said}")).collect::<Vec<_>>().join(", ")
}

fn as_json(
    deployment: &Deployment,
    steps: &[Step<'_>],
    compared: Option<&Compared>,
    beforehand: &Beforehand,
) -> serde_json::Value {
    let [losses, missing, in_the_way] = beforehand.json();
    let changes = steps.iter().map(|(change, effect)| {
        json!({
            "change": words(change.how).1,
            "kind": change.object.kind().word(),
            "name": change.object.id().name,
            "effect": effect.word(),
            "locks": change.object.table(),
        })
    });
    json!({
        "applied": deployment.applied().map(last_as_json),
        "desired": deployment.desired.digest(),
        "changes": changes.collect::<Vec<_>>(),
        "access": deployment.compiled.meaning.as_ref().and_then(|meaning| Some(compared?.json(&meaning.model))),
        "losses": losses,
        "missing_rights": missing,
        "in_the_way": in_the_way,
        "differences": deployment.differences.iter().map(super::verify::as_json).collect::<Vec<_>>(),
    })
}
