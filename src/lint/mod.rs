//! What a project allows and was probably not meant, and what would make its policies faster. In: the meaning of a project without errors. Out:
//! warnings and advice. A project with errors gets none: what is missing in it would be taken for what was meant. Lints change nothing of what is
//! generated, and say nothing where they cannot tell. One file for each, named after its code.

mod action_unbound;
mod allowances;
mod alternatives;
mod always_true;
mod chosen_value;
mod conjunction;
mod covered;
mod editable_role;
mod empty_boundary;
mod exclusion;
mod former;
mod frozen;
mod index_not_usable;
mod kept_key;
mod levels;
mod memory;
mod missing_index;
mod never_changes;
mod never_used;
mod new_record;
mod not_readable;
mod not_returned;
mod nothing_granted;
mod own_place;
mod readers;
mod recursive_sql;
mod said;
mod spared;
mod untied_rows;
mod unused_condition;
mod whole_table;

pub use allowances::{Allowance, allowances, allowances_of_yaml};
pub use levels::Levels;

pub use memory::Memory;

use memory::Read;

use crate::access::Access;
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::encode::Encoding;
use crate::model::{Model, Rule};
use crate::parallel;

/// What lints look at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The rules with names bound.
    pub model: &'a Model,
    /// What they combine to.
    pub access: &'a Access,
    /// What the database is told of it.
    pub encoding: &'a Encoding,
}

impl<'a> Input<'a> {
    /// The rules of a table.
    fn rules(&self, table: TableId) -> &'a [Rule] {
        self.model.tables.get(&table).map_or(&[], |rules| rules)
    }
}

/// Takes what one lint finds.
struct Report {
    code: Code,
    found: Vec<Diagnostic>,
}

impl Report {
    /// A message of the lint, to be completed and pushed.
    fn diagnostic(&self, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, span, title)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// A code and who looks for it.
struct Lint {
    code: Code,
    /// In one table, by nothing but its rules, its access, its encoding and the configuration: what is found is remembered as long as these are the same.
    of_table: Option<fn(&Input<'_>, TableId, &mut Report)>,
    /// In all tables together, or beside them.
    of_project: Option<fn(&Input<'_>, &mut Report)>,
}

impl Lint {
    const fn of_table(code: Code, check: fn(&Input<'_>, TableId, &mut Report)) -> Lint {
        Lint { code, of_table: Some(check), of_project: None }
    }

    const fn of_project(code: Code, check: fn(&Input<'_>, &mut Report)) -> Lint {
        Lint { code, of_table: None, of_project: Some(check) }
    }

    fn report(&self, look: impl FnOnce(&mut Report)) -> Vec<Diagnostic> {
        let mut report = Report { code: self.code, found: Vec::new() };
        look(&mut report);
        report.found
    }
}

/// What is looked for whenever a project is compiled.
const LINTS: [Lint; 18] = [
    Lint::of_table(Code::NothingGranted, nothing_granted::check),
    Lint::of_table(Code::NotReadable, not_readable::check),
    Lint::of_table(Code::Alternatives, alternatives::check),
    Lint::of_project(Code::EmptyBoundary, empty_boundary::check),
    Lint::of_table(Code::Frozen, frozen::check),
    Lint::of_project(Code::UnusedCondition, unused_condition::check),
    Lint::of_project(Code::EditableRole, editable_role::check),
    Lint::of_table(Code::NotReturned, not_returned::check),
    Lint::of_table(Code::Covered, covered::check),
    Lint { of_project: Some(never_used::check_boundaries), ..Lint::of_table(Code::NeverUsed, never_used::check) },
    Lint::of_project(Code::RecursiveSql, recursive_sql::check),
    Lint::of_table(Code::ChosenValue, chosen_value::check),
    Lint::of_project(Code::ActionUnbound, action_unbound::check),
    Lint::of_project(Code::KeptKey, kept_key::check),
    Lint::of_table(Code::UntiedRows, untied_rows::check),
    Lint { of_project: Some(always_true::check_boundaries), ..Lint::of_table(Code::AlwaysTrue, always_true::check) },
    Lint::of_table(Code::NeverChanges, never_changes::check),
    Lint::of_table(Code::OwnPlace, own_place::check),
];

/// What would make the policies faster: it takes as long as all else that is checked.
const ADVICE: [Lint; 3] = [
    Lint::of_project(Code::MissingIndex, missing_index::check),
    Lint::of_project(Code::WholeTable, whole_table::check),
    Lint::of_project(Code::IndexNotUsable, index_not_usable::check),
];

/// What was probably not meant.
pub fn lint(input: &Input<'_>) -> Vec<Diagnostic> {
    lint_again(input, None)
}

/// The same after a change: tables that `memory` knows of are not looked at again.
pub fn lint_again(input: &Input<'_>, memory: Option<&mut Memory>) -> Vec<Diagnostic> {
    let mut found = in_tables(input, memory);
    found.extend(in_project(&LINTS, input));
    // One lint after the other.
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, found)| found).collect()
}

/// What would make the policies faster; to be asked for by itself.
pub fn advice(input: &Input<'_>) -> Vec<Diagnostic> {
    in_project(&ADVICE, input).into_iter().map(|(_, found)| found).collect()
}

/// Whether a code is looked for only when advice is asked for.
pub fn is_advice(code: Code) -> bool {
    ADVICE.iter().any(|lint| lint.code == code)
}

/// Messages, each with the place of its lint in the list.
type Found = Vec<(usize, Diagnostic)>;

/// What is found in one table after the other.
fn in_tables(input: &Input<'_>, mut memory: Option<&mut Memory>) -> Found {
    let read: Vec<(TableId, Read)> = Read::all(input);
    let known = |&(table, ref read): &(TableId, Read)| memory.as_ref().and_then(|memory| memory.get(table, read));
    let known: Vec<Option<Found>> = read.iter().map(known).collect();
    let new: Vec<TableId> = read.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|((table, _), _)| *table).collect();
    let looked = parallel::stretches(&new, parallel::MIN_TABLES, |tables| {
        tables.iter().map(|&table| in_table(input, table)).collect::<Vec<_>>()
    });
    let mut looked = looked.into_iter().flatten();
    let all: Vec<Found> = known.into_iter().map(|known| known.or_else(|| looked.next()).unwrap_or_default()).collect();
    match memory.as_mut() {
        Some(memory) => memory.keep(read.into_iter().zip(all)),
        None => all.into_iter().flatten().collect(),
    }
}

fn in_table(input: &Input<'_>, table: TableId) -> Found {
    let mut found = Vec::new();
    for (number, lint) in LINTS.iter().enumerate() {
        let Some(check) = lint.of_table else { continue };
        found.extend(lint.report(|report| check(input, table, report)).into_iter().map(|one| (number, one)));
    }
    found
}

fn in_project(lints: &[Lint], input: &Input<'_>) -> Found {
    let is_worth = input.model.tables.len() >= parallel::MIN_TABLES;
    let look = |lint: &Lint| lint.of_project.map_or_else(Vec::new, |check| lint.report(|report| check(input, report)));
    let found = parallel::each(lints, is_worth, look);
    (0..).zip(found).flat_map(|(number, found)| found.into_iter().map(move |one| (number, one))).collect()
}

#[cfg(test)]
mod tests {
    use super::{ADVICE, LINTS};
    use crate::diagnostic::{Code, Severity};

    /// What `scenario` says of sample rows, and parsing and binding of the text, which no meaning shows any more.
    const ELSEWHERE: [Code; 3] = [Code::Untried, Code::UserOfSession, Code::Mixed];

    /// What is said of allowances.
    const OF_ALLOWANCES: [Code; 4] =
        [Code::AllowanceWithoutReason, Code::UnknownAllowance, Code::AllowanceOfError, Code::UnneededAllowance];

    #[test]
    fn every_code_that_is_no_error_is_looked_for_by_one_lint() {
        for code in Code::ALL {
            let looked_for = [&LINTS[..], &ADVICE[..]].map(|lints| lints.iter().filter(|lint| lint.code == *code).count());
            let expected = match code.severity() {
                Severity::Warning if !ELSEWHERE.contains(code) && !OF_ALLOWANCES.contains(code) => [1, 0],
                Severity::Advice => [0, 1],
                _ => [0, 0],
            };
            assert_eq!(looked_for, expected, "{}", code.as_str());
        }
    }
}
