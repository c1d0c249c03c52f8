//! The record of changes: an append-only table, and triggers that write into it as the lookup role. The application's roles read it as the
//! rules say and can do nothing else with it.
//!
//! What writes is a function that the triggers call in their WHEN: there it is called as soon as a row is stored, by the invoking role, who
//! says who is signed in and which role acts, before anything else of the statement could change that.

use std::collections::BTreeSet;

use super::expression::{Expression, From, Given, Select};
use super::functions::{Definition, calls};
use super::generate::Generator;
use super::quote;
use super::row_context::RowContext;
use super::session_value::SessionValue;
use crate::access::{Predicate, holds, own_columns, role_uses};
use crate::catalog::{ColumnRef, Table, TableId};
use crate::model::{AUDIT_COLUMNS, Audit, Describe, Path, RoleUse, Scope};
use crate::objects::template::fill;
use crate::objects::{AuditTable, Body, Command, Policy, Purpose, Right, Trigger};

/// Begins the names of triggers that fire after every other of the table: what others refuse is never recorded.
const LAST: &str = "~rowgate_audit";

impl Generator<'_> {
    /// The table and its triggers, where the project asks for a record.
    pub(super) fn audit(&mut self) {
        let Some(audit) = self.model.audit.clone() else { return };
        self.log_table(&audit);
        for (&table, kept) in &audit.tables {
            let uses = self.recorded_uses(table);
            self.audit_triggers(&audit, table, kept, &uses);
        }
        self.upkeep();
    }

    /// The roles of a table's rules, in the order in which entries have them.
    pub(super) fn recorded_uses(&self, table: TableId) -> Vec<RoleUse> {
        let rules = self.model.tables.get(&table).map_or(&[][..], |rules| rules);
        role_uses(rules).into_keys().cloned().collect()
    }

    fn log_table(&mut self, audit: &Audit) {
        let name = &self.model.catalog.table(audit.log).name;
        let columns = AUDIT_COLUMNS.map(|(column, r#type)| (column.to_owned(), r#type.to_owned())).to_vec();
        self.add(AuditTable { name: name.clone(), columns }, Vec::new());
        let (role, purpose) = (&self.model.lookup_role, Purpose::Record);
        self.service(name, purpose, vec![Right::at_table(role, Command::Insert, None)]);
        let comment = "what audit triggers write";
        self.add(Policy::of_service(name, "rowgate_audit", Command::Insert, role, purpose, comment), Vec::new());
        let schema = name.schema.clone();
        self.usage_of(&schema, &self.model.lookup_role);
    }

    /// A trigger for each operation: only with both rows at hand can a WHEN name both.
    fn audit_triggers(&mut self, audit: &Audit, id: TableId, kept: &[u32], uses: &[RoleUse]) {
        let record = self.record_function(audit, id, kept, uses);
        let refuse = self.refusal();
        for (operation, old, new) in [("insert", "NULL", "new"), ("update", "old", "new"), ("delete", "old", "NULL")] {
            let Expression::Call { function, arguments } = record.clone() else { continue };
            let given = [Expression::Text(operation.to_owned()), Expression::Word(old), Expression::Word(new)];
            let arguments = given.into_iter().chain(arguments.into_iter().skip(3)).collect();
            let when = self.lowering.for_caller(Expression::NotTrue(Box::new(Expression::Call { function, arguments })));
            let called = self.calls(&[&when], &["public".to_owned()]);
            let table = self.model.catalog.table(id).name.clone();
            let remark = format!("{table}: each {operation} is recorded");
            let trigger = Trigger {
                table,
                name: format!("{LAST}_{operation}"),
                before: false,
                event: operation.to_uppercase(),
                when: when.text(),
                function: refuse.clone(),
                // Not for what is replicated: its record is, too.
                always: false,
                calls: called,
            };
            self.add(trigger, vec![remark]);
        }
    }

    /// The function that writes an entry and gives true, called with an operation, the row before, the row after, and what the session says.
    fn record_function(&mut self, audit: &Audit, id: TableId, kept: &[u32], uses: &[RoleUse]) -> Expression {
        let model = self.model;
        let table = model.catalog.table(id);
        let relation = quote::qualified(&table.name);
        let (roles, scope) = (self.held_roles(id, uses), self.scope_of_record(id, uses));
        let mut asked = vec![Expression::Session(SessionValue::Identity).cast("text"), roles, scope];
        let mut values: BTreeSet<SessionValue> = BTreeSet::new();
        for part in &asked {
            part.for_each(&mut |part| {
                if let Expression::Session(value) = part {
                    values.insert(value.clone());
                }
            });
        }
        let mut types = vec!["text".to_owned(), relation.clone(), relation.clone(), "name".to_owned()];
        let first = types.len() + 1;
        for part in &mut asked {
            part.replace_session(true, &mut |value, _| {
                Expression::Parameter(first + values.iter().position(|known| known == value).unwrap_or_default())
            });
        }
        types.extend(values.iter().map(|value| self.lowering.session_type(value)));
        let mut called = BTreeSet::new();
        asked.iter().for_each(|part| calls(part, &mut called));
        let asked: Vec<String> = asked.iter().map(Expression::text).collect();
        let log = &model.catalog.table(audit.log).name;
        let body = record_body(table, &quote::qualified(log), kept, &asked);
        let function = self.lowering.functions.add(Definition {
            schema: &model.lookup_schema,
            purpose: &format!("record {}", table.name),
            arguments: types,
            returns: "boolean",
            attributes: "VOLATILE",
            is_definer: true,
            settings: &PINNED,
            body: Body::Plpgsql(body),
            calls: called,
            remark: format!("Records changes of {}", table.name),
        });
        let null = Expression::Word("NULL");
        let mut arguments = vec![null.clone(), null.clone(), null, Expression::Word("current_user")];
        arguments.extend(values.into_iter().map(Expression::Session));
        Expression::Call { function, arguments }
    }

    /// The call of a function that gives the names of the roles that the session holds for a record.
    fn held_roles(&mut self, id: TableId, uses: &[RoleUse]) -> Expression {
        let model = self.model;
        let (mut cases, mut columns) = (Vec::new(), BTreeSet::new());
        for role in uses {
            let held = holds(model, role, &model.identity.signed_in_role);
            if held == Predicate::Never {
                continue;
            }
            held.for_each_atom(&mut |atom| columns.extend(own_columns(model.catalog.table(id), atom)));
            let condition = Box::new(self.lowering.predicate(&held, &RowContext::given(id, "record", "record")));
            let name = Expression::Text(Describe { model }.role_use(role));
            cases.push(Expression::Case { condition, then: Box::new(name) });
        }
        let list = Expression::call("array_remove", vec![Expression::List(cases), Expression::Word("NULL")]);
        self.about_record(id, "roles for", list, "text[]", &columns)
    }

    /// The call of a function that gives the key of what the record's roles are held within.
    fn scope_of_record(&mut self, id: TableId, uses: &[RoleUse]) -> Expression {
        let Some(path) = recorded_scope(uses) else { return Expression::Word("NULL") };
        let first = path.hops.first().map_or(path.column, |hop| hop.foreign_key).column;
        let columns = self.model.catalog.table(id).stored(first).into_iter().collect();
        let value = self.lowering.record(&path, &RowContext::given(id, "record", "record")).cast("text");
        self.about_record(id, "scope of", value, "text", &columns)
    }

    /// A function of some columns of a record, and its call with those of the variable `record`.
    fn about_record(
        &mut self,
        id: TableId,
        purpose: &str,
        value: Expression,
        returns: &str,
        columns: &BTreeSet<u32>,
    ) -> Expression {
        let table = self.model.catalog.table(id);
        let (mut given, mut arguments) = (Vec::new(), Vec::new());
        for &column in columns {
            let name = table.columns[column as usize].name.clone();
            let value = Expression::Column { alias: "record".to_owned(), column: name.clone() };
            arguments.push((self.lowering.column_type(ColumnRef { table: id, column }), value));
            given.push((name, arguments.len()));
        }
        let from = From::Given(vec![Given { alias: "record".to_owned(), columns: given }]);
        let body = Select { expression: value, from: Some(from), condition: None };
        let words = format!("{purpose} {}", table.name);
        self.lowering.function(&words, arguments, returns, body, format!("For the record of changes: {words}"))
    }
}

/// Where what an entry calls the scope stands: of several, the first counts.
pub(super) fn recorded_scope(uses: &[RoleUse]) -> Option<Path> {
    uses.iter().find_map(|role| match &role.scope {
        Scope::Of(path) => Some(path.clone()),
        _ => None,
    })
}

/// The body that writes an entry. `asked` are who it was, as which roles, within what.
fn record_body(table: &Table, log: &str, kept: &[u32], asked: &[String]) -> String {
    let columns = |row: &str, columns: &[u32], cast: &str| {
        let parts = columns.iter().map(|&index| {
            let name = &table.columns[index as usize].name;
            format!("{}, {row}.{}{cast}", quote::literal(name), quote::identifier(name))
        });
        format!("jsonb_build_object({})", parts.collect::<Vec<_>>().join(", "))
    };
    let changed = table.columns.iter().map(|column| {
        let (name, text) = (quote::identifier(&column.name), quote::literal(&column.name));
        format!("CASE WHEN ROW($2.{name})::record OPERATOR(pg_catalog.*<>) ROW($3.{name})::record THEN {text} END")
    });
    let kept_values = |row: &str| if kept.is_empty() { "NULL::jsonb".to_owned() } else { columns(row, kept, "::text") };
    fill(
        RECORD,
        &[
            ("relation", &quote::qualified(&table.name)),
            ("log", log),
            ("names", &AUDIT_COLUMNS.map(|(name, _)| quote::identifier(name)).join(", ")),
            ("asked", &asked.join(",\n    ")),
            ("table", &quote::literal(&table.name.to_string())),
            ("key_before", &columns("$2", &table.primary_key, "")),
            ("key_after", &columns("$3", &table.primary_key, "")),
            ("changed", &changed.collect::<Vec<_>>().join(",\n      ")),
            ("before", &kept_values("$2")),
            ("after", &kept_values("$3")),
        ],
    )
}

/// What a client may set and a text then depends on.
pub(super) const PINNED: [&str; 5] = [
    "extra_float_digits = 1",
    "datestyle = 'ISO, YMD'",
    "timezone = 'UTC'",
    "intervalstyle = 'postgres'",
    "bytea_output = 'hex'",
];

/// Changed is what is stored otherwise; columns that the schema file does not know show as `…`.
const RECORD: &str = "DECLARE
  record @relation@;
  changed text[];
BEGIN
  record := CASE WHEN $1 = 'delete' THEN $2 ELSE $3 END;
  IF $1 = 'update' THEN
    changed := array_remove(ARRAY[
      @changed@
    ]::text[], NULL);
    IF changed = '{}' AND $2 OPERATOR(pg_catalog.*<>) $3 THEN
      changed := '{…}';
    END IF;
  END IF;
  INSERT INTO @log@ (@names@)
  VALUES (
    gen_random_uuid(),
    clock_timestamp(),
    @asked@,
    $4,
    session_user,
    $1,
    @table@,
    CASE WHEN $1 = 'insert' THEN @key_after@ ELSE @key_before@ END,
    CASE WHEN $1 = 'update' AND @key_before@ <> @key_after@ THEN @key_after@ END,
    changed,
    CASE WHEN $1 <> 'insert' THEN @before@ END,
    CASE WHEN $1 <> 'delete' THEN @after@ END,
    host(inet_client_addr())
  );
  RETURN true;
END";
