//! Rows that rules and boundaries look at directly: `any record of grants where (User is Logged in User and Document is this record's Id)`. Whoever makes such a row for
//! themselves has what the rule gives, as with a membership that rowgate.yaml declares. In: the model. Out: what is looked at, as memberships, each with who looks.

use super::readings::{MembershipReading, Reader};
use crate::catalog::{ColumnRef, TableId};
use crate::model::{Atom, Comparison, Condition, Enough, Exists, Holder, Membership, Model, Value, Written};

/// All rows that are looked at and name the user.
pub(super) fn all(model: &Model) -> Vec<(Membership, MembershipReading<'_>)> {
    let mut found = Vec::new();
    for (&table, rules) in &model.tables {
        for rule in rules.iter() {
            let mut look = Look { model, table: Some(table), reader: Reader::LookedAt(rule), found: &mut found };
            rule.conditions().for_each(|condition| look.condition(condition, false));
        }
    }
    for boundary in &model.boundaries {
        for clause in boundary.tables.values().flatten() {
            let mut look = Look { model, table: None, reader: Reader::Boundary(boundary, clause), found: &mut found };
            look.condition(&clause.condition, false);
        }
    }
    found
}

struct Look<'a, 'f> {
    model: &'a Model,
    /// The table of the rule.
    table: Option<TableId>,
    reader: Reader<'a>,
    found: &'f mut Vec<(Membership, MembershipReading<'a>)>,
}

impl Look<'_, '_> {
    fn condition(&mut self, condition: &Condition, negated: bool) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.condition(part, negated)),
            Condition::Not(inner) => self.condition(inner, !negated),
            Condition::Atom(atom) => {
                if let Atom::Exists(exists) = &**atom {
                    self.rows(exists, negated != exists.negated);
                }
            }
        }
    }

    fn rows(&mut self, exists: &Exists, negated: bool) {
        let parts = match &exists.condition {
            Condition::All(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let Some(user) = parts.iter().find_map(|part| self.user(exists.table, part)) else { return };
        // Rows above are there already.
        if exists.climb.is_some() {
            return;
        }
        let link = exists.link.as_ref().map(|link| link.column);
        let within = link.or_else(|| parts.iter().find_map(|part| tied(exists.table, part)));
        // A quota is there to be freed again, and how many rows of a kind one has is for who makes them to undo.
        let is_among_own = self.table == Some(exists.table) && (negated || within.is_none());
        if is_among_own || (negated && exists.enough != Enough::ONE) {
            return;
        }
        let own = parts.iter().filter(|part| is_about_row(part) && self.user(exists.table, part).is_none());
        let membership = Membership {
            name: self.model.catalog.table(exists.table).name.to_string(),
            span: None,
            table: exists.table,
            holder: Holder::User(user),
            within,
            below: None,
            filter: Some(Condition::All(own.cloned().collect())),
            written: Written::default(),
        };
        let mut reading = MembershipReading { is_looked_at: true, ..MembershipReading::default() };
        if negated { &mut reading.negated } else { &mut reading.readers }.push(self.reader);
        self.found.push((membership, reading));
    }

    /// The column that a part compares with the user.
    fn user(&self, table: TableId, part: &Condition) -> Option<ColumnRef> {
        let Condition::Atom(atom) = part else { return None };
        match &**atom {
            Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right } if self.model.is_user(right) => {
                (path.table == table && path.hops.is_empty()).then_some(path.column)
            }
            _ => None,
        }
    }
}

/// The row's column by which a part ties it to the record that the rule is about.
fn tied(table: TableId, part: &Condition) -> Option<ColumnRef> {
    let Condition::Atom(atom) = part else { return None };
    match &**atom {
        Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right: Value::Outer(_) }
        | Atom::Compare { left: Value::Outer(_), operator: Comparison::Equal, right: Value::Record(path) } => {
            (path.table == table && path.hops.is_empty()).then_some(path.column)
        }
        _ => None,
    }
}

/// Whether a part speaks of the row alone.
fn is_about_row(part: &Condition) -> bool {
    let mut found = true;
    part.for_each_atom(&mut |atom| found &= !atom.values().into_iter().any(|value| matches!(value, Value::Outer(_))));
    found
}
