//! Arrays of keys. In: operands, one of them an array whose elements reference a table; paths of the configuration. Out: what is asked of the elements: whether
//! a key is one of them, or whether the row of any of them passes a test. It does not know how roles are held.

use super::Binder;
use super::operands::{Operand, Placed};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::describe::title_case;
use crate::model::{Atom, Collection, Condition, Enough, Exists, Outer, Path, Value};

impl Binder<'_> {
    /// `x is one of Allowed Teams`: the array has it. `None` where the right side is no array, or the left side one.
    pub(super) fn in_array(&mut self, left: &Placed, right: &Placed, negated: bool) -> Option<Option<Condition>> {
        let (Operand::Single { value: array, .. }, Some(Type::Array(element))) = (&right.value, self.type_of(&right.value))
        else {
            return None;
        };
        if matches!(self.type_of(&left.value), Some(Type::Array(_))) {
            return None;
        }
        Some(match &left.value {
            Operand::Many { set, .. } => self.of_one_kind(left, right).map(|()| {
                let of = Collection::Value(array.clone());
                Condition::from(Atom::Has { whole: Collection::Set(set.clone()), all: false, of, negated })
            }),
            _ => self
                .element_of(right, left.clone(), &element)
                .map(|element| Condition::from(Atom::Contains { array: array.clone(), element, negated })),
        })
    }

    /// One value that is looked for among the elements of an array; the user as the key that they have.
    pub(super) fn element_of(&mut self, array: &Placed, part: Placed, element: &Type) -> Option<Value> {
        let (_, part) = self.with_user(array.clone(), part)?;
        self.of_one_kind(&part, array)?;
        let value = self.single(&part, element)?;
        self.refuse_day(&value, part.span)?;
        Some(value)
    }

    /// Elements and keys of one table, and of one type.
    fn of_one_kind(&mut self, one: &Placed, array: &Placed) -> Option<()> {
        let element = match self.type_of(&array.value)? {
            Type::Array(element) => *element,
            other => other,
        };
        match self.type_of(&one.value) {
            Some(own) if !self.comparable(&own, &element) => {
                let title = format!("this is `{own}`, and the array has elements of type `{element}`");
                let found = Diagnostic::new(Code::Incomparable, one.span, title).with_secondary(array.span, "this array");
                self.report(found);
                None
            }
            _ => self.check_keys(one, array),
        }
    }

    /// Reports a path that would go on from the elements of an array.
    pub(super) fn through_array(&mut self, array: ColumnRef, span: Span) -> Option<()> {
        let Some(target) = self.catalog.column(array).elements else { return Some(()) };
        let label = |column: ColumnRef| {
            let column = self.catalog.column(column);
            title_case(column.keys.get(1).or(column.keys.first()).unwrap_or(&column.name))
        };
        let title = format!("`{}` has many keys, and a path leads to one record", self.column_name(array));
        let text = format!(
            "any record of {} where ({} is one of this record's {} and …)",
            self.catalog.table(target.table).name,
            label(target),
            label(array)
        );
        let found = Diagnostic::new(Code::NotARelation, span, title).with_label("the path cannot go on from here");
        self.report(found.with_help(format!("ask for the records that they are keys of: `{text}`")));
        None
    }

    /// Rows that have keys of `table` in an array, where nothing else of them points at it: how to ask for them.
    pub(super) fn by_array(&self, child: TableId, table: TableId) -> Option<String> {
        let entry = self.catalog.table(child);
        let array = entry.columns.iter().find(|column| column.elements.is_some_and(|target| target.table == table))?;
        let label = title_case(array.keys.get(1).or(array.keys.first()).unwrap_or(&array.name));
        Some(format!("any record of {} where ({label} contains this record)", entry.name))
    }

    /// A test at the end of a path of the configuration, which may lead through arrays of keys: of the row of any of them. `start` makes a value of a path from
    /// the row that it begins at.
    pub(super) fn at_path(
        &mut self,
        table: TableId,
        text: &str,
        place: &[&str],
        start: &dyn Fn(Path) -> Value,
        test: &mut dyn FnMut(&mut Self, Value, ColumnRef) -> Option<Atom>,
    ) -> Option<Atom> {
        let steps: Vec<&str> = text.split('.').map(str::trim).collect();
        for count in 1..steps.len() {
            let array = self.config_path(table, &steps[..count].join("."), place)?;
            let Some(target) = self.catalog.column(array.column).elements else { continue };
            let inner = self.at_path(target.table, &steps[count..].join("."), place, &Value::Record, test)?;
            let array = match start(array) {
                Value::Record(path) => Value::Outer(Outer { up: 1, called: "this record".to_owned(), path }),
                other => other,
            };
            let key = Value::Record(Path { table: target.table, hops: Vec::new(), column: target });
            let is_it = Condition::from(Atom::Contains { array, element: key, negated: false });
            let condition = Condition::All(vec![is_it, Condition::from(inner)]);
            return Some(Atom::Exists(Box::new(Exists {
                table: target.table,
                link: None,
                condition,
                enough: Enough::ONE,
                negated: false,
                climb: None,
            })));
        }
        let path = self.config_path(table, text, place)?;
        let column = path.column;
        test(self, start(path), column)
    }
}
