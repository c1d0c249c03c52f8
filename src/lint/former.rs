//! Steps that `the former …` leaves nothing of. In: a grant that compares a record with what it was. Out: whether no step is one of its, because what it asks of the record
//! as it was excludes what `when` asks of it, or because a field that nobody may change has to be another one than it was.

use super::said;
use crate::access::decide::{Conjunction, cases};
use crate::access::{Atom, Predicate, former_columns};
use crate::catalog::TableId;
use crate::model::{Comparison, Grant, Model, Operation, Path, Rule, Value};

/// Whether what a grant says behind `then` compares with what no record can have been.
pub(super) fn leaves_nothing(model: &Model, table: TableId, rule: &Rule, grant: &Grant) -> bool {
    let then = said::all(model, rule.filters.iter().chain(&grant.then));
    if grant.operation != Operation::Update || former_columns(model.catalog.table(table), &then).is_empty() {
        return false;
    }
    let when = said::all(model, rule.filters.iter().chain(&grant.when));
    let fixed = Fixed { model, table };
    let step = Predicate::all([fixed.as_it_was(&when), fixed.as_it_is(&then)]);
    said::is_impossible(&step) || cases(&step).is_some_and(|cases| cases.iter().all(differs_from_itself))
}

/// Whether a value has to be another one than it is.
fn differs_from_itself(case: &Conjunction) -> bool {
    use Comparison::{Greater, Less, NotEqual};
    case.iter().any(|atom| matches!(&**atom, Atom::Compare { left, operator: NotEqual | Greater | Less, right } if left == right))
}

/// The fields of a table that are the same before an update and after it.
struct Fixed<'a> {
    model: &'a Model,
    table: TableId,
}

impl Fixed<'_> {
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
        let rules = self.model.tables.get(&self.table).map_or(&[][..], |rules| rules);
        let presets = self.model.presets(self.table, Operation::Update);
        let is_written = |column: u32| {
            let entry = &table.columns[column as usize];
            let named = rules.iter().flat_map(|rule| &rule.grants).filter(|grant| grant.operation == Operation::Update);
            let names = |grant: &Grant| grant.fields.as_ref().is_none_or(|fields| fields.contains(&column));
            entry.generated || entry.set_by_trigger || presets.contains_key(&column) || named.into_iter().any(names)
        };
        !table.stored(column.column).into_iter().any(is_written)
    }
}
