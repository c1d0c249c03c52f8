//! What a step trigger asks: of which roles, grants and fields, and how it tells that a field has changed. In: what may be done with a table. Out:
//! [`StepTrigger`]s, which `steps.rs` writes.

use std::collections::BTreeSet;

use super::expression::Expression;
use super::quote;
use crate::access::decide::{implies, simplify};
use crate::access::{Predicate, Step, TableAccess, own_columns};
use crate::catalog::{QualifiedName, Table, TableId, Type};
use crate::model::Operation;

/// Names that start so come before all that an ordinary name starts with; triggers fire in the order of their names (manual section 39.1).
const FIRST: &str = "!rowgate";

/// What the sessions of a database role may do, grant by grant.
#[derive(Clone)]
pub(super) struct Arm<'a> {
    pub(super) role: &'a str,
    pub(super) steps: Vec<Step>,
}

/// Fields that the same grants name.
pub(super) struct FieldClass {
    pub(super) columns: Vec<u32>,
    /// Positions of the grants that name them, for each arm.
    pub(super) granting: Vec<Vec<usize>>,
}

/// A trigger of one table and operation.
pub(super) struct StepTrigger<'a> {
    pub(super) id: TableId,
    pub(super) table: &'a Table,
    pub(super) operation: Operation,
    pub(super) arms: Vec<Arm<'a>>,
    /// The fields that some grants name and others do not.
    pub(super) classes: Vec<FieldClass>,
    /// Of a trigger for what the statement assigns: these columns, which the project's own triggers write, too.
    pub(super) assigned: Vec<u32>,
}

/// The columns of the two rows that predicates read.
pub(super) struct Columns {
    pub(super) before: BTreeSet<u32>,
    pub(super) after: BTreeSet<u32>,
}

impl<'a> StepTrigger<'a> {
    /// The triggers of an operation, where the policies cannot say it without. What the project's own triggers write counts as changed only where the
    /// statement assigns it, which PostgreSQL tells by firing a trigger of these columns (manual, CREATE TRIGGER, `UPDATE OF`).
    pub(super) fn all(id: TableId, table: &'a Table, access: &'a TableAccess, operation: Operation) -> Vec<StepTrigger<'a>> {
        let arms = arms(access, operation);
        if arms.is_empty() {
            return Vec::new();
        }
        let is_set = |column: u32| operation == Operation::Update && table.columns[column as usize].set_by_trigger;
        let assigned: Vec<u32> = field_classes(&arms, table, |_| true)
            .into_iter()
            .flat_map(|class| class.columns)
            .filter(|&column| is_set(column))
            .collect();
        let trigger = |assigned: Vec<u32>, asked: &dyn Fn(u32) -> bool| {
            let classes = field_classes(&arms, table, asked);
            StepTrigger { id, table, operation, arms: arms.clone(), classes, assigned }
        };
        let mut all = vec![trigger(Vec::new(), &|column| !is_set(column))];
        if !assigned.is_empty() {
            all.push(trigger(assigned, &|_| true));
        }
        all
    }

    pub(super) fn is_update(&self) -> bool {
        self.operation == Operation::Update
    }

    pub(super) fn name(&self) -> String {
        let assigned = if self.assigned.is_empty() { "" } else { "_assigned" };
        format!("{FIRST}_{}{assigned}", self.operation.word())
    }

    /// The columns on which an update depends. `None` where it has to be asked about each: when nothing of them changes, and each grant leads to
    /// where it starts, USING has said all.
    pub(super) fn watched(&self) -> Option<Vec<u32>> {
        let stays = |step: &Step| implies(&step.before, &step.after).is_proved();
        let is_told = self.is_update() && self.arms.iter().all(|arm| arm.steps.iter().all(stays));
        let stored = |column: &u32| !self.table.columns[*column as usize].generated;
        is_told.then(|| self.columns().into_iter().filter(stored).collect())
    }

    /// All columns that the trigger mentions.
    pub(super) fn columns(&self) -> BTreeSet<u32> {
        let mut all: BTreeSet<u32> = self.classes.iter().flat_map(|class| &class.columns).copied().collect();
        for arm in &self.arms {
            let Columns { before, after } = self.columns_of(&arm.steps);
            all.extend(before);
            all.extend(after);
            // What raw SQL reads is not known.
            let is_opaque = |predicate: &Predicate| {
                let mut found = false;
                predicate.for_each_atom(&mut |atom| found |= atom.is_opaque());
                found
            };
            if arm.steps.iter().any(|step| is_opaque(&step.before) || is_opaque(&step.after)) {
                all.extend((0u32..).zip(&self.table.columns).map(|(index, _)| index));
            }
        }
        all
    }

    /// The columns that a function about these grants has to be given.
    pub(super) fn columns_of(&self, steps: &[Step]) -> Columns {
        let mut columns = Columns { before: BTreeSet::new(), after: BTreeSet::new() };
        for step in steps {
            if self.is_update() {
                step.before.for_each_atom(&mut |atom| columns.before.extend(own_columns(atom)));
            }
            step.after.for_each_atom(&mut |atom| columns.after.extend(own_columns(atom)));
        }
        columns
    }

    /// Whether some of these columns differ between the two rows, as they are stored.
    pub(super) fn differs(&self, columns: &[u32]) -> Expression {
        Expression::call("record_image_ne", vec![self.record("old", columns), self.record("new", columns)])
    }

    /// Whether no grant has to name these columns: they are as they were, or have their constant defaults.
    pub(super) fn untouched(&self, columns: &[u32]) -> Expression {
        if self.is_update() {
            return Expression::call("record_image_eq", vec![self.record("old", columns), self.record("new", columns)]);
        }
        Expression::And(columns.iter().map(|&column| has_default(self.table, column)).collect())
    }

    /// A row of columns. Rows are compared by what is stored, whatever their types, collations and the client's settings say is equal (manual
    /// section 9.25.6); by function, because a dump would lose what the operators `*=` and `*<>` need to be read again.
    fn record(&self, alias: &str, columns: &[u32]) -> Expression {
        let value = |&column: &u32| Expression::Column {
            alias: alias.to_owned(),
            column: self.table.columns[column as usize].name.clone(),
        };
        Expression::Record(columns.iter().map(value).collect())
    }
}

/// What each database role may do with an operation. Where boundaries differ between them, each comes with its own; else the policies have asked.
fn arms(access: &TableAccess, operation: Operation) -> Vec<Arm<'_>> {
    let bounds: BTreeSet<Predicate> = access.permissions.keys().map(|role| access.bound(role)).collect();
    let mut arms = Vec::new();
    for (role, permissions) in &access.permissions {
        let Some(steps) = permissions.get(&operation).and_then(|permission| permission.steps.as_ref()) else { continue };
        let bound = access.bound(role);
        let within = |predicate: &Predicate| match bounds.len() {
            0 | 1 => predicate.clone(),
            _ => simplify(Predicate::all([predicate.clone(), bound.clone()])),
        };
        let step = |step: &Step| Step { before: within(&step.before), after: within(&step.after), fields: step.fields.clone() };
        arms.push(Arm { role, steps: steps.iter().map(step).collect() });
    }
    arms
}

/// The fields that some grants of some role name and others do not: those that the same grants name, together. What no grant names is closed by
/// the column lists.
fn field_classes(arms: &[Arm<'_>], table: &Table, is_asked: impl Fn(u32) -> bool) -> Vec<FieldClass> {
    let mut classes: Vec<FieldClass> = Vec::new();
    for (column, entry) in (0u32..).zip(&table.columns) {
        let naming = |arm: &Arm<'_>| (0..arm.steps.len()).filter(|&index| arm.steps[index].names(column)).collect();
        let granting: Vec<Vec<usize>> = arms.iter().map(naming).collect();
        let is_named = granting.iter().any(|granting| !granting.is_empty());
        let by_all = std::iter::zip(arms, &granting).all(|(arm, granting)| granting.len() == arm.steps.len());
        if entry.generated || !is_named || by_all || !is_asked(column) {
            continue;
        }
        match classes.iter_mut().find(|class| class.granting == granting) {
            Some(class) => class.columns.push(column),
            None => classes.push(FieldClass { columns: vec![column], granting }),
        }
    }
    classes
}

/// Whether a column of a new row has its constant default, as it is stored.
fn has_default(table: &Table, column: u32) -> Expression {
    let entry = &table.columns[column as usize];
    let value = Expression::Column { alias: "new".to_owned(), column: entry.name.clone() };
    let Some(default) = &entry.default else {
        // What is drawn cannot be told from what somebody supplied, not even where that is nothing.
        return if entry.sequence.is_some() || entry.identity { Expression::Boolean(false) } else { value.null_test(false) };
    };
    let default = Expression::Default(default.clone()).cast(stored_as(&entry.r#type));
    if is_told_by_value(&entry.r#type) {
        return Expression::binary(value, "IS NOT DISTINCT FROM", default);
    }
    let (value, default) = match &entry.r#type {
        // Stored with the blanks that fill it up, which only the column knows the number of.
        r#type if is_padded(r#type) => (value.cast("text"), default.cast("text")),
        _ => (value, default),
    };
    let row = |value| Expression::Record(vec![value]);
    Expression::call("record_image_eq", vec![row(value), row(default)])
}

/// A type as a column has it, with the number of digits that it keeps.
fn stored_as(r#type: &Type) -> String {
    match r#type {
        Type::Numeric(_) => r#type.to_string(),
        _ => quote::r#type(r#type),
    }
}

/// Whether equal values are stored alike: not so texts, which a collation may take for equal, numbers with a sign of zero or digits of zeros, and what only
/// its text shows.
fn is_told_by_value(r#type: &Type) -> bool {
    matches!(
        r#type,
        Type::Uuid
            | Type::SmallInt
            | Type::Integer
            | Type::BigInt
            | Type::Boolean
            | Type::Date
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Enum(_)
    )
}

fn is_padded(r#type: &Type) -> bool {
    matches!(r#type, Type::Other(name) if *name == QualifiedName::new("pg_catalog", "bpchar"))
}
