//! What may be done: the specification's formulas, one function each.

use std::collections::BTreeSet;

use super::truth::Among;
use super::{Datum, Evaluator, Row, constant_default};
use crate::access::decide::simplify;
use crate::access::{Predicate, holds};
use crate::catalog::TableId;
use crate::model::{Condition, Grant, GrantId, Held, Operation, RoleId, RoleUse, Rule, Scope, Subject};

impl Evaluator<'_> {
    /// The columns of a row that may be read; none when the row itself may not.
    pub fn read_fields(&self, table: TableId, row: &Row) -> BTreeSet<u32> {
        if !self.bound(table, Operation::Read, row) {
            return BTreeSet::new();
        }
        let grants = self.grants(table, Operation::Read);
        let granting: Vec<&Grant> = grants
            .into_iter()
            .filter(|(role, grant)| self.reach(table, role, Among::All(row)) && self.when(table, grant, Among::All(row)))
            .map(|(_, g)| g)
            .collect();
        self.columns(table).filter(|&column| granting.iter().any(|grant| names(grant, column))).collect()
    }

    /// Whether some field of a row may be read.
    pub fn read(&self, table: TableId, row: &Row) -> bool {
        !self.read_fields(table, row).is_empty()
    }

    /// Whether a row may be made, `supplied` being the columns that the statement gives a value. A field that none of the grants names has to have
    /// its constant default, and may be named only where some other grant of the database role names it, or statements may name every column.
    pub fn create(&self, table: TableId, row: &Row, supplied: &BTreeSet<u32>) -> bool {
        let row = &self.filled(table, Operation::Create, row);
        let grants = self.grants(table, Operation::Create);
        let granting: Vec<&Grant> = grants
            .into_iter()
            .filter(|(role, grant)| self.reach(table, role, Among::Others(row)) && self.when(table, grant, Among::Others(row)))
            .map(|(_, g)| g)
            .collect();
        let may_have =
            |&column: &u32| self.takes_without_grant(table, row, column) || granting.iter().any(|grant| names(grant, column));
        self.bound(table, Operation::Create, row) && !granting.is_empty() && supplied.iter().all(may_have)
    }

    /// Whether a statement that makes a row may name a column, whatever the grants that hold for it: what is overwritten, where it may be named, and its default.
    pub(super) fn takes_without_grant(&self, table: TableId, row: &Row, column: u32) -> bool {
        let takes_all = self.model.takes_whole_rows(table);
        if self.model.presets(table, Operation::Create).contains_key(&column) {
            return takes_all;
        }
        let listed = || self.grants_of_session(table, Operation::Create).iter().any(|grant| names(grant, column));
        let default = constant_default(&self.model.catalog, &self.model.catalog.table(table).columns[column as usize]);
        let is_it = |default| row.get(column as usize).is_some_and(|value| value.is_stored_as(&default));
        default.is_some_and(is_it) && (takes_all || listed())
    }

    /// Whether a grant gives a column to an operation.
    pub(super) fn gives(&self, table: TableId, (role, grant): (&RoleUse, &Grant), column: u32) -> bool {
        match grant.operation {
            Operation::Update => is_among(&self.fields(table, role, grant), column),
            _ => names(grant, column),
        }
    }

    /// The columns that a statement changes and that it needs a grant for.
    pub(super) fn changed(&self, table: TableId, before: &Row, written: &Row) -> BTreeSet<u32> {
        let presets = self.model.presets(table, Operation::Update);
        let is_overwritten = |column: u32| self.model.takes_whole_rows(table) && presets.contains_key(&column);
        let is_changed = |&column: &u32| {
            let generated = self.model.catalog.table(table).columns[column as usize].generated;
            let values = (before.get(column as usize), written.get(column as usize));
            let is_same = matches!(values, (Some(before), Some(after)) if before.is_stored_as(after));
            !generated && !is_same && !is_overwritten(column)
        };
        self.columns(table).filter(is_changed).collect()
    }

    /// Whether a row may be removed.
    pub fn delete(&self, table: TableId, row: &Row) -> bool {
        self.read(table, row) && self.starts(table, Operation::Delete, row)
    }

    /// Whether a row may become another. One grant has to allow the step and name what changes; each changed field may have its own.
    pub fn update(&self, table: TableId, before: &Row, written: &Row) -> bool {
        let after = &self.filled(table, Operation::Update, written);
        let steps: Vec<Option<Vec<u32>>> = self
            .grants(table, Operation::Update)
            .into_iter()
            .filter(|(role, grant)| {
                self.reach(table, role, Among::Others(before)) && self.when(table, grant, Among::Others(before))
            })
            .filter(|(role, grant)| {
                self.reach(table, role, Among::Others(after)) && self.then(table, grant, Among::Changed(after, before))
            })
            .map(|(role, grant)| self.fields(table, role, grant))
            .collect();
        self.bound(table, Operation::Update, before)
            && self.bound(table, Operation::Update, after)
            && self.read(table, before)
            && self.read(table, after)
            && !steps.is_empty()
            && self.changed(table, before, written).into_iter().all(|column| steps.iter().any(|fields| is_among(fields, column)))
    }

    /// A row as it is stored, with what the database fills in.
    pub fn filled(&self, table: TableId, operation: Operation, row: &Row) -> Row {
        let mut filled = row.clone();
        if operation == Operation::Create && self.model.takes_whole_rows(table) {
            self.take_defaults(table, &mut filled);
        }
        for (column, preset) in self.model.presets(table, operation) {
            if let Some(field) = filled.get_mut(column as usize) {
                *field = self.of_session(&preset.value, table);
            }
        }
        filled
    }

    /// Where statements may name every column, nothing is taken for the default of a field that no grant of the database role names.
    fn take_defaults(&self, table: TableId, row: &mut Row) {
        let grants = self.grants_of_session(table, Operation::Create);
        for (index, column) in self.model.catalog.table(table).columns.iter().enumerate() {
            let is_named = u32::try_from(index).is_ok_and(|index| grants.iter().any(|grant| names(grant, index)));
            let default = constant_default(&self.model.catalog, column).filter(|_| !is_named);
            if let (Some(default), Some(field @ Datum::Null)) = (default, row.get_mut(index)) {
                *field = default;
            }
        }
    }

    /// Whether a row can be reached with an operation, as far as the row that is there decides it.
    pub fn reaches(&self, table: TableId, operation: Operation, row: &Row) -> bool {
        self.read(table, row) && (operation == Operation::Read || self.starts(table, operation, row))
    }

    /// Some grant of an operation is for this row, and so are the boundaries.
    fn starts(&self, table: TableId, operation: Operation, row: &Row) -> bool {
        let among = if operation == Operation::Read { Among::All(row) } else { Among::Others(row) };
        let mut grants = self.grants(table, operation).into_iter();
        self.bound(table, operation, row)
            && grants.any(|(role, grant)| self.reach(table, role, among) && self.when(table, grant, among))
    }

    /// Whether the rules of some of `roles` give this row to an operation: what an assertion is about.
    pub fn reaches_as(&self, table: TableId, operation: Operation, roles: &dyn Fn(&RoleUse) -> bool, row: &Row) -> bool {
        let grants = self.grants(table, operation);
        let mut own = grants.iter().filter(|(role, _)| roles(role));
        let among = if operation == Operation::Read { Among::All(row) } else { Among::Others(row) };
        let reached = own.any(|(role, grant)| self.reach(table, role, among) && self.when(table, grant, among));
        self.bound(table, operation, row) && reached && (!operation.needs_read() || self.read(table, row))
    }

    /// The user holds the role and the row matches every rule for it, whatever they grant.
    fn reach(&self, table: TableId, role: &RoleUse, among: Among<'_>) -> bool {
        let rules = self.rules(table).iter().filter(|rule| rule.roles.contains(role));
        let mut filters = rules.flat_map(|rule| &rule.filters);
        self.holds(role, among.row()) && filters.all(|filter| self.condition_among(filter, table, among) == Some(true))
    }

    fn when(&self, table: TableId, grant: &Grant, among: Among<'_>) -> bool {
        grant.when.as_ref().is_none_or(|when| self.condition_among(when, table, among) == Some(true))
    }

    fn then(&self, table: TableId, grant: &Grant, among: Among<'_>) -> bool {
        grant.then.as_ref().is_none_or(|then| self.condition_among(then, table, among) == Some(true))
    }

    /// Every boundary for an operation holds for the row, or the user is excepted from it.
    fn bound(&self, table: TableId, operation: Operation, row: &Row) -> bool {
        let mut clauses = self.model.clauses(table, |boundary| boundary.operations.contains(&operation));
        clauses.all(|clause| {
            self.condition(&clause.condition, table, row) == Some(true) || clause.except.iter().any(|role| self.holds(role, row))
        })
    }

    /// Whether the session holds a role, for a row where the role has a scope. Roles that are looked up are held by signed-in sessions of
    /// the signed-in role, database roles by theirs.
    pub fn holds(&self, role: &RoleUse, row: &Row) -> bool {
        let looked_up = self.session.database_role == self.model.identity.signed_in_role && self.is_signed_in();
        match role.subject {
            Subject::Anyone => true,
            Subject::Authenticated => looked_up,
            Subject::Role(id) => {
                self.model.holders(id).into_iter().any(|holder| self.holds_itself(holder, &role.scope, looked_up, row))
            }
        }
    }

    /// The roles that the session holds by themselves, not because another includes them; each with the row of its membership where it is
    /// held within something.
    pub fn held(&self) -> Vec<(RoleId, Option<&Row>)> {
        let looked_up = self.session.database_role == self.model.identity.signed_in_role && self.is_signed_in();
        let mut found = Vec::new();
        for role in (0u32..).map(RoleId).take(self.model.roles.len()) {
            match (&self.model.role(role).held, self.model.scope_of(role)) {
                (Held::Membership { membership, .. }, Some(_)) if looked_up => {
                    let Some(within) = self.model.membership(*membership).within else { continue };
                    let is_within = |row: &&Row| row.get(within.column as usize).is_some_and(|scope| !scope.is_null());
                    let roles = [role];
                    let held = self.memberships(*membership, Some(&roles)).filter(is_within);
                    found.extend(held.map(|row| (role, Some(row))));
                }
                (_, Some(_)) => {}
                (_, None) if self.holds_itself(role, &Scope::Unscoped, looked_up, &Row::new()) => found.push((role, None)),
                _ => {}
            }
        }
        found
    }

    /// The columns that an update which starts at a row may change, wherever it ends.
    pub fn update_fields(&self, table: TableId, row: &Row) -> BTreeSet<u32> {
        if !self.read(table, row) || !self.bound(table, Operation::Update, row) {
            return BTreeSet::new();
        }
        let grants = self.grants(table, Operation::Update).into_iter();
        let among = Among::Others(row);
        let starting = grants.filter(|(role, grant)| self.reach(table, role, among) && self.when(table, grant, among));
        let starting: Vec<Option<Vec<u32>>> = starting.map(|(role, grant)| self.fields(table, role, grant)).collect();
        self.columns(table).filter(|&column| starting.iter().any(|fields| is_among(fields, column))).collect()
    }

    fn holds_itself(&self, role: RoleId, scope: &Scope, looked_up: bool, row: &Row) -> bool {
        let scope_of_row = match scope {
            Scope::Of(path) => self.path(path, row).filter(|scope| !scope.is_null()),
            Scope::Anywhere | Scope::Unscoped => None,
        };
        let everywhere = !matches!(scope, Scope::Of(_)) || scope_of_row.is_some();
        let nothing = Row::new();
        match &self.model.role(role).held {
            Held::DatabaseRole(name) => *name == self.session.database_role && everywhere,
            _ if !looked_up => false,
            Held::User(test) | Held::Claim(test) => {
                everywhere && self.atom(test, self.model.identity.user_key.table, &nothing) == Some(true)
            }
            Held::Membership { membership, global: true, .. } => everywhere && self.holds_globally(*membership, &[role]),
            Held::Membership { membership, .. } => {
                let scopes = self.scopes(*membership, Some(&[role]));
                match (&scope_of_row, scope) {
                    (Some(wanted), _) => scopes.iter().any(|scope| scope.equals(wanted) == Some(true)),
                    (None, Scope::Of(_)) => false,
                    (None, _) => !scopes.is_empty(),
                }
            }
        }
    }

    pub(super) fn rules(&self, table: TableId) -> &[Rule] {
        self.model.tables.get(&table).map_or(&[][..], |rules| rules)
    }

    /// The columns that a grant names for a role.
    pub(super) fn fields(&self, table: TableId, role: &RoleUse, grant: &Grant) -> Option<Vec<u32>> {
        self.model.fields(table, self.rules(table).iter().filter(|rule| rule.roles.contains(role)), grant)
    }

    /// Every grant of an operation, with each role that it is for.
    pub(super) fn grants(&self, table: TableId, operation: Operation) -> Vec<(&RoleUse, &Grant)> {
        let all = self.rules(table).iter().flat_map(|rule| rule.roles.iter().map(move |role| (role, &rule.grants)));
        all.flat_map(|(role, grants)| grants.iter().map(move |grant| (role, grant)))
            .filter(|(_, grant)| grant.operation == operation)
            .collect()
    }

    /// The grants that sessions of this database role may use.
    fn grants_of_session(&self, table: TableId, operation: Operation) -> Vec<&Grant> {
        let grants = self.grants(table, operation).into_iter();
        grants.filter(|(role, grant)| self.is_of_session(table, role, grant)).map(|(_, grant)| grant).collect()
    }

    /// Whether sessions of this database role may use a grant, whoever is signed in: of those its column list is made. One that contradicts itself, or who
    /// holds its role, is no grant.
    fn is_of_session(&self, table: TableId, role: &RoleUse, grant: &Grant) -> bool {
        let held = holds(self.model, role, &self.session.database_role);
        if held == Predicate::Never {
            return false;
        }
        let rules = self.rules(table).iter().filter(|rule| rule.roles.contains(role));
        let filters: Vec<&Condition> = rules.flat_map(|rule| &rule.filters).collect();
        let is_possible = |own: &Option<Condition>| {
            let all: Vec<&Condition> = filters.iter().copied().chain(own).collect();
            // What can be done with another record is not known here.
            if all.is_empty() || all.iter().any(|condition| condition.asks_for_access()) {
                return true;
            }
            let said = all.into_iter().map(|condition| Predicate::of(self.model, condition));
            simplify(Predicate::all(std::iter::once(held.clone()).chain(said))) != Predicate::Never
        };
        is_possible(&grant.when) && (grant.then == grant.when || grant.then.is_none() || is_possible(&grant.then))
    }

    /// The roles by whose grants a row is reached with an operation, as far as the row that is there decides it.
    pub fn reaching(&self, table: TableId, operation: Operation, row: &Row) -> Vec<&RoleUse> {
        let among = Among::of(operation, row);
        let grants = self.grants(table, operation).into_iter();
        grants
            .filter(|(role, grant)| self.reach(table, role, among) && self.when(table, grant, among))
            .map(|(role, _)| role)
            .collect()
    }

    /// The grants by which a row is reached with an operation, as far as the row that is there decides it.
    pub fn granting(&self, table: TableId, operation: Operation, row: &Row) -> Vec<GrantId> {
        let among = Among::of(operation, row);
        let mut found = Vec::new();
        for (rule, one) in (0u32..).zip(self.rules(table)) {
            let reaching: Vec<&RoleUse> = one.roles.iter().filter(|role| self.reach(table, role, among)).collect();
            for (grant, own) in (0u32..).zip(&one.grants).filter(|(_, own)| own.operation == operation) {
                if !reaching.is_empty() && self.when(table, own, among) {
                    found.push(GrantId { table, rule, grant });
                }
            }
        }
        found
    }

    /// Whether the session's database role is told by rights of its own that it may do something to these columns: where it may not, a statement is refused, whatever the rows.
    pub fn has_right(&self, table: TableId, operation: Operation, named: &BTreeSet<u32>) -> bool {
        let grants = self.grants(table, operation);
        let is_any = |is_meant: &dyn Fn(&Grant) -> bool| {
            grants.iter().any(|(role, grant)| is_meant(grant) && self.is_of_session(table, role, grant))
        };
        let is_named = |&column: &u32| self.model.takes_whole_rows(table) || is_any(&|grant| names(grant, column));
        is_any(&|_| true) && named.iter().all(is_named)
    }

    fn columns(&self, table: TableId) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.model.catalog.table(table).columns.len()).unwrap_or(u32::MAX)
    }
}

fn names(grant: &Grant, column: u32) -> bool {
    is_among(&grant.fields, column)
}

fn is_among(fields: &Option<Vec<u32>>, column: u32) -> bool {
    fields.as_ref().is_none_or(|fields| fields.contains(&column))
}
