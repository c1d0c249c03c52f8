//! `at any level`: a reference of a table to itself that is followed however often. In: what is written. Out: rows above a row, or what is compared with their
//! keys, as a statement about these rows. What is said of the rows otherwise is bound where rows are.

use super::operands::{Operand, Placed, merge_list};
use super::scope::{Level, Start};
use super::{Binder, key};
use crate::ast::{self, Operator};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::describe::title_case;
use crate::model::{Climb, Condition, Enough, Hop, Link, Path, Value};

impl Binder<'_> {
    /// The rows that are meant on a row of `table`.
    pub(super) fn level(&mut self, table: TableId, at: &ast::AtAnyLevel) -> Option<Level> {
        let is_user = |name: &str| name == "logged in user" || name == "user" && at.path.steps.len() > 1;
        let first = at.path.steps.first()?;
        if !first.exact && is_user(&key(&first.text)) {
            return self.level_of_user(&at.path.steps[1..], at);
        }
        let (start, rest) = if self.is_this_record(first) {
            (self.this_row(table), &at.path.steps[1..])
        } else if let Some(start) = self.named_row(table, first) {
            (start, &at.path.steps[1..])
        } else {
            self.check_reach(table, &at.path)?;
            (self.innermost(table), &at.path.steps[..])
        };
        let Some(last) = rest.last() else { return self.level_of_row(&start, at) };
        let path = self.path(start.table, &ast::Path { steps: rest.to_vec() })?;
        let (parent, column) = self.parent(path.column, last.span, at)?;
        Some(begun_at(start.value(path), parent, column, at.or_its.is_none()))
    }

    /// `this record or its Parent at any level`
    fn level_of_row(&mut self, start: &Start, at: &ast::AtAnyLevel) -> Option<Level> {
        let Some(relation) = &at.or_its else {
            let help =
                "write the reference that leads up from it: `Parent at any level`, `this record or its Parent at any level`";
            self.report(Diagnostic::new(Code::NotARelation, at.span, "a row has no levels by itself").with_help(help));
            return None;
        };
        let Operand::Single { column, value } = self.from(start, &[], at.span)? else { return None };
        let parent = self.reference_to_itself(start.table, relation)?;
        if start.up > 0 {
            return Some(begun_at(value, parent, column, false));
        }
        let path = Path { table: start.table, hops: Vec::new(), column: parent.foreign_key };
        Some(Level { key: column, has_record: true, ..begun_at(Value::Record(path), parent, parent.target, true) })
    }

    /// `User's Manager at any level`, `Logged in User or its Manager at any level`
    fn level_of_user(&mut self, rest: &[ast::Label], at: &ast::AtAnyLevel) -> Option<Level> {
        let user_key = self.identity.as_ref()?.user_key;
        let Some(last) = rest.last() else {
            let Some(relation) = &at.or_its else { return self.level_of_row(&self.innermost(user_key.table), at) };
            let parent = self.reference_to_itself(user_key.table, relation)?;
            // The user as the key that the reference leads to: where there is no such row, nothing is known.
            let user = self.identity.as_ref()?.as_value_of(self.catalog, parent.target);
            return Some(begun_at(user.unwrap_or(Value::LoggedInUser), parent, parent.target, false));
        };
        match self.user(&ast::Path { steps: rest.to_vec() }, at.span)? {
            Operand::Single { value, column } => {
                let (parent, column) = self.parent(column, last.span, at)?;
                Some(begun_at(value, parent, column, at.or_its.is_none()))
            }
            _ => {
                let found = Diagnostic::new(Code::ManyValued, at.span, "levels begin at one row")
                    .with_label("the user may have many of these")
                    .with_help("begin at the record: `Folder or its Parent at any level is one of User's Folder`");
                self.report(found);
                None
            }
        }
    }

    /// The reference that is followed from where a path ends, and the key that it ends at.
    fn parent(&mut self, end: ColumnRef, span: Span, at: &ast::AtAnyLevel) -> Option<(Hop, ColumnRef)> {
        let hop = self.hop(end, span)?;
        if at.or_its.is_none() {
            self.check_level(hop, span)?;
        }
        if let Some(relation) = &at.or_its {
            return Some((self.reference_to_itself(hop.target.table, relation)?, hop.target));
        }
        if hop.target.table == hop.foreign_key.table {
            return Some((hop, hop.target));
        }
        let (from, to) = (&self.catalog.table(end.table).name, &self.catalog.table(hop.target.table).name);
        let title = format!("`{}` leads from `{from}` to `{to}`, where it cannot be followed again", self.column_name(end));
        let found = Diagnostic::new(Code::NotARelation, span, title).with_label("no reference of a table to itself");
        let written = self.sources.slice(at.path.span(span));
        self.report(match self.references_to(hop.target.table, hop.target.table).first() {
            Some(parent) => {
                let label = self.label_of(*parent);
                found.with_edit("with the row itself and all above", at.span, format!("{written} or its {label} at any level"))
            }
            None => found.with_note(format!("`{to}` has no reference to itself")),
        });
        None
    }

    /// The reference of a table to itself that a label names.
    fn reference_to_itself(&mut self, table: TableId, label: &ast::Label) -> Option<Hop> {
        let column = self.column(table, label)?;
        let hop = self.hop(column, label.span)?;
        self.check_level(hop, label.span)?;
        if hop.target.table == table {
            return Some(hop);
        }
        let (name, to) = (&self.catalog.table(table).name, &self.catalog.table(hop.target.table).name);
        let title = format!("`{}` leads from `{name}` to `{to}`, where it cannot be followed again", self.column_name(column));
        let own: Vec<String> = self.references_to(table, table).into_iter().map(|own| self.label_of(own)).collect();
        let found = Diagnostic::new(Code::NotARelation, label.span, title);
        self.report(if own.is_empty() {
            found.with_note(format!("`{name}` has no reference to itself"))
        } else {
            found.with_note(format!("its references to itself are {}", own.join(", ")))
        });
        None
    }

    /// What is followed however often is a reference of one column.
    fn check_level(&mut self, hop: Hop, span: Span) -> Option<()> {
        if !self.catalog.is_tuple(hop.foreign_key) || hop.foreign_key.table != hop.target.table {
            return Some(());
        }
        let (label, name) = (self.label_of(hop.foreign_key), self.column_name(hop.foreign_key));
        let title = format!("`{name}` is a reference of several columns, which is not followed at any level yet");
        let help = format!(
            "say each step: `{label}'s …`, `{label}'s {label}'s …`; or give the table a key of one column that `{name}` has"
        );
        self.report(Diagnostic::new(Code::NotARelation, span, title).with_help(help));
        None
    }

    /// A reference as rules call it.
    pub(super) fn label_of(&self, reference: ColumnRef) -> String {
        let column = self.catalog.column(reference);
        title_case(column.keys.get(1).or(column.keys.first()).map_or(column.name.as_str(), String::as_str))
    }

    /// The keys of the rows, compared with something: one of them equals it, or none.
    pub(super) fn compare_level(&mut self, level: Placed, operator: &Spanned<Operator>, other: Placed) -> Option<Condition> {
        let Operand::Level { level: rows, column } = level.value else { return None };
        self.refuse_levels(level.span, &other)?;
        let negated = self.membership_operator(operator, level.span, "there may be many of these")?;
        self.refuse_user(&rows, level.span, &other, negated)?;
        let equal = Spanned::new(Operator::Equal, operator.span);
        let inner = Operand::Single { value: Value::Record(rows.own_key()), column };
        let outside = Spanned::new(seen_from_inside(&other.value), other.span);
        let condition = self.compare(Spanned::new(inner, level.span), &equal, outside)?;
        if !rows.has_record {
            return self.of_level(&rows, condition, negated);
        }
        let above = (*rows).clone().exists(condition, Enough::ONE, negated);
        let own = Operand::Single { value: Value::Record(rows.own_key()), column };
        let own = self.compare(Spanned::new(own, level.span), operator, other)?;
        Some(if negated { Condition::All(vec![own, above]) } else { Condition::Any(vec![own, above]) })
    }

    /// Keys of these rows are no keys of users: what belongs to the user is asked of the rows.
    fn refuse_user(&mut self, rows: &Level, level: Span, other: &Placed, negated: bool) -> Option<()> {
        let is_user = matches!(other.value, Operand::Single { value: Value::LoggedInUser, .. });
        let user = self.user_entity()?;
        if !is_user || self.is_key_of_user(rows.key) {
            return Some(());
        }
        let (table, user) = (&self.catalog.table(rows.table).name, self.column_name(user));
        let title = format!("a key of `{table}` never equals a key of `{user}`");
        let found = Diagnostic::new(Code::DifferentKeys, level.to(other.span), title);
        let reference =
            self.references_to(rows.table, self.identity.as_ref()?.user_key.table).first().map(|&own| self.label_of(own));
        self.report(match reference {
            Some(owner) if !rows.has_record => {
                let how_many = if negated { "no" } else { "any" };
                let text = format!("{how_many} {} where ({owner} is Logged in User)", self.sources.slice(level));
                found.with_edit("ask what the rows have", level.to(other.span), text)
            }
            Some(owner) => {
                found.with_help(format!("ask what the rows have: `any Parent at any level where ({owner} is Logged in User)`"))
            }
            None => found,
        });
        None
    }

    fn refuse_levels(&mut self, level: Span, other: &Placed) -> Option<()> {
        if !matches!(other.value, Operand::Level { .. }) {
            return Some(());
        }
        let title = "two operands with many values cannot be compared";
        let help = "ask about the rows of one of them: `any Parent at any level where (…)`";
        self.report(Diagnostic::new(Code::ManyValued, level.to(other.span), title).with_help(help));
        None
    }

    /// The same with each of several values, asked of the rows at once.
    pub(super) fn one_of_level(
        &mut self,
        one_of: &ast::OneOf,
        (left, level, column): (&Placed, &Level, ColumnRef),
        values: Vec<Placed>,
    ) -> Option<Condition> {
        let own = || Spanned::new(Operand::Single { value: Value::Record(level.own_key()), column }, left.span);
        let (mut of_rows, mut of_record) = (Vec::new(), Vec::new());
        for value in values {
            self.refuse_levels(left.span, &value)?;
            let equal = Spanned::new(Operator::Equal, value.span);
            let inside = Spanned::new(seen_from_inside(&value.value), value.span);
            of_rows.push(self.compare(own(), &equal, inside));
            if level.has_record {
                of_record.push(self.compare(own(), &equal, value));
            }
        }
        let of_rows: Vec<Condition> = of_rows.into_iter().collect::<Option<_>>()?;
        let above = level.clone().exists(merge_list(of_rows, false), Enough::ONE, one_of.negated);
        if !level.has_record {
            return Some(above);
        }
        let of_record: Vec<Condition> = of_record.into_iter().collect::<Option<_>>()?;
        let own = merge_list(of_record, false);
        Some(match one_of.negated {
            true => Condition::All(vec![Condition::Not(Box::new(own)), above]),
            false => Condition::Any(vec![own, above]),
        })
    }

    /// What is said of the key of one of the rows, and speaks of no row further out.
    pub(super) fn of_level(&mut self, level: &Level, condition: Condition, negated: bool) -> Option<Condition> {
        let above = level.clone().exists(condition.clone(), Enough::ONE, negated);
        Some(match (level.has_record, negated) {
            (false, _) => above,
            (true, false) => Condition::Any(vec![condition, above]),
            (true, true) => Condition::All(vec![Condition::Not(Box::new(condition)), above]),
        })
    }

    /// Whether there are no such rows.
    pub(super) fn empty_level(&mut self, level: Level, span: Span, negated: bool) -> Option<Condition> {
        if level.has_record {
            let title = "this has the record itself in any case";
            self.report(Diagnostic::new(Code::Incomparable, span, title).with_help("leave out `this record or its`"));
            return None;
        }
        Some(level.exists(Condition::All(Vec::new()), Enough::ONE, !negated))
    }

    /// `any Parent at any level`: the rows. What is said of the record itself is said without them.
    pub(super) fn rows_at_any_level(&mut self, table: TableId, at: &ast::AtAnyLevel) -> Option<Level> {
        let level = self.level(table, at)?;
        if level.has_record {
            let label = self.label_of(level.climb.parent.foreign_key);
            let title = "the record itself is none of the rows beside it";
            let found = Diagnostic::new(Code::NotARelation, at.span, title).with_help(format!(
                "write what is asked of the record beside it: `Archived is false and no {label} at any level where (Archived is true)`"
            ));
            self.report(found);
            return None;
        }
        Some(level)
    }
}

/// `Parent at all levels`
pub(super) fn meant(label: &ast::Label) -> Option<String> {
    let lower = label.text.to_ascii_lowercase();
    let words = ["at all levels", "at every level", "at each level", "at any levels", "on any level", "on all levels"];
    let begin = words.iter().find_map(|words| lower.strip_suffix(words)).filter(|begin| begin.ends_with(' '))?;
    Some(format!("{}at any level", label.text.get(..begin.len())?))
}

/// What rows above are where one value is needed, and how they are asked.
pub(super) const ANY_OR_NONE: (&str, &str) =
    ("there may be many of these", "`is` and `is one of` ask whether any of them is meant, `is not` whether none is");

impl Level {
    /// The value whose row is the first of them.
    pub(super) fn begins_at(&self) -> Option<Value> {
        match (&self.climb.start, &self.link) {
            (Some((_, value)), _) => Some(value.clone()),
            (None, Some(link)) => Some(Value::Record(link.path.clone())),
            (None, None) => None,
        }
    }
}

fn begun_at(value: Value, parent: Hop, column: ColumnRef, is_followed: bool) -> Level {
    let (link, start) = match value {
        Value::Record(path) => (Some(Link { path, column }), None),
        other => (None, Some((column, other))),
    };
    Level { table: column.table, link, climb: Climb { parent, start, is_followed }, key: column, has_record: false }
}

/// The same operand in a condition on rows beside the present one.
fn seen_from_inside(operand: &Operand) -> Operand {
    match operand {
        Operand::Single { value, column } => Operand::Single { value: value.seen_from_inside(), column: *column },
        other => other.clone(),
    }
}
