//! Every word of the grammar in the name of a column: what does not parse is told with the exact name in backticks, and the README lists it.

use std::collections::BTreeSet;

use rowgate::diagnostic::{Diagnostic, Severity};

use super::{Trap, compile, edited};

/// Where in a name a word stands.
const PLACES: [&str; 4] = ["alone", "at the beginning", "in the middle", "at the end"];

/// The columns that have a word in their name, by [`PLACES`].
fn names(word: &str) -> [String; 4] {
    [word.to_owned(), format!("{word}_thing"), format!("old_{word}_thing"), format!("old_{word}")]
}

fn label(name: &str) -> String {
    let large = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(large).collect::<Vec<_>>().join(" ")
}

/// All words that the grammar knows, as its file has them.
fn words() -> BTreeSet<String> {
    let grammar = include_str!("../../../grammar/policy.pest");
    let quoted = grammar.split("^\"").skip(1).filter_map(|rest| rest.split('"').next());
    // `records` is `record` and an `s`.
    quoted.filter(|word| word.len() > 1).map(str::to_owned).collect()
}

/// The places at which a word of a name needs backticks.
fn torn(word: &str) -> Result<BTreeSet<&'static str>, String> {
    let columns: Vec<String> = names(word).iter().map(|name| format!("'{name}': text")).collect();
    let tables = format!(
        "  things: {{ columns: {{ id: uuid, title: text, parent_id: {{ type: uuid, references: things }}, {} }} }}\n",
        columns.join(", ")
    );
    let mut torn = BTreeSet::new();
    for (name, place) in std::iter::zip(names(word), PLACES) {
        // Behind `is`, it could be an operator's.
        let label = label(&name);
        let conditions = [
            format!("{label} is \"x\""),
            format!("Title is \"y\" and {label} is not empty"),
            format!("Parent's {label} starts with \"x\""),
            format!("Title is {label}"),
            format!("any Things where ({label} is one of (\"x\", \"y\"))"),
        ];
        for condition in conditions {
            let policy = format!("table things {{ rule \"a\" for Authenticated {{ where {condition} allow read ({label}) }} }}");
            let tables: &'static str = Box::leak(tables.clone().into_boxed_str());
            let trap = Trap { name: "", tables, roles: "", policy: "", code: None, help: "" };
            if needs_backticks(&trap, &policy, &name)? {
                torn.insert(if condition.ends_with(&label) { "behind is" } else { place });
            }
        }
    }
    Ok(torn)
}

/// Whether something is told of a text, which the exact name in backticks mends.
fn needs_backticks(trap: &Trap, policy: &str, name: &str) -> Result<bool, String> {
    let found = compile(trap, policy);
    let rendered = || crate::project::render(&found.diagnostics, &found.sources);
    let is_error = |one: &&Diagnostic| one.severity() == Severity::Error;
    let Some(first) = found.diagnostics.iter().find(is_error) else { return Ok(false) };
    let exact = format!("`{name}`");
    let edit = first.helps.iter().find_map(|help| help.edit.as_ref().filter(|(_, text)| *text == exact));
    let Some((span, text)) = edit else { return Err(format!("no edit to {exact}:\n{}", rendered())) };
    if found.diagnostics.iter().filter(is_error).count() > 1 {
        return Err(format!("more than one message:\n{}", rendered()));
    }
    let again = compile(trap, &edited(policy, *span, text, &found.sources));
    let rest: Vec<&Diagnostic> = again.diagnostics.iter().filter(is_error).collect();
    if rest.is_empty() { Ok(true) } else { Err(format!("{}\n{rest:#?}", rendered())) }
}

/// What the README says of the words, between backticks.
fn listed(from: &str, to: &str) -> Result<BTreeSet<String>, String> {
    let readme = include_str!("../../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = readme.split_once(from).ok_or_else(|| format!("the README has no `{from}`"))?;
    let (list, _) = rest.split_once(to).ok_or_else(|| format!("the README has no `{to}` behind `{from}`"))?;
    Ok(list.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

pub fn every_word_of_the_grammar_in_a_name() -> Result<(), String> {
    let (mut everywhere, mut behind, mut alone, mut behind_is) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut failed = Vec::new();
    for word in words() {
        match torn(&word) {
            Ok(places) if places.contains("at the beginning") => drop(everywhere.insert(word)),
            Ok(places) if places.contains("in the middle") || places.contains("at the end") => drop(behind.insert(word)),
            Ok(places) if places.contains("alone") => drop(alone.insert(word)),
            Ok(places) if places.contains("behind is") => drop(behind_is.insert(word)),
            Ok(_) => {}
            Err(message) => failed.push(format!("{word}: {message}")),
        }
    }
    if !failed.is_empty() {
        return Err(failed.join("\n"));
    }
    let lists = [
        (everywhere, listed("backticks. The words ", " end a label")?),
        (behind, listed("end a label wherever they stand, ", " behind another word")?),
        (alone, listed("behind another word, ", " are none alone")?),
        (behind_is, listed("are none alone, and ", " none behind `is`")?),
    ];
    let wrong = lists.iter().filter(|(found, said)| found != said);
    let wrong: Vec<String> = wrong.map(|(found, said)| format!("{found:?} is so, and the README says {said:?}")).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
