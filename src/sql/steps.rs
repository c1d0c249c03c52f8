//! Triggers that tell which grants allow a whole step: the record before, the record after and the fields that change. Policies and column
//! grants say these apart, so where that is not exact, a trigger says it once more, for the grants one by one.
//!
//! One trigger per table and operation asks it of the record as it is stored, after all that the application's own triggers made of it, and of
//! every database role that may write the table: a statement can change its role while it runs. Who is none of these roles at that moment is
//! refused. Where row-level security does not apply, to superusers or to the actions of foreign keys, neither does the trigger.
//!
//! The question is asked in the trigger's WHEN: its functions are called by the invoking role, which is how the trigger knows the role,
//! and are found by their identity, so the role needs no right to name them. Nothing is queued for a step that is allowed, and one that is not is
//! refused there and then, before anything else of the statement sees the record.

use std::collections::BTreeSet;

use super::changes;
use super::expression::{Expression, From, Given, Select};
use super::functions::Definition;
use super::generate::{Generator, column_list};
use super::quote;
use super::row_context::RowContext;
use super::session::acts_as;
use crate::catalog::{QualifiedName, Table, TableId};
use crate::encode::{Arm, Closing, StepTrigger, TableEncoding};
use crate::model::Operation;
use crate::objects::{Body, Callers, Function, MoveTrigger, Trigger};

impl Generator<'_> {
    /// What a policy for writing says of the triggers that it needs: their columns, which nobody can drop without dropping the policy, and that they are
    /// there and enabled. The first is folded away by the planner, the second asked once per statement.
    pub(super) fn tie_to_triggers(&mut self, id: TableId, encoding: &TableEncoding, operation: Operation) -> Option<Expression> {
        let table = self.model.catalog.table(id);
        let steps = encoding.triggers.iter().filter(|trigger| trigger.operation == operation);
        let steps = steps.map(|trigger| (name(trigger), trigger.columns(table)));
        let mut triggers: Vec<(String, BTreeSet<u32>)> = steps.collect();
        for (index, fields) in encoding.closed_to(operation).enumerate() {
            let named = |(closing, columns): (Closing, &[u32])| {
                (closed_name(closing, operation, index), columns.iter().copied().collect())
            };
            triggers.extend(fields.triggered().map(named));
        }
        if operation == Operation::Create && encoding.lists_close {
            triggers.push((UNKNOWN.to_owned(), BTreeSet::new()));
        }
        let columns: BTreeSet<u32> = triggers.iter().flat_map(|(_, columns)| columns).copied().collect();
        let of_row = |column: &u32| Expression::Column {
            alias: table.name.name.clone(),
            column: table.columns[*column as usize].name.clone(),
        };
        let named = (!columns.is_empty()).then(|| {
            let columns = Expression::Record(columns.iter().map(of_row).collect());
            // As `… OR true` it would look like something that was forgotten.
            Expression::call("coalesce", vec![Expression::Boolean(true), columns.null_test(false)])
        });
        let names: Vec<String> = triggers.into_iter().map(|(name, _)| name).collect();
        (!names.is_empty()).then(|| Expression::And(named.into_iter().chain([are_enabled(table, names).once()]).collect()))
    }

    /// A trigger of a table.
    pub(super) fn step_trigger(&mut self, id: TableId, trigger: &StepTrigger) {
        let table = self.model.catalog.table(id);
        let relation = quote::qualified(&table.name);
        let mut conditions = Vec::new();
        if let Some(watched) = trigger.watched(table) {
            conditions.push(changes::differs(table, &watched));
        }
        conditions.push(Expression::call("row_security_active", vec![Expression::Text(relation.clone()).cast("regclass")]));
        conditions.extend(self.is_no_action(id, trigger.operation));
        let mut arms = Vec::new();
        for (index, arm) in trigger.arms.iter().enumerate() {
            let call = self.step_function(id, trigger, index);
            arms.push(Expression::And(vec![acts_as(&arm.role), call]));
        }
        let condition = Box::new(Expression::NotTrue(Box::new(Expression::Or(arms))));
        conditions.push(Expression::Case { condition, then: Box::new(self.refusal_at_once(table)) });
        let when = self.lowering.for_caller(Expression::And(conditions));
        // PostgreSQL asks for the right to call before it evaluates anything, so also of whom the trigger is not about: the actions of
        // foreign keys, roles that bypass policies. Nobody else can name the functions, whose schema is closed.
        let called = self.calls(&[&when], &["public".to_owned()]);

        let refuse = self.refusal();
        let mut event = if trigger.is_update() { "UPDATE" } else { "INSERT" }.to_owned();
        if !trigger.assigned.is_empty() {
            event.push_str(&format!(" OF {}", column_list(table, &trigger.assigned)));
        }
        let word = trigger.operation.word();
        let remark = format!("{}: each {word} is allowed as a whole by grants of one database role", table.name);
        let moves = trigger.is_update() && trigger.assigned.is_empty();
        self.add(
            Trigger {
                table: table.name.clone(),
                name: name(trigger),
                before: false,
                event,
                when: when.pretty(4),
                function: refuse.clone(),
                // Also where a session may say that it replicates.
                always: true,
                calls: called,
            },
            if moves { Vec::new() } else { vec![remark.clone()] },
        );
        if moves {
            self.add(MoveTrigger { table: table.name.clone(), function: refuse }, vec![remark]);
        }
    }

    /// The call of the function that says whether a role's grants allow a step, with the values of the trigger's rows.
    pub(super) fn step_function(&mut self, id: TableId, trigger: &StepTrigger, arm: usize) -> Expression {
        let table = self.model.catalog.table(id);
        let Arm { role, grants } = &trigger.arms[arm];
        let (before, after) =
            (RowContext::given(id, "before", "after"), RowContext::given(id, "after", "before").changed_from("before"));
        let mut named: Vec<(String, Expression)> = Vec::new();
        for (index, grant) in grants.iter().enumerate() {
            let mut parts = Vec::new();
            if trigger.is_update() {
                parts.push(self.lowering.predicate(&grant.before, &before.clone().taken_away(&grant.before)));
                parts.push(self.lowering.predicate(&grant.after, &after.clone().taken_away(&grant.after)));
            } else {
                parts.push(self.lowering.predicate(&grant.after, &after));
            }
            named.push((format!("s{index}"), Expression::And(parts)));
        }
        let step = |index: &usize| Expression::Column { alias: "step".to_owned(), column: format!("s{index}") };
        let (mut given, mut arguments) = (Vec::new(), Vec::new());
        let columns = trigger.columns_of(table, grants);
        for (alias, row, columns) in [("before", "old", columns.before), ("after", "new", columns.after)] {
            let mut fields = Vec::new();
            for column in columns {
                let entry = &table.columns[column as usize];
                let value = Expression::Column { alias: row.to_owned(), column: entry.name.clone() };
                arguments.push((quote::r#type(&entry.r#type), value));
                fields.push((entry.name.clone(), arguments.len()));
            }
            given.push(Given { alias: alias.to_owned(), columns: fields });
        }
        let mut conditions = vec![Expression::Or((0..grants.len()).map(|index| step(&index)).collect())];
        // Fields that only some grants name stay as they are, or one of these grants allows the step.
        for class in &trigger.classes {
            let granting = &class.granting[arm];
            if granting.len() < grants.len() {
                let untouched = match trigger.operation {
                    Operation::Update => changes::unchanged(table, &class.columns),
                    _ => changes::have_defaults(table, &class.columns),
                };
                arguments.push(("boolean".to_owned(), untouched));
                let mut any = vec![Expression::Parameter(arguments.len())];
                any.extend(granting.iter().map(step));
                conditions.push(Expression::Or(any));
            }
        }
        let inner = From::Steps { expressions: named, given, alias: "step".to_owned() };
        let body = Select { expression: Expression::And(conditions), from: Some(inner), condition: None };
        debug_assert!(
            body.changes().is_empty(),
            "what is asked anew is a function of its own: the step is told of the rows as they were"
        );
        let word = trigger.operation.word();
        let words = format!("{} {word} {role}", table.name);
        let remark = format!("Whether grants allow {role} to {word} a record of {} so", table.name);
        self.lowering.function(&words, arguments, "boolean", body, remark)
    }

    /// The call that refuses while the WHEN is evaluated. What a trigger is queued for happens at the end of the statement: until then, its
    /// functions would see the record that is refused, and whatever that record lets them see.
    fn refusal_at_once(&mut self, table: &Table) -> Expression {
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "refuse step",
            arguments: vec!["text".to_owned()],
            returns: "boolean",
            attributes: "VOLATILE",
            is_definer: false,
            settings: &[],
            body: Body::Plpgsql(refusal_body("$1")),
            calls: BTreeSet::new(),
            remark: "Raises an error: no grant allows a step".to_owned(),
        });
        Expression::Call { function, arguments: vec![Expression::Text(table.name.name.clone())] }
    }

    /// The function that refuses, made once. Whoever makes a trigger has to be allowed to call it; it does nothing but raise an error.
    pub(super) fn refusal(&mut self) -> String {
        let name = format!("{}.refuse", quote::identifier(&self.model.lookup_schema));
        if !self.has_refusal {
            self.has_refusal = true;
            // It stays the deploying role's, who makes the triggers and has to be allowed to call it.
            self.add(
                Function {
                    name: QualifiedName::new(&self.model.lookup_schema, "refuse"),
                    names: Vec::new(),
                    arguments: Vec::new(),
                    returns: "trigger".to_owned(),
                    attributes: String::new(),
                    is_definer: false,
                    settings: Vec::new(),
                    body: Body::Plpgsql(refusal_body("TG_TABLE_NAME")),
                    comment: None,
                    callers: Callers::Everybody,
                    owner: None,
                    shows: None,
                    calls: BTreeSet::new(),
                },
                vec!["What triggers call when no grant allows a step".to_owned()],
            );
        }
        name
    }
}

/// Names that start so come before all that an ordinary name starts with; triggers fire in the order of their names (manual section 39.1).
pub(super) const FIRST: &str = "!rowgate";

/// The name of the trigger for columns that the schema file does not know.
pub(super) const UNKNOWN: &str = "!rowgate_unknown_create";

/// The name of a trigger for closed fields, the groups of a table being numbered. What fills in comes first.
pub(super) fn closed_name(closing: Closing, operation: Operation, index: usize) -> String {
    let word = match closing {
        Closing::Fill => "absent",
        Closing::Compare => "closed",
        Closing::Renew => "renewed",
    };
    let number = if index == 0 { String::new() } else { format!("_{}", index + 1) };
    format!("{FIRST}_{word}_{}{number}", operation.word())
}

fn name(trigger: &StepTrigger) -> String {
    let assigned = if trigger.assigned.is_empty() { "" } else { "_assigned" };
    format!("{FIRST}_{}{assigned}", trigger.operation.word())
}

fn refusal_body(table: &str) -> String {
    format!(
        "BEGIN\n  RAISE EXCEPTION 'new row violates row-level security policy for table \"%\"', {table}\n    USING ERRCODE = '42501',\n      \
         DETAIL = 'No single rule allows this step: the record before and after it, and all fields that change.';\nEND"
    )
}

/// Whether the triggers of these names are there, and fire always.
fn are_enabled(table: &Table, names: Vec<String>) -> Expression {
    let of_trigger = |column: &str| Expression::Column { alias: "pg_trigger".to_owned(), column: column.to_owned() };
    let equals = |column, value| Expression::binary(of_trigger(column), "=", value);
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let list: Vec<Expression> = names.into_iter().map(Expression::Text).collect();
    let is_named = match list.as_slice() {
        [name] => equals("tgname", name.clone()),
        _ => Expression::In { left: Box::new(of_trigger("tgname")), negated: false, list },
    };
    let name = QualifiedName::new("pg_catalog", "pg_trigger");
    let found = Select {
        expression: Expression::Number("1".to_owned()),
        from: Some(From::Table { name, alias: "pg_trigger".to_owned(), is_complete: false, changes: None }),
        condition: Some(Expression::And(vec![
            equals("tgrelid", Expression::Text(quote::qualified(&table.name)).cast("regclass")),
            is_named,
            equals("tgenabled", Expression::Text("A".to_owned())),
        ])),
    };
    if count == 1 { Expression::Exists(Box::new(found)) } else { Expression::AtLeast(Box::new(found), count) }
}
