//! Conditions on other rows: how many of them, which, under which name.

use super::operands::Operand;
use super::scope::{Counted, OuterRow, Start};
use super::whose_user::is_of_user;
use super::{Binder, key};
use crate::ast::{self, Quantity, RowsOf};
use crate::catalog::{ColumnRef, TableId, words};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Comparison, Condition, Enough, Link, Path, Value};

/// Names that have a meaning of their own where a value can stand.
const TAKEN: [&str; 9] = ["user", "session", "logged in user", "this record", "now", "today", "true", "false", "claim"];

impl Binder<'_> {
    /// `<how many> <rows> [as <name>] [where (…)]`
    pub(super) fn rows(&mut self, table: TableId, rows: &ast::Rows) -> Option<Condition> {
        let counted = self.counted(table, &rows.of, rows.name.as_ref(), rows.condition.as_ref())?;
        let found = self.children_of_either(table, rows, &counted);
        found.into_iter().for_each(|found| self.report(found));
        let (at_least, negated) = match rows.quantity {
            Quantity::Any => (1, false),
            Quantity::No => (1, true),
            Quantity::AtLeast(count) => (count, false),
            Quantity::FewerThan(count) => (count, true),
        };
        Some(counted.exists(Enough::Rows(at_least), negated))
    }

    /// Which rows are counted, and where.
    pub(super) fn counted(
        &mut self,
        table: TableId,
        of: &RowsOf,
        name: Option<&ast::Label>,
        condition: Option<&ast::Condition>,
    ) -> Option<Counted> {
        let (counted, link, tie, climb) = match of {
            RowsOf::Table(name) => (self.table(name)?, None, None, None),
            RowsOf::Children(path) => {
                let (counted, link, tie) = self.children(table, path)?;
                (counted, link, tie, None)
            }
            RowsOf::AtAnyLevel(at) => {
                let level = self.rows_at_any_level(table, at)?;
                (level.table, level.link, None, Some(level.climb))
            }
        };
        if let Some(name) = name {
            self.check_row_name(table, counted, name)?;
        }
        let is_own = condition.is_some_and(|condition| is_of_user(condition, name));
        let is_own_around = std::mem::replace(&mut self.scope.is_own, is_own);
        let name = std::mem::replace(&mut self.scope.name, name.cloned());
        self.scope.outer.push(OuterRow { table, name });
        let condition = condition.map(|condition| self.condition(counted, condition));
        self.scope.name = self.scope.outer.pop().and_then(|row| row.name);
        self.scope.is_own = is_own_around;
        let mut parts: Vec<Condition> = tie.into_iter().collect();
        if let Some(condition) = condition {
            parts.push(condition?);
        }
        let condition = if parts.len() == 1 { parts.swap_remove(0) } else { Condition::All(parts) };
        Some(Counted { table: counted, link, climb, condition })
    }

    /// A name must not be one that a label, another row or the language has.
    fn check_row_name(&mut self, table: TableId, counted: TableId, name: &ast::Label) -> Option<()> {
        let is_column = |of: TableId| !self.columns(of, name).is_empty();
        let tables: Vec<TableId> = self.scope.outer.iter().map(|row| row.table).chain([table, counted]).collect();
        let column = tables.into_iter().find(|&of| is_column(of));
        let title = if name.exact {
            "a name of a row is written without backticks".to_owned()
        } else if TAKEN.contains(&key(&name.text).as_str()) {
            format!("`{}` has a meaning of its own, and cannot be the name of a row", name.text)
        } else if self.named_row(table, name).is_some() {
            format!("another row is already called `{}`", name.text)
        } else if let Some(of) = column {
            format!("`{}` is a column of `{}`, and cannot be the name of a row beside it", name.text, self.catalog.table(of).name)
        } else {
            return Some(());
        };
        self.report(Diagnostic::new(Code::AmbiguousLabel, name.span, title).with_help("choose another name behind `as`"));
        None
    }

    /// `[<path>'s] Children [by <reference>]`: their table, and what ties them to where the path leads: a link of the row itself, or a condition on them.
    fn children(&mut self, table: TableId, path: &ast::Path) -> Option<(TableId, Option<Link>, Option<Condition>)> {
        let (label, relations) = path.steps.split_last()?;
        let is_user = |label: &ast::Label| !label.exact && ["user", "logged in user"].contains(&key(&label.text).as_str());
        if let Some((_, rest)) = relations.split_first().filter(|(first, _)| is_user(first)) {
            return self.children_of_user(rest, label);
        }
        if self.is_of_session(table, relations) {
            let (column, value) = self.children_of_session(table, relations, label)?;
            return Some((column.table, None, Some(equals(column, value))));
        }
        let (start, rest) = match relations.split_first() {
            Some((first, rest)) if self.is_this_record(first) => (self.this_row(table), rest),
            Some((first, rest)) => match self.named_row(table, first) {
                Some(start) => (start, rest),
                None => (self.innermost(table), relations),
            },
            None => (self.innermost(table), relations),
        };
        if rest.is_empty() {
            if relations.is_empty() {
                self.check_children(table, label)?;
            }
            let column = self.child_key(start.table, label)?;
            let target = self.catalog.column(column).references?;
            return Some(tied(&start, column, Path { table: start.table, hops: Vec::new(), column: target }));
        }
        let to = self.path(start.table, &ast::Path { steps: rest.to_vec() })?;
        let (column, to) = self.children_of(to, rest.last()?.span, label)?;
        Some(tied(&start, column, to))
    }

    /// The children of what a path leads to: their reference, and the path to the key that it has.
    pub(super) fn children_of(&mut self, to: Path, span: Span, label: &ast::Label) -> Option<(ColumnRef, Path)> {
        let hop = self.hop(to.column, span)?;
        let column = self.child_key(hop.target.table, label)?;
        let target = self.catalog.column(column).references?;
        // The key that leads there is the key that children have, unless they point at another one.
        Some((column, if target == hop.target { to } else { to.through(hop, target) }))
    }

    /// `User's Follows by Follower`, `User's Plan's Features`, `User's Team's Projects`
    fn children_of_user(
        &mut self,
        rest: &[ast::Label],
        label: &ast::Label,
    ) -> Option<(TableId, Option<Link>, Option<Condition>)> {
        let user_key = self.identity.as_ref()?.user_key;
        if rest.is_empty() {
            let column = self.child_key(user_key.table, label)?;
            let target = self.catalog.column(column).references?;
            let path = Path { table: user_key.table, hops: Vec::new(), column: target };
            let known = self.identity.as_ref()?.as_value_of(self.catalog, target);
            let user = known.unwrap_or(Value::User(path));
            return Some((column.table, None, Some(equals(column, user))));
        }
        let span = rest.first()?.span.to(rest.last()?.span);
        match self.user(&ast::Path { steps: rest.to_vec() }, span)? {
            Operand::Single { value: Value::User(to), .. } => {
                let (column, to) = self.children_of(to, span, label)?;
                Some((column.table, None, Some(equals(column, Value::User(to)))))
            }
            Operand::Many { set, column: within } => {
                let hop = self.hop(within, span)?;
                let column = self.child_key(hop.target.table, label)?;
                let value = Value::Record(Path { table: column.table, hops: Vec::new(), column });
                let member = Condition::from(Atom::Member { value, set, negated: false });
                Some((column.table, None, Some(member)))
            }
            _ => None,
        }
    }

    /// The reference to `table` by which children are found.
    pub(super) fn child_key(&mut self, table: TableId, label: &ast::Label) -> Option<ColumnRef> {
        let (name, relation) = match label.text.split_once(" by ") {
            Some((name, relation)) if !label.exact && self.tables_called(name).len() == 1 => (name, Some(relation)),
            _ => (label.text.as_str(), None),
        };
        let found = self.tables_called(name);
        let [child] = found.as_slice() else {
            let diagnostic = self.unknown_children(table, label, &found);
            self.report(diagnostic);
            return None;
        };
        let references = self.references_to(*child, table);
        let wanted: Vec<ColumnRef> = match relation {
            Some(relation) => {
                let columns = self.catalog.table(*child).columns_by_words(&words(relation));
                references.iter().copied().filter(|reference| columns.contains(&reference.column)).collect()
            }
            None => references.clone(),
        };
        if let [only] = wanted.as_slice() {
            return Some(*only);
        }
        let (child_name, own) = (self.catalog.table(*child).name.to_string(), self.catalog.table(table).name.to_string());
        let names: Vec<String> = references.iter().map(|&column| format!("`{}`", self.column_name(column))).collect();
        let title = match (references.len(), relation) {
            (0, _) => format!("`{child_name}` has no reference to `{own}`"),
            (_, Some(relation)) => format!("`{child_name}` has no reference `{relation}` to `{own}`"),
            _ => format!("`{child_name}` references `{own}` in several ways"),
        };
        let found = Diagnostic::new(Code::NotARelation, label.span, title);
        let diagnostic = match (references.is_empty(), relation) {
            (true, _) => self.no_reference(found, table, *child, label),
            (false, Some(relation)) => self.unknown_reference(found, &references, label, relation),
            (false, None) => {
                let relation = reference_label(self.catalog, references[0]);
                let note = format!("its references are {}", names.join(", "));
                found.with_note(note).with_edit("say which", label.span, format!("{name} by {relation}"))
            }
        };
        self.report(diagnostic);
        None
    }

    pub(super) fn tables_called(&self, name: &str) -> Vec<TableId> {
        match self.catalog.by_name(&crate::catalog::QualifiedName::new("public", name)) {
            Some(id) => vec![id],
            None => self.catalog.by_words(&words(name)).to_vec(),
        }
    }

    /// The columns of `child` that reference `table`.
    pub(super) fn references_to(&self, child: TableId, table: TableId) -> Vec<ColumnRef> {
        let columns = self.catalog.table(child).values();
        let pointing = columns.filter(|(_, column)| column.references.is_some_and(|target| target.table == table));
        pointing.map(|(index, _)| ColumnRef { table: child, column: index }).collect()
    }

    fn unknown_children(&self, table: TableId, label: &ast::Label, found: &[TableId]) -> Diagnostic {
        if found.len() > 1 {
            let names: Vec<String> = found.iter().map(|&id| format!("`{}`", self.catalog.table(id).name)).collect();
            let title = format!("`{}` fits several tables", label.text);
            return Diagnostic::new(Code::AmbiguousLabel, label.span, title).with_note(format!("it fits {}", names.join(", ")));
        }
        let title = format!("there is no table `{}`", label.text);
        if let Some(help) = Self::begins_with_former(label) {
            return Diagnostic::new(Code::UnknownTable, label.span, title).with_help(help);
        }
        if let Some(meant) = super::levels::meant(label) {
            let found = Diagnostic::new(Code::UnknownTable, label.span, title);
            return found.with_edit(format!("write `{meant}`"), label.span, meant);
        }
        if let Some(found) = self.column_counted(table, label, &Diagnostic::new(Code::UnknownTable, label.span, title.as_str())) {
            return found;
        }
        let children: Vec<String> = self
            .catalog
            .tables()
            .filter(|(id, _)| !self.references_to(*id, table).is_empty())
            .map(|(_, child)| crate::model::describe::title_case(&words(&child.name.name)))
            .collect();
        let diagnostic = Diagnostic::new(Code::UnknownTable, label.span, title);
        if let Some((help, meant)) = self.rows_meant(&label.text) {
            return diagnostic.with_edit(help, label.span, meant);
        }
        let diagnostic = diagnostic.with_suggestion(label.span, &label.text, children.iter().map(String::as_str));
        if diagnostic.helps.is_empty() && !children.is_empty() {
            diagnostic.with_note(format!("these tables have references to this one: {}", children.join(", ")))
        } else {
            diagnostic
        }
    }
}

/// What a reference is called behind `by`: `Owner` of `owner_id`.
pub(super) fn reference_label(catalog: &crate::catalog::Catalog, reference: ColumnRef) -> String {
    let column = catalog.column(reference);
    crate::model::describe::title_case(column.keys.get(1).or(column.keys.first()).map_or("", String::as_str))
}

/// Children of a row by its key: of the innermost by a link; of one further out by a condition on them.
fn tied(start: &Start, column: ColumnRef, path: Path) -> (TableId, Option<Link>, Option<Condition>) {
    match start.up {
        0 => (column.table, Some(Link { path, column }), None),
        up => {
            let outer = Start { up: up + 1, ..start.clone() };
            (column.table, None, Some(equals(column, outer.value(path))))
        }
    }
}

/// A column of the row itself equals a value.
fn equals(column: ColumnRef, value: Value) -> Condition {
    let own = Value::Record(Path { table: column.table, hops: Vec::new(), column });
    Condition::from(Atom::Compare { left: own, operator: Comparison::Equal, right: value })
}
