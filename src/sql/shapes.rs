//! Which of several ways to say the same is the fast one. PostgreSQL plans a policy once for all users, before it knows who asks, so
//! the shape has to hand it what it can use:
//!
//! - **Keys or rows.** What is asked of other rows is either a list of keys, looked up once per statement, which an index on the key's
//!   column finds; or a question by the key of one row. The list is right where a user has few of them, the question where a condition
//!   holds for many ([`Reach`]), and where there is one row only: in WITH CHECK, in a trigger.
//! - **Keys.** What a role sees by a key (`company_id = …`) is found by that key also in sessions that do not hold the role, and then thrown away. So the
//!   role is part of the key, which is empty for them.
//! - **Gates.** A role that sees all rows beside one that sees few, joined with OR, would make everybody scan the table. Its arm becomes a
//!   range on a key, open for who holds the role and empty for all others, so that each arm has an index.
//!
//! `benches/README.md` has the measurements.

use super::expression::{Callee, Expression};
use super::lower::Lowering;
use super::reach::{Reach, Shapes};
use super::row_context::RowContext;
use std::sync::Arc;

use super::quote;
use crate::access::decide::simplify;
use crate::access::{Atom, Predicate};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::encode::{Encoding, TableEncoding};
use crate::model::{Comparison, Model, Value};

/// Tables that everybody reads as a whole, because some role sees all rows beside others that see few and no column can bear a gate.
pub fn tables_without_gate(model: &Model, encoding: &Encoding) -> Vec<TableId> {
    let shapes = Shapes::new(model, encoding);
    let needs_gate = |predicate: &Predicate| shapes.needs_gate(predicate);
    let of_table = |(&id, encoding): (&TableId, &Arc<TableEncoding>)| {
        let mut found =
            encoding.permissions.values().flat_map(|permissions| permissions.values()).map(|permission| &permission.using);
        let is_wanted = found.any(needs_gate) && gate(model, id).is_none();
        is_wanted.then_some(id)
    };
    encoding.tables.iter().filter_map(of_table).collect()
}

/// A column that every row has a value in, with the least and the greatest value of its type.
struct Gate {
    column: ColumnRef,
    ends: [Expression; 2],
}

/// The column whose range can be opened and closed: never empty, at the front of an index, of a type that has ends.
fn gate(model: &Model, table: TableId) -> Option<Gate> {
    let entry = model.catalog.table(table);
    entry.fronts_of_indexes().find_map(|column| {
        let found = entry.columns.get(column as usize).filter(|found| !found.nullable)?;
        Some(Gate { column: ColumnRef { table, column }, ends: ends(&found.r#type)? })
    })
}

/// The least and the greatest value of a type.
fn ends(r#type: &Type) -> Option<[Expression; 2]> {
    let number = |end: &str| Expression::Number(end.to_owned());
    let text = |end: &str| Expression::Text(end.to_owned()).cast(quote::r#type(r#type));
    Some(match r#type {
        Type::SmallInt => ["-32768", "32767"].map(number),
        Type::Integer => ["-2147483648", "2147483647"].map(number),
        Type::BigInt => ["-9223372036854775808", "9223372036854775807"].map(number),
        Type::Uuid => ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"].map(text),
        // Both are values like others, before and after all days (manual section 8.5.1.4).
        Type::Date | Type::Timestamp | Type::TimestampTz => ["-infinity", "infinity"].map(text),
        _ => return None,
    })
}

impl Lowering<'_> {
    /// A predicate that says which rows are found: as the other forms, it is true exactly when the predicate is.
    pub(super) fn filter(&mut self, predicate: &Predicate, row: &RowContext) -> Expression {
        match predicate {
            Predicate::All(parts) => self.joined(parts, row),
            Predicate::Any(parts) => self.alternatives(parts, row),
            other => self.predicate(other, row),
        }
    }

    /// The same as a whole, with a plan of its own for who has no key to find rows by.
    pub(super) fn found(&mut self, predicate: &Predicate, row: &RowContext) -> Expression {
        let whole = self.filter(predicate, row);
        let is_few = self.shapes.reach(predicate) == Reach::Few && !is_planned(&whole);
        if is_few { self.unless_none(whole, row) } else { whole }
    }

    /// Parts that are joined with AND. What says something about the user only becomes part of the key that rows are found by, so that who does
    /// not hold the role finds none: beside the key, it would be asked of each row that the key has found.
    fn joined(&mut self, parts: &[Predicate], row: &RowContext) -> Expression {
        let (of_user, of_record): (Vec<&Predicate>, Vec<&Predicate>) =
            parts.iter().partition(|part| self.shapes.reach(part) == Reach::AllOrNone);
        let is_few = |part: &Predicate| self.shapes.reach(part) == Reach::Few;
        let own = of_record.iter().position(|part| is_few(part) && is_own(self.model, part));
        let keyed = own.or_else(|| of_record.iter().position(|part| is_few(part)));
        let mut all: Vec<Expression> = of_record.iter().map(|part| self.filter(part, row)).collect();
        if !of_user.is_empty() {
            let is_open = Expression::all(of_user.iter().map(|part| self.predicate(part, row)));
            let is_said = keyed.is_some_and(|index| only_if(&mut all[index], &is_open.clone().without_selects()));
            if !is_said {
                all.insert(0, is_open);
            }
        }
        // PostgreSQL asks the parts of an AND as they are written, until one is not true.
        all.sort_by_key(effort);
        Expression::all(all)
    }

    /// Arms that are joined with OR. Where each but those that the user alone decides has an index, those get one, too.
    fn alternatives(&mut self, parts: &[Predicate], row: &RowContext) -> Expression {
        let reaches: Vec<Reach> = parts.iter().map(|part| self.shapes.reach(part)).collect();
        let gate = if self.shapes.is_mixed(parts) { gate(self.model, row.table) } else { None };
        let Some(gate) = gate else {
            let mut arms: Vec<Expression> = parts.iter().map(|part| self.filter(part, row)).collect();
            arms.sort_by_key(|arm| effort(arm) == Effort::Query);
            return Expression::Or(arms);
        };
        let (mut few, mut seeing, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for (part, reach) in parts.iter().zip(&reaches) {
            if *reach == Reach::Few {
                few.push(self.filter(part, row));
                continue;
            }
            let conjuncts = part.conjuncts().iter().cloned();
            let (of_user, of_record): (Vec<_>, Vec<_>) =
                conjuncts.partition(|conjunct| self.shapes.reach(conjunct) == Reach::AllOrNone);
            if of_record.is_empty() {
                always.push(Predicate::all(of_user));
                continue;
            }
            let is_open = self.predicate(&Predicate::all(of_user), row).without_selects();
            seeing.push((is_open, of_record.iter().map(|conjunct| self.filter(conjunct, row)).collect()));
        }
        if !always.is_empty() {
            let is_open = self.predicate(&simplify(Predicate::any(always)), row).without_selects();
            seeing.push((is_open, Vec::new()));
        }
        let is_own_only = parts.iter().zip(&reaches).all(|(part, reach)| *reach != Reach::Few || is_own(self.model, part));
        self.beside(&gate, few, seeing, is_own_only, row)
    }

    /// What each role of the database may see, where one expression serves them all: a masking view. `is_role` says whether the reader is that
    /// role; who sees most opens a gate.
    pub(super) fn of_roles(&mut self, readers: Vec<(Expression, Predicate)>, row: &RowContext) -> Expression {
        let reaches: Vec<Reach> = readers.iter().map(|(_, predicate)| self.shapes.reach(predicate)).collect();
        let is_mixed = reaches.contains(&Reach::Few) && reaches.iter().any(|reach| *reach != Reach::Few);
        let gate = if is_mixed { gate(self.model, row.table) } else { None };
        let is_own_only = std::iter::zip(&readers, &reaches)
            .all(|((_, predicate), reach)| *reach != Reach::Few || is_own(self.model, predicate));
        let (mut few, mut seeing) = (Vec::new(), Vec::new());
        for ((is_role, predicate), reach) in std::iter::zip(readers, reaches) {
            let mut all = Vec::new();
            if predicate != Predicate::Always {
                all.push(self.filter(&predicate, row));
            }
            if gate.is_some() && reach != Reach::Few {
                seeing.push((is_role, all));
                continue;
            }
            let is_said = reach == Reach::Few && all.iter_mut().any(|test| only_if(test, &is_role));
            if !is_said {
                all.insert(0, is_role.once());
            }
            few.push(Expression::And(all));
        }
        match gate {
            Some(gate) => self.beside(&gate, few, seeing, is_own_only, row),
            None => Expression::Or(few),
        }
    }

    /// Few rows, joined with OR to what some see beside: by what is asked of the user, and of each row. Who sees none of it is shown a closed range of a key, so that
    /// each arm has an index; who does is not told of a range, which the planner takes for narrow.
    fn beside(
        &mut self,
        gate: &Gate,
        few: Vec<Expression>,
        seeing: Vec<(Expression, Vec<Expression>)>,
        is_own_only: bool,
        row: &RowContext,
    ) -> Expression {
        let arms = |gates: Vec<Expression>| {
            let tests = seeing.iter().map(|(_, tests)| tests.iter().cloned());
            let gated = std::iter::zip(gates, tests).map(|(gate, tests)| Expression::all(std::iter::once(gate).chain(tests)));
            let mut arms: Vec<Expression> = few.iter().cloned().chain(gated).collect();
            arms.sort_by_key(|arm| effort(arm) == Effort::Query);
            Expression::Or(arms)
        };
        let is_open = || seeing.iter().map(|(is_open, _)| is_open.clone());
        let closed = arms(is_open().map(|is_open| self.range(gate, is_open, row)).collect());
        let closed = if is_own_only { expecting_few(closed) } else { closed };
        let Some(hint) = self.hint_of_role(Expression::Or(is_open().collect()), row) else { return closed };
        let open = arms(is_open().map(Expression::once).collect());
        let closed = if is_own_only { closed } else { self.unless_none(closed, row) };
        Expression::planned(hint, open, closed)
    }

    /// A range of a key that is all of it where something is true that is asked of the user, and empty otherwise. Of its ends the least asks who it is; the greatest
    /// is only hidden from the planner, who takes a range between two unknown values for narrow.
    fn range(&mut self, gate: &Gate, is_open: Expression, row: &RowContext) -> Expression {
        let [least, greatest] = gate.ends.clone();
        let least = Expression::Case { condition: Box::new(is_open), then: Box::new(least) };
        Expression::Between {
            value: Box::new(self.column(gate.column, row)),
            least: Box::new(least.once()),
            greatest: Box::new(greatest.once()),
        }
    }
}

/// Whether a hint chooses a part of it already.
fn is_planned(expression: &Expression) -> bool {
    let mut is_planned = false;
    expression.for_each(&mut |part| is_planned |= matches!(part, Expression::Planned { .. }));
    is_planned
}

/// The same for the planner, who expects few rows of it.
fn expecting_few(any: Expression) -> Expression {
    Expression::And(vec![any, few()])
}

/// What is true of all rows, and in the planner's eyes of few.
pub(super) fn few() -> Expression {
    // The planner takes a range between unknown ends for a two-hundredth of the table, and then walks through an index of an ORDER BY
    // to find the user's few rows there. That a value it does not know equals one that it knows it believes as rarely: of two such, it expects
    // few again, on ten million rows, too.
    let one = Expression::Number("1".to_owned()).once();
    let ones = Expression::Text("{1,1}".to_owned());
    Expression::Array { left: Box::new(one), operator: "=".to_owned(), all: true, array: Box::new(ones) }
}

/// Whether the rows are the user's own: those that name the user, not what many users have in common.
fn is_own(model: &Model, predicate: &Predicate) -> bool {
    let of_record = |value: &Value| value.record().is_some_and(|path| path.hops.is_empty());
    match predicate {
        Predicate::All(parts) => parts.iter().any(|part| is_own(model, part)),
        Predicate::Any(parts) => parts.iter().all(|part| is_own(model, part)),
        Predicate::Atom(atom) => match &**atom {
            Atom::Compare { left, operator: Comparison::Equal, right } => of_record(left) && model.is_user(right),
            _ => false,
        },
        Predicate::Never | Predicate::Always => false,
    }
}

/// What it takes to ask a test of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    /// Nothing to speak of.
    Little,
    /// Comparing a value with each element of a list.
    List,
    /// A query, or what the rules' author wrote.
    Query,
}

fn effort(test: &Expression) -> Effort {
    let mut most = Effort::Little;
    test.for_each(&mut |part| {
        most = most.max(match part {
            Expression::Array { array, .. } if matches!(**array, Expression::Cast(..)) => Effort::List,
            Expression::InArray { .. } | Expression::InRows { .. } => Effort::List,
            Expression::Call { function: Callee::Ours(_), arguments } if !arguments.is_empty() => Effort::Query,
            Expression::Raw(_) => Effort::Query,
            _ => Effort::Little,
        });
    });
    most
}

/// Makes a test by a value that is asked for once empty-handed where a condition about the user is not true: `key = (SELECT CASE WHEN is_open
/// THEN value END)`. Whether it could; if not, the condition has still to be asked.
fn only_if(test: &mut Expression, is_open: &Expression) -> bool {
    match test {
        Expression::PerStatement(_) | Expression::Session(_) => {
            let value = std::mem::replace(test, Expression::Boolean(false)).without_selects();
            *test = Expression::Case { condition: Box::new(is_open.clone()), then: Box::new(value) }.once();
            true
        }
        Expression::Cast(inner, _)
        | Expression::Binary(_, _, inner)
        | Expression::InArray { array: inner, .. }
        | Expression::Array { array: inner, all: false, .. } => only_if(inner, is_open),
        Expression::Planned { then, otherwise, .. } => {
            let could = [then, otherwise].map(|shape| only_if(shape, is_open));
            could == [true; 2]
        }
        Expression::Between { least, .. } => only_if(least, is_open),
        Expression::And(parts) => parts.iter_mut().any(|part| only_if(part, is_open)),
        Expression::Or(parts) => {
            // Each of them, also behind one that cannot.
            let could: Vec<bool> = parts.iter_mut().map(|part| only_if(part, is_open)).collect();
            could.into_iter().all(|could| could)
        }
        _ => false,
    }
}
