//! Guards whose refusals stay: `ask_for_…` asks what the `require_…` of the same name asks, and answers with the refusal, which the application raises once its
//! transaction has ended. An error takes with it all that was written before it, so what raises records nothing.
//!
//! The guard runs as the caller and hands over who that is; what writes is a function of the lookup role, which the application cannot name. Whether it can
//! write decides about nothing: the answer is there before.

use std::collections::BTreeSet;

use super::super::audit::PINNED;
use super::super::expression::{Callee, Expression, Select};
use super::super::functions::Definition;
use super::super::generate::Generator;
use super::super::quote;
use super::super::row_context::RowContext;
use super::super::session_value::SessionValue;
use super::named;
use crate::access::{Predicate, holds};
use crate::catalog::{QualifiedName, Table};
use crate::model::{AUDIT_COLUMNS, Audit, RoleUse, Scope, Subject};
use crate::objects::Body;
use crate::objects::template::fill;

/// What a guard requires, as SQL about its arguments.
pub(super) struct Required<'a> {
    /// The guard that answers with the refusal.
    pub(super) name: QualifiedName,
    pub(super) arguments: &'a [String],
    /// The call that says whether it is granted, and the function that it calls.
    pub(super) can: String,
    pub(super) asked: &'a QualifiedName,
    /// The call that says what is granted.
    pub(super) granted: (String, &'a QualifiedName),
    /// The calls that say what the session holds: everywhere, and where it asks about a role.
    pub(super) held: Vec<(String, QualifiedName)>,
    pub(super) message: String,
    pub(super) detail: String,
    /// What is recorded of a refusal.
    pub(super) entry: Refused,
    /// Whether what is granted may be to read a record: `$1` says so.
    pub(super) may_read: bool,
}

/// What was refused.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) operation: String,
    /// Of which table, and of which record of it.
    pub(super) table: Option<String>,
    pub(super) key: Option<String>,
    /// Which fields.
    pub(super) fields: Option<String>,
    /// Which role.
    pub(super) about: Option<String>,
}

impl Generator<'_> {
    /// The guard, where what guards say is recorded.
    pub(super) fn recorded_requirement(&mut self, required: &Required<'_>) {
        let model = self.model;
        let Some(audit) = model.audit.as_ref().filter(|audit| audit.has_guards()) else { return };
        let refused = format!(
            "jsonb_build_object('refused', jsonb_build_object('message', {}, 'detail', {}))",
            required.message, required.detail
        );
        let granted = &required.granted.0;
        let held: Vec<String> = required.held.iter().map(|(call, _)| format!("({call} -> 'roles')")).collect();
        let called = required.held.iter().map(|(_, function)| function);
        let mut calls = [required.asked, required.granted.1].into_iter().chain(called).map(quote::qualified).collect();
        let mut record = |entry: &Refused, operation: &str, roles: &str, answer: &str| {
            self.recording(audit, entry, operation, roles, answer, &mut calls)
        };
        let refusal = match audit.refusals {
            true => record(&required.entry, &required.entry.operation, &held.join(" || "), &refused),
            false => refused,
        };
        let mut answer = granted.clone();
        if required.may_read && !audit.reads_by.is_empty() {
            let read = record(&required.entry, "'read'", &format!("{granted} -> 'roles'"), granted);
            let is_recorded = self.is_recorded_reader(audit);
            calls.append(&mut self.called(&[&is_recorded]));
            answer = format!("CASE WHEN $1 = 'read' AND {} THEN {read} ELSE {granted} END", is_recorded.text());
        }
        let body = format!("SELECT CASE WHEN {} IS TRUE THEN {answer} ELSE {refusal} END", required.can);
        self.guard(&required.name, required.arguments, ("jsonb", "VOLATILE"), Body::Sql(body), calls);
    }

    /// The call that writes an entry and gives the answer.
    fn recording(
        &mut self,
        audit: &Audit,
        entry: &Refused,
        operation: &str,
        roles: &str,
        answer: &str,
        calls: &mut BTreeSet<String>,
    ) -> String {
        let log = &self.model.catalog.table(audit.log).name;
        let names = AUDIT_COLUMNS.map(|(name, _)| quote::identifier(name)).join(", ");
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "record answer",
            arguments: ["text", "text", "jsonb", "text[]", "jsonb", "jsonb", "text", "name", "jsonb"].map(str::to_owned).to_vec(),
            returns: "jsonb",
            attributes: "VOLATILE",
            is_definer: true,
            settings: &PINNED,
            body: Body::Plpgsql(fill(RECORD, &[("log", &quote::qualified(log)), ("names", &names)])),
            calls: [].into(),
            remark: "Records what a guard answered, and gives the answer".to_owned(),
        });
        let actor = self.lowering.for_policy(Expression::Session(SessionValue::Identity).cast("text"));
        let Callee::Ours(name) = &function else { return answer.to_owned() };
        let name = name.clone();
        let call = Expression::Call { function, arguments: Vec::new() };
        calls.append(&mut self.called(&[&call, &actor]));
        let or_null = |text: &Option<String>| text.clone().unwrap_or_else(|| "NULL".to_owned());
        format!(
            "{name}({operation}, {}, {}, {}, {}, {roles}, {}, current_user, {answer})",
            or_null(&entry.table),
            or_null(&entry.key),
            or_null(&entry.fields),
            or_null(&entry.about),
            actor.text()
        )
    }

    /// Whether the session holds a role whose holders' reading is recorded.
    fn is_recorded_reader(&mut self, audit: &Audit) -> Expression {
        let model = self.model;
        let uses: Vec<RoleUse> =
            audit.reads_by.iter().map(|&id| RoleUse { subject: Subject::Role(id), scope: Scope::Unscoped }).collect();
        let of_role = |role: &str| Predicate::any(uses.iter().map(|one| holds(model, one, role)));
        let row = RowContext::given(model.identity.user_key.table, "scope", "scope");
        let body = Select { expression: self.in_session(of_role, &row), from: None, condition: None };
        let schema = model.guards.as_ref().map_or("", |guards| guards.schema.as_str());
        let call = self.look_up(&named(schema, "reading is recorded"), &[], "boolean", body);
        self.lowering.for_policy(call)
    }
}

/// The call that says what the session holds, whatever it asks about, and its function.
pub(super) fn session_roles_call(schema: &str) -> (String, QualifiedName) {
    let roles = named(schema, "roles");
    (format!("{}()", quote::qualified(&roles)), roles)
}

/// A key as an entry has it: the columns of a table, and arguments.
pub(super) fn key_of(table: &Table, columns: &[u32], first: usize) -> String {
    let parts = (first..)
        .zip(columns)
        .map(|(argument, &column)| format!("{}, ${argument}", quote::literal(&table.columns[column as usize].name)));
    format!("jsonb_build_object({})", parts.collect::<Vec<_>>().join(", "))
}

/// What cannot be written (a transaction that only reads, a standby) is told to the client and to the server's log, and changes no answer.
const RECORD: &str = r#"BEGIN
  INSERT INTO @log@ (@names@)
  VALUES (
    gen_random_uuid(),
    clock_timestamp(),
    $7,
    ARRAY(SELECT DISTINCT jsonb_array_elements_text($6) COLLATE "C" ORDER BY 1),
    NULL,
    $8,
    session_user,
    $1,
    $2,
    $3,
    NULL,
    $4,
    NULL,
    $5,
    host(inet_client_addr())
  );
  RETURN $9;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'not recorded: %', concat_ws(' ', $1, $2, $3, 'by', coalesce($7, 'nobody'), 'as', $8) USING DETAIL = SQLERRM;
  RETURN $9;
END"#;
