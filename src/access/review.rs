//! What each role may do: role × table × operation × field, each never, always or under a condition. In: a [`Model`]. Out: a [`Review`].
//!
//! A role is looked at alone: with all that it includes, as somebody signed in, without any other role. Who holds several may do what they
//! allow together, and nothing that none of them allows.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{implies, implies_signed_in, simplify};
use super::delegation::Delegation;
use super::filled::given;
use super::grants::{Grant, RoleAccess, usable};
use super::{Atom, Exists, Predicate};
use crate::catalog::TableId;
use crate::model::{Describe, GrantId, Held, Model, Operation, RoleId, Subject};

/// What each role may do with each table.
#[derive(Debug)]
pub struct Review<'a> {
    /// The project.
    pub model: &'a Model,
    /// Ordered by the tables' names; tables that are closed have no answers.
    pub tables: BTreeMap<TableId, Vec<RoleReview>>,
}

/// What the holders of one role may do with one table.
#[derive(Debug)]
pub struct RoleReview {
    /// The role; `Anyone` is a session that nobody is signed in to.
    pub subject: Subject,
    /// Per operation, the columns with the same answer together. Every column of the table is in one of them; for deleting, which has no
    /// columns, there is one answer without any.
    pub operations: BTreeMap<Operation, Vec<Answer>>,
}

/// When something may be done with some columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The columns, ordered.
    pub columns: Vec<u32>,
    /// Any of them will do; none for never. For an update, one for each grant that no other contains, because one grant allows the whole step.
    pub ways: Vec<Way>,
    /// The same as it is said: what rules set is filled in, and so no condition.
    pub said: Vec<Way>,
    /// The rules that say so, ordered.
    pub rules: BTreeSet<String>,
    /// The grants of these rules.
    pub grants: BTreeSet<GrantId>,
}

/// A condition of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// For the row, or for the row before an update.
    pub before: Predicate,
    /// For the row after an update; the same as `before` for everything else.
    pub after: Predicate,
}

impl Way {
    fn is_possible(&self) -> bool {
        self.before != Predicate::Never && self.after != Predicate::Never
    }

    fn implies(&self, other: &Way) -> bool {
        implies(&self.before, &other.before).is_proved() && implies(&self.after, &other.after).is_proved()
    }

    fn is_open(&self) -> bool {
        self.before == Predicate::Always && self.after == Predicate::Always
    }
}

impl Answer {
    /// Whether this is `never`, `always` or `when`.
    pub fn word(&self) -> &'static str {
        match self.said.as_slice() {
            [] => "never",
            ways if ways.iter().any(Way::is_open) => "always",
            _ => "when",
        }
    }

    /// The condition in words, of a role in whose row the answer stands; `None` where there is none.
    pub fn condition(&self, model: &Model, subject: Subject) -> Option<String> {
        let words = |predicate: &Predicate| match predicate {
            Predicate::Always => "always".to_owned(),
            other => Describe { model }.condition(&other.to_condition()),
        };
        let way = |way: &Way| match way.after == way.before {
            true => words(&way.before),
            false => format!("{}, then {}", words(&way.before), words(&way.after)),
        };
        let whole = || self.said.iter().map(way).collect::<Vec<_>>().join("; or ");
        (self.word() == "when").then(|| in_the_row_of(model, subject, &whole()))
    }
}

/// Where a row is about one role, its conditions need not name it, and read alike for all roles.
fn in_the_row_of(model: &Model, subject: Subject, condition: &str) -> String {
    let Subject::Role(role) = subject else { return condition.to_owned() };
    let Some(membership) = model.scope_of(role) else { return condition.to_owned() };
    let named = format!("is one of User's {} as {}", model.membership(membership).name, model.role(role).name);
    condition.replace(&named, "is where the role is held")
}

/// What the rules give to each role: to nobody in particular, to everybody signed in, then to the roles by name.
pub fn review(model: &Model) -> Review<'_> {
    let roles = (0u32..).map(RoleId).take(model.roles.len()).map(Subject::Role);
    let subjects: Vec<Subject> = [Subject::Anyone, Subject::Authenticated].into_iter().chain(roles).collect();
    let mut tables: BTreeMap<TableId, Vec<RoleReview>> = model.closed.keys().map(|&table| (table, Vec::new())).collect();
    for subject in subjects {
        let mut delegation = Delegation::of_holder(model, subject);
        for &table in model.tables.keys() {
            let reviewer = Reviewer::new(model, table, subject, &mut delegation);
            tables.entry(table).or_default().push(reviewer.review());
        }
    }
    Review { model, tables }
}

/// All ways as one, where each of them is the whole.
fn any_of(ways: Vec<Way>) -> Vec<Way> {
    if ways.is_empty() {
        return ways;
    }
    let any = simplify(Predicate::any(ways.into_iter().map(|way| way.before)));
    vec![Way { before: any.clone(), after: any }]
}

/// Adds what no known way contains, in the place of what it contains.
fn add(ways: &mut Vec<Way>, way: Way) {
    if !ways.iter().any(|known| way.implies(known)) {
        ways.retain(|known| !known.implies(&way));
        ways.push(way);
    }
}

/// One role at one table.
struct Reviewer<'a> {
    model: &'a Model,
    table: TableId,
    subject: Subject,
    roles: Vec<RoleAccess>,
    bounds: BTreeMap<Operation, Predicate>,
}

impl<'a> Reviewer<'a> {
    fn new(model: &'a Model, table: TableId, subject: Subject, delegation: &mut Delegation<'a>) -> Reviewer<'a> {
        let roles = delegation.roles(table, &[]);
        let bounds = Operation::ALL.map(|operation| {
            let limiting = model.boundaries.iter().filter(|boundary| boundary.limits(operation));
            let bound = Predicate::All(limiting.map(|boundary| delegation.bound(boundary, table)).collect());
            (operation, known(model, subject, simplify(bound)))
        });
        Reviewer { model, table, subject, roles, bounds: bounds.into() }
    }

    fn review(&self) -> RoleReview {
        let read = simplify(Predicate::any(self.usable(Operation::Read).into_iter().map(|grant| grant.before)));
        let operations = Operation::ALL.map(|operation| {
            let readable = operation.needs_read().then(|| read.clone());
            let around = simplify(Predicate::all(self.bounds.get(&operation).cloned().into_iter().chain(readable)));
            (operation, self.answers(operation, &around))
        });
        RoleReview { subject: self.subject, operations: operations.into() }
    }

    /// The columns, those with the same grants together.
    fn answers(&self, operation: Operation, around: &Predicate) -> Vec<Answer> {
        let usable = self.usable(operation);
        let answer = |columns: Vec<u32>, grants: &[usize]| {
            let within = |predicate: &Predicate| simplify(Predicate::all([around.clone(), predicate.clone()]));
            let (mut ways, mut said, mut rules, mut saying) = (Vec::new(), Vec::new(), BTreeSet::new(), BTreeSet::new());
            for grant in grants.iter().map(|&index| &usable[index]) {
                let way = Way { before: within(&grant.before), after: within(&grant.after) };
                if way.is_possible() {
                    rules.insert(self.model.rule(grant.id).name.clone());
                    saying.insert(grant.id);
                    add(&mut said, self.given(operation, &way));
                    add(&mut ways, way);
                }
            }
            if operation != Operation::Update {
                (ways, said) = (any_of(ways), any_of(said));
            }
            Answer { columns, ways, said, rules, grants: saying }
        };
        if operation == Operation::Delete {
            return vec![answer(Vec::new(), &(0..usable.len()).collect::<Vec<_>>())];
        }
        let mut groups: Vec<(Vec<usize>, Vec<u32>)> = Vec::new();
        for column in (0u32..).take(self.model.catalog.table(self.table).columns.len()) {
            let grants: Vec<usize> = (0..usable.len()).filter(|&index| usable[index].names(column)).collect();
            match groups.iter_mut().find(|(known, _)| *known == grants) {
                Some((_, columns)) => columns.push(column),
                None => groups.push((grants, vec![column])),
            }
        }
        groups.into_iter().map(|(grants, columns)| answer(columns, &grants)).collect()
    }

    /// A way with what rules set taken as given.
    fn given(&self, operation: Operation, way: &Way) -> Way {
        let given = |predicate: &Predicate| known(self.model, self.subject, given(self.model, self.table, operation, predicate));
        match operation {
            Operation::Create => Way { before: given(&way.before), after: given(&way.after) },
            Operation::Update => Way { before: way.before.clone(), after: given(&way.after) },
            Operation::Read | Operation::Delete => way.clone(),
        }
    }

    fn usable(&self, operation: Operation) -> Vec<Grant> {
        let known = |predicate| known(self.model, self.subject, predicate);
        let known = |grant: Grant| Grant { before: known(grant.before), after: known(grant.after), ..grant };
        usable(&self.roles, operation).into_iter().map(known).filter(Grant::is_possible).collect()
    }
}

/// What is left of a predicate once it is known whether somebody is signed in: what is said of the user is unknown where nobody is, and denies.
fn known(model: &Model, subject: Subject, predicate: Predicate) -> Predicate {
    let is_held_by_database = |role| matches!(model.role(role).held, Held::DatabaseRole(_));
    match subject {
        Subject::Anyone => simplify(told(predicate, &without_user)),
        Subject::Role(role) if is_held_by_database(role) => predicate,
        Subject::Role(_) | Subject::Authenticated => simplify(told(predicate, &with_user)),
    }
}

fn told(predicate: Predicate, tell: &dyn Fn(&Atom) -> Option<Predicate>) -> Predicate {
    let parts = |parts: Vec<Predicate>| parts.into_iter().map(|part| told(part, tell)).collect();
    match predicate {
        Predicate::All(all) => Predicate::All(parts(all)),
        Predicate::Any(any) => Predicate::Any(parts(any)),
        Predicate::Atom(atom) => match &*atom {
            // Of none there are enough where a value says that none are needed.
            Atom::Exists(exists) if !exists.negated && exists.enough.value().is_none() => {
                match simplify(told(exists.predicate.clone(), tell)) {
                    Predicate::Never => Predicate::Never,
                    predicate => Predicate::from(Atom::Exists(Box::new(Exists { predicate, ..(**exists).clone() }))),
                }
            }
            other => tell(other).unwrap_or(Predicate::Atom(atom)),
        },
        other => other,
    }
}

/// What a statement is with nobody signed in, as far as that tells.
fn without_user(atom: &Atom) -> Option<Predicate> {
    match atom {
        Atom::Nobody => Some(Predicate::Always),
        Atom::Exists(exists) if exists.of_user => Some(Predicate::Never),
        atom => implies_signed_in(atom).then_some(Predicate::Never),
    }
}

/// What a statement is with somebody signed in, as far as that tells.
fn with_user(atom: &Atom) -> Option<Predicate> {
    match atom {
        Atom::Nobody => Some(Predicate::Never),
        Atom::SignedIn => Some(Predicate::Always),
        _ => None,
    }
}
