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
use super::steps::FIRST;
use crate::catalog::{QualifiedName, Supply, Table, TableId};
use crate::encode::{ClosedFields, TableEncoding};
use crate::objects::{Body, Trigger};

/// One trigger.
pub(super) struct ClosedTrigger<'a> {
    pub(super) name: String,
    fields: &'a ClosedFields,
    /// Those of the fields that it is about.
    pub(super) columns: Vec<u32>,
    /// Whether it puts values there; else it compares.
    is_fresh: bool,
}

/// The triggers of a table. A field whose value comes from functions that nothing is known of has none.
pub(super) fn closed_triggers<'a>(table: &Table, encoding: &'a TableEncoding) -> Vec<ClosedTrigger<'a>> {
    let mut all = Vec::new();
    for (index, fields) in encoding.closed.iter().enumerate() {
        let suffix = if index == 0 { String::new() } else { format!("_{}", index + 1) };
        let supply = |column: u32| table.supply(&table.columns[column as usize]);
        let mut trigger = |word: &str, is_fresh: bool, is_meant: &dyn Fn(Supply<'_>) -> bool| {
            let columns: Vec<u32> = fields.columns.iter().copied().filter(|&column| is_meant(supply(column))).collect();
            let name = format!("{FIRST}_{word}_create{suffix}");
            all.extend((!columns.is_empty()).then_some(ClosedTrigger { name, fields, columns, is_fresh }));
        };
        trigger("closed", false, &|supply| matches!(supply, Supply::Same(_) | Supply::Drawn(_)));
        trigger("fresh", true, &|supply| matches!(supply, Supply::Fresh(_)));
    }
    all
}

/// The sequences that fields are compared with, and that who creates has no right on.
pub(super) fn drawn(table: &Table, encoding: &TableEncoding) -> Vec<QualifiedName> {
    let columns = encoding.closed.iter().flat_map(|fields| &fields.columns);
    let columns = columns.map(|&column| &table.columns[column as usize]).filter(|column| column.identity);
    let supplies = columns.map(|column| table.supply(column));
    supplies.filter_map(|supply| if let Supply::Drawn(sequence) = supply { Some(sequence) } else { None }).collect()
}

impl Generator<'_> {
    /// The triggers for a table's closed fields.
    pub(super) fn closed_triggers(&mut self, id: TableId, encoding: &TableEncoding) {
        let table = self.model.catalog.table(id);
        for trigger in closed_triggers(table, encoding) {
            self.closed_trigger(table, &trigger);
        }
    }

    fn closed_trigger(&mut self, table: &Table, trigger: &ClosedTrigger<'_>) {
        let relation = Expression::Text(quote::qualified(&table.name)).cast("regclass");
        // First of all: where row-level security does not apply, nothing may be asked that can fail.
        let mut conditions = vec![Expression::call("row_security_active", vec![relation])];
        if !trigger.fields.open_to.is_empty() {
            let holds = |role: &String| {
                let arguments =
                    vec![Expression::Word("current_user"), Expression::Text(role.clone()), Expression::Text("USAGE".to_owned())];
                Expression::call("pg_has_role", arguments)
            };
            conditions.push(Expression::Not(Box::new(Expression::Or(trigger.fields.open_to.iter().map(holds).collect()))));
        }
        if !trigger.is_fresh {
            let differ = trigger.columns.iter().map(|&column| self.is_given(table, column)).collect();
            conditions.push(Expression::Or(differ));
        }
        let when = Expression::And(conditions);
        let function = self.closed_function(table, trigger);
        // As with all that triggers call: whoever makes the trigger has to be allowed to.
        let calls = self.calls(&[&when], &["public".to_owned()]);
        let called = self.calls(&[&function], &["public".to_owned()]);
        let what = if trigger.is_fresh { "values that nobody chooses" } else { "no value but the table's own" };
        let remark = format!("{}: {what} for what no rule lets be given: {}", table.name, names(table, &trigger.columns));
        self.add(
            Trigger {
                table: table.name.clone(),
                name: trigger.name.clone(),
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

    /// The function that refuses, or puts the values there. It runs as the caller, as the default itself would.
    fn closed_function(&mut self, table: &Table, trigger: &ClosedTrigger<'_>) -> Expression {
        let fields = names(table, &trigger.columns);
        let (body, remark) = if trigger.is_fresh {
            let line = |&column: &u32| {
                let entry = &table.columns[column as usize];
                format!("  NEW.{} := {};\n", quote::identifier(&entry.name), entry.default.as_deref().unwrap_or("NULL"))
            };
            let lines: String = trigger.columns.iter().map(line).collect();
            (format!("BEGIN\n{lines}  RETURN NEW;\nEND"), format!("Fills in {fields} of a new record of {} anew", table.name))
        } else {
            let detail = quote::literal(&format!("No rule for create lets this role give a value of its own to: {fields}"));
            let body = format!(
                "BEGIN\n  RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME\n    USING ERRCODE = '42501',\n      DETAIL = {detail};\nEND"
            );
            (body, format!("Raises an error: nobody may give {fields} of a new record of {}", table.name))
        };
        let word = if trigger.is_fresh { "fresh" } else { "closed" };
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: &format!("{word} {}", table.name),
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
