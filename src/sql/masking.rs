//! Masking views: of each record, the fields that its reader may see; the others are empty. For tables of which no column grant can say
//! who may read what.
//!
//! A view belongs to a role of its own, which reads the table under a policy of its own, and says itself which rows it shows: with
//! `security_barrier`, no filter of a client runs before that (manual section 41.5). Functions in a view are called as whoever reads it, and
//! `current_user` is the reader, so that each database role gets its own rows and fields.

use super::expression::{Expression, From, Select};
use super::generate::Generator;
use super::row_context::RowContext;
use super::session::acts_as;
use crate::access::Predicate;
use crate::catalog::{QualifiedName, TableId};
use crate::encode::{MaskingView, ShownColumn};
use crate::model::Masking;
use crate::objects::{Command, Owner, Policy, Purpose, Right, Schema, View};

impl Generator<'_> {
    /// The view of a table.
    pub(super) fn masking_view(&mut self, id: TableId, shown: &MaskingView) {
        let Some(masking) = self.model.masking.clone() else { return };
        let table = self.model.catalog.table(id);
        let row = RowContext::of_policy(self.model, id);
        let rows = self.shown_rows(&shown.readers, &shown.rows, &row);
        let mut columns = Vec::new();
        for ShownColumn { column, rows } in &shown.columns {
            let column = &table.columns[*column as usize];
            let value = Expression::Column { alias: table.name.name.clone(), column: column.name.clone() };
            let value = match rows {
                None => value,
                Some(rows) => {
                    let condition = Box::new(self.shown_field(&shown.readers, rows, &row));
                    Expression::Case { condition, then: Box::new(value) }
                }
            };
            columns.push((column.name.clone(), value));
        }
        let rows = self.lowering.for_policy(rows);
        let columns: Vec<(String, Expression)> =
            columns.into_iter().map(|(name, value)| (name, self.lowering.for_policy(value))).collect();
        let expressions: Vec<&Expression> = columns.iter().map(|(_, value)| value).chain([&rows]).collect();
        let called = self.calls(&expressions, &shown.readers);

        let from = From::Table { name: table.name.clone(), alias: table.name.name.clone(), is_complete: false, changes: None };
        let body = Select { expression: Expression::Row(columns), from: Some(from), condition: Some(rows) };
        let view = View {
            name: QualifiedName::new(masking.schema.clone(), table.name.name.clone()),
            table: table.name.clone(),
            query: body.pretty(2),
            comment: format!("of each record of {}, what its reader may see", table.name),
            readers: shown.readers.clone(),
            owner: Owner { role: masking.role.clone(), schema: masking.schema.clone() },
            calls: called,
        };
        self.add(view, Vec::new());
        self.masking_owner(&masking, id);
    }

    /// Whether some reader may see something of a row.
    fn shown_rows(&mut self, readers: &[String], rows: &[Predicate], row: &RowContext) -> Expression {
        match rows {
            [only] => self.lowering.filter(only, row),
            _ => self.lowering.of_roles(of_readers(readers, rows), row),
        }
    }

    /// Whether some reader may see a field of a row.
    fn shown_field(&mut self, readers: &[String], rows: &[Predicate], row: &RowContext) -> Expression {
        if let [only] = rows {
            return self.lowering.predicate(only, row);
        }
        let of_role = |(has_role, rows): (Expression, Predicate)| match rows {
            Predicate::Always => has_role.once(),
            rows => Expression::And(vec![has_role.once(), self.lowering.predicate(&rows, row)]),
        };
        Expression::Or(of_readers(readers, rows).into_iter().map(of_role).collect())
    }

    /// What the owner of the views may read: the table, under a policy of its own.
    fn masking_owner(&mut self, masking: &Masking, id: TableId) {
        let table = self.model.catalog.table(id);
        let (role, purpose) = (&masking.role, Purpose::Masking);
        self.service(&table.name, purpose, vec![Right::at_table(role, Command::Select, None)]);
        let comment = "what the masking view reads, which filters itself";
        self.add(Policy::of_service(&table.name, "rowgate_masking", Command::Select, role, purpose, comment), Vec::new());
        self.usage_of(&table.name.schema, &masking.role);
        if !self.has_masking {
            self.has_masking = true;
            self.add(Schema { name: masking.schema.clone(), used_by: None }, Vec::new());
        }
    }
}

/// For each reader that may see something, whether the session acts as it, and what it may see.
fn of_readers(readers: &[String], rows: &[Predicate]) -> Vec<(Expression, Predicate)> {
    let seeing = std::iter::zip(readers, rows).filter(|(_, rows)| **rows != Predicate::Never);
    seeing.map(|(role, rows)| (acts_as(role), rows.clone())).collect()
}
