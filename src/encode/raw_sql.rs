//! Raw SQL that would be asked as the lookup role and depends on who asks: an error, since there it would say something else.

use std::collections::BTreeSet;

use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Condition, Model, word_of_caller};

/// Reports it, at the rule or boundary that has it.
pub(super) fn report(model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    let rules = model.tables.iter().flat_map(|(&table, rules)| rules.iter().map(move |rule| (table, rule)));
    let mut all: Vec<(TableId, Span, Vec<&Condition>)> =
        rules.map(|(table, rule)| (table, rule.span, rule.conditions().collect())).collect();
    for boundary in &model.boundaries {
        for (&table, clauses) in &boundary.tables {
            all.push((table, boundary.span, clauses.iter().map(|clause| &clause.condition).collect()));
        }
    }
    let mut delegated = BTreeSet::new();
    for condition in all.iter().flat_map(|(_, _, conditions)| conditions) {
        condition.for_each_atom(&mut |atom| {
            if let Atom::Can(can) = atom {
                delegated.insert(can.target.table);
            }
        });
    }
    for (table, span, conditions) in all {
        // Of a record of its own, a policy asks, unless somebody else's rule or a guard function asks for the record's access.
        let is_looked_up = model.guards.is_some() || delegated.contains(&table);
        let word = conditions.into_iter().find_map(|condition| word_in(condition, is_looked_up));
        let Some(word) = word else { continue };
        let title = format!("the SQL here has `{word}`, and a look-up would get another answer to it");
        diagnostics.push(
            Diagnostic::new(Code::RawSqlOfCaller, span, title)
                .with_note("look-ups run as the lookup role, under another search path, and see all rows")
                .with_help("say it with the record's columns, constants and built-in functions, or in the language"),
        );
    }
}

/// The first word that asks who asks, in raw SQL of a condition that a look-up asks: all of it, or what it says of other records.
fn word_in(condition: &Condition, is_looked_up: bool) -> Option<String> {
    let mut found = None;
    condition.for_each_own_atom(&mut |atom| {
        let word = match atom {
            Atom::Sql { text, .. } if is_looked_up => word_of_caller(text),
            Atom::Exists(exists) => word_in(&exists.condition, true),
            _ => None,
        };
        found = found.take().or(word);
    });
    found
}
