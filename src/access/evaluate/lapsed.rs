//! Memberships that would give a role at another time. In: a role that the session does not hold. Out: until when it was held, or from when on it is; of a membership that
//! does not count for another reason, that one.

use std::cmp::Ordering;

use super::truth::Scope;
use super::{Datum, Evaluator, Row};
use crate::catalog::{TableId, Type};
use crate::model::{
    Atom, Comparison, Condition, Enough, Exists, Held, Hop, Membership, RoleUse, Scope as RoleScope, Subject, Value,
};

/// A moment, as it is compared and as people write it.
#[derive(Debug, Clone)]
struct Moment {
    at: Datum,
    text: String,
}

/// When a condition was true, or will be, that is true but for the time.
#[derive(Debug, Clone, Default)]
struct When {
    /// Until then.
    over: Option<Moment>,
    /// From then on.
    to_come: Option<Moment>,
}

impl When {
    fn is_now(&self) -> bool {
        self.over.is_none() && self.to_come.is_none()
    }

    /// Both conditions: until the first of them ended, from when on the last one begins.
    fn and(self, other: When) -> When {
        When {
            over: chosen(self.over, other.over, Ordering::Less),
            to_come: chosen(self.to_come, other.to_come, Ordering::Greater),
        }
    }

    /// Either: what is so now, or else what was so most lately, or else what comes first.
    fn or(self, other: When) -> When {
        let is_other = match (self.is_now() || other.is_now(), &self.over, &other.over) {
            (true, ..) => other.is_now() && !self.is_now(),
            (false, Some(own), Some(other)) => compare(other, own) == Ordering::Greater,
            (false, None, None) => {
                let both = self.to_come.as_ref().zip(other.to_come.as_ref());
                both.is_some_and(|(own, other)| compare(other, own) == Ordering::Less)
            }
            (false, own, _) => own.is_none(),
        };
        if is_other { other } else { self }
    }
}

fn compare(one: &Moment, other: &Moment) -> Ordering {
    one.at.compare(&other.at, &|one, other| one.cmp(other)).unwrap_or(Ordering::Equal)
}

/// The one that compares so with the other.
fn chosen(one: Option<Moment>, other: Option<Moment>, wanted: Ordering) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if compare(&other, &one) == wanted { other } else { one }),
        (one, other) => one.or(other),
    }
}

impl Evaluator<'_> {
    /// What keeps a membership of the user from counting that would give them the role.
    pub(super) fn lapsed(&self, role: &RoleUse, row: &Row) -> Option<String> {
        let Subject::Role(id) = role.subject else { return None };
        let wanted = match &role.scope {
            RoleScope::Of(path) => Some(self.path(path, row).filter(|key| !key.is_null())?),
            RoleScope::Anywhere | RoleScope::Unscoped => None,
        };
        let (mut over, mut to_come, mut other) = (None, None, None);
        for holder in self.model.holders(id) {
            let Held::Membership { membership, test, global } = &self.model.role(holder).held else { continue };
            let membership = self.model.membership(*membership);
            let above = wanted.as_ref().filter(|_| !global).map(|wanted| self.and_above(membership, wanted));
            for row in self.held_rows(membership).filter(|row| self.atom(test, membership.table, row) == Some(true)) {
                let key = membership.within.and_then(|within| self.cell(within, row)).filter(|key| !key.is_null());
                let is_within =
                    |all: &Vec<Datum>| key.as_ref().is_some_and(|key| all.iter().any(|one| one.equals(key) == Some(true)));
                if !above.as_ref().map_or(!global || key.is_none(), is_within) {
                    continue;
                }
                match self.counted(membership, row) {
                    // What ended may begin again: both are told, each of its own membership.
                    Some(When { over: Some(end), .. }) => over = chosen(over, Some(end), Ordering::Greater),
                    Some(When { to_come: Some(begin), .. }) => to_come = chosen(to_come, Some(begin), Ordering::Less),
                    Some(_) => {}
                    None => other = other.or_else(|| self.why_not_counted(membership, row)),
                }
            }
        }
        let over = over.map(|Moment { text, .. }| format!("it was held until {text}, which is over"));
        let to_come = to_come.map(|Moment { text, .. }| format!("it is held from {text} on, which is to come"));
        let told: Vec<String> = over.into_iter().chain(to_come).collect();
        if told.is_empty() { other } else { Some(told.join("; ")) }
    }

    /// The key of something, and of all that it is beneath, as far as a membership counts there.
    fn and_above(&self, membership: &Membership, key: &Datum) -> Vec<Datum> {
        let mut keys = vec![key.clone()];
        let Some(Hop { foreign_key, target }) = membership.below else { return keys };
        let mut next = 0;
        while let Some(key) = keys.get(next).cloned() {
            next += 1;
            let above: Vec<Datum> = self.find(target, &key).filter_map(|row| self.cell(foreign_key, row)).collect();
            for key in above.into_iter().filter(|key| !key.is_null()) {
                if !keys.iter().any(|known| known.equals(&key) == Some(true)) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// When a row of a membership counts, for the user.
    fn counted(&self, membership: &Membership, row: &Row) -> Option<When> {
        let scope = Scope { among_others: false, table: membership.table, row, outer: None, former: None };
        let all = membership.conditions().map(|condition| self.when_true(condition, &scope));
        all.reduce(|one, other| Some(one?.and(other?))).unwrap_or_else(|| Some(When::default()))
    }

    /// When a condition is true that is true but for the time; `None` where it is not.
    fn when_true(&self, condition: &Condition, scope: &Scope<'_>) -> Option<When> {
        if self.within(condition, scope) == Some(true) {
            return Some(When::default());
        }
        match condition {
            Condition::All(parts) => {
                parts.iter().map(|part| self.when_true(part, scope)).reduce(|one, other| Some(one?.and(other?))).flatten()
            }
            Condition::Any(parts) => parts.iter().filter_map(|part| self.when_true(part, scope)).reduce(When::or),
            Condition::Atom(atom) => match &**atom {
                Atom::Exists(exists) => self.when_there(exists, scope),
                atom => self.when_compared(atom, scope),
            },
            Condition::Not(_) => None,
        }
    }

    /// The same of a statement that some row makes true.
    fn when_there(&self, exists: &Exists, scope: &Scope<'_>) -> Option<When> {
        if exists.negated || exists.climb.is_some() || exists.enough != Enough::ONE {
            return None;
        }
        let linked = self.linked(exists, scope)?;
        let rows = match &linked {
            Some((column, key)) => self.find(*column, key),
            None => self.rows.all(exists.table),
        };
        let when = |row: &Row| {
            let inner = Scope { among_others: scope.among_others, table: exists.table, row, outer: Some(scope), former: None };
            self.when_true(&exists.condition, &inner)
        };
        rows.filter_map(when).reduce(When::or)
    }

    /// The same of a comparison with the present.
    fn when_compared(&self, atom: &Atom, scope: &Scope<'_>) -> Option<When> {
        let Atom::Compare { left: Value::Record(path), operator, right: Value::Now(_) | Value::Today(_) } = atom else {
            return None;
        };
        let r#type: &Type = &self.model.catalog.column(path.column).r#type;
        let at = self.path(path, scope.row).filter(|at| !at.is_null())?;
        let text = self.shown(&at, r#type)?;
        let moment = Some(Moment { at, text });
        match operator {
            Comparison::Greater | Comparison::AtLeast => Some(When { over: moment, to_come: None }),
            Comparison::Less | Comparison::AtMost => Some(When { over: None, to_come: moment }),
            Comparison::Equal | Comparison::NotEqual => None,
        }
    }

    /// Why a row of a membership that is the user's does not count, whatever the time.
    fn why_not_counted(&self, membership: &Membership, row: &Row) -> Option<String> {
        let table = membership.table;
        let is_true = |condition: &Condition| self.condition(condition, table, row) == Some(true);
        let filter = membership.filter.as_ref().filter(|_| membership.holds_for().is_none_or(is_true))?;
        let name = &self.model.catalog.table(table).name;
        let key = self.key_of(table, row).join(",");
        let filter = membership.written.quote(self.describe(), filter);
        Some(format!("{name} {key} would give it, and does not count: {filter}"))
    }

    fn key_of(&self, table: TableId, row: &Row) -> Vec<String> {
        let key = &self.model.catalog.table(table).primary_key;
        key.iter().map(|&column| self.field(table, row, column).unwrap_or_default()).collect()
    }
}
