//! What has to be there from outside before a "no" is known: of other rows, of sets of the user's, of the access to another record. In: what the rules compare
//! rows with. Out: values that these rows have no part in. Which rows there are it does not know.

use super::condition::{AboutOthers, Atom, Condition, Exists};
use super::role::{Held, Subject};
use super::rule::{Grant, Rule};
use super::value::{Set, Value};
use super::{MembershipId, Model, Operation};
use crate::catalog::TableId;

impl Exists {
    /// The values from outside of its rows that it compares them with: claims, what the user's row has, and what rows further out have, each as it is seen
    /// from the record. Where one is empty, that there are not enough such rows is not known. What the condition itself asks to be empty, or not, is
    /// not among them.
    pub fn operands_from_outside(&self) -> Vec<Value> {
        let (mut operands, mut asked) = (Vec::new(), Vec::new());
        self.collect_operands(&mut operands, &mut asked);
        not_asked(operands, &asked)
    }

    fn collect_operands(&self, operands: &mut Vec<Value>, asked: &mut Vec<Value>) {
        operands.extend(self.start().and(self.climb.as_ref()).and_then(|climb| climb.needed(None)).filter(is_counted));
        operands.extend(self.enough.value().cloned().filter(is_counted));
        self.condition.collect_operands(operands, asked);
    }
}

impl Condition {
    /// The values that a row is compared with and that are none of its own, as [`Exists::operands_from_outside`] tells them.
    pub fn operands_from_outside(&self) -> Vec<Value> {
        let (mut operands, mut asked) = (Vec::new(), Vec::new());
        self.collect_operands(&mut operands, &mut asked);
        not_asked(operands, &asked)
    }

    fn collect_operands(&self, operands: &mut Vec<Value>, asked: &mut Vec<Value>) {
        self.for_each_own_atom(&mut |atom| match atom {
            Atom::Empty { value, .. } => asked.extend(value.from_outside()),
            Atom::Exists(inner) => {
                let (mut within, mut asked_within) = (Vec::new(), Vec::new());
                inner.collect_operands(&mut within, &mut asked_within);
                operands.extend(within.iter().filter_map(Value::from_outside));
                asked.extend(asked_within.iter().filter_map(Value::from_outside));
            }
            other => operands.extend(other.values().into_iter().filter_map(Value::from_outside).filter(is_counted)),
        });
    }
}

/// What can be empty, of what a row is compared with.
fn is_counted(value: &Value) -> bool {
    matches!(
        value,
        Value::Claim(..) | Value::Referenced(_) | Value::User(_) | Value::Record(_) | Value::Outer(_) | Value::Former(_)
    )
}

/// Without what is itself asked to be empty, or not; ordered.
fn not_asked(mut operands: Vec<Value>, asked: &[Value]) -> Vec<Value> {
    operands.retain(|value| !asked.contains(value));
    operands.sort();
    operands.dedup();
    operands
}

impl Model {
    /// The values without which it is not known which memberships count for a set of the user's, beside the key that it begins at: what its membership
    /// compares them with.
    pub fn operands_of_set(&self, set: &Set) -> Vec<Value> {
        self.operands_of_membership(set.membership)
    }

    fn operands_of_membership(&self, id: MembershipId) -> Vec<Value> {
        let mut operands = Vec::new();
        for condition in self.membership(id).conditions() {
            let mut own = condition.operands_from_outside();
            self.read_as_lists(condition, &mut own);
            operands.extend(own);
        }
        operands
    }

    /// The values without which it is not known that a table's rows may not be reached: what its rules, its boundaries and the memberships of its roles compare
    /// rows with. A role of the user's row, the token or the session is held or is not. Delegation has no cycles, so this ends.
    pub fn operands_of_access(&self, table: TableId, operation: Operation) -> Vec<Value> {
        let mut operands = Vec::new();
        let needed = |grant: &&Grant| grant.operation == operation || grant.operation == Operation::Read;
        for rule in self.tables.get(&table).into_iter().flat_map(|rules| rules.iter()) {
            let grants: Vec<&Grant> = rule.grants.iter().filter(needed).collect();
            let conditions = rule.filters.iter().chain(grants.iter().filter_map(|grant| grant.when.as_ref()));
            conditions.for_each(|condition| self.collect_of(condition, &mut operands));
            operands.extend(self.operands_of_roles(rule));
        }
        for clause in self.clauses(table, |boundary| boundary.limits(operation)) {
            self.collect_of(&clause.condition, &mut operands);
            operands.extend(clause.except.iter().flat_map(|role| self.operands_of_role(role.subject)));
        }
        operands.sort();
        operands.dedup();
        operands
    }

    fn operands_of_roles(&self, rule: &Rule) -> Vec<Value> {
        rule.roles.iter().flat_map(|role| self.operands_of_role(role.subject)).collect()
    }

    fn operands_of_role(&self, subject: Subject) -> Vec<Value> {
        let Subject::Role(id) = subject else { return Vec::new() };
        let of_holder = |holder| match &self.role(holder).held {
            Held::Membership { membership, .. } => self.operands_of_membership(*membership),
            Held::User(_) | Held::Claim(_) | Held::DatabaseRole(_) => Vec::new(),
        };
        self.holders(id).into_iter().flat_map(of_holder).collect()
    }

    /// What a condition on a row needs from outside of it.
    fn collect_of(&self, condition: &Condition, operands: &mut Vec<Value>) {
        let mut own = condition.operands_from_outside();
        self.collect_needed(condition, &mut own);
        self.read_as_lists(condition, &mut own);
        operands.extend(own);
    }

    /// What sets of the user's and the access to other records need, wherever a condition asks for them.
    pub(super) fn collect_needed(&self, condition: &Condition, operands: &mut Vec<Value>) {
        condition.for_each_atom(&mut |atom: &Atom| {
            // That somebody is signed in is asked in any case.
            let starts = atom.sets().into_iter().map(|set| self.start_of(set)).filter(|start| *start != Value::LoggedInUser);
            operands.extend(starts);
            operands.extend(atom.sets().into_iter().flat_map(|set| self.operands_of_set(set)));
            if let Atom::Can(can) = atom {
                operands.extend(self.operands_of_access(can.target.table, can.operation));
            }
        });
    }
}
