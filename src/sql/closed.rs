//! Triggers for fields that who creates may not give. In: the closed fields of a table. Out: BEFORE triggers that refuse a record whose field has another
//! value than the table itself puts there, and ones that put it there anew where it is another each time.
//!
//! The column list refuses a statement that names such a field. What a view of the client's has as its default it does not see. They come before the
//! project's own triggers, which may write what they like.

use std::collections::BTreeSet;

use super::changes;
use super::expression::{Callee, Expression};
use super::functions::Definition;
use super::generate::Generator;
use super::quote;
use super::steps::closed_name;
use crate::catalog::{Supply, Table, TableId};
use crate::encode::TableEncoding;
use crate::model::Operation;
use crate::objects::{Body, Trigger};

impl Generator<'_> {
    /// The triggers for a table's closed fields.
    pub(super) fn closed_triggers(&mut self, id: TableId, encoding: &TableEncoding) {
        for (index, fields) in encoding.closed.iter().enumerate() {
            for (word, columns) in fields.triggered() {
                self.closed_trigger(id, &closed_name(word, index), word, columns, &fields.open_to);
            }
        }
    }

    fn closed_trigger(&mut self, id: TableId, name: &str, word: &str, columns: &[u32], open_to: &BTreeSet<String>) {
        let table = self.model.catalog.table(id);
        let is_compared = word == "closed";
        let relation = Expression::Text(quote::qualified(&table.name)).cast("regclass");
        // First of all: where row-level security does not apply, nothing may be asked that can fail.
        let mut conditions = vec![Expression::call("row_security_active", vec![relation])];
        conditions.extend(self.is_no_action(id, Operation::Create));
        if !open_to.is_empty() {
            let holds = |role: &String| {
                let arguments =
                    vec![Expression::Word("current_user"), Expression::Text(role.clone()), Expression::Text("USAGE".to_owned())];
                Expression::call("pg_has_role", arguments)
            };
            conditions.push(Expression::Not(Box::new(Expression::Or(open_to.iter().map(holds).collect()))));
        }
        if is_compared {
            let differ = columns.iter().map(|&column| self.is_given(table, column)).collect();
            conditions.push(Expression::Or(differ));
        }
        let when = Expression::And(conditions);
        let function = if is_compared { self.refusing_function(table, columns) } else { self.renewing_function(table, columns) };
        // As with all that triggers call: whoever makes the trigger has to be allowed to.
        let calls = self.calls(&[&when], &["public".to_owned()]);
        let called = self.calls(&[&function], &["public".to_owned()]);
        let what = if is_compared { "no value but the table's own" } else { "values that nobody chooses" };
        let remark = format!("{}: {what} for what no rule lets be given: {}", table.name, names(table, columns));
        self.add(
            Trigger {
                table: table.name.clone(),
                name: name.to_owned(),
                before: true,
                event: "INSERT".to_owned(),
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
        let value = Expression::Column { alias: "new".to_owned(), column: entry.name.clone() };
        let sequence = Expression::Text(quote::qualified(&sequence)).cast("regclass");
        let function = if entry.identity { self.last_number() } else { Callee::Known("currval".to_owned()) };
        let last = Expression::Call { function, arguments: vec![sequence] };
        Expression::binary(value, "IS DISTINCT FROM", last)
    }

    /// The function that says which number a sequence gave last in this session, where who creates has no right on it: on those of columns that the database
    /// numbers.
    fn last_number(&mut self) -> Callee {
        self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "last number",
            arguments: vec!["regclass".to_owned()],
            returns: "bigint",
            attributes: "VOLATILE",
            is_definer: true,
            settings: &[],
            body: Body::Plpgsql("BEGIN\n  RETURN currval($1);\nEND".to_owned()),
            calls: BTreeSet::new(),
            remark: "The number that this session drew last from a sequence".to_owned(),
        })
    }

    fn refusing_function(&mut self, table: &Table, columns: &[u32]) -> Expression {
        let fields = names(table, columns);
        let detail = quote::literal(&format!("No rule for create lets this role give a value of its own to: {fields}"));
        let body = format!(
            "BEGIN\n  RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME\n    USING ERRCODE = '42501',\n      DETAIL = {detail};\nEND"
        );
        self.trigger_function(
            &format!("closed {}", table.name),
            body,
            format!("Raises an error: nobody may give {fields} of a new record of {}", table.name),
        )
    }

    /// Runs as the caller, as the defaults themselves would.
    fn renewing_function(&mut self, table: &Table, columns: &[u32]) -> Expression {
        let line = |&column: &u32| {
            let entry = &table.columns[column as usize];
            format!("  NEW.{} := {};\n", quote::identifier(&entry.name), entry.default.as_deref().unwrap_or("NULL"))
        };
        let lines: String = columns.iter().map(line).collect();
        self.trigger_function(
            &format!("renewed {}", table.name),
            format!("BEGIN\n{lines}  RETURN NEW;\nEND"),
            format!("Fills in {} of a new record of {} anew", names(table, columns), table.name),
        )
    }

    fn trigger_function(&mut self, purpose: &str, body: String, remark: String) -> Expression {
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

fn names(table: &Table, columns: &[u32]) -> String {
    columns.iter().map(|&column| table.columns[column as usize].name.as_str()).collect::<Vec<_>>().join(", ")
}
