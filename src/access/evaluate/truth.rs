//! Conditions on a row, in SQL's three-valued logic.

use std::cmp::Ordering;

use super::datum::{has_part, parse};
use super::rows::Found;
use super::{Datum, Evaluator, Row, Truth, time};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::model::{
    Atom, Can, Comparison, Condition, Hop, Literal, Membership, MembershipId, Operation, Path, Referenced, RoleId, Set, Value,
};

/// A record, and which rows of its table a condition on it counts.
#[derive(Clone, Copy)]
pub(super) enum Among<'r> {
    /// All of them: it is read.
    All(&'r Row),
    /// All others: it is made, changed or removed.
    Others(&'r Row),
    /// All others: an update leaves the first, which was the second.
    Changed(&'r Row, &'r Row),
}

impl<'r> Among<'r> {
    /// Whoever makes, changes or removes a record counts the others.
    pub(super) fn of(operation: Operation, row: &'r Row) -> Among<'r> {
        if operation == Operation::Read { Among::All(row) } else { Among::Others(row) }
    }

    pub(super) fn row(self) -> &'r Row {
        match self {
            Among::All(row) | Among::Others(row) | Among::Changed(row, _) => row,
        }
    }

    fn former(self) -> Option<&'r Row> {
        match self {
            Among::All(_) | Among::Others(_) => None,
            Among::Changed(_, former) => Some(former),
        }
    }
}

/// A row that is looked at, and those in whose conditions it is.
pub(super) struct Scope<'r> {
    /// Whether the record of the text is left out among the rows of its table.
    pub(super) among_others: bool,
    pub(super) table: TableId,
    pub(super) row: &'r Row,
    pub(super) outer: Option<&'r Scope<'r>>,
    /// The record of the text as it was, where it is one that an update leaves.
    pub(super) former: Option<&'r Row>,
}

impl<'r> Scope<'r> {
    /// A record itself.
    pub(super) fn of(table: TableId, among: Among<'r>) -> Scope<'r> {
        let among_others = !matches!(among, Among::All(_));
        Scope { among_others, table, row: among.row(), outer: None, former: among.former() }
    }
}

impl Scope<'_> {
    /// The record that the text is about.
    pub(super) fn record(&self) -> &Self {
        let mut scope = self;
        while let Some(outer) = scope.outer {
            scope = outer;
        }
        scope
    }

    fn further_out(&self, up: u32) -> Option<&Self> {
        (0..up).try_fold(self, |scope, _| scope.outer)
    }
}

impl Evaluator<'_> {
    /// What a condition is on a row of `table`.
    pub fn condition(&self, condition: &Condition, table: TableId, row: &Row) -> Truth {
        self.condition_among(condition, table, Among::All(row))
    }

    /// The same, where it matters which rows of the table count.
    /// A condition on a row that an operation is about.
    pub fn condition_for(&self, operation: Operation, condition: &Condition, table: TableId, row: &Row) -> Truth {
        self.condition_among(condition, table, Among::of(operation, row))
    }

    /// A condition on the row that an update leaves, which was another before.
    pub fn condition_changed(&self, condition: &Condition, table: TableId, after: &Row, before: &Row) -> Truth {
        self.condition_among(condition, table, Among::Changed(after, before))
    }

    pub(super) fn condition_among(&self, condition: &Condition, table: TableId, among: Among<'_>) -> Truth {
        self.within(condition, &Scope::of(table, among))
    }

    /// Kleene's logic: one part that decides is enough, otherwise an unknown one leaves it open.
    pub(super) fn within(&self, condition: &Condition, scope: &Scope<'_>) -> Truth {
        match condition {
            Condition::All(parts) => self.decide(parts, false, scope),
            Condition::Any(parts) => self.decide(parts, true, scope),
            Condition::Not(inner) => self.within(inner, scope).map(|truth| !truth),
            Condition::Atom(atom) => self.statement(atom, scope),
        }
    }

    fn decide(&self, parts: &[Condition], decisive: bool, scope: &Scope<'_>) -> Truth {
        let mut unknown = false;
        for part in parts {
            match self.within(part, scope) {
                Some(truth) if truth == decisive => return Some(decisive),
                Some(_) => {}
                None => unknown = true,
            }
        }
        if unknown { None } else { Some(!decisive) }
    }

    pub(super) fn is_signed_in(&self) -> bool {
        !self.session.identity.is_null()
    }

    /// What a statement is on a row of `table`.
    pub(super) fn atom(&self, atom: &Atom, table: TableId, row: &Row) -> Truth {
        self.statement(atom, &Scope { among_others: false, table, row, outer: None, former: None })
    }

    fn statement(&self, atom: &Atom, scope: &Scope<'_>) -> Truth {
        let row = scope.row;
        match atom {
            Atom::Compare { left, operator, right } => {
                let order = self.compare(&self.value(left, scope)?, &self.value(right, scope)?)?;
                Some(match operator {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Greater => order == Ordering::Greater,
                    Comparison::AtLeast => order != Ordering::Less,
                    Comparison::Less => order == Ordering::Less,
                    Comparison::AtMost => order != Ordering::Greater,
                })
            }
            Atom::OneOf { value, list, negated } => {
                let value = self.value(value, scope)?;
                let equal = list.iter().map(|item| self.literal(item).and_then(|item| value.equals(&item)));
                any(equal).map(|found| found != *negated)
            }
            Atom::Member { value, set, negated } => {
                if !self.has_start(set) {
                    return None;
                }
                let value = self.value(value, scope).filter(|value| !value.is_null())?;
                let found = self.set(set).iter().any(|element| value.equals(element) == Some(true));
                self.if_whole(found, set).map(|found| found != *negated)
            }
            Atom::Empty { value, negated } => {
                if value.mentions_user() && !self.is_signed_in() {
                    return None;
                }
                Some(self.value(value, scope)?.is_empty() != *negated)
            }
            Atom::EmptySet { set, negated } => {
                let found = self.has_start(set).then(|| !self.set(set).is_empty())?;
                self.if_whole(found, set).map(|found| found == *negated)
            }
            Atom::Contains { array, element, negated } => {
                self.contains(array, element, scope).map(|contains| contains != *negated)
            }
            Atom::Part { whole, place, part, negated } => {
                let (whole, part) = match (self.value(whole, scope)?, self.value(part, scope)?) {
                    (Datum::Text(whole), Datum::Text(part)) => (whole, part),
                    (Datum::Citext(whole), Datum::Citext(part) | Datum::Text(part))
                    | (Datum::Text(whole), Datum::Citext(part)) => (whole.to_lowercase(), part.to_lowercase()),
                    _ => return None,
                };
                Some(has_part(&whole, *place, &part) != *negated)
            }
            Atom::Has { whole, all, of, negated } => {
                let same = |left: &Datum, right: &Datum| left.equals(right) == Some(true);
                self.has([whole, of], *all, scope, same).map(|has| has != *negated)
            }
            Atom::IgnoringCase(inner) => self.ignoring_case(inner, scope),
            Atom::Exists(exists) => self.exists(exists, scope).map(|found| found != exists.negated),
            Atom::Can(Can { operation, path, target, negated }) => {
                let key = self.path(path, row)?;
                if key.is_null() {
                    return None;
                }
                let found = self.reaches_key(*target, &key, *operation, scope.record());
                let is_missing = |value: &Value| self.is_missing(value, scope);
                if !found && self.model.operands_of_access(target.table, *operation).iter().any(is_missing) {
                    return None;
                }
                self.unless_nobody(found, self.model.access_mentions_user(target.table, *operation))
                    .map(|found| found != *negated)
            }
            Atom::Sql { table: of, text, negated } => {
                debug_assert_eq!(*of, scope.table);
                let truth = match self.raw_sql {
                    Some(raw_sql) => raw_sql(*of, row, text),
                    None => {
                        self.met.raw_sql();
                        None
                    }
                };
                truth.map(|truth| truth != *negated)
            }
            Atom::SignedIn => Some(self.is_signed_in()),
            Atom::Nobody => Some(!self.is_signed_in()),
            Atom::HoldsGlobally { membership, roles } => Some(self.holds_globally(*membership, roles)),
        }
    }

    /// With nobody signed in, what mentions the user is not known to be false.
    pub(super) fn unless_nobody(&self, found: bool, mentions_user: bool) -> Truth {
        if !found && mentions_user && !self.is_signed_in() { None } else { Some(found) }
    }

    pub(super) fn compare(&self, left: &Datum, right: &Datum) -> Option<Ordering> {
        match self.text_order {
            Some(order) => left.compare(right, order),
            None => left.compare(right, &|left, right| left.cmp(right)),
        }
    }

    /// A value; [`Datum::Null`] when it is empty, `None` when it cannot be told, which comes to the same in a comparison.
    pub(super) fn value(&self, value: &Value, scope: &Scope<'_>) -> Option<Datum> {
        let zone = &self.model.time_zone;
        let now = self.session.now;
        match value {
            Value::Record(path) => self.path(path, scope.row),
            Value::Former(path) => self.path(path, scope.record().former?),
            Value::Outer(outer) => self.path(&outer.path, scope.further_out(outer.up)?.row),
            Value::User(path) => {
                let key = self.model.identity.user_key;
                let user = self.find(key, &self.session.identity).next();
                user.map_or(Some(Datum::Null), |user| self.path(path, user))
            }
            Value::LoggedInUser => Some(self.session.identity.clone()),
            Value::Literal(literal) => self.literal(literal),
            Value::Now(Type::Timestamp) => time::local(now, zone).map(Datum::Moment),
            Value::Now(_) => Some(Datum::Moment(now)),
            Value::Today(r#type) => self.day(time::day_of(time::local(now, zone)?), r#type),
            Value::Tomorrow(r#type) => self.day(time::day_of(time::local(now, zone)?) + 1, r#type),
            Value::Shifted(duration, r#type) if duration.unit.is_clock() => {
                let moment = time::shift(now, *duration)?;
                Some(Datum::Moment(if *r#type == Type::Timestamp { time::local(moment, zone)? } else { moment }))
            }
            Value::Shifted(duration, r#type) => {
                let local = time::shift(time::local(now, zone)?, *duration)?;
                Some(match r#type {
                    Type::Date => Datum::Day(time::day_of(local)),
                    Type::Timestamp => Datum::Moment(local),
                    _ => Datum::Moment(time::at_zone(local, zone)?),
                })
            }
            Value::Claim(claim, r#type) => Some(self.claim(claim, r#type)),
            Value::Referenced(Referenced { by, key, path }) => {
                let value = self.claim(by, &self.model.catalog.column(*key).r#type);
                let row = self.find(*key, &value).next();
                row.map_or(Some(Datum::Null), |row| self.path(path, row))
            }
        }
    }

    /// A value that no row has a part in.
    pub(super) fn of_session(&self, value: &Value, table: TableId) -> Datum {
        let scope = Scope { among_others: false, table, row: &Row::new(), outer: None, former: None };
        self.value(value, &scope).unwrap_or(Datum::Null)
    }

    pub(super) fn type_of(&self, value: &Value) -> Type {
        value.r#type(&self.model.catalog, self.model.identity.user_key)
    }

    pub(super) fn literal(&self, literal: &Literal) -> Option<Datum> {
        if literal.is_day {
            let day = time::parse_day(&literal.text, self.session.now)?;
            return self.day(day, &literal.r#type);
        }
        // A number that is compared with integers may have a fraction.
        let r#type = match &literal.r#type {
            Type::SmallInt | Type::Integer | Type::BigInt => &Type::Numeric(String::new()),
            other => other,
        };
        parse(&self.model.catalog, r#type, &literal.text, self.session.now)
    }

    /// A day as a value of a type of time: its first moment in the project's time zone.
    fn day(&self, day: i64, r#type: &Type) -> Option<Datum> {
        Some(match r#type {
            Type::Timestamp => Datum::Moment(time::start_of(day)),
            Type::TimestampTz => Datum::Moment(time::at_zone(time::start_of(day), &self.model.time_zone)?),
            _ => Datum::Day(day),
        })
    }

    /// What a path from a row leads to; empty where a key on the way is.
    pub(super) fn path(&self, path: &Path, row: &Row) -> Option<Datum> {
        self.along(&path.hops, path.column, row)
    }

    fn along(&self, hops: &[Hop], column: ColumnRef, row: &Row) -> Option<Datum> {
        let Some((Hop { foreign_key, target }, rest)) = hops.split_first() else { return self.cell(column, row) };
        let key = self.cell(*foreign_key, row)?;
        let next = self.find(*target, &key).next();
        next.map_or(Some(Datum::Null), |next| self.along(rest, column, next))
    }

    /// What a column that references the user has of the user; `None` without a row that would say so.
    fn user_as(&self, column: ColumnRef) -> Option<&Datum> {
        match self.model.user_as(column) {
            Value::User(key) => {
                let user = self.rows.with(self.model.identity.user_key, &self.session.identity).next();
                user.and_then(|user| user.get(key.column.column as usize))
            }
            _ => Some(&self.session.identity),
        }
    }

    /// Whether the user has the key that a set begins at.
    pub(super) fn has_start(&self, set: &Set) -> bool {
        match self.model.membership(set.membership).user() {
            Some(user) => self.user_as(user).is_some_and(|key| !key.is_null()),
            None => !self.session.identity.is_null(),
        }
    }

    /// The rows of a membership that count for the user, and for one of `roles`.
    pub(super) fn memberships<'s>(&'s self, id: MembershipId, roles: Option<&[RoleId]>) -> impl Iterator<Item = &'s Row> {
        self.held_rows(self.model.membership(id)).filter(move |row| self.counts(id, roles, row))
    }

    /// The rows of a membership that name the user; all of them, where a condition says whom one counts for.
    pub(super) fn held_rows<'s>(&'s self, membership: &Membership) -> Found<'s> {
        match membership.user() {
            Some(user) => Box::new(self.user_as(user).into_iter().flat_map(move |key| self.find(user, key))),
            None if self.session.identity.is_null() => Box::new(std::iter::empty()),
            None => self.rows.all(membership.table),
        }
    }

    /// Whether a row of a membership counts, and for one of `roles`.
    fn counts(&self, id: MembershipId, roles: Option<&[RoleId]>, row: &Row) -> bool {
        let membership = self.model.membership(id);
        let table = membership.table;
        let counts = membership.conditions().all(|condition| self.condition(condition, table, row) == Some(true));
        let tests = |role: &RoleId| match &self.model.role(*role).held {
            crate::model::Held::Membership { test, .. } => self.atom(test, table, row) == Some(true),
            _ => false,
        };
        counts && roles.is_none_or(|roles| roles.iter().any(tests))
    }

    /// Whether the user holds one of these roles through a membership that is within nothing.
    pub(super) fn holds_globally(&self, membership: MembershipId, roles: &[RoleId]) -> bool {
        let within = self.model.membership(membership).within;
        let is_global = |row: &Row| within.is_none_or(|within| self.cell(within, row).is_none_or(|scope| scope.is_null()));
        self.memberships(membership, Some(roles)).any(is_global)
    }
}

/// True when one is true, else unknown when one is unknown.
pub(super) fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut result = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}
