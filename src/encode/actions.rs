//! Whether an action uses its record up: what it sets has to make false what it asks of the record, or whoever has done it once could do it again. In: the
//! actions of a model. Out: errors; and the fields whose new value has to differ from what is there, for this to follow.

use std::collections::BTreeSet;

use crate::access::decide::contradicts;
use crate::access::{Atom, Predicate};
use crate::catalog::{ColumnRef, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{self, Action, Assignment, Comparison, Condition, Describe, Literal, Model, Path, Value};

/// Reports actions of which it cannot be shown.
pub(super) fn report(model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    for action in model.actions.iter().filter(|action| !action.set.is_empty()) {
        let (asked, _) = told_apart(action, &Predicate::of(model, &action.condition));
        let facts = action.set.iter().map(|field| Predicate::of(model, &stored(action, field)));
        if contradicts(&[&asked, &Predicate::all(facts)]).is_proved() {
            continue;
        }
        let span = action.set.first().map_or(action.span, |field| field.span);
        let title =
            format!("once `{}` was done, `where` would still be true of its record, so that it could be done again", action.name);
        let found = Diagnostic::new(Code::Action, span, title)
            .with_note(format!("`where` is {}", Describe { model }.condition(&action.condition)))
            .with_help("let `where` ask for a value that `set` replaces: `Status is \"pending\"` beside `status: '\"accepted\"'`, or `Used At is empty` beside `used_at: now`");
        diagnostics.push(found);
    }
}

/// What an action asks of its record, once its fields are set: that a field equals another constant than the one which it gets is false. Which texts are equal
/// is the collation's to say; the fields that are given here have to be unequal to their new value before, and then what they were equal to is not the new value.
pub fn told_apart(action: &Action, asked: &Predicate) -> (Predicate, BTreeSet<u32>) {
    let mut used = BTreeSet::new();
    (without(action, asked, &mut used), used)
}

fn without(action: &Action, asked: &Predicate, used: &mut BTreeSet<u32>) -> Predicate {
    let mut parts = |parts: &[Predicate]| -> Vec<Predicate> { parts.iter().map(|part| without(action, part, used)).collect() };
    match asked {
        Predicate::All(all) => Predicate::all(parts(all)),
        Predicate::Any(any) => Predicate::any(parts(any)),
        Predicate::Atom(atom) => match &**atom {
            Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(constant) } => match becomes(action, left) {
                Some((column, new)) if new.text != constant.text => {
                    if !is_exact(&new.r#type) {
                        used.insert(column);
                    }
                    Predicate::Never
                }
                _ => asked.clone(),
            },
            Atom::OneOf { value, list, negated: false } => match becomes(action, value) {
                Some((_, new)) if is_exact(&new.r#type) && list.iter().all(|constant| constant.text != new.text) => {
                    Predicate::Never
                }
                _ => asked.clone(),
            },
            _ => asked.clone(),
        },
        other => other.clone(),
    }
}

/// The constant that a field of the record gets.
fn becomes<'a>(action: &'a Action, value: &Value) -> Option<(u32, &'a Literal)> {
    let path = value.record().filter(|path| path.hops.is_empty())?;
    let field = action.set.iter().find(|field| field.column == path.column.column)?;
    match &field.value {
        Value::Literal(literal) => Some((field.column, literal)),
        _ => None,
    }
}

/// Types whose values are equal only where they are written alike.
fn is_exact(r#type: &Type) -> bool {
    matches!(r#type, Type::Enum(_) | Type::Boolean)
}

/// What is known of the record once a field is set. A value that turns out to be empty is refused when the action runs; one of the record itself may be another
/// one by then, and a moment is stored with as many digits as the field has.
fn stored(action: &Action, field: &Assignment) -> Condition {
    let (table, column) = (action.table, ColumnRef { table: action.table, column: field.column });
    let left = Value::Record(Path { table, hops: Vec::new(), column });
    Condition::from(match &field.value {
        Value::Record(_) | Value::Outer(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..) => {
            model::Atom::Empty { value: left, negated: true }
        }
        value => model::Atom::Compare { left, operator: Comparison::Equal, right: value.clone() },
    })
}
