//! The record of changes: an append-only table, and triggers that write into it as the lookup role. The application's roles read it as the
//! rules say and can do nothing else with it.
//!
//! The function runs as its owner, so who acts is taken from what the session cannot change in between: its identity, the role that it
//! has set (manual section 54.25 names it a setting, which SECURITY DEFINER does not touch), and the roles that it holds for the record.

use std::collections::BTreeSet;

use super::expression::{Expression, From, Given, Select};
use super::generate::Generator;
use super::lower::Row;
use super::quote;
use super::state::Kind;
use crate::access::{AccessMatrix, Predicate, holds, own_columns};
use crate::catalog::{ColumnRef, TableId};
use crate::model::{AUDIT_COLUMNS, Audit, Describe, RoleUse, Scope};

/// Fires after every other trigger of the table, so that it sees what has become of the row.
const LAST: &str = "~rowgate_audit";

impl Generator<'_> {
    /// The table and its triggers, where the project asks for a record.
    pub(super) fn audit(&mut self, matrix: &AccessMatrix) {
        let Some(audit) = self.model.audit.clone() else { return };
        self.log_table(&audit);
        for &table in &audit.tables {
            let uses: Vec<RoleUse> =
                matrix.tables.get(&table).into_iter().flat_map(|access| &access.roles).map(|role| role.role.clone()).collect();
            self.audit_trigger(&audit, table, &uses);
        }
    }

    fn log_table(&mut self, audit: &Audit) {
        let name = &self.model.catalog.table(audit.log).name;
        let (sql, role) = (quote::qualified(name), quote::identifier(&self.model.lookup_role).into_owned());
        let mut create = Vec::new();
        if name.schema != "public" {
            create.push(format!("CREATE SCHEMA IF NOT EXISTS {}", quote::identifier(&name.schema)));
        }
        let columns = AUDIT_COLUMNS.map(|(column, r#type)| {
            let constraint = if column == "id" { " PRIMARY KEY" } else { "" };
            format!("  {} {type}{constraint}", quote::identifier(column))
        });
        create.push(format!("CREATE TABLE IF NOT EXISTS {sql} (\n{}\n)", columns.join(",\n")));
        // What has been recorded stays, whatever becomes of the rules.
        self.push(Kind::AuditTable, sql.clone(), None, create, Vec::new());
        let create = vec![format!("GRANT INSERT ON TABLE {sql} TO {role}")];
        let drop = vec![format!("REVOKE INSERT ON TABLE {sql} FROM {role}")];
        self.push(Kind::LookupGrant, format!("{sql} insert"), Some(&sql), create, drop);
        let policy = quote::identifier("rowgate_audit");
        let create = vec![
            format!("CREATE POLICY {policy} ON {sql}\n  AS PERMISSIVE FOR INSERT TO {role}\n  WITH CHECK (true)"),
            format!("COMMENT ON POLICY {policy} ON {sql} IS 'what audit triggers write'"),
        ];
        self.push(
            Kind::LookupPolicy,
            format!("{sql} insert"),
            Some(&sql),
            create,
            vec![format!("DROP POLICY {policy} ON {sql}")],
        );
        let schema = name.schema.clone();
        self.usage_of(&schema, &role);
    }

    fn audit_trigger(&mut self, audit: &Audit, id: TableId, uses: &[RoleUse]) {
        let model = self.model;
        let table = model.catalog.table(id);
        let roles = self.held_roles(id, uses);
        let scope = self.scope_of_record(id, uses);
        let identity = self.lowering.identity(&Row::given(id, "record", "record")).cast("text").text();
        let key = table.primary_key.iter().map(|&index| {
            let name = &table.columns[index as usize].name;
            format!("{}, record.{}", quote::literal(name), quote::identifier(name))
        });
        let (log, relation) = (quote::qualified(&model.catalog.table(audit.log).name), quote::qualified(&table.name));
        let names = AUDIT_COLUMNS.map(|(name, _)| quote::identifier(name));
        let body = format!(
            "DECLARE\n  record {relation};\nBEGIN\n  IF TG_OP = 'DELETE' THEN record := OLD; ELSE record := NEW; END IF;\n  \
             INSERT INTO {log} ({})\n  VALUES (\n    gen_random_uuid(),\n    clock_timestamp(),\n    {identity},\n    {roles},\n    {scope},\n    \
             CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END,\n    lower(TG_OP),\n    {},\n    \
             jsonb_build_object({}),\n    CASE WHEN TG_OP = 'UPDATE' THEN ARRAY(\n      SELECT after.key FROM jsonb_each(to_jsonb(NEW)) AS after\n      \
             JOIN jsonb_each(to_jsonb(OLD)) AS before USING (key)\n      WHERE after.value IS DISTINCT FROM before.value ORDER BY after.key) END,\n    \
             inet_client_addr()::text\n  );\n  RETURN NULL;\nEND",
            names.join(", "),
            quote::literal(&table.name.to_string()),
            key.collect::<Vec<_>>().join(", ")
        );
        let schema = quote::identifier(&model.lookup_schema);
        let name = quote::generated_name(&format!("audit_{}_{}", table.name.name, quote::hash(&format!("{relation} {body}"))));
        let function = format!("{schema}.{}", quote::identifier(&name));
        let create = format!(
            "CREATE FUNCTION {function}()\n  RETURNS trigger\n  LANGUAGE plpgsql SECURITY DEFINER\n  SET search_path = ''\nAS {}",
            quote::dollar(&body)
        );
        // Whoever makes the trigger has to be allowed to call it; called otherwise than by a trigger it raises an error.
        self.push(
            Kind::TriggerFunction,
            format!("{function}()"),
            None,
            vec![create],
            vec![format!("DROP FUNCTION {function}()")],
        );
        self.remark(vec![format!("Records changes of {}", table.name)]);
        let trigger = quote::identifier(LAST);
        let create = format!(
            "CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {relation}\n  FOR EACH ROW\n  EXECUTE FUNCTION {function}()"
        );
        let drop = vec![format!("DROP TRIGGER {trigger} ON {relation}")];
        self.push(Kind::Trigger, format!("{relation} {trigger}"), Some(&relation), vec![create], drop);
        self.remark(vec![format!("{}: changes are recorded", table.name)]);
        self.needs_lookup_role();
    }

    /// The call of a function that gives the names of the roles that the session holds for a record.
    fn held_roles(&mut self, id: TableId, uses: &[RoleUse]) -> String {
        let model = self.model;
        let (mut cases, mut columns) = (Vec::new(), BTreeSet::new());
        for role in uses {
            let held = holds(model, role, &model.identity.signed_in_role);
            if held == Predicate::Never {
                continue;
            }
            held.for_each_atom(&mut |atom| columns.extend(own_columns(atom)));
            let condition = Box::new(self.lowering.predicate(&held, &Row::given(id, "record", "record")));
            let name = Expression::Text(Describe { model }.role_use(role));
            cases.push(Expression::Case { condition, then: Box::new(name) });
        }
        let list = Expression::call("array_remove", vec![Expression::List(cases), Expression::Word("NULL")]);
        self.about_record(id, "roles for", list, "text[]", &columns)
    }

    /// The call of a function that gives the key of what the record's roles are held within.
    fn scope_of_record(&mut self, id: TableId, uses: &[RoleUse]) -> String {
        let path = uses.iter().find_map(|role| match &role.scope {
            Scope::Of(path) => Some(path.clone()),
            _ => None,
        });
        let Some(path) = path else { return "NULL".to_owned() };
        let column = path.hops.first().map_or(path.column, |hop| hop.foreign_key).column;
        let value = self.lowering.record(&path, &Row::given(id, "record", "record")).cast("text");
        self.about_record(id, "scope of", value, "text", &BTreeSet::from([column]))
    }

    /// A function of some columns of a record, and its call with those of the variable `record`.
    fn about_record(&mut self, id: TableId, purpose: &str, value: Expression, returns: &str, columns: &BTreeSet<u32>) -> String {
        let table = self.model.catalog.table(id);
        let (mut given, mut arguments, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for &column in columns {
            let name = table.columns[column as usize].name.clone();
            arguments.push(self.lowering.column_type(ColumnRef { table: id, column }));
            values.push(format!("record.{}", quote::identifier(&name)));
            given.push((name, arguments.len()));
        }
        let from = From::Given(vec![Given { alias: "record".to_owned(), columns: given }]);
        let body = Select { expression: value, from: Some(from), condition: None };
        let words = format!("{purpose} {}", table.name);
        let schema = &self.model.lookup_schema;
        let function =
            self.lowering.functions.add(schema, &words, arguments, returns, &body, format!("For the record of changes: {words}"));
        format!("{function}({})", values.join(", "))
    }
}
