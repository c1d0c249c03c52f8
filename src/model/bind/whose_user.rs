//! `User's …` beside a row that has a user of its own. In: operands as they are written and bound. Out: warnings where what is asked of who is signed in is
//! asked of no row, and could be asked of the row's user. It does not know types.

use super::scope::Counted;
use super::sense::{OF_SESSION, Side, text_of, written};
use super::{Binder, key};
use crate::ast::{self, Quantity, RowsOf};
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::Value;

use super::operands::Operand;

impl Binder<'_> {
    /// A warning where who is signed in has a value that the row's own user has, too, and nothing is said of the row.
    pub(super) fn user_of_either(&self, table: TableId, sides: &[Side<'_>]) -> Option<Diagnostic> {
        self.user_looked_at(table, sides).or_else(|| self.user_of_text(table, sides))
    }

    /// Inside of a condition on other rows: the row that is looked at.
    fn user_looked_at(&self, table: TableId, sides: &[Side<'_>]) -> Option<Diagnostic> {
        if self.scope.outer.is_empty() || self.scope.is_own || sides.iter().any(|side| is_of_row(&side.1.value)) {
            return None;
        }
        let (span, path) = sides.iter().find_map(|side| self.user_of_row(table, *side))?;
        Some(self.beside_row(span, &path))
    }

    /// Of what is compared with a constant, or asked whether it is empty: the record that the text is about.
    fn user_of_text(&self, table: TableId, sides: &[Side<'_>]) -> Option<Diagnostic> {
        let is_constant = sides.len() == 1 || sides.iter().any(|side| matches!(side.1.value, Operand::Constant(_)));
        if !is_constant || self.is_for_many() {
            return None;
        }
        let (span, text) = sides.iter().find_map(|side| self.user_of_record(table, *side))?;
        Some(beside_record(span, text))
    }

    /// The same of rows that begin at who is signed in: `no User's Members where (…)`. Of how many there are, and of rows that are tied to a row further out,
    /// nothing is told: quotas, and what is looked up for the record.
    pub(super) fn children_of_either(&self, table: TableId, rows: &ast::Rows, counted: &Counted) -> Option<Diagnostic> {
        let (path, relations) = match &rows.of {
            RowsOf::Children(path) => (path, path.steps.split_last()?.1),
            RowsOf::AtAnyLevel(at) => (&at.path, at.path.steps.as_slice()),
            RowsOf::Table(_) => return None,
        };
        let first = relations.first().filter(|first| !first.exact && key(&first.text) == "user")?;
        if !matches!(rows.quantity, Quantity::Any | Quantity::No) || is_tied(counted) {
            return None;
        }
        let (span, text) = (path.span(first.span), text_of(path));
        let is_asked = |of: TableId| of != counted.table && self.reaches(of, relations);
        if !self.scope.outer.is_empty() && !self.scope.is_own && is_asked(table) {
            return Some(self.beside_row(span, &text));
        }
        let is_meant = !self.is_for_many() && is_asked(self.this_row(table).table);
        is_meant.then(|| beside_record(span, format!("this record's {text}")))
    }

    /// Boundaries and conditions with a name are for many tables: nothing is told of their records.
    fn is_for_many(&self) -> bool {
        self.in_configuration || self.in_boundary || !self.open_names.is_empty()
    }

    fn beside_row(&self, span: Span, path: &str) -> Diagnostic {
        let title = "this asks it of who is signed in, and the row that is looked at has a user, too";
        let found = Diagnostic::new(Code::UserOfSession, span, title)
            .with_label("the same answer for all of these rows")
            .with_note(OF_SESSION);
        self.at_row(found, span, path).with_help("if not, say it outside of these parentheses, beside the rows")
    }

    /// A message with what starts at the own user of the row that is looked at.
    pub(super) fn at_row(&self, found: Diagnostic, span: Span, path: &str) -> Diagnostic {
        match &self.scope.name {
            Some(name) => found.with_edit("start at the row's own user", span, format!("{}'s {path}", written(name))),
            None => found.with_help(format!(
                "give the row that is looked at a name, and start at its own user: `… as Row where (Row's {path} …)`"
            )),
        }
    }

    /// `this record's User's …`, where the record has a relation to the user that is called so, and where it would stand.
    pub(super) fn user_of_record(&self, table: TableId, side: Side<'_>) -> Option<(Span, String)> {
        let (span, path) = self.user_of_row(self.this_row(table).table, side)?;
        Some((span, format!("this record's {path}")))
    }

    /// `User's …` as a path of a row that has a relation to the user which is called so, and where it is written.
    pub(super) fn user_of_row(&self, table: TableId, (operand, bound): Side<'_>) -> Option<(Span, String)> {
        match (&operand.value, &bound.value) {
            (ast::Operand::User(path), Operand::Single { value: Value::User(_), .. }) => {
                let relation = ast::Label { text: "User".to_owned(), exact: false, ..path.steps.first()?.clone() };
                let steps: Vec<ast::Label> = std::iter::once(relation).chain(path.steps.iter().cloned()).collect();
                self.reaches(table, &steps).then(|| (bound.span, format!("User's {}", text_of(path))))
            }
            (ast::Operand::AtAnyLevel(at), Operand::Level { .. }) => {
                let first = at.path.steps.first().filter(|first| !first.exact && key(&first.text) == "user")?;
                self.reaches(table, &at.path.steps).then(|| (at.path.span(first.span), text_of(&at.path)))
            }
            _ => None,
        }
    }
}

fn beside_record(span: Span, text: String) -> Diagnostic {
    Diagnostic::new(Code::UserOfSession, span, "this asks it of who is signed in, and the record has a user, too")
        .with_label("the same answer for every record")
        .with_note(OF_SESSION)
        .with_edit("if the record's own user is meant, write", span, text)
        .with_help("if not, give the condition a name, which says so: `condition Active: …`")
}

/// Whether an operand depends on the innermost row.
fn is_of_row(operand: &Operand) -> bool {
    match operand {
        Operand::Single { value, .. } => matches!(value, Value::Record(_) | Value::Former(_)),
        Operand::Level { level, .. } => level.link.is_some(),
        Operand::Number(_) => true,
        Operand::Session { .. } | Operand::Many { .. } | Operand::Constant(_) => false,
    }
}

/// Whether rows are compared with a row further out.
fn is_tied(counted: &Counted) -> bool {
    let mut found = false;
    counted.condition.for_each_atom(&mut |atom| found |= atom.values().into_iter().any(|value| matches!(value, Value::Outer(_))));
    found
}

/// Whether a condition says of the row itself that it is the user's: whose user is asked then makes no difference.
pub(super) fn is_of_user(condition: &ast::Condition, name: Option<&ast::Label>) -> bool {
    let is_user = |label: &ast::Label| key(&label.text) == "user";
    let is_row = |label: &ast::Label| name.is_some_and(|name| key(&name.text) == key(&label.text));
    let is_own = |operand: &ast::Operand| match operand {
        ast::Operand::Path(path) => match path.steps.as_slice() {
            [user] => is_user(user),
            [row, user] => is_row(row) && is_user(user),
            _ => false,
        },
        _ => false,
    };
    match condition {
        ast::Condition::All(parts) => parts.iter().any(|part| is_of_user(part, name)),
        ast::Condition::Compare(compare) if compare.operator.value == ast::Operator::Equal => {
            let sides = [&compare.left.value, &compare.right.value];
            sides.iter().any(|side| is_own(side)) && sides.iter().any(|side| matches!(side, ast::Operand::LoggedInUser))
        }
        _ => false,
    }
}
