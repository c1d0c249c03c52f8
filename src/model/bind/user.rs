//! `Logged in User` beside a key. In: operands that are compared. Out: the same, with the user as the key that the other side has: what the session says,
//! or another key of the user's row.

use super::Binder;
use super::operands::{Operand, Placed};
use crate::catalog::{ColumnRef, Type};
use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::model::{Path, Value};

impl Binder<'_> {
    /// Whether a column identifies users, by whichever of their keys.
    pub(super) fn is_key_of_user(&self, column: ColumnRef) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.as_value_of(self.catalog, column).is_some())
    }

    /// Two operands, `Logged in User` among them as the key that the other one has.
    pub(super) fn with_user(&mut self, left: Placed, right: Placed) -> Option<(Placed, Placed)> {
        match (is_user(&left.value), is_user(&right.value)) {
            (false, true) => self.user_beside(left, right),
            (true, false) => self.user_beside(right, left).map(|(other, user)| (user, other)),
            _ => Some((left, right)),
        }
    }

    fn user_beside(&mut self, other: Placed, user: Placed) -> Option<(Placed, Placed)> {
        let (Operand::Single { column, .. } | Operand::Many { column, .. }) = &other.value else { return Some((other, user)) };
        let identity = self.identity.as_ref()?;
        // Among the elements of an array it is the key that they have.
        let keyed = self.catalog.column(*column).elements.unwrap_or(*column);
        let Some(Value::User(key)) = identity.as_value_of(self.catalog, keyed) else {
            self.check_reference(&other)?;
            return Some((other, user));
        };
        // Of the user's own row, the key that the session says needs no look-up.
        let own = match &other.value {
            Operand::Single { value: Value::Record(path), column } => path.hops.is_empty() && *column == key.column,
            _ => false,
        };
        if own {
            let column = identity.user_key;
            let value = Value::Record(Path { table: column.table, hops: Vec::new(), column });
            return Some((Spanned::new(Operand::Single { value, column }, other.span), user));
        }
        let user = Spanned::new(Operand::Single { column: key.column, value: Value::User(key) }, user.span);
        Some((other, user))
    }

    /// What somebody is called may be how another one's name begins: `1` and `12`.
    pub(super) fn refuse_part_of_user(&mut self, part: &Placed) -> Option<()> {
        let key = match &part.value {
            Operand::Single { value: Value::LoggedInUser, column } => *column,
            Operand::Single { value: Value::User(path), column } if path.hops.is_empty() && self.is_key_of_user(*column) => {
                *column
            }
            _ => return Some(()),
        };
        let title = "a text that has this somewhere may be somebody else's: `12/…` begins with `1`, too";
        let found = Diagnostic::new(Code::Incomparable, part.span, title).with_label("the identity");
        self.report(found.with_help(derived(&self.catalog.column(key).r#type)));
        None
    }

    /// A column that references nothing could hold either key of the user, where both are of its type.
    fn check_reference(&mut self, other: &Placed) -> Option<()> {
        let (Operand::Single { value: Value::Record(_) | Value::Outer(_) | Value::Former(_), column }, Some(identity)) =
            (&other.value, &self.identity)
        else {
            return Some(());
        };
        let own = identity.user_key;
        let table = self.catalog.table(own.table);
        let [primary] = table.primary_key.as_slice() else { return Some(()) };
        let primary = ColumnRef { table: own.table, column: *primary };
        let r#type = |column: ColumnRef| -> &Type { &self.catalog.column(column).r#type };
        let held = if let Type::Array(element) = r#type(*column) { element } else { r#type(*column) };
        let is_either = self.comparable(held, r#type(own)) && self.comparable(held, r#type(primary));
        if primary == own || !is_either || self.catalog.entity_of_each(*column).is_some() {
            return Some(());
        }
        let (name, own, primary) = (self.column_name(*column), self.column_name(own), self.column_name(primary));
        let title = format!("`{name}` references nothing, and could be `{own}` or `{primary}`");
        let diagnostic = Diagnostic::new(Code::AmbiguousCompletion, other.span, title)
            .with_label("which key of the user is this?")
            .with_note(format!("the session says `{own}`, and the user's row has `{primary}` too"))
            .with_help(format!(
                "say so at the column in the schema file: `references: {primary}`, or `references: {own}`; or compare it with `User's …`"
            ));
        self.report(diagnostic);
        None
    }
}

/// How what stands within a text is compared.
pub(super) fn derived(r#type: &Type) -> String {
    format!(
        "a value within a text is derived from it in the schema file: `derived: {{ owner: {{ type: {type}, sql: \"split_part(name, '/', 1)\" }} }}`"
    )
}

/// Whether it is `Logged in User`.
pub(super) fn is_user(operand: &Operand) -> bool {
    matches!(operand, Operand::Single { value: Value::LoggedInUser, .. })
}
