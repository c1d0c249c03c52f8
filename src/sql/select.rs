//! What is asked of a select: its parts, what the session has to say for it, what it reads. What one is stands in `expression.rs`.

use std::collections::BTreeSet;

use super::expression::{Changes, Expression, From, Select};
use super::session_value::SessionValue;
use crate::catalog::QualifiedName;

impl Select {
    pub(super) fn children_mut(&mut self) -> Vec<&mut Expression> {
        let mut children = vec![&mut self.expression];
        match &mut self.from {
            Some(From::Steps { expressions, .. } | From::Arrays { arrays: expressions, .. }) => {
                children.extend(expressions.iter_mut().map(|(_, expression)| expression))
            }
            Some(From::Elements { array, .. } | From::Window { call: array, .. }) => children.push(array),
            Some(From::Table { .. } | From::Given(_) | From::Keys(_)) | None => {}
        }
        children.extend(&mut self.condition);
        children
    }

    /// As [`Expression::replace_session`], of all its parts.
    pub(super) fn replace_session(&mut self, replace: &mut impl FnMut(&SessionValue, bool) -> Expression) {
        self.children_mut().into_iter().for_each(|child| child.replace_session(true, replace));
    }

    /// What the session has to say for it, in order.
    pub(super) fn session_values(&self) -> BTreeSet<SessionValue> {
        let mut found = BTreeSet::new();
        self.for_each(&mut |part| {
            if let Expression::Session(value) = part {
                found.insert(value.clone());
            }
        });
        found
    }

    /// The tables that it has to see all rows of.
    pub(super) fn complete_tables(&self) -> BTreeSet<QualifiedName> {
        let mut found = BTreeSet::new();
        self.for_each_select(&mut |select| {
            if let Some(From::Table { name, is_complete: true, .. }) = &select.from {
                found.insert(name.clone());
            }
        });
        found
    }

    /// The tables whose rows the statement that asks changes.
    pub(super) fn changes(&self) -> BTreeSet<(QualifiedName, Changes)> {
        let mut found = BTreeSet::new();
        self.for_each_select(&mut |select| {
            if let Some(From::Table { name, changes: Some(changes), .. }) = &select.from {
                found.insert((name.clone(), *changes));
            }
        });
        found
    }

    fn for_each_select(&self, visit: &mut impl FnMut(&Select)) {
        visit(self);
        self.for_each(&mut |part| match part {
            Expression::Scalar(select)
            | Expression::ArrayOf(select)
            | Expression::Exists(select)
            | Expression::AtLeast(select, _)
            | Expression::ArrayOfRepeated(select, _)
            | Expression::ArrayInOrder(select, _)
            | Expression::ExistsApart(select) => visit(select),
            Expression::InRows { rows, .. } => visit(rows),
            Expression::Reached(walk) => [&walk.start, &walk.step].into_iter().for_each(&mut *visit),
            _ => {}
        });
    }

    pub(super) fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        self.expression.for_each(visit);
        match &self.from {
            Some(From::Steps { expressions, .. } | From::Arrays { arrays: expressions, .. }) => {
                expressions.iter().for_each(|(_, expression)| expression.for_each(visit))
            }
            Some(From::Elements { array, .. } | From::Window { call: array, .. }) => array.for_each(visit),
            Some(From::Table { .. } | From::Given(_) | From::Keys(_)) | None => {}
        }
        self.condition.iter().for_each(|condition| condition.for_each(visit));
    }

    /// Whether an expression of the rules' author is among its parts.
    pub(super) fn has_raw(&self) -> bool {
        let mut found = false;
        self.for_each(&mut |part| found |= matches!(part, Expression::Raw(_)));
        found
    }
}
