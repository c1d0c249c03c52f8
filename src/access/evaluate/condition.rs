//! Conditions on a row, in SQL's three-valued logic.

use std::cmp::Ordering;

use super::datum::{json_equal, parse};
use super::{Datum, Evaluator, Row, Truth, claims, time};
use crate::catalog::{Family, TableId, Type};
use crate::model::{
    Atom, Can, Claim, Comparison, Condition, Exists, Hop, Literal, MembershipId, PartPlace, Path, RoleId, Set, Value,
};

impl Evaluator<'_> {
    /// What a condition is on a row of `table`. Kleene's logic: one part that decides is enough, otherwise an unknown one leaves it open.
    pub fn condition(&self, condition: &Condition, table: TableId, row: &Row) -> Truth {
        match condition {
            Condition::All(parts) => self.decide(parts, false, table, row),
            Condition::Any(parts) => self.decide(parts, true, table, row),
            Condition::Not(inner) => self.condition(inner, table, row).map(|truth| !truth),
            Condition::Atom(atom) => self.atom(atom, table, row),
        }
    }

    fn decide(&self, parts: &[Condition], decisive: bool, table: TableId, row: &Row) -> Truth {
        let mut unknown = false;
        for part in parts {
            match self.condition(part, table, row) {
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
        match atom {
            Atom::Compare { left, operator, right } => {
                let order = self.compare(&self.value(left, row)?, &self.value(right, row)?)?;
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
                let value = self.value(value, row)?;
                let equal = list.iter().map(|item| self.literal(item).and_then(|item| value.equals(&item)));
                any(equal).map(|found| found != *negated)
            }
            Atom::Member { value, set, negated } => {
                if !self.is_signed_in() {
                    return None;
                }
                let value = self.value(value, row).filter(|value| !value.is_null())?;
                let found = self.set(set).iter().any(|element| value.equals(element) == Some(true));
                Some(found != *negated)
            }
            Atom::Empty { value, negated } => {
                if value.mentions_user() && !self.is_signed_in() {
                    return None;
                }
                Some(is_empty(&self.value(value, row)?) != *negated)
            }
            Atom::EmptySet { set, negated } => self.is_signed_in().then(|| self.set(set).is_empty() != *negated),
            Atom::Contains { array, element, negated } => self.contains(array, element, row).map(|contains| contains != *negated),
            Atom::Part { whole, place, part, negated } => {
                let (whole, part) = match (self.value(whole, row)?, self.value(part, row)?) {
                    (Datum::Text(whole), Datum::Text(part)) => (whole, part),
                    (Datum::Citext(whole), Datum::Citext(part) | Datum::Text(part))
                    | (Datum::Text(whole), Datum::Citext(part)) => (whole.to_lowercase(), part.to_lowercase()),
                    _ => return None,
                };
                let found = match place {
                    PartPlace::Anywhere => whole.contains(&part),
                    PartPlace::Start => whole.starts_with(&part),
                    PartPlace::End => whole.ends_with(&part),
                };
                Some(found != *negated)
            }
            Atom::Has { whole, all, of, negated } => {
                let same = |left: &Datum, right: &Datum| left.equals(right) == Some(true);
                self.has([whole, of], *all, row, same).map(|has| has != *negated)
            }
            Atom::IgnoringCase(inner) => self.ignoring_case(inner, row),
            Atom::Exists(exists) => self.exists(exists, row).map(|found| found != exists.negated),
            Atom::Can(Can { operation, path, target, negated }) => {
                let key = self.path(path, row)?;
                if key.is_null() {
                    return None;
                }
                let mut parents = self.rows.with(*target, &key);
                let found = parents.any(|parent| self.reaches(target.table, *operation, parent));
                self.unless_nobody(found, self.model.access_mentions_user(target.table, *operation))
                    .map(|found| found != *negated)
            }
            Atom::Sql { table: of, text, negated } => {
                debug_assert_eq!(*of, table);
                let truth = match self.raw_sql {
                    Some(raw_sql) => raw_sql(*of, row, text),
                    None => {
                        self.met_raw_sql.set(true);
                        None
                    }
                };
                truth.map(|truth| truth != *negated)
            }
            Atom::SignedIn => Some(self.is_signed_in()),
            Atom::HoldsGlobally { membership, roles } => Some(self.holds_globally(*membership, roles)),
        }
    }

    /// With nobody signed in, what mentions the user is not known to be false.
    fn unless_nobody(&self, found: bool, mentions_user: bool) -> Truth {
        if !found && mentions_user && !self.is_signed_in() { None } else { Some(found) }
    }

    fn exists(&self, exists: &Exists, row: &Row) -> Truth {
        let key = match &exists.link {
            Some(link) => {
                let key = self.path(&link.path, row)?;
                if key.is_null() {
                    return None;
                }
                Some((link.column, key))
            }
            None => None,
        };
        let mut rows = match &key {
            Some((column, key)) => self.rows.with(*column, key),
            None => self.rows.all(exists.table),
        };
        let found = rows.any(|other| self.condition(&exists.condition, exists.table, other) == Some(true));
        let is_empty = |value: &&Value| self.value(value, row).is_none_or(|value| value.is_null());
        if !found && exists.operands_from_outside().iter().any(is_empty) {
            return None;
        }
        self.unless_nobody(found, self.model.mentions_user(&exists.condition))
    }

    fn contains(&self, array: &Value, element: &Value, row: &Row) -> Truth {
        let part = self.value(element, row).filter(|part| !part.is_null())?;
        if let Some(elements) = self.elements(array, element, row) {
            return any(elements.iter().map(|element| part.equals(element)));
        }
        match self.value(array, row)? {
            Datum::Json(json) => {
                let wanted = match element {
                    Value::Literal(literal) if matches!(literal.r#type.family(), Family::Number | Family::Boolean) => {
                        serde_json::from_str(&literal.text).ok()?
                    }
                    _ => part.to_json()?,
                };
                Some(json.as_array().is_some_and(|elements| elements.iter().any(|element| json_equal(element, &wanted))))
            }
            _ => None,
        }
    }

    /// The elements of an array or of a list in the token, each as a value of the type of what is looked for; empty where it is none.
    pub(super) fn elements(&self, array: &Value, wanted: &Value, row: &Row) -> Option<Vec<Datum>> {
        let Value::Claim(claim, _) = array else {
            return match self.value(array, row)? {
                Datum::Array(elements) => Some(elements),
                _ => None,
            };
        };
        let json = self.json_of_claim(claim).filter(|json| !json.is_null())?;
        Some(self.read_claims(json, &self.type_of(wanted)))
    }

    /// A list of the token, or the one value that is there; what is badly formed is empty in it, and what JSON calls null is not in it.
    fn read_claims(&self, json: &serde_json::Value, element: &Type) -> Vec<Datum> {
        let elements = json.as_array().map_or_else(|| std::slice::from_ref(json), Vec::as_slice);
        elements
            .iter()
            .filter(|json| !json.is_null())
            .map(|json| claims::within(self.read_claim(json, element), element))
            .collect()
    }

    pub(super) fn compare(&self, left: &Datum, right: &Datum) -> Option<Ordering> {
        match self.text_order {
            Some(order) => left.compare(right, order),
            None => left.compare(right, &|left, right| left.cmp(right)),
        }
    }

    /// A value; [`Datum::Null`] when it is empty, `None` when it cannot be told, which comes to the same in a comparison.
    pub(super) fn value(&self, value: &Value, row: &Row) -> Option<Datum> {
        let zone = &self.model.time_zone;
        let now = self.session.now;
        match value {
            Value::Record(path) => self.path(path, row),
            Value::User(path) => {
                let key = self.model.identity.user_key;
                let user = self.rows.with(key, &self.session.identity).next();
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
        }
    }

    /// What the token has at a claim's place.
    fn json_of_claim(&self, Claim(steps): &Claim) -> Option<&serde_json::Value> {
        steps.iter().try_fold(&self.session.claims, |json, step| json.get(step))
    }

    fn claim(&self, claim: &Claim, r#type: &Type) -> Datum {
        match self.json_of_claim(claim) {
            None | Some(serde_json::Value::Null) => Datum::Null,
            Some(json) if *r#type == Type::Jsonb => Datum::Json(json.clone()),
            Some(json) => match r#type {
                Type::Array(element) => Datum::Array(self.read_claims(json, element)),
                r#type => self.read_claim(json, r#type),
            },
        }
    }

    /// A single value of the token; empty where it is none of the type.
    fn read_claim(&self, json: &serde_json::Value, r#type: &Type) -> Datum {
        if let (serde_json::Value::Number(number), Family::Time) = (json, r#type.family()) {
            let moment = claims::seconds(&number.to_string());
            return moment.and_then(|moment| self.moment_as(moment, r#type)).unwrap_or(Datum::Null);
        }
        let text = match json {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => json.to_string(),
            _ => return Datum::Null,
        };
        // All integers are read as the widest, which none is too large for.
        let r#type = if matches!(r#type, Type::SmallInt | Type::Integer) { &Type::BigInt } else { r#type };
        let is_well_formed = claims::is_well_formed(r#type, &text);
        let value = is_well_formed.then(|| parse(&self.model.catalog, r#type, &text, self.session.now));
        value.flatten().unwrap_or(Datum::Null)
    }

    /// A moment as a value of a type of time, in the project's time zone.
    fn moment_as(&self, moment: i64, r#type: &Type) -> Option<Datum> {
        Some(match r#type {
            Type::Timestamp => Datum::Moment(time::local(moment, &self.model.time_zone)?),
            Type::Date => Datum::Day(time::day_of(time::local(moment, &self.model.time_zone)?)),
            _ => Datum::Moment(moment),
        })
    }

    fn type_of(&self, value: &Value) -> Type {
        match value {
            Value::Record(path) | Value::User(path) => self.model.catalog.column(path.column).r#type.clone(),
            Value::LoggedInUser => self.model.catalog.column(self.model.identity.user_key).r#type.clone(),
            Value::Literal(literal) => literal.r#type.clone(),
            Value::Now(r#type)
            | Value::Today(r#type)
            | Value::Tomorrow(r#type)
            | Value::Shifted(_, r#type)
            | Value::Claim(_, r#type) => r#type.clone(),
        }
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
        let mut current = row;
        for Hop { foreign_key, target } in &path.hops {
            let key = current.get(foreign_key.column as usize)?;
            match self.rows.with(*target, key).next() {
                Some(next) => current = next,
                None => return Some(Datum::Null),
            }
        }
        current.get(path.column.column as usize).cloned()
    }

    /// What a membership gives the user, without empty elements.
    pub(super) fn set(&self, set: &Set) -> Vec<Datum> {
        let membership = self.model.membership(set.membership);
        let Some(within) = membership.within else { return Vec::new() };
        let path = match &set.tail {
            None => Path { table: within.table, hops: Vec::new(), column: within },
            Some(tail) => {
                let target = self.model.catalog.column(within).references.unwrap_or(within);
                let mut hops = vec![Hop { foreign_key: within, target }];
                hops.extend(&tail.hops);
                Path { table: within.table, hops, column: tail.column }
            }
        };
        let rows = self.memberships(set.membership, set.roles.as_deref());
        rows.filter_map(|row| self.path(&path, row)).filter(|element| !element.is_null()).collect()
    }

    /// The rows of a membership that count for the user, and for one of `roles`.
    pub(super) fn memberships<'s>(&'s self, id: MembershipId, roles: Option<&[RoleId]>) -> impl Iterator<Item = &'s Row> {
        let rows = self.rows.with(self.model.membership(id).user, &self.session.identity);
        rows.filter(move |row| self.counts(id, roles, row))
    }

    /// Whether a row of a membership counts, and for one of `roles`.
    fn counts(&self, id: MembershipId, roles: Option<&[RoleId]>, row: &Row) -> bool {
        let membership = self.model.membership(id);
        let table = membership.user.table;
        let counts = membership.filter.as_ref().is_none_or(|filter| self.condition(filter, table, row) == Some(true));
        let tests = |role: &RoleId| match &self.model.role(*role).held {
            crate::model::Held::Membership { test, .. } => self.atom(test, table, row) == Some(true),
            _ => false,
        };
        counts && roles.is_none_or(|roles| roles.iter().any(tests))
    }

    /// Whether the user holds one of these roles through a membership that is within nothing.
    pub(super) fn holds_globally(&self, membership: MembershipId, roles: &[RoleId]) -> bool {
        let within = self.model.membership(membership).within;
        let is_global = |row: &Row| within.is_none_or(|within| row.get(within.column as usize).is_none_or(Datum::is_null));
        self.memberships(membership, Some(roles)).any(is_global)
    }
}

/// A list with nothing in it is empty, too.
fn is_empty(value: &Datum) -> bool {
    match value {
        Datum::Array(elements) => elements.is_empty(),
        Datum::Json(json) => json.as_array().is_some_and(Vec::is_empty),
        value => value.is_null(),
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
