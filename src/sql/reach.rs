//! How many rows a predicate lets through, as far as the rules tell: what decides which shape is taken.

use std::collections::BTreeMap;

use super::split::Split;
use crate::access::{Atom, Exists, Predicate};
use crate::catalog::Type;
use crate::encode::Encoding;
use crate::model::{AboutOthers, Climb, Collection, Comparison, Enough, LookUp, Model, Value};

/// How many rows of a table make a predicate true, for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those that an index finds by what the session says: the user's own, those of the user's teams.
    Few,
    /// All or none: it says something about the user only.
    AllOrNone,
    /// As far as the rules tell, most.
    Many,
}

/// What decides which shape is taken.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'a> {
    model: &'a Model,
    /// What the rules ask for themselves.
    look_ups: &'a BTreeMap<Atom, LookUp>,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(model: &'a Model, encoding: &'a Encoding) -> Shapes<'a> {
        Shapes { model, look_ups: &encoding.look_ups }
    }

    /// Whether an array of the record can be asked for a value of the session's by an index on it: PostgreSQL compares arrays of one type only, and a
    /// cast of any value could fail.
    pub(super) fn is_by_element(self, array: &Value, element: &Value) -> bool {
        let r#type = |column| &self.model.catalog.column(column).r#type;
        let Value::Record(path) = array else { return false };
        let Type::Array(own) = r#type(path.column) else { return false };
        let is_known = matches!(**own, Type::Uuid | Type::Text | Type::BigInt | Type::Integer | Type::SmallInt);
        let is_same = match element {
            Value::User(of_user) => r#type(of_user.column) == &**own,
            Value::LoggedInUser => r#type(self.model.identity.user_key) == &**own,
            _ => false,
        };
        path.hops.is_empty() && is_known && is_same
    }

    /// How many rows a predicate lets through.
    pub(super) fn reach(self, predicate: &Predicate) -> Reach {
        match predicate {
            Predicate::Never => Reach::Few,
            Predicate::Always => Reach::Many,
            Predicate::Atom(atom) => self.reach_of_atom(atom),
            Predicate::All(parts) => {
                let found: Vec<Reach> = parts.iter().map(|part| self.reach(part)).collect();
                let strongest = [Reach::Few, Reach::AllOrNone].into_iter().find(|reach| found.contains(reach));
                strongest.unwrap_or(Reach::Many)
            }
            Predicate::Any(parts) => {
                let found: Vec<Reach> = parts.iter().map(|part| self.reach(part)).collect();
                // Few for most users, all for some: as good as few, with a gate.
                let weakest = [Reach::Many, Reach::Few].into_iter().find(|reach| found.contains(reach));
                weakest.unwrap_or(Reach::AllOrNone)
            }
        }
    }

    /// Whether a statement about other rows is asked by a list of keys: `of_them` is what it says of these rows.
    pub(super) fn is_by_list(self, atom: &Atom, of_them: &Predicate) -> bool {
        match self.look_ups.get(atom) {
            // What is compared with the record itself is no list of keys.
            _ if !of_them.outer_paths().is_empty() => false,
            Some(way) => *way == LookUp::List,
            None => self.reach(of_them) == Reach::Few,
        }
    }

    /// The same, of rows above others: asked by a list, these are followed down from the user's, or up from the user.
    pub(super) fn is_listed(self, atom: &Atom, exists: &Exists) -> bool {
        let is_alone = exists.enough == Enough::ONE && !exists.predicate.speaks_of_rows_beyond(0);
        let is_tuple = exists.link.as_ref().is_some_and(|link| self.model.catalog.is_tuple(link.column));
        match &exists.climb {
            // Each record may need another number.
            _ if exists.enough.value().is_some() => false,
            // A list of several columns says neither how often a row is in it nor what is above.
            climb if is_tuple && (climb.is_some() || exists.enough != Enough::ONE) => false,
            None => self.is_by_list(atom, &exists.predicate),
            Some(Climb { start: None, .. }) => is_alone && self.is_by_list(atom, &exists.predicate),
            Some(_) => is_alone && exists.start().is_some_and(Value::mentions_user),
        }
    }

    /// Whether rows that are compared with the record are looked up once for each statement: they are the user's.
    pub(super) fn is_by_rows(self, atom: &Atom, exists: &Exists) -> bool {
        let is_wanted = self.look_ups.get(atom).is_none_or(|way| *way == LookUp::List);
        is_wanted && Split::of(exists).is_some_and(|split| self.reach(&split.closed) == Reach::Few)
    }

    /// Whether an index on a column of the rows themselves finds the few that make a predicate true, so that little is left to be asked of other rows.
    pub(super) fn is_found_by_its_own(self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::All(parts) => parts.iter().any(|part| self.is_found_by_its_own(part)),
            Predicate::Any(parts) => parts.iter().all(|part| self.is_found_by_its_own(part)),
            Predicate::Atom(atom) => !matches!(**atom, Atom::Exists(_)) && self.reach(predicate) == Reach::Few,
            Predicate::Never => true,
            Predicate::Always => false,
        }
    }

    /// Whether a membership that counts beneath is asked about by going up from each record.
    pub(super) fn is_upward(self, atom: &Atom) -> bool {
        match atom {
            Atom::Member { set, .. } if set.tail.is_none() && self.model.membership(set.membership).below.is_some() => {
                self.look_ups.get(atom) == Some(&LookUp::Row)
            }
            _ => false,
        }
    }

    /// Whether an arm that sees all stands beside arms that see few.
    pub(super) fn needs_gate(self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::All(parts) => parts.iter().any(|part| self.needs_gate(part)),
            Predicate::Any(parts) => self.is_mixed(parts) || parts.iter().any(|part| self.needs_gate(part)),
            Predicate::Never | Predicate::Always | Predicate::Atom(_) => false,
        }
    }

    pub(super) fn is_mixed(self, parts: &[Predicate]) -> bool {
        let reaches: Vec<Reach> = parts.iter().map(|part| self.reach(part)).collect();
        reaches.contains(&Reach::Few) && reaches.contains(&Reach::AllOrNone) && !reaches.contains(&Reach::Many)
    }

    pub(super) fn reach_of_atom(self, atom: &Atom) -> Reach {
        let is_session = |value: &Value| value.mentions_user() || matches!(value, Value::Claim(..) | Value::Referenced(_));
        let is_record = |value: &Value| value.record().is_some();
        let looks_up = matches!(atom, Atom::Exists(_)) || atom.record_paths().iter().any(|path| !path.hops.is_empty());
        match (self.look_ups.get(atom), atom) {
            (_, Atom::Exists(exists)) if exists.enough.value().is_some() => of_number(exists),
            (_, Atom::Exists(exists)) if exists.start().is_some() || exists.climb.is_some() && exists.enough != Enough::ONE => {
                match (exists.negated, &exists.link) {
                    (false, Some(_)) if self.is_listed(atom, exists) => Reach::Few,
                    (false, None) if exists.paths().is_empty() => Reach::AllOrNone,
                    _ => Reach::Many,
                }
            }
            (Some(LookUp::Row), _) if looks_up || self.is_upward(atom) => Reach::Many,
            (Some(LookUp::List), Atom::Exists(exists)) if exists.negated => Reach::Many,
            (Some(LookUp::List), _) if looks_up => Reach::Few,
            // The binder writes the record on the left.
            (_, Atom::Compare { left, operator: Comparison::Equal, right }) if is_record(left) && is_session(right) => Reach::Few,
            (_, Atom::Member { value, negated: false, .. }) if is_record(value) => Reach::Few,
            (_, Atom::Exists(exists))
                if !exists.negated && exists.link.is_some() && exists.predicate.outer_paths().is_empty() =>
            {
                match self.reach(&exists.predicate) {
                    Reach::Few => Reach::Few,
                    _ => Reach::Many,
                }
            }
            (_, Atom::Exists(exists)) if exists.anew.is_some() => Reach::Many,
            (_, Atom::Exists(exists)) if self.is_by_rows(atom, exists) => Reach::Few,
            (_, Atom::Contains { array: Value::Claim(..), element, negated: false }) if is_record(element) => Reach::Few,
            (_, Atom::Contains { array, element, negated: false }) if self.is_by_element(array, element) => Reach::Few,
            (_, Atom::Has { whole, all, of, negated: false }) => {
                let is_few = |list: &Collection| match list {
                    Collection::Value(value) => is_session(value),
                    Collection::Set(_) => true,
                    Collection::List(_) => false,
                };
                let finds = |list: &Collection, by: &Collection| list.value().is_some_and(is_record) && is_few(by);
                match (finds(whole, of) || (!all && finds(of, whole)), atom.record_paths().is_empty()) {
                    (true, _) => Reach::Few,
                    (false, true) => Reach::AllOrNone,
                    (false, false) => Reach::Many,
                }
            }
            (_, Atom::IgnoringCase(inner)) => self.reach_of_atom(inner),
            (_, Atom::HoldsGlobally { .. } | Atom::EmptySet { negated: true, .. } | Atom::Nobody) => Reach::AllOrNone,
            (
                _,
                Atom::Compare { operator: Comparison::NotEqual, .. }
                | Atom::OneOf { negated: true, .. }
                | Atom::Member { negated: true, .. }
                | Atom::Contains { negated: true, .. }
                | Atom::Part { negated: true, .. }
                | Atom::Has { negated: true, .. }
                | Atom::Empty { .. }
                | Atom::SignedIn,
            ) => Reach::Many,
            (_, other) if other.record_paths().is_empty() && other.values().into_iter().any(is_session) => Reach::AllOrNone,
            _ => Reach::Many,
        }
    }
}

/// A number of rows is counted for each record, unless it is of the user alone.
fn of_number(exists: &Exists) -> Reach {
    let is_of_record = !exists.paths().is_empty() || exists.anew.is_some();
    if is_of_record { Reach::Many } else { Reach::AllOrNone }
}
