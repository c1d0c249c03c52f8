//! What decides access and belongs to the user: columns of the own row, of the own memberships, and of what these lead to. In: the model.
//! Out: each such column with the roles, rules and boundaries that read it. It does not know who may write them.

use std::collections::BTreeMap;

use crate::access::{self, Predicate, plain};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Span;
use crate::lint::conjunction::{equals_user, own};
use crate::model::{
    Atom, Boundary, BoundaryClause, Comparison, Condition, Held, Hop, Membership, MembershipId, Model, Path, RoleId, Rule, Set,
    Value,
};

/// Who reads something of the user.
#[derive(Clone, Copy)]
pub(super) enum Reader<'a> {
    Rule(&'a Rule),
    /// A rule that looks at rows which no membership declares.
    LookedAt(&'a Rule),
    Boundary(&'a Boundary, &'a BoundaryClause),
    Membership(&'a Membership),
}

impl Reader<'_> {
    pub(super) fn words(&self) -> String {
        match self {
            Reader::Rule(rule) | Reader::LookedAt(rule) => format!("the rule \"{}\"", rule.name),
            Reader::Boundary(boundary, _) => format!("the boundary \"{}\"", boundary.name),
            Reader::Membership(membership) => format!("the membership `{}`", membership.name),
        }
    }

    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Reader::Rule(rule) | Reader::LookedAt(rule) => Some(rule.span),
            Reader::Boundary(boundary, _) => Some(boundary.span),
            Reader::Membership(_) => None,
        }
    }
}

/// Which rows of a table count for the session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mine {
    /// The user's own row: a statement that is true of it.
    Own(access::Atom),
    /// A row that the user's leads to: likewise.
    Reached(access::Atom),
    /// A row that a membership's leads to; there is no statement that says so.
    BeyondMembership,
}

/// What reads one column of such rows.
#[derive(Default)]
pub(super) struct Reading<'a> {
    /// The roles that are taken from it, each with its test as a statement about the row.
    pub(super) roles: Vec<(RoleId, access::Atom)>,
    pub(super) readers: Vec<Reader<'a>>,
    /// Whether more is asked of it than whether it is empty.
    pub(super) by_value: bool,
}

/// What reads the rows of a membership's table that are the user's.
#[derive(Default)]
pub(super) struct MembershipReading<'a> {
    /// The roles that are taken from them: each with its test and whether it is held globally.
    pub(super) roles: Vec<(RoleId, access::Atom, bool)>,
    /// Who asks what the user belongs to, whatever the role.
    pub(super) readers: Vec<Reader<'a>>,
    /// Who asks that the user does not.
    pub(super) negated: Vec<Reader<'a>>,
    /// Whether no membership declares them: a condition looks at them itself.
    pub(super) is_looked_at: bool,
}

/// All of it.
pub(super) struct Readings<'a> {
    model: &'a Model,
    pub(super) columns: BTreeMap<TableId, BTreeMap<(Mine, ColumnRef), Reading<'a>>>,
    /// By [`MembershipId`].
    pub(super) memberships: Vec<MembershipReading<'a>>,
}

impl<'a> Readings<'a> {
    pub(super) fn new(model: &'a Model) -> Readings<'a> {
        let memberships = model.memberships.iter().map(|_| MembershipReading::default()).collect();
        let mut readings = Readings { model, columns: BTreeMap::new(), memberships };
        for (id, role) in (0u32..).map(RoleId).zip(&model.roles) {
            readings.role(id, &role.held);
        }
        for rule in model.tables.values().flat_map(|rules| rules.iter()) {
            for condition in rule.conditions() {
                readings.condition(condition, Reader::Rule(rule), false);
            }
        }
        for boundary in &model.boundaries {
            for clause in boundary.tables.values().flatten() {
                readings.condition(&clause.condition, Reader::Boundary(boundary, clause), false);
            }
        }
        for membership in &model.memberships {
            for condition in membership.conditions() {
                readings.condition(condition, Reader::Membership(membership), false);
            }
        }
        readings
    }

    fn role(&mut self, id: RoleId, held: &'a Held) {
        match held {
            Held::User(test) => {
                let path = test.values().into_iter().find_map(|value| match value {
                    Value::User(path) => Some(path),
                    _ => None,
                });
                let Some(path) = path else { return };
                self.of_user(path, |reading, rest| {
                    reading.roles.extend(about(test, rest).map(|test| (id, test)));
                    reading.by_value = true;
                });
            }
            Held::Membership { membership, test, global } => {
                if let Some(reading) = self.memberships.get_mut(membership.0 as usize) {
                    let test = Predicate::of(self.model, &Condition::from(test.clone()));
                    reading
                        .roles
                        .extend(test.as_atom().map(|test| ((**test).clone(), *global)).map(|(test, global)| (id, test, global)));
                }
                self.beyond_array(id, test);
                let path = test.values().into_iter().find_map(Value::record);
                let mut rest = path.and_then(Path::after_first_hop);
                while let Some((_, path)) = rest {
                    self.add(Mine::BeyondMembership, first(&path), |reading| {
                        reading.roles.extend(about(test, &path).map(|test| (id, test)));
                        reading.by_value = true;
                    });
                    rest = path.after_first_hop();
                }
            }
            Held::Claim(_) | Held::DatabaseRole(_) => {}
        }
    }

    /// What a role is told by in the rows whose keys are in an array.
    fn beyond_array(&mut self, id: RoleId, test: &'a Atom) {
        let Atom::Exists(exists) = test else { return };
        exists.condition.for_each_own_atom(&mut |atom| {
            self.beyond_array(id, atom);
            let path = atom.values().first().and_then(|value| value.record());
            if let (Some(path), Some(plain)) = (path, plain(atom)) {
                self.add(Mine::BeyondMembership, first(path), |reading| {
                    reading.roles.push((id, plain.clone()));
                    reading.by_value = true;
                });
            }
        });
    }

    fn condition(&mut self, condition: &Condition, reader: Reader<'a>, negated: bool) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.condition(part, reader, negated)),
            Condition::Not(inner) => self.condition(inner, reader, !negated),
            Condition::Atom(atom) => self.atom(atom, reader, negated),
        }
    }

    fn atom(&mut self, atom: &Atom, reader: Reader<'a>, within_not: bool) {
        for value in atom.values() {
            if let Value::User(path) = value {
                let is_emptiness = matches!(atom, Atom::Empty { .. });
                self.of_user(path, |reading, rest| {
                    note(&mut reading.readers, reader);
                    reading.by_value |= !is_emptiness || !rest.hops.is_empty();
                });
            }
        }
        match atom.without_case() {
            Atom::Member { set, negated, .. } => self.set(set, reader, within_not != *negated),
            Atom::EmptySet { set, negated } => self.set(set, reader, within_not == *negated),
            Atom::Has { negated, .. } => {
                atom.sets().into_iter().for_each(|set| self.set(set, reader, within_not != *negated));
            }
            Atom::Exists(exists) => self.condition(&exists.condition, reader, within_not != exists.negated),
            _ => {}
        }
    }

    fn set(&mut self, set: &Set, reader: Reader<'a>, negated: bool) {
        if let Some(reading) = self.memberships.get_mut(set.membership.0 as usize) {
            note(if negated { &mut reading.negated } else { &mut reading.readers }, reader);
        }
        let Some(tail) = &set.tail else { return };
        let Some(key) = self.target(set.membership) else { return };
        let member = |key: ColumnRef, tail: Option<Path>| {
            let set = Set { membership: set.membership, roles: set.roles.clone(), tail };
            Mine::Reached(access::Atom::Member { value: own(key), set, negated: false })
        };
        self.steps(
            tail,
            member(key, None),
            |hop, before| member(hop.target, Some(before)),
            |reading, _| {
                note(&mut reading.readers, reader);
                reading.by_value = true;
            },
        );
    }

    /// The key of what a membership is within.
    fn target(&self, id: MembershipId) -> Option<ColumnRef> {
        let within = self.model.membership(id).within?;
        self.model.catalog.column(within).references
    }

    fn of_user(&mut self, path: &Path, add: impl Fn(&mut Reading<'a>, &Path)) {
        let mine = Mine::Own(equals_user(self.model, self.model.identity.user_key));
        let reached = |hop: Hop, before: Path| {
            Mine::Reached(access::Atom::Compare {
                left: own(hop.target),
                operator: Comparison::Equal,
                right: Value::User(before),
            })
        };
        self.steps(path, mine, reached, add);
    }

    /// Each column of a path. `reached` says of which row a step leads to, from the step and the path to its key.
    fn steps(&mut self, path: &Path, start: Mine, reached: impl Fn(Hop, Path) -> Mine, add: impl Fn(&mut Reading<'a>, &Path)) {
        self.add(start, first(path), |reading| add(reading, path));
        let (mut rest, mut taken) = (path.after_first_hop(), Vec::new());
        while let Some((hop, after)) = rest {
            let before = Path { table: path.table, hops: taken.clone(), column: hop.foreign_key };
            self.add(reached(hop, before), first(&after), |reading| add(reading, &after));
            taken.push(hop);
            rest = after.after_first_hop();
        }
    }

    fn add(&mut self, mine: Mine, column: ColumnRef, add: impl Fn(&mut Reading<'a>)) {
        let table = self.model.catalog.table(column.table);
        for index in table.stored(column.column) {
            let column = ColumnRef { column: index, ..column };
            // A key says which row it is, and nothing of what the row is worth.
            let is_key = column == self.model.identity.user_key || table.primary_key.contains(&index);
            if !is_key {
                add(self.columns.entry(column.table).or_default().entry((mine.clone(), column)).or_default());
            }
        }
    }
}

/// The column that a path begins with.
pub(super) fn first(path: &Path) -> ColumnRef {
    path.hops.first().map_or(path.column, |hop| hop.foreign_key)
}

/// A rule that reads something twice is one reader.
fn note<'a>(readers: &mut Vec<Reader<'a>>, reader: Reader<'a>) {
    let is_same = |last: &Reader<'_>| match (last, &reader) {
        (Reader::Rule(last), Reader::Rule(rule)) => std::ptr::eq(*last, *rule),
        (Reader::Boundary(_, last), Reader::Boundary(_, clause)) => std::ptr::eq(*last, *clause),
        (Reader::Membership(last), Reader::Membership(membership)) => std::ptr::eq(*last, *membership),
        _ => false,
    };
    if !readers.last().is_some_and(is_same) {
        readers.push(reader);
    }
}

/// A test of a role as a statement about the row that `path` begins at.
fn about(test: &Atom, path: &Path) -> Option<access::Atom> {
    let value = Value::Record(path.clone());
    Some(match plain(test)? {
        access::Atom::Compare { operator, right, .. } => access::Atom::Compare { left: value, operator, right },
        access::Atom::Contains { element, negated, .. } => access::Atom::Contains { array: value, element, negated },
        other => other,
    })
}
