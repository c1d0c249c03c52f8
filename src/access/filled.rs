//! What rules set, taken as given: the record has it because the database fills it in, so it is no condition that somebody has to meet. In: what is asked of a record that is
//! stored. Out: what is left to ask, and in words what is set. For people alone: policies ask the whole.

use super::decide::simplify;
use super::{Atom, Predicate, plain};
use crate::catalog::TableId;
use crate::model::{Describe, Model, Operation, Preset, Value};

/// What is left to ask of a record of `table` that `operation` stores.
pub(super) fn given(model: &Model, table: TableId, operation: Operation, predicate: &Predicate) -> Predicate {
    let presets = model.presets(table, operation);
    let known: Vec<(Atom, Predicate)> =
        presets.values().filter_map(|preset| Some((plain(&preset.holds(table))?, there(preset)))).collect();
    if known.is_empty() { predicate.clone() } else { simplify(replaced(predicate, &known)) }
}

/// When there is a value to be filled in: nothing is granted where there is none.
fn there(preset: &Preset) -> Predicate {
    match &preset.value {
        Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..) => Predicate::Always,
        Value::LoggedInUser => Predicate::from(Atom::SignedIn),
        value => Predicate::from(Atom::Empty { value: value.clone(), negated: true }),
    }
}

fn replaced(predicate: &Predicate, known: &[(Atom, Predicate)]) -> Predicate {
    let parts = |parts: &[Predicate]| parts.iter().map(|part| replaced(part, known)).collect();
    match predicate {
        Predicate::All(all) => Predicate::All(parts(all)),
        Predicate::Any(any) => Predicate::Any(parts(any)),
        Predicate::Atom(atom) => {
            known.iter().find(|(known, _)| known == &**atom).map_or_else(|| predicate.clone(), |(_, there)| there.clone())
        }
        Predicate::Never | Predicate::Always => predicate.clone(),
    }
}

/// `sets Created By to Logged in User and Made At to now`; `None` where nothing is set.
pub fn sets(model: &Model, table: TableId, operation: Operation) -> Option<String> {
    let describe = Describe { model };
    let presets = model.presets(table, operation);
    let words: Vec<String> = presets.values().map(|preset| describe.preset(table, preset)).collect();
    (!words.is_empty()).then(|| format!("sets {}", words.join(" and ")))
}
