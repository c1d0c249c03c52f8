//! What a file does not show of the rules, and whether something would. In: a file that holds. Out: grants that nobody uses, statements with what they never are, parts of the rules that nobody would
//! miss; and of each, whether a row, a change or a call shows it.

use std::cell::Cell;
use std::collections::BTreeSet;

use crate::access::evaluate::{Data, Evaluator, Row, Session, Truth, Without};
use crate::catalog::TableId;
use crate::model::{GrantId, Model, Operation};
use crate::scenario::coverage::{on_change, on_row};
use crate::scenario::mutants::{Mutant, is_quick, tried};
use crate::scenario::points::Point;
use crate::scenario::{Actor, Call, Coverage, InMemory, SampleRow, Scenarios, Unreadable, is_possible, read_change};

/// Something that a file does not show.
pub(super) enum Missing<'m> {
    /// That a part of the rules is left out.
    Left(Box<Mutant>),
    /// That a statement is true, false or unknown.
    Is(Point<'m>, Truth),
    /// That somebody does something by a grant.
    Used(GrantId),
}

/// All of it.
pub(super) fn missing<'m>(model: &'m Model, file: Scenarios, now: i64) -> Result<Vec<Missing<'m>>, Unreadable> {
    let mut coverage = Coverage::new(model);
    let memory = InMemory::new(model, &file, now)?;
    for scenario in &file.scenarios {
        let stage = memory.stage(scenario)?;
        coverage.add(scenario, &stage, &stage.run()?)?;
    }
    drop(memory);
    let (unused, statements) = coverage.into_missing();
    let left = match is_quick(model, &file) {
        true => tried(model, &[(String::new(), file)], now).map_err(|failed| failed.1)?.1,
        false => Vec::new(),
    };
    let statements =
        statements.into_iter().flat_map(|(point, truths)| truths.into_iter().map(move |truth| Missing::Is(point.clone(), truth)));
    let left = left.into_iter().map(|mutant| Missing::Left(Box::new(mutant)));
    Ok(unused.into_iter().map(Missing::Used).chain(left).chain(statements).collect())
}

/// Rows, and everybody who acts there.
pub(super) struct Look<'a> {
    pub(super) model: &'a Model,
    pub(super) data: &'a Data,
    pub(super) actors: &'a [(Actor, Session)],
    pub(super) now: i64,
    /// So many questions may still be asked of somebody.
    pub(super) left: &'a Cell<usize>,
}

/// What somebody may do with a row as it is: read, update, delete, and make it.
type May = [bool; 4];

impl Look<'_> {
    /// Whether everybody may be asked one more question.
    fn may_ask(&self) -> bool {
        let number = self.actors.len();
        let enough = self.left.get() >= number;
        self.left.set(self.left.get().saturating_sub(number));
        enough
    }

    fn may(&self, model: &Model, session: &Session, table: TableId, row: &Row, given: &SampleRow) -> Option<May> {
        let without = Without::new(self.data, row);
        let (there, to_come) = (Evaluator::new(model, self.data, session), Evaluator::new(model, &without, session));
        let presets = model.presets(table, Operation::Create);
        let supplied = given.keys().filter_map(|name| model.catalog.table(table).column_named(name));
        let supplied: BTreeSet<u32> = supplied.filter(|column| !presets.contains_key(column)).collect();
        let may = [
            there.read(table, row),
            there.update(table, row, row),
            there.delete(table, row),
            to_come.create(table, row, &supplied),
        ];
        (!there.met_raw_sql() && !to_come.met_raw_sql()).then_some(may)
    }
}

impl Missing<'_> {
    /// What tells it from all others.
    pub(super) fn name(&self) -> String {
        match self {
            Missing::Left(mutant) => format!("{:?} {}", mutant.span, mutant.what),
            Missing::Is(point, truth) => format!("{:?} {} {} {truth:?}", point.span, point.of, point.text),
            Missing::Used(id) => format!("{id:?}"),
        }
    }

    /// Whether it is no rule of a single table that is left out.
    pub(super) fn is_of_no_table(&self) -> bool {
        matches!(self, Missing::Left(mutant) if mutant.table.is_none())
    }

    /// The tables of which something could show it, of those that scenarios are about.
    pub(super) fn tables(&self, model: &Model, all: &[TableId]) -> Vec<TableId> {
        match self {
            Missing::Left(mutant) => match mutant.table {
                Some(table) => vec![table],
                None => {
                    let memberships = model.memberships.iter().map(|membership| membership.table);
                    let actions = model.actions.iter().map(|action| action.table);
                    let others: BTreeSet<TableId> = memberships.chain(actions).chain(all.iter().copied()).collect();
                    others.into_iter().collect()
                }
            },
            Missing::Is(point, _) => vec![point.table],
            Missing::Used(id) => vec![id.table],
        }
    }

    /// Whether somebody's answer about a row that is there shows it.
    pub(super) fn is_shown_by(&self, look: &Look<'_>, table: TableId, row: &Row, given: &SampleRow) -> bool {
        look.may_ask()
            && look.actors.iter().any(|(_, session)| match self {
                Missing::Left(mutant) => {
                    let may = |model: &Model| look.may(model, session, table, row, given);
                    may(look.model).is_some_and(|own| may(&mutant.model).is_some_and(|other| own != other))
                }
                Missing::Is(point, truth) => {
                    let evaluator = Evaluator::new(look.model, look.data, session);
                    point.table == table && on_row(&evaluator, point, row) == Some(*truth) && !evaluator.met_raw_sql()
                }
                Missing::Used(id) => {
                    let operation = look.model.grant(*id).operation;
                    let may = look.may(look.model, session, table, row, given).unwrap_or_default();
                    let at = [Operation::Read, Operation::Update, Operation::Delete, Operation::Create];
                    let is_possible = std::iter::zip(at, may).any(|(other, may)| other == operation && may);
                    is_possible && {
                        let evaluator = Evaluator::new(look.model, look.data, session);
                        let filled = evaluator.filled(table, operation, row);
                        let row = if operation == Operation::Create { &filled } else { row };
                        evaluator.granting(table, operation, row).contains(id)
                    }
                }
            })
    }

    /// Who sees other fields of a row where the part is left out.
    pub(super) fn is_seen_by(&self, look: &Look<'_>, table: TableId, row: &Row) -> Option<(usize, BTreeSet<u32>)> {
        let Missing::Left(mutant) = self else { return None };
        let seen = |model: &Model, session: &Session| {
            let evaluator = Evaluator::new(model, look.data, session);
            let told = |field: &u32| row.get(*field as usize).is_some_and(|value| !value.is_null());
            let fields = evaluator.read_fields(table, row);
            let told: BTreeSet<u32> = fields.iter().copied().filter(told).collect();
            (!evaluator.met_raw_sql()).then_some((fields, told))
        };
        look.actors.iter().enumerate().find_map(|(index, (_, session))| {
            let ((fields, own), (_, other)) = (seen(look.model, session)?, seen(&mutant.model, session)?);
            (own != other && !own.is_empty()).then_some((index, fields))
        })
    }

    /// Whose answer about a change shows it. The change is one that the table takes.
    pub(super) fn is_shown_by_change(&self, look: &Look<'_>, table: TableId, before: &Row, set: &SampleRow) -> Option<usize> {
        let after = read_change(look.model, table, before, set, look.now).ok().filter(|_| look.may_ask())?;
        let named: BTreeSet<u32> = set.keys().filter_map(|name| look.model.catalog.table(table).column_named(name)).collect();
        let may = |model: &Model, session: &Session| {
            let evaluator = Evaluator::new(model, look.data, session);
            let may = evaluator.has_right(table, Operation::Update, &named) && evaluator.update(table, before, &after);
            (!evaluator.met_raw_sql()).then_some(may)
        };
        let shows = |(_, session): &(Actor, Session)| match self {
            Missing::Left(mutant) => {
                may(look.model, session).is_some_and(|own| may(&mutant.model, session).is_some_and(|other| own != other))
            }
            Missing::Is(point, truth) if point.is_of_end && point.table == table => {
                let evaluator = Evaluator::new(look.model, look.data, session);
                let is_begun = evaluator.reaches(table, Operation::Update, before);
                is_begun && on_change(&evaluator, point, Some(before), &after) == Some(*truth) && !evaluator.met_raw_sql()
            }
            Missing::Is(..) | Missing::Used(_) => false,
        };
        let stands = |(_, session): &&(Actor, Session)| {
            Evaluator::new(look.model, look.data, session).could_stand(table, &after, Some(before))
        };
        look.actors.iter().take(1).find(stands)?;
        look.actors.iter().position(shows)
    }

    /// Whether somebody's call shows it.
    pub(super) fn is_shown_by_call(&self, look: &Look<'_>, call: &Call) -> bool {
        let Missing::Left(mutant) = self else { return false };
        let may = |model: &Model, actor: &Actor| is_possible(model, look.data, actor, call, look.now).ok();
        look.may_ask() && look.actors.iter().any(|(actor, _)| may(look.model, actor) != may(&mutant.model, actor))
    }
}
