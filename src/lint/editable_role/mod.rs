//! Who may write what decides about them. In: what is read through the user, and every grant. Out: grants by which somebody may write a row
//! that counts for themselves, with a value that nothing limits, and gains by it. Whoever manages the rows of others is not meant.

mod beneath;
mod holders;
mod looked_at;
mod message;
mod on_the_way;
mod rank;
mod readings;
mod through_action;

use std::collections::HashSet;
use std::sync::Arc;

use holders::{Way, ways};
use message::{Finding, What};
use on_the_way::Ways;
use rank::Rank;
use readings::{MembershipReading, Mine, Reader, Reading, Readings, first};

use super::conjunction::{allows, excludes, is_about_others, limits, needs_user_row, own, owns_target, says_there_is_one};
use super::{Input, Report, new_record};
use crate::access::decide::{Conjunction, cases, join, simplify, suffices};
use crate::access::{self, Atom, Predicate, RoleAccess, own_columns};
use crate::catalog::{ColumnRef, TableId};
use crate::model::{Held, Membership, Model, Operation, Path, RoleId, RoleUse, Scope, Subject};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    let Input { model, access, .. } = *input;
    let readings = Readings::new(model);
    let behind: Vec<_> = holders::behind(model).into_iter().chain(looked_at::all(model)).collect();
    let holders = on_the_way::holders(model);
    let ways = Ways::new(model, access, &holders);
    let search = Search { model, rank: Rank::new(model, access), readings: &readings, behind: &behind, ways: &ways };
    let mut told = HashSet::new();
    for (&table, access) in &access.tables {
        if !search.decides(table) {
            continue;
        }
        // Only who is signed in gains: nobody else has a row.
        for role in access.sessions.get(&model.identity.signed_in_role).into_iter().flatten() {
            for (&operation, written) in role.operations.iter().filter(|(operation, _)| **operation != Operation::Read) {
                let bound = access.bound(&model.identity.signed_in_role, operation);
                for written in written {
                    let Some(grant) = Grant::new(role, &bound, operation, written) else { continue };
                    for finding in search.grant(&grant) {
                        if told.insert((model.grant(written.id).span, std::mem::discriminant(&finding.what))) {
                            report.push(message::explain(model, &finding, report));
                        }
                    }
                }
            }
        }
    }
    through_action::check(&search, access, report);
}

/// A grant with all that has to be true of the record and the session.
struct Grant<'a> {
    table: TableId,
    operation: Operation,
    role: &'a RoleUse,
    written: &'a access::Grant,
    /// The record before.
    reached: Predicate,
    before: Vec<Conjunction>,
    after: Vec<Conjunction>,
}

impl<'a> Grant<'a> {
    /// `None` where it is of no use, or too long to be judged.
    fn new(role: &'a RoleAccess, bound: &Predicate, operation: Operation, written: &'a access::Grant) -> Option<Grant<'a>> {
        let all = |predicate: &Predicate| simplify(Predicate::all([role.held.clone(), bound.clone(), predicate.clone()]));
        let reached = all(&written.before);
        let (before, after) = (cases(&reached)?, cases(&all(&written.after))?);
        Some(Grant { table: written.id.table, operation, role: &role.role, written, reached, before, after })
    }

    /// Whether it lets a column be written, or fills it in.
    fn names(&self, column: ColumnRef) -> bool {
        self.written.names(column.column) || self.written.filled.contains(&column.column)
    }

    /// Whether it is about rows of which `mine` is true, and no others.
    fn is_confined(&self, mine: &Atom) -> bool {
        let mine = Predicate::from(mine.clone());
        self.before.iter().all(|case| suffices(case, &mine))
    }

    fn is_for_all(&self) -> bool {
        matches!(self.role.subject, Subject::Anyone | Subject::Authenticated)
    }
}

/// Whether a rule for the first role is for whoever has the second.
fn is_for(role: &RoleUse, own: &RoleUse) -> bool {
    matches!(role.subject, Subject::Anyone | Subject::Authenticated) || role.subject == own.subject
}

struct Search<'a> {
    model: &'a Model,
    rank: Rank<'a>,
    readings: &'a Readings<'a>,
    /// What is read of other rows to say whom a membership counts for.
    behind: &'a [(Membership, MembershipReading<'a>)],
    /// What leads from records to the user.
    ways: &'a Ways<'a>,
}

impl<'a> Search<'a> {
    fn memberships(&self) -> impl Iterator<Item = (&'a Membership, &'a MembershipReading<'a>)> {
        let behind = self.behind.iter().map(|(membership, reading)| (membership, reading));
        self.model.memberships.iter().zip(&self.readings.memberships).chain(behind)
    }

    fn decides(&self, table: TableId) -> bool {
        self.readings.columns.contains_key(&table)
            || self.ways.reads(table)
            || self.memberships().any(|(membership, _)| {
                let below = membership.below.map(|parent| parent.foreign_key.table);
                membership.table == table || below == Some(table)
            })
    }

    fn grant(&self, grant: &Grant<'_>) -> Vec<Finding<'a>> {
        let (mut roles, mut values) = (Vec::new(), Vec::new());
        for ((mine, column), reading) in self.readings.columns.get(&grant.table).into_iter().flatten() {
            let Some(place) = self.column(grant, mine, *column, reading) else { continue };
            roles.extend(place.0.into_iter().map(|role| (role, *column, mine.clone())));
            values.extend(place.1.map(|reader| (*column, mine.clone(), reader)));
        }
        let mut found = Vec::new();
        if !roles.is_empty() {
            found.push(What::Roles(roles));
        }
        if !values.is_empty() {
            found.push(What::Values(values));
        }
        for (membership, reading) in self.memberships().filter(|(membership, _)| membership.table == grant.table) {
            let ways = ways(self.model, membership);
            found.extend(ways.iter().find_map(|way| self.membership(grant, membership, way, reading)));
        }
        found.extend(self.moved(grant));
        if found.is_empty() {
            found.extend(self.leads(grant));
        }
        let (table, operation, role, fields) = (grant.table, grant.operation, grant.role, &grant.written.fields);
        let span = self.model.grant(grant.written.id).span;
        let finding = |what| Finding { table, operation, subject: role.subject, span, all_fields: fields.is_none(), what };
        found.into_iter().map(finding).collect()
    }

    /// The roles that a grant gives by a column, and who else reads what it lets the user write there.
    fn column(
        &self,
        grant: &Grant<'_>,
        mine: &Mine,
        column: ColumnRef,
        reading: &Reading<'a>,
    ) -> Option<(Vec<RoleId>, Option<Reader<'a>>)> {
        if grant.operation == Operation::Delete || !grant.names(column) {
            return None;
        }
        let statement = match mine {
            Mine::Own(atom) | Mine::Reached(atom) => Some(Arc::new(atom.clone())),
            Mine::BeyondMembership => None,
        };
        let statements: Vec<Arc<Atom>> = statement.iter().cloned().collect();
        let is_own = matches!(mine, Mine::Own(_));
        let is_others = |case: &Conjunction| is_own && statements.iter().any(|mine| is_about_others(self.model, case, mine));
        let is_reached = match grant.operation {
            Operation::Create => is_own && grant.names(self.model.identity.user_key),
            _ => grant.before.iter().any(|case| allows(case, &statements) && !is_others(case)),
        };
        // Who has a row already cannot make another.
        let is_new = |case: &&Conjunction| grant.operation == Operation::Update || !needs_user_row(case);
        let is_named = |case: &Conjunction| {
            limits(&self.model.catalog, case, column) || (!reading.by_value && says_there_is_one(case, column))
        };
        let is_open = |case: &&Conjunction| allows(case, &statements) && !is_named(case);
        let open: Vec<&Conjunction> = grant.after.iter().filter(is_new).filter(is_open).collect();
        if !is_reached || open.is_empty() {
            return None;
        }
        let is_confined = statements.iter().any(|mine| grant.is_confined(mine));
        let can_be = |test: &Atom| open.iter().any(|case| allows(case, &[Arc::new(test.clone())]));
        let gained = reading.roles.iter().filter(|(role, test)| can_be(test) && self.gains(grant, *role, is_confined));
        let reader = self.reader(grant, &reading.readers, is_confined);
        Some((gained.map(|(role, _)| *role).collect(), reader))
    }

    /// Somebody who reads what the grant gives, where it gives it to those who have nothing to do with managing it.
    fn reader(&self, grant: &Grant<'_>, readers: &[Reader<'a>], is_confined: bool) -> Option<Reader<'a>> {
        let is_bound = |reader: &&Reader<'a>| match reader {
            Reader::Boundary(_, clause) => !self.rank.is_spared(grant.role.subject, &clause.except),
            // Who makes the row has something of it where the rule is for them, too.
            Reader::LookedAt(rule) => grant.is_for_all() || rule.roles.iter().any(|role| is_for(role, grant.role)),
            Reader::Rule(_) | Reader::Membership(_) => true,
        };
        readers.iter().find(is_bound).filter(|_| grant.is_for_all() || is_confined).copied()
    }

    /// Whether who holds the grant's role gets more by another one. Who manages roles from a place of their own may give any.
    fn gains(&self, grant: &Grant<'_>, role: RoleId, is_confined: bool) -> bool {
        let Subject::Role(own) = grant.role.subject else { return true };
        if self.rank.includes(own, role) {
            return false;
        }
        match is_confined {
            true => !self.rank.covers(own, role),
            false => self.is_same_ladder(own, role) && self.rank.is_above(role, own, grant.table),
        }
    }

    /// Whether two roles are taken from the same place.
    fn is_same_ladder(&self, role: RoleId, other: RoleId) -> bool {
        match (&self.model.role(role).held, &self.model.role(other).held) {
            (Held::User(own), Held::User(other)) => own.values().first() == other.values().first(),
            (Held::Membership { membership: own, .. }, Held::Membership { membership: other, .. }) => own == other,
            _ => false,
        }
    }

    fn membership(
        &self,
        grant: &Grant<'_>,
        membership: &'a Membership,
        way: &Way,
        reading: &MembershipReading<'a>,
    ) -> Option<What<'a>> {
        let mine = &way.mine;
        let filter = membership.filter.as_ref().map_or(Predicate::Always, |filter| Predicate::of(self.model, filter));
        let counting: Vec<Conjunction> = cases(&filter)?.into_iter().map(|case| join(&way.case, &case)).collect();
        let row = OwnRow { grant, membership, reading, way, is_confined: grant.is_confined(mine) };
        let supplied = self.supplied(grant, &filter);
        let counts = |case: &Conjunction| {
            let case = join(case, &supplied);
            counting.iter().any(|row| allows(&case, row))
        };
        let reached =
            grant.before.iter().any(|case| allows(case, std::slice::from_ref(mine)) && !is_about_others(self.model, case, mine));
        match grant.operation {
            Operation::Read => None,
            Operation::Delete => {
                let is_there = grant.before.iter().any(|case| counts(case) && !is_about_others(self.model, case, mine));
                let reader = self.reader(grant, &reading.negated, row.is_confined)?;
                is_there.then_some(What::Lifts(reader))
            }
            Operation::Create if !grant.names(way.column) => None,
            Operation::Update if !reached && !grant.names(way.column) => None,
            Operation::Create | Operation::Update => {
                let after: Vec<&Conjunction> = grant.after.iter().filter(|case| counts(case)).collect();
                self.written(&row, &after, &filter)
            }
        }
    }

    /// What is known of the fields of a new row that a membership's filter asks for, where nobody may give them a value.
    fn supplied(&self, grant: &Grant<'_>, filter: &Predicate) -> Conjunction {
        if grant.operation != Operation::Create {
            return Vec::new();
        }
        let table = self.model.catalog.table(grant.table);
        let mut asked = Vec::new();
        filter.for_each_atom(&mut |atom| asked.extend(own_columns(table, atom)));
        let unnamed = asked.into_iter().filter(|&column| !new_record::is_named(self.model, grant.table, column));
        let known = unnamed.filter_map(|column| {
            let entry = table.columns.get(column as usize)?;
            new_record::supplied(self.model, grant.table, column, entry)
        });
        known.map(Arc::new).collect()
    }

    /// What a new or changed row of a membership gives to the user that it is about.
    fn written(&self, row: &OwnRow<'_, 'a>, after: &[&Conjunction], filter: &Predicate) -> Option<What<'a>> {
        let (grant, membership) = (row.grant, row.membership);
        let after: Vec<&Conjunction> = match membership.within {
            Some(within) => after.iter().filter(|case| !owns_target(self.model, case, within)).copied().collect(),
            None => after.to_vec(),
        };
        let gained: Vec<_> = row
            .reading
            .roles
            .iter()
            .filter_map(|(role, test, global)| {
                let column = first(test.record_paths().into_iter().next()?);
                let gives = after.iter().any(|case| self.gives_role(row, case, *role, test, *global, column));
                gives.then(|| (*role, column, Mine::Own((*row.way.mine).clone())))
            })
            .collect();
        if !gained.is_empty() {
            return Some(What::Roles(gained));
        }
        let looks = row.reading.is_looked_at;
        if looks && membership.within.is_none() && grant.operation == Operation::Create && !after.is_empty() {
            let reader = self.reader(grant, &row.reading.readers, true);
            return reader.map(|reader| What::Makes(None, reader));
        }
        let stranger = grant.is_for_all() || row.is_confined || grant.role.scope == Scope::Anywhere;
        let is_free = |within: &ColumnRef| stranger && after.iter().any(|case| row.is_open(self.model, case, *within));
        if let Some(within) = membership.within.filter(is_free) {
            let reader = self.reader(grant, &row.reading.readers, true);
            if let Some(reader) = reader.filter(|_| looks) {
                return Some(What::Makes(Some(within), reader));
            }
            let roles = self.named_roles(row, &after, within);
            if reader.is_some() || !roles.is_empty() || (grant.operation == Operation::Update && !row.reading.roles.is_empty()) {
                return Some(What::Joins(within, reader, membership, roles));
            }
        }
        if grant.operation == Operation::Create || !stranger {
            return None;
        }
        let (mut columns, mut by_value) = (Vec::new(), HashSet::new());
        filter.for_each_atom(&mut |atom| {
            let is_emptiness = |path: &Path| matches!(atom, Atom::Empty { .. }) && path.hops.is_empty();
            for path in atom.record_paths() {
                columns.push(first(path));
                by_value.extend((!is_emptiness(path)).then(|| first(path)));
            }
        });
        let is_named = |case: &Conjunction, column: ColumnRef| !by_value.contains(&column) && says_there_is_one(case, column);
        let is_open = |case: &Conjunction, column| row.is_open(self.model, case, column) && !is_named(case, column);
        let is_free = |column: &ColumnRef| after.iter().any(|case| is_open(case, *column));
        columns.into_iter().find(is_free).map(|column| What::Counts(column, membership))
    }

    /// The roles that a condition names, of a row that is within whatever its author likes: who names a role has not thought of where it is held by that.
    fn named_roles(&self, row: &OwnRow<'_, 'a>, after: &[&Conjunction], within: ColumnRef) -> Vec<RoleId> {
        let scoped = row.reading.roles.iter().filter(|(_, _, global)| !global);
        let is_given = |test: &Atom| {
            let test = Arc::new(test.clone());
            let is_named = |case: &Conjunction| {
                let columns = test.record_paths().into_iter().map(first);
                columns.into_iter().any(|column| limits(&self.model.catalog, case, column))
            };
            let free = after.iter().filter(|case| row.is_open(self.model, case, within) && is_named(case));
            free.into_iter().any(|case| !excludes(case, &test) && allows(case, std::slice::from_ref(&test)))
        };
        scoped.filter(|(role, test, _)| is_given(test) && self.gains(row.grant, *role, true)).map(|(role, ..)| *role).collect()
    }

    fn gives_role(
        &self,
        row: &OwnRow<'_, 'a>,
        case: &Conjunction,
        role: RoleId,
        test: &Atom,
        global: bool,
        column: ColumnRef,
    ) -> bool {
        let grant = row.grant;
        let takes_over = grant.operation == Operation::Update && grant.names(row.way.column) && !row.is_confined;
        let is_free = row.is_open(self.model, case, column) || (takes_over && !grant.names(column));
        if !is_free || excludes(case, test) || !allows(case, &[Arc::new(test.clone())]) {
            return false;
        }
        let within = row.membership.within;
        if global {
            let is_nowhere = within.is_none_or(|within| {
                let empty = Arc::new(Atom::Empty { value: own(within), negated: false });
                self.model.catalog.column(within).nullable && allows(case, &[empty])
            });
            return is_nowhere && self.gains(grant, role, row.is_confined);
        }
        let Some(within) = within else { return false };
        let is_elsewhere = grant.role.scope == Scope::Anywhere && row.is_open(self.model, case, within);
        let is_somewhere = grant.operation == Operation::Update || grant.names(within);
        is_somewhere && (is_elsewhere || self.gains(grant, role, row.is_confined))
    }
}

/// A row of a membership's table that is the user's, as a grant lets it be written.
struct OwnRow<'g, 'a> {
    grant: &'g Grant<'g>,
    membership: &'a Membership,
    reading: &'g MembershipReading<'a>,
    way: &'g Way,
    is_confined: bool,
}

impl OwnRow<'_, '_> {
    /// Whether the grant names a column, and the case does not say what may stand there.
    fn is_open(&self, model: &Model, case: &Conjunction, column: ColumnRef) -> bool {
        self.grant.names(column) && !limits(&model.catalog, case, column)
    }
}
