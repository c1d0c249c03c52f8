//! What policies and column grants can say exactly. PostgreSQL combines the USING of all policies, their WITH CHECK, and the column
//! grants separately: it admits an update when some grant's `before` matches the old row, some grant's `after` the new one, and
//! the columns are among all those granted. The rules ask for one grant that allows the whole step. This module proves
//! that nothing lies between the two, or says where it does.
//!
//! The proof asks for a step that starts as some grant's `before` says and ends as some grant's `after` does, and that no single grant allows: there must be
//! none. Statements about columns that nobody may update are true of the new row when they are of the old one, and the other way around;
//! statements about the user alone are true of both.

use super::decide::{Answer, Care, Fact, Moment, Problem, Reaches, simplify};
use super::evaluate::constant_default;
use super::{Arm, Predicate, Step};
use crate::catalog::{Table, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Model, Operation};

/// A grant together with who holds its role.
pub(super) struct Pair {
    pub(super) before: Predicate,
    pub(super) after: Predicate,
    pub(super) fields: Option<Vec<u32>>,
    pub(super) span: Span,
}

impl Pair {
    /// `before` and `after` as the session sees them: without delegations.
    pub(super) fn new(held: &Predicate, arm: &Arm, before: Predicate, after: Option<Predicate>) -> Pair {
        let before = simplify(Predicate::all([held.clone(), before]));
        let after = after.map_or_else(|| before.clone(), |after| simplify(Predicate::all([held.clone(), after])));
        Pair { before, after, fields: arm.fields.clone(), span: arm.span }
    }

    pub(super) fn step(&self) -> Step {
        Step { before: self.before.clone(), after: self.after.clone(), fields: self.fields.clone() }
    }

    pub(super) fn names(&self, column: u32) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.binary_search(&column).is_ok())
    }
}

/// Whether policies and column grants say exactly what the grants of one operation to one database role say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    Exact,
    /// PostgreSQL would admit something that no single grant allows.
    Inexact,
    /// There are too many cases to tell.
    Undecided,
}

/// Why what policies and column grants cannot say cannot be said otherwise either.
pub(super) enum Obstacle {
    /// The project has not switched masking on.
    NoMasking,
    /// The value that this column has by default cannot be told from one that was supplied.
    VolatileDefault(String),
    /// The database computes this column after the trigger has run.
    Generated(String),
}

impl Obstacle {
    pub(super) fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self {
            Obstacle::NoMasking => diagnostic.with_help(
                "or switch masking views on, which show of each record the fields that may be read: `masking: { schema: masked }` in rowgate.yaml",
            ),
            Obstacle::VolatileDefault(column) => diagnostic.with_note(format!(
                "a trigger could keep them apart if `{column}` had no default or a constant one: it cannot tell whether the value was supplied"
            )),
            Obstacle::Generated(column) => diagnostic.with_note(format!(
                "a trigger could keep them apart if the conditions did not compare `{column}`, which is computed after it"
            )),
        }
    }
}

/// Whether a masking view can say exactly what may be read, or a trigger what may be written.
pub(super) fn enforceable(model: &Model, operation: Operation, pairs: &[Pair], id: TableId) -> Result<(), Obstacle> {
    let table = model.catalog.table(id);
    if operation == Operation::Read {
        return if model.masking.is_some() { Ok(()) } else { Err(Obstacle::NoMasking) };
    }
    let name = |column: u32| table.columns[column as usize].name.clone();
    if operation == Operation::Create {
        let columns = (0u32..).zip(&table.columns);
        for (column, entry) in columns.filter(|(column, _)| pairs.iter().any(|pair| pair.names(*column))) {
            let is_constant = entry.generated || constant_default(&model.catalog, entry).is_some();
            if !is_constant
                && !pairs.iter().all(|pair| pair.names(column))
                && judge_columns(operation, pairs, table, &[column]) != Exactness::Exact
            {
                return Err(Obstacle::VolatileDefault(name(column)));
            }
        }
    }
    let mut compared = Vec::new();
    pairs.iter().for_each(|pair| pair.after.for_each_atom(&mut |atom| compared.extend(own_columns(atom))));
    match compared.into_iter().find(|&column| table.columns[column as usize].generated) {
        Some(column) => Err(Obstacle::Generated(name(column))),
        None => Ok(()),
    }
}

/// The columns of the record itself that a statement reads: what it compares, and the keys at which its paths begin.
pub(crate) fn own_columns(atom: &Atom) -> Vec<u32> {
    atom.record_paths().into_iter().map(|path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column).collect()
}

/// Judges the grants of one operation to one database role.
pub(super) fn judge(operation: Operation, pairs: &[Pair], table: &Table) -> Exactness {
    judge_columns(operation, pairs, table, &all_columns(table))
}

fn all_columns(table: &Table) -> Vec<u32> {
    (0u32..).zip(&table.columns).map(|(column, _)| column).collect()
}

/// So few grants are a matter for the solver at once.
const FEW: usize = 8;

/// Whether of every two grants one allows what starts as the one says and ends as the other does. That is seen quickly, also of hundreds, and mostly so
/// where nothing can be mixed up; whether a third grant allows it is for the solver to say.
fn either_allows(operation: Operation, pairs: &[Pair], classes: &[Class], is_stable: &dyn Fn(&Atom) -> bool) -> bool {
    let stable = |predicate: &Predicate| {
        let parts = predicate.conjuncts().iter().filter(|part| part.as_atom().is_some_and(|atom| is_stable(atom)));
        Predicate::all(parts.cloned())
    };
    let mut all: Vec<Predicate> = Vec::new();
    all.extend(pairs.iter().map(|pair| pair.before.clone()));
    all.extend(pairs.iter().map(|pair| pair.after.clone()));
    all.extend(pairs.iter().map(|pair| stable(&pair.before)));
    all.extend(pairs.iter().map(|pair| stable(&pair.after)));
    let (reaches, count) = (Reaches::new(all.iter()), pairs.len());
    let is_update = operation == Operation::Update;
    let is_allowed = |first: usize, second: usize| {
        let (old, new) = match is_update {
            true => ([first, 3 * count + second], [count + second, 2 * count + first]),
            false => ([first, count + second], [first, count + second]),
        };
        let allows = |grant: usize| reaches.suffice(&old, grant) && reaches.suffice(&new, count + grant);
        let allowing: Vec<usize> = [first, second].into_iter().filter(|&grant| allows(grant)).collect();
        classes.iter().all(|(_, granting)| allowing.iter().any(|grant| granting.binary_search(grant).is_ok()))
    };
    let ends = |first: usize| if is_update { 0..count } else { first..first + 1 };
    (0..count).all(|first| ends(first).all(|second| is_allowed(first, second)))
}

/// Judges them as far as it is about these columns.
fn judge_columns(operation: Operation, pairs: &[Pair], table: &Table, columns: &[u32]) -> Exactness {
    let classes = column_classes(operation, pairs, columns);
    // One way to be allowed, and no column that only some grants name: there is nothing to mix up.
    let is_one_way = pairs.len() == 1 || operation != Operation::Update;
    if is_one_way && classes.iter().all(|(_, granting)| granting.len() == pairs.len()) {
        return Exactness::Exact;
    }
    let is_stable = |atom: &Atom| is_stable(atom, pairs, table);
    if pairs.len() > FEW && either_allows(operation, pairs, &classes, &is_stable) {
        return Exactness::Exact;
    }
    let mut mixture = Mixture::new(operation, pairs, &classes, &is_stable);
    if mixture.is_obvious() {
        return Exactness::Inexact;
    }
    let answers: Vec<Answer> = (0..classes.len()).map(|class| mixture.solve(&[], class)).collect();
    match answers {
        answers if answers.contains(&Answer::Possible) => Exactness::Inexact,
        answers if answers.contains(&Answer::Undecided) => Exactness::Undecided,
        _ => Exactness::Exact,
    }
}

/// Whether a statement is true after an update when it is before.
fn is_stable(atom: &Atom, pairs: &[Pair], table: &Table) -> bool {
    let is_fixed = |column: u32| !table.columns[column as usize].generated && !pairs.iter().any(|pair| pair.names(column));
    !atom.is_opaque() && own_columns(atom).into_iter().all(is_fixed)
}

/// What PostgreSQL would admit although no single grant allows it, as a problem for a solver.
struct Mixture<'a> {
    problem: Problem<'a>,
    /// For each grant, that the record before is one of its, and that the record after is. The same fact where it is one step.
    starts: Vec<Fact>,
    ends: Vec<Fact>,
    /// For each class of columns, that no grant which names them allows the step.
    forbidden: Vec<Fact>,
}

impl<'a> Mixture<'a> {
    fn new(operation: Operation, pairs: &[Pair], classes: &[Class], is_stable: &'a dyn Fn(&Atom) -> bool) -> Mixture<'a> {
        let mut problem = Problem::new(is_stable, Care::Thorough);
        let is_update = operation == Operation::Update;
        // Outside of updates there is one record, which both conditions are about.
        let first = if is_update { Moment::Before } else { Moment::After };
        let mut starts: Vec<Fact> = pairs.iter().map(|pair| problem.cause(&pair.before, first)).collect();
        let mut ends: Vec<Fact> = pairs.iter().map(|pair| problem.cause(&pair.after, Moment::After)).collect();
        if !is_update {
            for (start, end) in std::iter::zip(&mut starts, &mut ends) {
                let both = problem.fact();
                problem.any(vec![!both, *start]);
                problem.any(vec![!both, *end]);
                (*start, *end) = (both, both);
            }
        }
        problem.any(starts.clone());
        problem.any(ends.clone());
        let allowing: Vec<(Fact, Fact)> = pairs
            .iter()
            .map(|pair| (problem.consequence(&pair.before, first), problem.consequence(&pair.after, Moment::After)))
            .collect();
        let forbidden = classes.iter().map(|(_, granting)| {
            let is_forbidden = problem.fact();
            for (before, after) in granting.iter().map(|&index| allowing[index]) {
                problem.any(vec![!is_forbidden, !before, !after]);
            }
            is_forbidden
        });
        let forbidden = forbidden.collect();
        Mixture { problem, starts, ends, forbidden }
    }

    /// Whether there is a step, with these facts, that no grant of a class allows.
    fn solve(&mut self, facts: &[Fact], class: usize) -> Answer {
        let facts: Vec<Fact> = facts.iter().copied().chain([self.forbidden[class]]).collect();
        self.problem.solve(&facts)
    }

    fn is_possible(&mut self, facts: &[Fact]) -> bool {
        (0..self.forbidden.len()).any(|class| self.solve(facts, class) == Answer::Possible)
    }

    /// Whether the first two grants can be mixed up. Of many that can, a solver that may take any looks longer.
    fn is_obvious(&mut self) -> bool {
        let second = self.ends.get(1).filter(|_| self.starts != self.ends);
        let facts: Vec<Fact> = self.starts.first().into_iter().chain(second).copied().collect();
        self.ends.len() > 2 && self.is_possible(&facts)
    }

    /// The first two grants that can be mixed up, and the class of columns that it is about.
    fn first(&mut self) -> Option<(usize, usize, usize)> {
        let (starts, ends) = (self.starts.clone(), self.ends.clone());
        let first = (0..starts.len()).find(|&first| self.is_possible(&[starts[first]]))?;
        let second = (0..ends.len()).find(|&second| self.is_possible(&[starts[first], ends[second]]))?;
        let facts = [starts[first], ends[second]];
        let class = (0..self.forbidden.len()).find(|&class| self.solve(&facts, class) == Answer::Possible)?;
        Some((first, second, class))
    }
}

/// A column for all that the same grants name, and the positions of these grants.
type Class = (u32, Vec<usize>);

/// Columns that the same grants name behave alike: one column for each such class, with the positions of its grants.
fn column_classes(operation: Operation, pairs: &[Pair], columns: &[u32]) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    if operation == Operation::Delete {
        return vec![(0, (0..pairs.len()).collect())];
    }
    for &column in columns {
        let granting: Vec<usize> = (0..pairs.len()).filter(|&index| pairs[index].names(column)).collect();
        if !granting.is_empty() && !classes.iter().any(|(_, known)| *known == granting) {
            classes.push((column, granting));
        }
    }
    classes
}

/// Why grants cannot be told apart, or what was too much to decide whether they can.
pub(super) fn explain(judged: Exactness, operation: Operation, pairs: &[Pair], table: &Table) -> Option<Diagnostic> {
    let classes = column_classes(operation, pairs, &all_columns(table));
    let is_stable = |atom: &Atom| is_stable(atom, pairs, table);
    let found = match judged {
        Exactness::Inexact => Mixture::new(operation, pairs, &classes, &is_stable).first(),
        Exactness::Exact | Exactness::Undecided => None,
    };
    let Some((first, second, class)) = found else { return explain_undecided(operation, pairs, table) };
    let (column, granting) = &classes[class];
    let column = (granting.len() < pairs.len()).then_some(*column);
    Some(explain_gap(operation, &Gap { first: pairs[first].span, second: pairs[second].span, column }, table))
}

/// A combination of grants that PostgreSQL would admit and the rules do not.
struct Gap {
    first: Span,
    second: Span,
    /// The column, when it is about a column.
    column: Option<u32>,
}

fn explain_undecided(operation: Operation, pairs: &[Pair], table: &Table) -> Option<Diagnostic> {
    // The longest has most of the cases.
    let length = |pair: &&Pair| {
        let mut length = 0;
        for predicate in [&pair.before, &pair.after] {
            predicate.for_each_atom(&mut |_| length += 1);
        }
        length
    };
    let longest = pairs.iter().max_by_key(length)?;
    let word = operation.word();
    let title = format!("whether policies can keep the grants to {word} `{}` apart could not be decided", table.name);
    let diagnostic = Diagnostic::new(Code::ExactnessUndecided, longest.span, title)
        .with_label("the longest of these grants")
        .with_note("its conditions combine too many alternatives; the rules may well be exact")
        .with_help("write these grants as one, or give them the same fields and conditions with fewer alternatives");
    Some(diagnostic)
}

fn explain_gap(operation: Operation, gap: &Gap, table: &Table) -> Diagnostic {
    let column = gap.column.map(|column| table.columns[column as usize].name.as_str());
    let same = gap.first == gap.second;

    match (operation, column) {
        (Operation::Read, Some(column)) => {
            let title = format!("`{column}` would be readable in records where this grant does not name it");
            Diagnostic::new(Code::ReadFieldsNotExact, gap.first, title)
                .with_label("reads records without that field")
                .with_note("PostgreSQL grants columns for all records or for none")
                .with_help("give these grants the same fields, or keep the field in a table of its own")
        }
        (_, Some(column)) => {
            let title = format!("`{column}` could be written in records where this grant does not name it");
            let diagnostic = Diagnostic::new(Code::WriteFieldsNotExact, gap.first, title)
                .with_label("writes records without that field")
                .with_note("PostgreSQL grants columns for all records or for none")
                .with_help("give these grants the same fields, or grant them to different database roles");
            if same { diagnostic } else { diagnostic.with_secondary(gap.second, "and the new record may come from this grant") }
        }
        (_, None) => {
            let title = "an update could start in the records of one grant and end in those of another";
            let diagnostic = Diagnostic::new(Code::TransitionNotExact, gap.second, title)
                .with_label("the record after the update may match this grant")
                .with_note("PostgreSQL checks the old and the new record separately, so a holder of both roles could move a record across")
                .with_help("take the columns that these conditions compare out of both grants: `allow update except (…)`")
                .with_help("or make one grant contain the other");
            if same { diagnostic } else { diagnostic.with_secondary(gap.first, "the record before it matches this one") }
        }
    }
}
