//! Keys that are compared: of one table, or an error with the key of the user that may have been meant. In: bound operands. Out: messages.

use super::Binder;
use super::operands::{Operand, Placed};
use crate::catalog::{ColumnRef, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Membership, Value};

impl Binder<'_> {
    /// Two keys of different tables never mean the same, even where both are uuid.
    pub(super) fn check_keys(&mut self, left: &Placed, right: &Placed) -> Option<()> {
        let key = |operand: &Operand| match operand {
            Operand::Single { value: Value::LoggedInUser, .. } => self.user_entity(),
            Operand::Single { column, .. } | Operand::Many { column, .. } | Operand::Level { column, .. } => {
                self.catalog.entity_of_each(*column)
            }
            // Without a key of its own it may be any: the application says what it stands for.
            Operand::Session { references, .. } => references.and_then(|key| self.catalog.entity(key)),
            Operand::Constant(_) | Operand::Number(_) => None,
        };
        let (Some(first), Some(second)) = (key(&left.value), key(&right.value)) else { return Some(()) };
        if first == second {
            return Some(());
        }
        let (first, second) = (self.column_name(first), self.column_name(second));
        let title = format!("a key of `{first}` never equals a key of `{second}`");
        let diagnostic = Diagnostic::new(Code::DifferentKeys, left.span, title)
            .with_label(format!("identifies a row by `{first}`"))
            .with_secondary(right.span, format!("identifies a row by `{second}`"))
            .with_note("PostgreSQL would compare them and find nothing, or worse, something");
        let help = self.same_key(left).unwrap_or_else(|| "compare keys of one table".to_owned());
        self.report(diagnostic.with_help(help));
        None
    }

    /// What of the signed-in user is a key of the same table: where a key of the record is compared with something else.
    fn same_key(&self, left: &Placed) -> Option<String> {
        let Operand::Single { value: Value::Record(path), column } = &left.value else { return None };
        let entity = self.catalog.entity(*column)?;
        let user = self.identity.as_ref()?.user_key.table;
        let values = self.catalog.table(user).values();
        let columns = values.map(|(index, _)| ColumnRef { table: user, column: index });
        let own = columns.filter(|&column| column != entity && self.catalog.entity(column) == Some(entity));
        let of_row = own.map(|column| super::rows::reference_label(self.catalog, column));
        let within = |membership: &Membership| membership.within.and_then(|key| self.catalog.entity(key)) == Some(entity);
        let of_memberships =
            self.memberships.iter().filter(|membership| within(membership)).map(|membership| membership.name.clone());
        let meant: Vec<String> = of_row.chain(of_memberships).map(|name| format!("`User's {name}`")).collect();
        let text = crate::model::describe::path(self.catalog, path);
        (!meant.is_empty()).then(|| format!("of who is signed in, `{text}` is compared with {}", meant.join(" or ")))
    }

    /// The type of a bound operand; constants have none of their own.
    pub(super) fn type_of(&self, operand: &Operand) -> Option<Type> {
        match operand {
            Operand::Number(_) => Some(Type::BigInt),
            Operand::Single { column, .. } | Operand::Many { column, .. } | Operand::Level { column, .. } => {
                Some(self.catalog.column(*column).r#type.clone())
            }
            Operand::Session { r#type, .. } => Some(r#type.clone()),
            Operand::Constant(_) => None,
        }
    }
}
