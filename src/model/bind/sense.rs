//! Comparisons that say nothing: of the signed-in user with the signed-in user, and of a value with itself; and labels that only a row further out
//! has. In: operands as they are written and bound. Out: messages with the text that was probably meant. It does not know types.

use super::Binder;
use super::operands::{Operand, Placed};
use crate::ast;
use crate::catalog::{ColumnRef, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Claim, ClaimPath, Outer, Value};

/// An operand as it is written, and bound.
pub(super) type Side<'a> = (&'a Spanned<ast::Operand>, &'a Placed);

/// What `User's …` means everywhere.
pub(super) const OF_SESSION: &str = "`User's …` starts at the row of whoever is signed in, wherever it stands";

impl Binder<'_> {
    /// Reports a comparison that no record, or no user, could make another answer of.
    pub(super) fn check_sense(&mut self, table: TableId, left: Side<'_>, right: Side<'_>) -> Option<()> {
        self.check_sense_of_range(table, left, &[right])
    }

    /// The same of a value and both ends of a range; what is told of each end alike is told once.
    pub(super) fn check_sense_of_range(&mut self, table: TableId, value: Side<'_>, ends: &[Side<'_>]) -> Option<()> {
        let senseless = ends.iter().find_map(|end| self.senseless(table, value, *end));
        let is_senseless = senseless.is_some();
        let found = senseless.or_else(|| ends.iter().find_map(|end| self.user_of_either(table, &[value, *end])));
        found.into_iter().for_each(|found| self.report(found));
        (!is_senseless).then_some(())
    }

    fn senseless(&self, table: TableId, left: Side<'_>, right: Side<'_>) -> Option<Diagnostic> {
        if is_of_user(&left.1.value) && is_of_user(&right.1.value) {
            Some(self.of_user_alone(table, left, right))
        } else if self.is_identity_twice(left, right) || self.is_identity_twice(right, left) {
            Some(of_identity(left, right))
        } else {
            is_same(&left.1.value, &right.1.value).then(|| self.with_itself(left, right))
        }
    }

    /// Whether one is the signed-in user and the other what the session says who that is.
    fn is_identity_twice(&self, user: Side<'_>, source: Side<'_>) -> bool {
        let Some(identity) = &self.identity else { return false };
        let is_user = match &user.1.value {
            Operand::Single { value: Value::LoggedInUser, .. } => true,
            Operand::Single { value: Value::User(path), column } => path.hops.is_empty() && *column == identity.user_key,
            _ => false,
        };
        let claim = match &source.1.value {
            Operand::Constant(ast::Operand::Claim(name)) => Claim::Token(ClaimPath::parse(name)),
            Operand::Session { value: Value::Claim(claim, _), .. } => claim.clone(),
            _ => return false,
        };
        is_user && identity.provider.is_taken_from(&claim)
    }

    fn of_user_alone(&self, table: TableId, left: Side<'_>, right: Side<'_>) -> Diagnostic {
        let title = "this compares the signed-in user with the signed-in user, and says nothing of the record";
        let found = Diagnostic::new(Code::UserAlone, left.1.span.to(right.1.span), title)
            .with_label("the same answer for every record")
            .with_note(OF_SESSION);
        let sides = [left, right];
        if let Some((span, text)) = sides.into_iter().find_map(|side| self.user_of_record(table, side)) {
            return found.with_edit("start at the record's own user", span, text);
        }
        let row = (!self.scope.outer.is_empty()).then(|| sides.into_iter().find_map(|side| self.user_of_row(table, side)));
        match row.flatten() {
            Some((span, path)) => self.at_row(found, span, &path),
            None => found.with_help("compare a column of the record, or leave it out"),
        }
    }

    fn with_itself(&self, left: Side<'_>, right: Side<'_>) -> Diagnostic {
        let found = Diagnostic::new(Code::WithItself, right.1.span, "this compares a value with itself")
            .with_label("the same as the other side")
            .with_secondary(left.1.span, "this");
        let ast::Operand::Path(path) = &right.0.value else {
            return found.with_help("compare it with something else, or leave it out");
        };
        let edits = self.outward(&path.steps, right.1.span, &text_of(path));
        if edits.is_empty() {
            return found.with_help("compare it with something else, or ask whether it `is not empty`");
        }
        let found = found.with_note("a bare label is a column of the innermost row, on both sides");
        edits.into_iter().fold(found, |found, (help, span, text)| found.with_edit(help, span, text))
    }

    /// Reports a word of the language that is also the name of a column of the row: written bare, the column would lose in silence.
    pub(super) fn check_keyword(&mut self, table: TableId, operand: &Spanned<ast::Operand>) -> Option<()> {
        let (word, means, otherwise) = match &operand.value {
            ast::Operand::Now => ("now", "the moment at which the statement starts", Some("0 seconds ago")),
            ast::Operand::Today => ("today", "the present day", Some("0 days ago")),
            ast::Operand::LoggedInUser => ("logged in user", "who is signed in", None),
            ast::Operand::ThisRecord(None) => ("this record", "the record's key", None),
            ast::Operand::Boolean(true) => ("true", "a truth value", None),
            ast::Operand::Boolean(false) => ("false", "a truth value", None),
            _ => return Some(()),
        };
        let [index] = self.catalog.table(table).columns_by_words(word)[..] else { return Some(()) };
        let column = self.catalog.column(ColumnRef { table, column: index });
        // Compared with anything that can be true or false, a column of another type cannot be meant.
        if matches!(operand.value, ast::Operand::Boolean(_)) && column.r#type != Type::Boolean {
            return Some(());
        }
        let name = &column.name;
        let title = format!("`{word}` is {means}, and a column of `{}`", self.catalog.table(table).name);
        let found = Diagnostic::new(Code::AmbiguousLabel, operand.span, title).with_edit(
            "if the column is meant, write its exact name in backticks",
            operand.span,
            format!("`{name}`"),
        );
        self.report(match otherwise {
            Some(text) => found.with_edit("if not, write", operand.span, text),
            None => found.with_help("if not, rename the column: its name has a meaning of its own"),
        });
        None
    }

    /// Reports a path that could only begin at a row further out, without saying so.
    pub(super) fn check_reach(&mut self, table: TableId, path: &ast::Path) -> Option<()> {
        let Some(first) = path.steps.first().filter(|first| self.columns(table, first).is_empty()) else { return Some(()) };
        let edits = self.outward(&path.steps, first.span, &written(first));
        if edits.is_empty() {
            return Some(());
        }
        let title = format!("`{}` has no column `{}`", self.catalog.table(table).name, first.text);
        let found =
            Diagnostic::new(Code::UnknownColumn, first.span, title).with_label("a bare label is a column of the innermost row");
        let found = edits.into_iter().fold(found, |found, (help, span, text)| found.with_edit(help, span, text));
        self.report(found);
        None
    }

    /// Reports a path behind the name of a row that only a row further out has.
    pub(super) fn check_named_row(&mut self, start: &super::scope::Start, path: &ast::Path) -> Option<()> {
        let (_, rest) = path.steps.split_first()?;
        let Some(first) = rest.first().filter(|first| self.columns(start.table, first).is_empty()) else { return Some(()) };
        let rest = ast::Path { steps: rest.to_vec() };
        let edits = self.outward(&rest.steps, path.span(first.span), &text_of(&rest));
        if edits.is_empty() {
            return Some(());
        }
        let title = format!("`{}` has no column `{}`", self.catalog.table(start.table).name, first.text);
        let found = Diagnostic::new(Code::UnknownColumn, first.span, title);
        let found = edits.into_iter().fold(found, |found, (help, span, text)| found.with_edit(help, span, text));
        self.report(found);
        None
    }

    /// Reports children that only a row further out has, without its name before them.
    pub(super) fn check_children(&mut self, table: TableId, label: &ast::Label) -> Option<()> {
        let name = label.text.split_once(" by ").map_or(label.text.as_str(), |(name, _)| name);
        let [child] = self.tables_called(name)[..] else { return Some(()) };
        let has = |of: TableId| !self.references_to(child, of).is_empty();
        let edits: Vec<_> = self.outer_rows().into_iter().filter(|(of, _)| has(*of)).collect();
        if has(table) || edits.is_empty() {
            return Some(());
        }
        let title = format!("`{}` has no reference to `{}`", self.catalog.table(child).name, self.catalog.table(table).name);
        let mut found = Diagnostic::new(Code::NotARelation, label.span, title).with_label("children of the innermost row");
        for (_, called) in edits {
            let text = format!("{called}'s {}", written(label));
            found = found.with_edit(format!("did you mean `{text}`?"), label.span, text);
        }
        self.report(found);
        None
    }

    /// The rows further out that a path can begin at, and how: the record first, then those with a name from the inside out.
    fn outer_rows(&self) -> Vec<(TableId, String)> {
        let outer = &self.scope.outer;
        let named = outer.iter().rev().filter_map(|row| Some((row.table, row.name.as_ref()?.text.clone())));
        outer.first().map(|row| (row.table, "this record".to_owned())).into_iter().chain(named).collect()
    }

    /// What would make a path begin at a row further out that has all of its steps.
    fn outward(&self, steps: &[ast::Label], span: Span, text: &str) -> Vec<(String, Span, String)> {
        let rows = self.outer_rows().into_iter().filter(|(table, _)| self.reaches(*table, steps));
        let edit = |(_, called): (TableId, String)| {
            let text = format!("{called}'s {text}");
            (format!("did you mean `{text}`?"), span, text)
        };
        rows.map(edit).collect()
    }

    /// Whether each step of a path is one column from a table on.
    pub(super) fn reaches(&self, table: TableId, steps: &[ast::Label]) -> bool {
        let mut current = Some(table);
        steps.iter().all(|step| {
            let Some(table) = current else { return false };
            let columns = self.columns(table, step);
            let [column] = columns.as_slice() else { return false };
            current = self.catalog.column(ColumnRef { table, column: *column }).references.map(|target| target.table);
            true
        })
    }
}

/// A path as it is written.
pub(super) fn text_of(path: &ast::Path) -> String {
    path.steps.iter().map(written).collect::<Vec<_>>().join("'s ")
}

pub(super) fn written(label: &ast::Label) -> String {
    if label.exact { format!("`{}`", label.text) } else { label.text.clone() }
}

fn of_identity(left: Side<'_>, right: Side<'_>) -> Diagnostic {
    let title = "this compares the signed-in user with the signed-in user, and says nothing of the record";
    Diagnostic::new(Code::UserAlone, left.1.span.to(right.1.span), title)
        .with_label("true for whoever is signed in, and for every record")
        .with_note("`Logged in User` is what the session says there: `identity:` in rowgate.yaml takes it from this very place")
        .with_help("compare a column of the record, `Owner is Logged in User`; or ask whether anybody is signed in: `Logged in User is not empty`")
}

/// Whether it is the same for every record, and another one for every user.
fn is_of_user(operand: &Operand) -> bool {
    match operand {
        Operand::Single { value, .. } => value.mentions_user(),
        Operand::Many { .. } => true,
        Operand::Level { level, .. } => level.climb.start.as_ref().is_some_and(|(_, value)| value.mentions_user()),
        Operand::Session { .. } | Operand::Constant(_) | Operand::Number(_) => false,
    }
}

/// Whether both are one value. Constants are told elsewhere, but for those that come from the session or the clock.
fn is_same(left: &Operand, right: &Operand) -> bool {
    match (left, right) {
        (Operand::Single { value: left, .. }, Operand::Single { value: right, .. })
        | (Operand::Session { value: left, .. }, Operand::Session { value: right, .. }) => {
            without_last_row(left) == without_last_row(right)
        }
        // Of the rows that it leads to, the first is the one at which it begins.
        (Operand::Level { level, .. }, Operand::Single { value, .. })
        | (Operand::Single { value, .. }, Operand::Level { level, .. }) => {
            level.begins_at().is_some_and(|first| without_last_row(&first) == without_last_row(value))
        }
        (Operand::Constant(left), Operand::Constant(right)) => {
            let is_known = matches!(
                left,
                ast::Operand::Text(_) | ast::Operand::Number(_) | ast::Operand::Boolean(_) | ast::Operand::Date(_)
            );
            left == right && !is_known
        }
        _ => false,
    }
}

/// A path that ends at the very key by which its last step found the row says what the reference says.
fn without_last_row(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Record(path) | Value::User(path) | Value::Former(path) | Value::Outer(Outer { path, .. }) = &mut value {
        while let Some(hop) = path.hops.pop_if(|hop| hop.target == path.column) {
            path.column = hop.foreign_key;
        }
    }
    value
}
