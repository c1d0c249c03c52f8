//! Which words the grammar takes for operators, and which stay free for labels.
#![allow(clippy::unwrap_used)]

use crate::ast::{Condition, Operand};
use crate::diagnostic::Sources;
use crate::syntax::parse_condition;

fn parsed(text: &str) -> Result<Condition, String> {
    let mut sources = Sources::default();
    let (file, mut found) = (sources.add("a.policy", text), Vec::new());
    let condition = parse_condition(text, file, 0, &mut found);
    condition.filter(|_| found.is_empty()).ok_or_else(|| format!("{text}: {found:?}"))
}

/// What stands behind a name of the grammar, up to the closing brace.
fn rule(name: &str) -> Option<&'static str> {
    let grammar = include_str!("../../grammar/policy.pest");
    let line = grammar.split('\n').position(|line| line.split('=').next().is_some_and(|first| first.trim() == name))?;
    let start: usize = grammar.split('\n').take(line).map(|line| line.len() + 1).sum();
    grammar[start..].split_once('{')?.1.split_once('}').map(|(inside, _)| inside)
}

#[test]
fn every_operator_of_the_grammar_is_built() {
    let names = rule("operator").unwrap().split('|').map(str::trim);
    let mut tried = 0;
    for name in names {
        let words = rule(name).unwrap().replace("kw_", "").replace('~', " ");
        assert!(matches!(parsed(&format!("a {words} b")), Ok(Condition::Compare(_))), "{name}");
        tried += 1;
    }
    assert!(tried > 10);
}

#[test]
fn words_of_operators_are_no_reserved_words() {
    let words = ["Between", "Between Us", "In Between", "Before Noon", "Least", "Happened Before"];
    let phrases = [
        "Case",
        "Upper Case",
        "Ignoring",
        "Ignoring Case",
        "Ignoring Case Folding",
        "Case Ignoring",
        "Has Attachments",
        "Has All Of It",
        "All Of It",
        "None",
        "Who Has",
    ];
    for label in words.into_iter().chain(phrases) {
        for text in [format!("{label} is 1"), format!("{label} is between 1 and 2"), format!("1 is not between {label} and 9")] {
            let condition = parsed(&text).unwrap();
            let path = match &condition {
                Condition::Compare(compare) => &compare.left.value,
                Condition::Between(between) if between.negated => &between.low.value,
                Condition::Between(between) => &between.value.value,
                other => panic!("{other:?}"),
            };
            assert!(matches!(path, Operand::Path(path) if path.steps[0].text == label), "{text}: {condition:?}");
        }
    }
}

#[test]
fn ignoring_case_ends_a_comparison() {
    let comparisons = [
        "a is b",
        "Ignoring Case equals User's Case",
        "a is one of (b, \"c\")",
        "a contains 1",
        "a is between b and c",
        "a is empty",
    ];
    for comparison in comparisons {
        let alone = parsed(&format!("    {comparison}")).unwrap();
        let text = format!("not {comparison} ignoring  Case and b");
        let Ok(Condition::All(parts)) = parsed(&text) else { panic!("{text}") };
        let Condition::Not(inner) = &parts[0] else { panic!("{text}: {parts:?}") };
        assert!(matches!(&**inner, Condition::IgnoringCase(it) if it.comparison == alone), "{text}: {inner:?}");
    }
    assert!(parsed("a is b ignoring case case").is_err());
    assert!(matches!(parsed("a is b ignoring"), Ok(Condition::Compare(_))));
}
