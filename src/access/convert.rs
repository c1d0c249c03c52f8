//! Conditions of the model to predicates, and back to be said in words.

use std::iter;

use super::decide::simplify;
use super::predicate::{Atom, Exists, Predicate};
use crate::catalog::{ColumnRef, TableId};
use crate::model::{self, AboutOthers, Action, Can, Comparison, Condition, Enough, Link, Model, Outer, Path, Value};

impl Predicate {
    /// The predicate of a condition that asks for no other record's access, said shortly.
    pub fn of(model: &Model, condition: &Condition) -> Predicate {
        let context = Context { model, changed: None, written: &[], depth: 0 };
        simplify(convert(&context, condition, false, &mut |_| Predicate::Never))
    }

    /// What an action asks. What is said of the tables that it writes is asked anew: others may write them at the same time. One record is changed, as it was
    /// found, and so counts among the others.
    pub fn of_action(model: &Model, action: &Action) -> Predicate {
        let written: Vec<TableId> = iter::once(action.table).chain(action.create.iter().map(|creation| creation.table)).collect();
        let context = Context { model, changed: None, written: &written, depth: 0 };
        simplify(convert(&context, &action.condition, false, &mut |_| Predicate::Never))
    }

    /// The same where a statement changes a table: what is said of its rows is asked anew for each record, which counts among them as it was.
    pub(super) fn anew(&self, table: TableId) -> Predicate {
        let parts = |parts: &[Predicate]| parts.iter().map(|part| part.anew(table)).collect();
        match self {
            Predicate::All(all) => Predicate::All(parts(all)),
            Predicate::Any(any) => Predicate::Any(parts(any)),
            Predicate::Atom(atom) => match &**atom {
                Atom::Exists(exists) if reads(exists, table) => {
                    let predicate = exists.predicate.anew(table);
                    Predicate::from(Atom::Exists(Box::new(Exists { predicate, anew: Some(table), ..(**exists).clone() })))
                }
                _ => self.clone(),
            },
            other => other.clone(),
        }
    }

    /// The same as a condition, to be said in words.
    pub fn to_condition(&self) -> Condition {
        match self {
            Predicate::Always => Condition::All(Vec::new()),
            Predicate::Never => Condition::Any(Vec::new()),
            Predicate::All(parts) => Condition::All(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Any(parts) => Condition::Any(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Atom(atom) => Condition::from(atom.as_written()),
        }
    }
}

/// Says when the record that a statement leads to can be reached, as a predicate on that record.
pub(super) type Delegated<'a> = dyn FnMut(&Can) -> Predicate + 'a;

/// What a condition is converted for.
pub(super) struct Context<'a> {
    pub(super) model: &'a Model,
    /// The table of the record, where a statement makes, changes or removes it: it does not count among the rows of its table then, and what is said of
    /// those is asked anew.
    pub(super) changed: Option<TableId>,
    /// Tables that an action writes besides: what is said of their rows is asked anew, and the record counts among them.
    pub(super) written: &'a [TableId],
    /// How many rows further in than the record.
    pub(super) depth: u32,
}

impl Context<'_> {
    fn further_in(&self) -> Context<'_> {
        Context { depth: self.depth + 1, ..*self }
    }
}

/// The predicate of a condition, nested as it is and not yet simplified: what stands together is to be simplified together. Negations are pushed into the
/// statements; one without an opposite denies.
pub(super) fn convert(context: &Context<'_>, condition: &Condition, negated: bool, access: &mut Delegated<'_>) -> Predicate {
    let parts = |parts: &[Condition], access: &mut Delegated<'_>| -> Vec<Predicate> {
        parts.iter().map(|part| convert(context, part, negated, access)).collect()
    };
    match (condition, negated) {
        (Condition::Not(inner), _) => convert(context, inner, !negated, access),
        (Condition::All(all), false) | (Condition::Any(all), true) => Predicate::All(parts(all, access)),
        (Condition::Any(any), false) | (Condition::All(any), true) => Predicate::Any(parts(any, access)),
        (Condition::Atom(atom), _) => {
            let found = statement(context, atom, access);
            let said = if negated { found.and_then(Atom::negate) } else { found };
            said.map_or(Predicate::Never, |atom| match &atom {
                // Nobody reaches any: true of none, which is unknown where the user matters and nobody is signed in.
                Atom::Exists(exists)
                    if !exists.negated && exists.predicate == Predicate::Never && exists.enough.value().is_none() =>
                {
                    Predicate::Never
                }
                _ => Predicate::from(atom),
            })
        }
    }
}

/// `None` for what denies.
fn statement(context: &Context<'_>, atom: &model::Atom, access: &mut Delegated<'_>) -> Option<Atom> {
    let model = context.model;
    let mut exists = match atom {
        model::Atom::Exists(exists) => Exists {
            table: exists.table,
            predicate: simplify(convert(&context.further_in(), &exists.condition, false, access)),
            operands: model.operands_from_outside(exists),
            enough: exists.enough.clone(),
            of_user: model.mentions_user(&exists.condition) || exists.values().into_iter().any(Value::mentions_user),
            link: exists.link.clone(),
            climb: exists.climb.clone(),
            through: Predicate::Always,
            delegates: None,
            anew: None,
            negated: exists.negated,
        },
        model::Atom::Can(can) => Exists {
            table: can.target.table,
            predicate: match context.changed {
                Some(changed) => context.further_in().asked_anew(&access(can), changed),
                None => access(can),
            },
            link: Some(Link { path: can.path.clone(), column: can.target }),
            climb: None,
            through: Predicate::Always,
            operands: model.operands_of_access(can.target.table, can.operation),
            enough: Enough::ONE,
            of_user: model.access_mentions_user(can.target.table, can.operation),
            delegates: Some(can.operation),
            anew: None,
            negated: can.negated,
        },
        plain_one => return plain(plain_one),
    };
    link_by_key(model, &mut exists);
    if let Some(changed) = context.changed {
        exists.anew = reads(&exists, changed).then_some(changed);
        if exists.table == changed {
            leave_out_record(context, &mut exists);
        }
    } else {
        exists.anew = context.written.iter().copied().find(|table| reads(&exists, *table));
    }
    Some(Atom::Exists(Box::new(exists)))
}

impl Context<'_> {
    /// What decides about the access to another record, where a statement changes a table.
    fn asked_anew(&self, predicate: &Predicate, changed: TableId) -> Predicate {
        let parts = |parts: &[Predicate]| parts.iter().map(|part| self.asked_anew(part, changed)).collect();
        match predicate {
            Predicate::All(all) => Predicate::All(parts(all)),
            Predicate::Any(any) => Predicate::Any(parts(any)),
            Predicate::Atom(atom) => match &**atom {
                Atom::Exists(exists) if reads(exists, changed) => {
                    let predicate = self.further_in().asked_anew(&exists.predicate, changed);
                    let mut exists = Exists { predicate, anew: Some(changed), ..(**exists).clone() };
                    if exists.table == changed {
                        leave_out_record(self, &mut exists);
                    }
                    Predicate::from(Atom::Exists(Box::new(exists)))
                }
                _ => predicate.clone(),
            },
            other => other.clone(),
        }
    }
}

/// Whether rows of a table are looked at, or rows in whose conditions they are.
fn reads(exists: &Exists, table: TableId) -> bool {
    let mut found = exists.table == table;
    exists.predicate.for_each_atom(&mut |atom| found |= matches!(atom, Atom::Exists(inner) if reads(inner, table)));
    found
}

/// The record itself is none of the others. Where the table has no key, they cannot be told apart.
fn leave_out_record(context: &Context<'_>, exists: &mut Exists) {
    let key = &context.model.catalog.table(exists.table).primary_key;
    let path = |column: u32| Path { table: exists.table, hops: Vec::new(), column: ColumnRef { table: exists.table, column } };
    let differs = key.iter().map(|&column| {
        let outer = Outer { up: context.depth + 1, called: "this record".to_owned(), path: path(column) };
        let (left, right) = (Value::Record(path(column)), Value::Outer(outer));
        Predicate::from(Atom::Compare { left, operator: Comparison::NotEqual, right })
    });
    let differs: Vec<Predicate> = differs.collect();
    if !differs.is_empty() {
        let differs = Predicate::any(differs);
        if exists.climb.is_some() {
            exists.through = Predicate::all([exists.through.clone(), differs.clone()]);
        }
        exists.predicate = Predicate::all([exists.predicate.clone(), differs]);
    }
}

/// Rows that are found by a value of the record are linked by it, as children are, so that an index finds them, or the keys of all of them are looked up
/// once. That the value is empty means the same in both.
fn link_by_key(model: &Model, exists: &mut Exists) {
    if exists.link.is_some() {
        return;
    }
    let r#type = |column| &model.catalog.column(column).r#type;
    let tie = exists.predicate.conjuncts().iter().enumerate().find_map(|(index, part)| match &**part.as_atom()? {
        Atom::Compare { left: Value::Record(own), operator: Comparison::Equal, right: Value::Outer(outer) } => {
            let is_key = own.hops.is_empty() && outer.up == 1 && r#type(own.column) == r#type(outer.path.column);
            let value = Value::Record(outer.path.clone());
            (is_key && exists.operands.contains(&value)).then(|| (index, own.column, outer.path.clone()))
        }
        _ => None,
    });
    let Some((index, column, path)) = tie else { return };
    let others = exists.predicate.conjuncts().iter().enumerate().filter(|(other, _)| *other != index);
    exists.predicate = Predicate::all(others.map(|(_, part)| part.clone()));
    exists.operands.retain(|value| *value != Value::Record(path.clone()));
    exists.link = Some(Link { path, column });
}

/// A statement of the model; `None` where it is one about other rows.
pub fn plain(atom: &model::Atom) -> Option<Atom> {
    Some(match atom.clone() {
        model::Atom::Exists(_) | model::Atom::Can(_) => return None,
        model::Atom::Compare { left, operator, right } => Atom::Compare { left, operator, right },
        model::Atom::OneOf { value, list, negated } => Atom::OneOf { value, list, negated },
        model::Atom::Member { value, set, negated } => Atom::Member { value, set, negated },
        model::Atom::Empty { value, negated } => Atom::Empty { value, negated },
        model::Atom::EmptySet { set, negated } => Atom::EmptySet { set, negated },
        model::Atom::Contains { array, element, negated } => Atom::Contains { array, element, negated },
        model::Atom::Part { whole, place, part, negated } => Atom::Part { whole, place, part, negated },
        model::Atom::Has { whole, all, of, negated } => Atom::Has { whole, all, of, negated },
        model::Atom::IgnoringCase(inner) => Atom::IgnoringCase(Box::new(plain(&inner)?)),
        model::Atom::Sql { table, text, negated } => Atom::Sql { table, text, negated },
        model::Atom::SignedIn => Atom::SignedIn,
        model::Atom::Nobody => Atom::Nobody,
        model::Atom::HoldsGlobally { membership, roles } => Atom::HoldsGlobally { membership, roles },
    })
}

fn as_written(atom: Atom) -> model::Atom {
    match atom {
        Atom::Exists(exists) => match (exists.delegates, exists.link) {
            (Some(operation), Some(Link { path, column: target })) => {
                model::Atom::Can(Can { operation, path, target, negated: exists.negated })
            }
            (_, link) => {
                let climb = exists.climb;
                let (table, condition) = (exists.table, exists.predicate.to_condition());
                let (enough, negated) = (exists.enough, exists.negated);
                model::Atom::Exists(Box::new(model::Exists { table, link, climb, condition, enough, negated }))
            }
        },
        Atom::Compare { left, operator, right } => model::Atom::Compare { left, operator, right },
        Atom::OneOf { value, list, negated } => model::Atom::OneOf { value, list, negated },
        Atom::Member { value, set, negated } => model::Atom::Member { value, set, negated },
        Atom::Empty { value, negated } => model::Atom::Empty { value, negated },
        Atom::EmptySet { set, negated } => model::Atom::EmptySet { set, negated },
        Atom::Contains { array, element, negated } => model::Atom::Contains { array, element, negated },
        Atom::Part { whole, place, part, negated } => model::Atom::Part { whole, place, part, negated },
        Atom::Has { whole, all, of, negated } => model::Atom::Has { whole, all, of, negated },
        Atom::IgnoringCase(inner) => model::Atom::IgnoringCase(Box::new(as_written(*inner))),
        Atom::Sql { table, text, negated } => model::Atom::Sql { table, text, negated },
        Atom::SignedIn => model::Atom::SignedIn,
        Atom::Nobody => model::Atom::Nobody,
        Atom::HoldsGlobally { membership, roles } => model::Atom::HoldsGlobally { membership, roles },
        Atom::Can(never) => match never {},
    }
}

impl Atom {
    /// The same as a statement of the model, to be said in words.
    pub fn as_written(&self) -> model::Atom {
        as_written(self.clone())
    }
}
