//! Steps that nothing is left of. In: a grant to update. Out: whether no step is one of its, because what it asks of the record as it was excludes what `when` asks of it, or
//! because a field that no grant for such a step names has to be another one than it was.

use super::said;
use crate::access::decide::{Conjunction, cases};
use crate::access::{Atom, Predicate, former_columns};
use crate::catalog::TableId;
use crate::model::{Comparison, Condition, Grant, Model, Operation, Path, Rule, Value};

/// What no step of a grant can be.
pub(super) enum Nothing {
    /// What the record was, compared with what it is.
    OfFormer,
    /// Another value of fields that nobody may change in such a step.
    OfFixed,
}

/// Whether no step begins as `when` and ends as `then` says.
pub(super) fn leaves_nothing(model: &Model, table: TableId, rule: &Rule, grant: &Grant) -> Option<Nothing> {
    if grant.operation != Operation::Update {
        return None;
    }
    let then = said::all(model, rule.filters.iter().chain(&grant.then));
    let compares = !former_columns(model.catalog.table(table), &then).is_empty();
    if !compares && grant.then == grant.when {
        return None;
    }
    let when = said::all(model, rule.filters.iter().chain(&grant.when));
    let fixed = Fixed::new(model, table, (&when, &then));
    let step = Predicate::all([fixed.as_it_was(&when), fixed.as_it_is(&then)]);
    let is_nothing = said::is_impossible(model, &step) || cases(&step).is_some_and(|cases| cases.iter().all(differs_from_itself));
    is_nothing.then_some(if compares { Nothing::OfFormer } else { Nothing::OfFixed })
}

/// Whether a value has to be another one than it is.
fn differs_from_itself(case: &Conjunction) -> bool {
    use Comparison::{Greater, Less, NotEqual};
    case.iter().any(|atom| matches!(&**atom, Atom::Compare { left, operator: NotEqual | Greater | Less, right } if left == right))
}

/// The fields of a table that are the same before a step and after it.
struct Fixed<'a> {
    model: &'a Model,
    table: TableId,
    /// The grants that may allow the step, whose fields unite.
    allowing: Vec<&'a Grant>,
}

impl<'a> Fixed<'a> {
    fn new(model: &'a Model, table: TableId, (when, then): (&Predicate, &Predicate)) -> Fixed<'a> {
        let rules = model.tables.get(&table).map_or(&[][..], |rules| rules);
        let grants = rules.iter().flat_map(|rule| rule.grants.iter().map(move |grant| (rule, grant)));
        let may_allow = |(rule, grant): &(&Rule, &Grant)| {
            let agrees = |state: &Predicate, own: &Option<Condition>| {
                let own = said::all(model, rule.filters.iter().chain(own));
                !said::is_impossible(model, &Predicate::all([state.clone(), own]))
            };
            grant.operation == Operation::Update && agrees(when, &grant.when) && agrees(then, &grant.then)
        };
        Fixed { model, table, allowing: grants.filter(may_allow).map(|(_, grant)| grant).collect() }
    }

    /// What is said of the record as it is before an update, said after it. What it says of other rows is left out: those may have changed.
    fn as_it_was(&self, predicate: &Predicate) -> Predicate {
        self.said(predicate, &|value| match value {
            Value::Record(path) if !self.is_fixed(path) => Some(Value::Former(path.clone())),
            _ => None,
        })
    }

    /// What is said after an update, where what was and what is are one value.
    fn as_it_is(&self, predicate: &Predicate) -> Predicate {
        self.said(predicate, &|value| match value {
            Value::Former(path) if self.is_fixed(path) => Some(Value::Record(path.clone())),
            _ => None,
        })
    }

    fn said(&self, predicate: &Predicate, other: &dyn Fn(&Value) -> Option<Value>) -> Predicate {
        let parts = |parts: &[Predicate]| -> Vec<Predicate> { parts.iter().map(|part| self.said(part, other)).collect() };
        match predicate {
            Predicate::All(all) => Predicate::all(parts(all)),
            Predicate::Any(any) => Predicate::any(parts(any)),
            Predicate::Atom(atom) if matches!(**atom, Atom::Exists(_) | Atom::Sql { .. }) => Predicate::Always,
            Predicate::Atom(atom) => {
                let mut atom = (**atom).clone();
                for value in atom.values_mut() {
                    *value = other(value).unwrap_or_else(|| value.clone());
                }
                Predicate::from(atom)
            }
            Predicate::Never | Predicate::Always => predicate.clone(),
        }
    }

    /// Whether no update of the table's records changes what a path begins at.
    fn is_fixed(&self, path: &Path) -> bool {
        let column = path.hops.first().map_or(path.column, |hop| hop.foreign_key);
        let table = self.model.catalog.table(self.table);
        let presets = self.model.presets(self.table, Operation::Update);
        let is_written = |column: u32| {
            let entry = &table.columns[column as usize];
            let names = |grant: &&Grant| grant.fields.as_ref().is_none_or(|fields| fields.contains(&column));
            entry.generated || entry.set_by_trigger || presets.contains_key(&column) || self.allowing.iter().any(names)
        };
        !table.stored(column.column).into_iter().any(is_written)
    }
}
