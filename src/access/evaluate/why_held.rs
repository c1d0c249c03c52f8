//! Why a session holds a role or not. In: a role where a rule asks for it. Out: whether it is held, and of what; of one that is not, the membership that would give it if it
//! counted.

use super::why::{HeldRole, Reason, Statement};
use super::{Datum, Evaluator, Row};
use crate::catalog::TableId;
use crate::model::{Atom, Comparison, Condition, Held, Membership, RoleUse, Scope, Subject, Value};

impl Evaluator<'_> {
    pub(super) fn why_held(&self, role: &RoleUse, row: &Row) -> Reason {
        let is_held = self.holds(role, row);
        let lapsed = if is_held { None } else { self.lapsed(role, row) };
        let lapsed = lapsed.map(|why| format!("; {why}")).unwrap_or_default();
        let text = format!("the session holds {}{lapsed}", self.describe().role_use(role));
        let values = self.held_within(role, row);
        Reason { values, ..Reason::single(Statement::Holds { role: self.held_role(role) }, text, Some(is_held)) }
    }

    pub(super) fn held_role(&self, role: &RoleUse) -> HeldRole {
        let name = self.model.subject_name(role.subject).to_owned();
        let (of, in_any) = match (&role.scope, role.subject) {
            (Scope::Of(path), _) => (Some(self.describe().path(path)), None),
            (Scope::Anywhere, Subject::Role(id)) => {
                (None, self.model.scope_of(id).map(|membership| self.model.membership(membership).name.clone()))
            }
            _ => (None, None),
        };
        HeldRole { name, of, in_any }
    }

    /// What keeps a membership of the user from counting that would give them the role.
    fn lapsed(&self, role: &RoleUse, row: &Row) -> Option<String> {
        let Subject::Role(id) = role.subject else { return None };
        let wanted = match &role.scope {
            Scope::Of(path) => Some(self.path(path, row).filter(|key| !key.is_null())?),
            Scope::Anywhere | Scope::Unscoped => None,
        };
        let mut found = self.model.holders(id).into_iter().filter_map(|holder| match &self.model.role(holder).held {
            Held::Membership { membership, test, global } => {
                let membership = self.model.membership(*membership);
                let wanted = wanted.as_ref().filter(|_| !global);
                self.lapsed_rows(membership, test, wanted).find_map(|row| self.why_lapsed(membership, row))
            }
            _ => None,
        });
        found.next()
    }

    /// The rows of a membership that are the user's and pass the test of a role, within what is wanted, and do not count.
    fn lapsed_rows<'s>(
        &'s self,
        membership: &'s Membership,
        test: &'s Atom,
        wanted: Option<&Datum>,
    ) -> impl Iterator<Item = &'s Row> {
        let table = membership.table;
        let is_true = move |condition: &Condition, row: &Row| self.condition(condition, table, row) == Some(true);
        let is_within = |row: &&Row| match (wanted, membership.within) {
            (Some(wanted), Some(within)) => self.cell(within, row).is_some_and(|key| key.equals(wanted) == Some(true)),
            _ => true,
        };
        let own = self.held_rows(membership).filter(move |row| membership.holds_for().is_none_or(|holder| is_true(holder, row)));
        let given = own.filter(move |row| self.atom(test, table, row) == Some(true)).filter(is_within);
        let lapsed = given.filter(move |row| membership.filter.as_ref().is_some_and(|filter| !is_true(filter, row)));
        lapsed.collect::<Vec<_>>().into_iter()
    }

    /// Why a row of a membership does not count.
    fn why_lapsed(&self, membership: &Membership, row: &Row) -> Option<String> {
        let filter = membership.filter.as_ref()?;
        let table = membership.table;
        let ends = |atom: &Atom| {
            let Atom::Compare { left: Value::Record(path), operator, right: Value::Now(_) | Value::Today(_) } = atom else {
                return None;
            };
            let is_false = path.hops.is_empty() && self.atom(atom, table, row) == Some(false);
            let moment = self.field(table, row, path.column.column).filter(|_| is_false)?;
            match operator {
                Comparison::Greater | Comparison::AtLeast => Some(format!("it was held until {moment}, which is over")),
                Comparison::Less | Comparison::AtMost => Some(format!("it is held from {moment} on, which is to come")),
                Comparison::Equal | Comparison::NotEqual => None,
            }
        };
        if let Some(said) = atoms(filter).into_iter().find_map(ends) {
            return Some(said);
        }
        let key: Vec<String> = self.key_of(table, row);
        let name = &self.model.catalog.table(table).name;
        Some(format!(
            "{name} {} would give it, and does not count: {}",
            key.join(","),
            membership.written.quote(self.describe(), filter)
        ))
    }

    fn key_of(&self, table: TableId, row: &Row) -> Vec<String> {
        let key = &self.model.catalog.table(table).primary_key;
        key.iter().map(|&column| self.field(table, row, column).unwrap_or_default()).collect()
    }
}

/// The single statements of a condition that has to be true.
fn atoms(condition: &Condition) -> Vec<&Atom> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(atoms).collect(),
        Condition::Not(_) => Vec::new(),
        Condition::Atom(atom) => vec![atom],
    }
}
