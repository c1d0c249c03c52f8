//! Which other rows a statement asks about, how many of them are enough, and what is compared with their number. In: a statement about other rows. Out: how their
//! look-up is asked; the look-up itself is written elsewhere.

use super::expression::{Changes, Expression, Select};
use super::row_context::RowContext;
use crate::access::{Atom, Exists, Predicate};
use crate::model::{Climb, Comparison, Enough, Model, Value};

/// Which rows of a table, and how many of them are enough.
pub(super) struct SoughtRows<'a> {
    pub(super) predicate: &'a Predicate,
    pub(super) enough: &'a Enough,
    /// Whether the statement that asks changes them.
    pub(super) changes: Option<Changes>,
    /// Whether that changes the answer: it changes them, or rows in whose conditions they are.
    pub(super) is_anew: bool,
    /// Whether rows above others are meant.
    pub(super) climb: Option<&'a Climb>,
    /// What has to be true of those that it leads over.
    pub(super) through: &'a Predicate,
}

impl<'a> SoughtRows<'a> {
    pub(super) fn of(model: &Model, exists: &'a Exists, row: &RowContext) -> SoughtRows<'a> {
        let is_user = |part: &Predicate| match part.as_atom().map(|atom| &**atom) {
            Some(Atom::Compare { left, operator: Comparison::Equal, right }) => left.record().is_some() && model.is_user(right),
            _ => false,
        };
        // Two who each take away what the other one relies on would leave nothing: the last two owners, each the other. That there is a row of the user's
        // own, or one above that lets the user in, says what somebody may do, and not what has to stay.
        let is_what_stays = || {
            let is_right = exists.delegates.is_some() || exists.climb.is_some();
            row.takes_from == Some(exists.table) && !is_right && !exists.predicate.conjuncts().iter().any(is_user)
        };
        let is_alone = exists.negated || exists.enough != Enough::ONE || is_what_stays();
        let changes = match (is_alone, &exists.link) {
            (false, _) => Changes::Anew,
            // Whoever moves one of the rows above another one changes the answer, too.
            (true, _) if exists.climb.is_some() => Changes::Alone,
            (true, Some(link)) if link.path.hops.is_empty() => Changes::AloneByKey(model.catalog.parts(link.column).len()),
            (true, None) if exists.predicate.conjuncts().iter().any(is_user) => Changes::AloneByUser,
            (true, _) => Changes::Alone,
        };
        SoughtRows {
            predicate: &exists.predicate,
            enough: &exists.enough,
            climb: exists.climb.as_ref(),
            through: &exists.through,
            changes: exists.anew.filter(|table| *table == exists.table).map(|_| changes),
            is_anew: exists.anew.is_some(),
        }
    }

    /// Whether the body of a function has it in itself. What is asked anew is a function of its own, so that all else that the body asks is told of the
    /// database as the statement found it. What speaks of rows further out is in the function of the question that it stands in, which is asked anew as well.
    pub(super) fn is_written_in_place(&self) -> bool {
        let start = self.climb.and_then(|climb| climb.start.as_ref());
        let begins_further_out = matches!(start, Some((_, Value::Outer(_))));
        !self.is_anew || begins_further_out || self.predicate.speaks_of_rows_beyond(1)
    }

    /// In the body of a function about something else, keys are not the function's own.
    pub(super) fn changes_in_body(&self) -> Option<Changes> {
        self.changes.map(|changes| if changes == Changes::Anew { changes } else { Changes::Alone })
    }

    /// The number in words, where it is more than one.
    pub(super) fn count(&self) -> String {
        match self.enough {
            Enough::Rows(1) => String::new(),
            Enough::Rows(count) => format!("at least {count} "),
            Enough::Value { .. } => "number of ".to_owned(),
        }
    }

    /// What is looked up: whether there are so many, or `None` for the number.
    pub(super) fn wanted(&self) -> Option<u32> {
        match self.enough {
            Enough::Rows(count) => Some(*count),
            Enough::Value { .. } => None,
        }
    }

    pub(super) fn returns(&self) -> &'static str {
        match self.enough {
            Enough::Rows(_) => "boolean",
            Enough::Value { .. } => "bigint",
        }
    }

    pub(super) fn array(&self, select: Select) -> Expression {
        match self.enough {
            Enough::Rows(count) if *count > 1 => Expression::ArrayOfRepeated(Box::new(select), *count),
            // A number is never asked by a list.
            Enough::Rows(_) | Enough::Value { .. } => Expression::ArrayOf(Box::new(select)),
        }
    }
}
