//! Masking views: of each record, the fields that its reader may see; the others are empty. For tables of which no column grant can say
//! who may read what.
//!
//! A view belongs to a role of its own, which reads the table under a policy of its own, and says itself which rows it shows: with
//! `security_barrier`, no filter of a client runs before that (manual section 41.5). Functions in a view are called as whoever reads it, and
//! `current_user` is the reader, so that each database role gets its own rows and fields.

use super::expression::{Expression, From, Select};
use super::generate::Generator;
use super::lower::Row;
use crate::access::decide::simplify;
use crate::access::{Permission, Predicate, TableAccess};
use crate::catalog::{QualifiedName, TableId};
use crate::model::{Masking, Operation};
use crate::objects::{Command, Owner, Policy, Purpose, Right, Schema, View};

/// What a database role may read of a masked table.
struct Reader<'a> {
    role: &'a str,
    permission: &'a Permission,
    bound: Predicate,
}

impl Reader<'_> {
    /// The rows of which this role may read a column; any column where none is named.
    fn rows(&self, column: Option<u32>) -> Predicate {
        let of = match (column, &self.permission.steps) {
            (Some(column), Some(steps)) => {
                Predicate::any(steps.iter().filter(|step| step.names(column)).map(|step| step.before.clone()))
            }
            (Some(column), None) if !self.names(column) => Predicate::Never,
            _ => self.permission.using.clone(),
        };
        simplify(Predicate::All(vec![of, self.bound.clone()]))
    }

    fn names(&self, column: u32) -> bool {
        self.permission.columns.as_ref().is_none_or(|columns| columns.contains(&column))
    }
}

impl Generator<'_> {
    /// The view of a table, where some role's reading needs one.
    pub(super) fn masking_view(&mut self, id: TableId, access: &TableAccess) {
        let Some(masking) = self.model.masking.clone() else { return };
        let readers: Vec<Reader<'_>> = access
            .permissions
            .iter()
            .filter_map(|(role, permissions)| {
                let permission = permissions.get(&Operation::Read)?;
                Some(Reader { role, permission, bound: access.bound(role) })
            })
            .collect();
        if readers.iter().all(|reader| reader.permission.steps.is_none()) {
            return;
        }
        let table = self.model.catalog.table(id);
        let row = Row::of_policy(self.model, id);
        let rows = self.shown(&readers, None, &row);
        let mut columns = Vec::new();
        for (index, column) in (0u32..).zip(&table.columns) {
            let value = Expression::Column { alias: table.name.name.clone(), column: column.name.clone() };
            if readers.iter().all(|reader| reader.rows(Some(index)) == Predicate::Never) {
                continue;
            }
            let always = readers.iter().all(|reader| reader.rows(Some(index)) == reader.rows(None));
            let value = if always {
                value
            } else {
                let condition = Box::new(self.shown(&readers, Some(index), &row));
                Expression::Case { condition, then: Box::new(value) }
            };
            columns.push((column.name.clone(), value));
        }
        let rows = self.lowering.for_policy(rows);
        let columns: Vec<(String, Expression)> =
            columns.into_iter().map(|(name, value)| (name, self.lowering.for_policy(value))).collect();
        let expressions: Vec<&Expression> = columns.iter().map(|(_, value)| value).chain([&rows]).collect();
        let roles: Vec<String> = readers.iter().map(|reader| reader.role.to_owned()).collect();
        let called = self.calls(&expressions, &roles);

        let from = From::Table { name: table.name.clone(), alias: table.name.name.clone(), is_complete: false };
        let body = Select { expression: Expression::Row(columns), from: Some(from), condition: Some(rows) };
        let view = View {
            name: QualifiedName::new(masking.schema.clone(), table.name.name.clone()),
            table: table.name.clone(),
            query: body.pretty(2),
            comment: format!("of each record of {}, what its reader may see", table.name),
            readers: roles,
            owner: Owner { role: masking.role.clone(), schema: masking.schema.clone() },
            calls: called,
        };
        self.add(view, Vec::new());
        self.masking_owner(&masking, id);
    }

    /// The rows that some reader may see a column of.
    fn shown(&mut self, readers: &[Reader<'_>], column: Option<u32>, row: &Row) -> Expression {
        if let [only] = readers {
            let rows = only.rows(column);
            return if column.is_none() { self.lowering.filter(&rows, row) } else { self.lowering.predicate(&rows, row) };
        }
        let all = readers.iter().map(|reader| (reader, reader.rows(column))).filter(|(_, rows)| *rows != Predicate::Never);
        let all = all.map(|(reader, rows)| {
            let role = Expression::Text(reader.role.to_owned());
            let has_role = Expression::call(
                "pg_has_role",
                vec![Expression::Word("current_user"), role, Expression::Text("USAGE".to_owned())],
            );
            (has_role, rows)
        });
        let arms: Vec<(Expression, Predicate)> = all.collect();
        if column.is_none() {
            return self.lowering.of_roles(arms, row);
        }
        let of_role = |(has_role, rows): (Expression, Predicate)| match rows {
            Predicate::Always => has_role.once(),
            rows => Expression::And(vec![has_role.once(), self.lowering.predicate(&rows, row)]),
        };
        Expression::Or(arms.into_iter().map(of_role).collect())
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
