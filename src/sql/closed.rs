//! Triggers for fields that no rule lets a role write. In: the closed fields of a table. Out: BEFORE triggers that refuse a new record whose field has another
//! value than the table itself puts there, and ones that put it there anew where it is another each time. Where statements may name every column, also ones
//! that refuse a change of such a field, and that take nothing for the default.
//!
//! Else the column list refuses a statement that names such a field; what a view of the client's has as its default it does not see. They come before the
//! project's own triggers, which may write what they like.

use std::collections::BTreeSet;

use super::changes;
use super::expression::{Callee, Expression};
use super::functions::Definition;
use super::generate::Generator;
use super::quote;
use super::session::acts_as;
use super::steps::closed_name;
use crate::catalog::{Supply, Table, TableId};
use crate::encode::{ClosedFields, Closing, TableEncoding};
use crate::model::Operation;
use crate::objects::{Body, Trigger};

impl Generator<'_> {
    /// The triggers for a table's closed fields.
    pub(super) fn closed_triggers(&mut self, id: TableId, encoding: &TableEncoding) {
        for operation in [Operation::Create, Operation::Update] {
            for (index, fields) in encoding.closed_to(operation).enumerate() {
                for (closing, columns) in fields.triggered() {
                    self.closed_trigger(id, closed_name(closing, operation, index), fields, closing, columns);
                }
            }
        }
    }

    fn closed_trigger(&mut self, id: TableId, name: String, fields: &ClosedFields, closing: Closing, columns: &[u32]) {
        let table = self.model.catalog.table(id);
        let relation = Expression::Text(quote::qualified(&table.name)).cast("regclass");
        // First of all: where row-level security does not apply, nothing may be asked that can fail.
        let mut conditions = vec![Expression::call("row_security_active", vec![relation])];
        conditions.extend(self.is_no_action(id, fields.operation));
        conditions.extend((!fields.open_to.is_empty()).then(|| holds_none(&fields.open_to)));
        conditions.extend(match (closing, fields.operation) {
            (Closing::Fill, _) => Some(any_of(columns.iter().map(|&column| new(table, column).null_test(false)))),
            (Closing::Compare, Operation::Update) => Some(changes::differs(table, columns)),
            (Closing::Compare, _) => Some(any_of(columns.iter().map(|&column| self.is_given(table, column)))),
            (Closing::Renew, _) => None,
        });
        let when = Expression::And(conditions);
        let function = match closing {
            Closing::Compare => self.refusing_function(table, fields.operation, columns),
            Closing::Fill | Closing::Renew => self.filling_function(table, closing, columns),
        };
        let what = match closing {
            Closing::Fill => "the default where nothing is written to",
            Closing::Compare => "no other value than the table's own for",
            Closing::Renew => "values that nobody chooses for",
        };
        let remark = format!("{}: {what} what no rule lets be written: {}", table.name, names(table, columns));
        self.before_trigger(table, name, fields.operation, &when, &function, remark);
    }

    /// A trigger that comes before what is stored, and fires always.
    pub(super) fn before_trigger(
        &mut self,
        table: &Table,
        name: String,
        operation: Operation,
        when: &Expression,
        function: &Expression,
        remark: String,
    ) {
        // As with all that triggers call: whoever makes the trigger has to be allowed to.
        let calls = self.calls(&[when], &["public".to_owned()]);
        let called = self.calls(&[function], &["public".to_owned()]);
        let event = if operation == Operation::Update { "UPDATE" } else { "INSERT" };
        self.add(
            Trigger {
                table: table.name.clone(),
                name,
                before: true,
                event: event.to_owned(),
                when: when.pretty(4),
                function: called.into_iter().next().unwrap_or_default(),
                always: true,
                calls,
            },
            vec![remark],
        );
    }

    /// Whether a field of the new row was given: it has another value than the table puts there. A number is drawn for one row after the other.
    fn is_given(&mut self, table: &Table, column: u32) -> Expression {
        let entry = &table.columns[column as usize];
        let Supply::Drawn(sequence) = table.supply(entry) else {
            return Expression::Not(Box::new(changes::have_defaults(table, &[column])));
        };
        let sequence = Expression::Text(quote::qualified(&sequence)).cast("regclass");
        let last = Expression::Call { function: self.last_number(), arguments: vec![sequence] };
        Expression::binary(new(table, column), "IS DISTINCT FROM", last)
    }

    /// The function that says which number a sequence gave last in this session; empty where it gave none. It runs as the lookup role: nobody needs a right on the
    /// sequence of a column that the database numbers.
    fn last_number(&mut self) -> Callee {
        self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "last number",
            arguments: vec!["regclass".to_owned()],
            returns: "bigint",
            attributes: "VOLATILE",
            is_definer: true,
            settings: &[],
            body: Body::Plpgsql(
                "BEGIN\n  RETURN currval($1);\nEXCEPTION WHEN object_not_in_prerequisite_state THEN\n  RETURN NULL;\nEND"
                    .to_owned(),
            ),
            calls: BTreeSet::new(),
            remark: "The number that this session drew last from a sequence".to_owned(),
        })
    }

    fn refusing_function(&mut self, table: &Table, operation: Operation, columns: &[u32]) -> Expression {
        let (fields, word) = (names(table, columns), operation.word());
        let detail = quote::literal(&format!("No rule for {word} lets this role write: {fields}"));
        let body = format!(
            "BEGIN\n  RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME\n    USING ERRCODE = '42501',\n      DETAIL = {detail};\nEND"
        );
        let remark = format!("Raises an error: no rule for {word} lets {fields} of {} be written", table.name);
        self.trigger_function(&format!("closed {} {word}", table.name), body, remark)
    }

    /// Runs as the caller, as the defaults themselves would.
    fn filling_function(&mut self, table: &Table, closing: Closing, columns: &[u32]) -> Expression {
        let line = |&column: &u32| {
            let entry = &table.columns[column as usize];
            let (name, default) = (quote::identifier(&entry.name), entry.default_by_value().unwrap_or("NULL"));
            match closing {
                Closing::Renew => format!("  NEW.{name} := {default};\n"),
                _ => format!("  IF NEW.{name} IS NULL THEN\n    NEW.{name} := {default};\n  END IF;\n"),
            }
        };
        let body = format!("BEGIN\n{}  RETURN NEW;\nEND", columns.iter().map(line).collect::<String>());
        let fields = names(table, columns);
        let (word, remark) = match closing {
            Closing::Renew => ("renewed", format!("Fills in {fields} of a new record of {} anew", table.name)),
            _ => ("absent", format!("Fills in {fields} of a new record of {} where nothing is written", table.name)),
        };
        self.trigger_function(&format!("{word} {}", table.name), body, remark)
    }

    pub(super) fn trigger_function(&mut self, purpose: &str, body: String, remark: String) -> Expression {
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose,
            arguments: Vec::new(),
            returns: "trigger",
            attributes: "VOLATILE",
            is_definer: false,
            settings: &[],
            body: Body::Plpgsql(body),
            calls: BTreeSet::new(),
            remark,
        });
        Expression::Call { function, arguments: Vec::new() }
    }
}

/// Whether the acting role holds none of these.
fn holds_none(roles: &BTreeSet<String>) -> Expression {
    Expression::Not(Box::new(any_of(roles.iter().map(|role| acts_as(role)))))
}

fn any_of(parts: impl Iterator<Item = Expression>) -> Expression {
    Expression::Or(parts.collect())
}

fn new(table: &Table, column: u32) -> Expression {
    Expression::Column { alias: "new".to_owned(), column: table.columns[column as usize].name.clone() }
}

fn names(table: &Table, columns: &[u32]) -> String {
    columns.iter().map(|&column| table.columns[column as usize].name.as_str()).collect::<Vec<_>>().join(", ")
}
