//! Triggers that fill in what rules set: `setting Created By to Logged in User`. In: the presets of a table. Out: a BEFORE trigger for each operation. That nobody
//! else chooses the value is not its matter: no role may write the column, and the policy asks that the record has the value.
//!
//! It overwrites whatever is there, because PostgreSQL asks nobody for the right to write what a view of the client's has as its default. Where row-level
//! security does not apply, to superusers or to the actions of foreign keys, neither does the trigger: a dump is restored as it was.

use std::collections::BTreeSet;

use super::expression::{Callee, Expression};
use super::functions::{Definition, calls};
use super::generate::Generator;
use super::quote;
use super::row_context::RowContext;
use super::steps::FIRST;
use crate::catalog::TableId;
use crate::encode::TableEncoding;
use crate::model::Operation;
use crate::objects::{Body, Trigger};

impl Generator<'_> {
    /// The triggers of a table whose rules set something.
    pub(super) fn preset_triggers(&mut self, id: TableId, encoding: &TableEncoding) {
        for operation in [Operation::Create, Operation::Update] {
            let is_used = encoding.permissions.values().any(|granted| granted.contains_key(&operation));
            if is_used && !self.model.presets(id, operation).is_empty() {
                self.preset_trigger(id, operation);
            }
        }
    }

    fn preset_trigger(&mut self, id: TableId, operation: Operation) {
        let table = self.model.catalog.table(id);
        let function = self.preset_function(id, operation);
        let relation = Expression::Text(quote::qualified(&table.name)).cast("regclass");
        let is_held = Expression::call("row_security_active", vec![relation]);
        let when = Expression::And(std::iter::once(is_held).chain(self.is_no_action(id, operation)).collect());
        // As with all that triggers call: whoever makes the trigger has to be allowed to.
        let called = self.calls(&[&function], &["public".to_owned()]);
        let word = operation.word();
        let event = if operation == Operation::Create { "INSERT" } else { "UPDATE" };
        let remark = format!("{}: what the rules set of each {word}", table.name);
        self.add(
            Trigger {
                table: table.name.clone(),
                name: format!("{FIRST}_fill_{word}"),
                before: true,
                event: event.to_owned(),
                when: when.text(),
                function: called.into_iter().next().unwrap_or_default(),
                always: true,
                calls: BTreeSet::new(),
            },
            vec![remark],
        );
    }

    /// The function that fills the row `new`. Where it looks something up it runs as the lookup role, else as the caller, who may ask the session.
    fn preset_function(&mut self, id: TableId, operation: Operation) -> Expression {
        let (model, row) = (self.model, RowContext::given(id, "new", "old"));
        let table = model.catalog.table(id);
        let (mut called, mut lines) = (BTreeSet::new(), Vec::new());
        for (column, preset) in model.presets(id, operation) {
            let value = self.lowering.value(&preset.value, &row);
            let value = self.lowering.for_caller(value);
            calls(&value, &mut called);
            lines.push(format!("  NEW.{} := {};\n", quote::identifier(&table.columns[column as usize].name), value.pretty(2)));
        }
        let purpose = format!("fill {} {}", table.name, operation.word());
        let function: Callee = self.lowering.functions.add(Definition {
            schema: &model.lookup_schema,
            purpose: &purpose,
            arguments: Vec::new(),
            returns: "trigger",
            attributes: "VOLATILE",
            is_definer: !called.is_empty(),
            settings: &[],
            body: Body::Plpgsql(format!("BEGIN\n{}  RETURN NEW;\nEND", lines.concat())),
            calls: called,
            remark: format!("Fills in what the rules set of each {} of {}", operation.word(), table.name),
        });
        Expression::Call { function, arguments: Vec::new() }
    }
}
