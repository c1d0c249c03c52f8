//! What a project allows and was probably not meant, and what would make its policies faster. In: the meaning of a project without errors. Out:
//! warnings and advice. A project with errors gets none: what is missing in it would be taken for what was meant. Lints change nothing of what is
//! generated, and say nothing where they cannot tell. One file for each, named after its code.

mod action_unbound;
mod allowances;
mod alternatives;
mod chosen_value;
mod conjunction;
mod covered;
mod editable_role;
mod empty_boundary;
mod frozen;
mod index_not_usable;
mod levels;
mod missing_index;
mod never_used;
mod not_readable;
mod not_returned;
mod nothing_granted;
mod recursive_sql;
mod said;
mod unused_condition;
mod whole_table;

pub use allowances::{Allowance, allowances, allowances_of_yaml};
pub use levels::Levels;

use crate::access::Access;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::encode::Encoding;
use crate::model::Model;
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
type Lint = (Code, fn(&Input<'_>, &mut Report));

/// What is looked for whenever a project is compiled.
const LINTS: [Lint; 13] = [
    (Code::NothingGranted, nothing_granted::check),
    (Code::NotReadable, not_readable::check),
    (Code::Alternatives, alternatives::check),
    (Code::EmptyBoundary, empty_boundary::check),
    (Code::Frozen, frozen::check),
    (Code::UnusedCondition, unused_condition::check),
    (Code::EditableRole, editable_role::check),
    (Code::NotReturned, not_returned::check),
    (Code::Covered, covered::check),
    (Code::NeverUsed, never_used::check),
    (Code::RecursiveSql, recursive_sql::check),
    (Code::ChosenValue, chosen_value::check),
    (Code::ActionUnbound, action_unbound::check),
];

/// What would make the policies faster: it takes as long as all else that is checked.
const ADVICE: [Lint; 3] = [
    (Code::MissingIndex, missing_index::check),
    (Code::WholeTable, whole_table::check),
    (Code::IndexNotUsable, index_not_usable::check),
];

/// What was probably not meant.
pub fn lint(input: &Input<'_>) -> Vec<Diagnostic> {
    run(&LINTS, input)
}

/// What would make the policies faster; to be asked for by itself.
pub fn advice(input: &Input<'_>) -> Vec<Diagnostic> {
    run(&ADVICE, input)
}

/// Whether a code is looked for only when advice is asked for.
pub fn is_advice(code: Code) -> bool {
    ADVICE.iter().any(|lint| lint.0 == code)
}

fn run(lints: &[Lint], input: &Input<'_>) -> Vec<Diagnostic> {
    let is_worth = input.model.tables.len() >= parallel::MIN_TABLES;
    let found = parallel::each(lints, is_worth, |&(code, check)| {
        let mut report = Report { code, found: Vec::new() };
        check(input, &mut report);
        report.found
    });
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{ADVICE, LINTS};
    use crate::diagnostic::{Code, Severity};

    /// What `scenario` says of sample rows.
    const ELSEWHERE: [Code; 1] = [Code::Untried];

    /// What is said of allowances.
    const OF_ALLOWANCES: [Code; 4] =
        [Code::AllowanceWithoutReason, Code::UnknownAllowance, Code::AllowanceOfError, Code::UnneededAllowance];

    #[test]
    fn every_code_that_is_no_error_is_looked_for_by_one_lint() {
        for code in Code::ALL {
            let looked_for = [&LINTS[..], &ADVICE[..]].map(|lints| lints.iter().filter(|lint| lint.0 == *code).count());
            let expected = match code.severity() {
                Severity::Warning if !ELSEWHERE.contains(code) && !OF_ALLOWANCES.contains(code) => [1, 0],
                Severity::Advice => [0, 1],
                _ => [0, 0],
            };
            assert_eq!(looked_for, expected, "{}", code.as_str());
        }
    }
}
