//! What may be done with one record that is there.

use super::super::expression::{Expression, Select};
use super::super::generate::Generator;
use super::super::quote;
use super::super::row_context::RowContext;
use super::others::Another;
use super::recorded::{Refused, Required, key_of, session_roles_call};
use super::{Guarded, READS, Words, granted, numbered};
use crate::access::{Predicate, holds, role_uses};
use crate::catalog::QualifiedName;
use crate::encode::TableEncoding;
use crate::model::{Describe, Operation, RoleUse};
use crate::objects::Body;
use crate::objects::template::fill;

/// What may be asked about a record that is there.
const ASKED: [Operation; 3] = [Operation::Read, Operation::Update, Operation::Delete];

impl Generator<'_> {
    /// `can_access_<table>(operation, key)`, `require_access_to_<table>(operation, key)` and `roles_on_<table>(key)`.
    pub(super) fn record_guards(&mut self, guarded: &Guarded<'_>) {
        let keys = self.key_types(guarded);
        let arguments: Vec<String> = std::iter::once("text".to_owned()).chain(keys.iter().cloned()).collect();
        let row = self.lowering.body_row(guarded.id, &[], false).single();
        let mut cases = Vec::new();
        for operation in ASKED {
            let condition = self.in_session(|role| reached(guarded.encoding, role, operation), &row);
            cases.push((operation.word().to_owned(), condition));
        }
        let mut conditions = self.is_record(guarded, &row, 2);
        conditions.push(Expression::Choose { on: 1, cases });
        let found = self.lowering.exists_select(&row, Expression::And(conditions));
        let body = Select { expression: found, from: None, condition: None };
        let known = ASKED.map(|operation| operation.word().to_owned());
        let hint = format!("{} asks about a new record.", guarded.guard("can_create").name);
        let can = guarded.guard("can_access");
        let words = Words { known: &known, unknown: UNKNOWN_OPERATION, hint: &hint };
        let asked = self.question(&can, &arguments, body, Some(&words));
        self.record_guard_about_another(guarded, &arguments, asked, words);

        self.roles_on_record(guarded, &keys);
        self.access_required(guarded, &arguments, &can);
    }

    /// `require_access_to_<table>(operation, key)`, and the same as an answer that is recorded.
    fn access_required(&mut self, guarded: &Guarded<'_>, arguments: &[String], can: &QualifiedName) {
        let rules = ASKED.map(|operation| {
            let rules = self.rules_for(guarded, operation);
            format!("WHEN '{}' THEN {}", operation.word(), quote::literal(&rules))
        });
        let message = quote::literal(&format!("this record of {} cannot be reached so, or is not there", guarded.table.name));
        let roles = guarded.guard("roles_on");
        let body = fill(
            REQUIRE_ACCESS,
            &[
                ("can", &quote::qualified(can)),
                ("all", &numbered(1, arguments.len())),
                ("key", &numbered(2, arguments.len() - 1)),
                ("message", &message),
                ("rules", &rules.join(" ")),
                ("roles", &quote::qualified(&roles)),
            ],
        );
        let ask = guarded.guard("ask_for_access_to");
        let required = Required {
            name: ask.clone(),
            arguments,
            can: format!("{}({})", quote::qualified(can), numbered(1, arguments.len())),
            asked: can,
            granted: (format!("{}({})", quote::qualified(&roles), numbered(2, arguments.len() - 1)), &roles),
            held: vec![session_roles_call(guarded.schema)],
            message,
            detail: format!("'allowed by ' || CASE $1 {} END", rules.join(" ")),
            entry: Refused {
                operation: "'refused ' || $1".to_owned(),
                table: Some(quote::literal(&guarded.table.name.to_string())),
                key: Some(key_of(guarded.table, &guarded.table.primary_key, 2)),
                ..Refused::default()
            },
            may_read: true,
        };
        self.recorded_requirement(&required);
        let require = guarded.guard("require_access_to");
        if self.model.audit.as_ref().is_some_and(|audit| !audit.reads_by.is_empty()) {
            // Who reads is recorded here, too: who is refused is told so, and the entry goes with the error.
            let call = format!("{}({})", quote::qualified(&ask), numbered(1, arguments.len()));
            let body = fill(REQUIRE_RECORDED, &[("ask", &call)]);
            self.guard(&require, arguments, ("jsonb", "VOLATILE"), Body::Plpgsql(body), [quote::qualified(&ask)].into());
        } else {
            self.requirement(&require, arguments, body, &[can, &roles]);
        }
    }

    /// The call that says what the session holds as a whole, and its function.
    /// `user_can_access_<table>(user, operation, key)`: of records that the caller can read.
    fn record_guard_about_another(&mut self, guarded: &Guarded<'_>, arguments: &[String], asked: Expression, words: Words<'_>) {
        let mut seen = asked.clone();
        if let Expression::Call { arguments, .. } = &mut seen {
            arguments[0] = Expression::Text(Operation::Read.word().to_owned());
        }
        let name = guarded.guard("user_can_access");
        let (words, seen) = (Some(words), Some(seen));
        self.guard_about_another(&Another { name: &name, arguments, returns: "boolean", asked, words, seen });
    }

    /// The roles of the table's rules that the session holds for a record, and what it may do with it; nothing where it cannot read it.
    fn roles_on_record(&mut self, guarded: &Guarded<'_>, keys: &[String]) {
        let row = self.lowering.body_row(guarded.id, &[], false).single();
        let roles = self.roles_of_record(guarded, &row);
        let mut permissions = Vec::new();
        for operation in ASKED {
            let condition = self.in_session(|role| reached(guarded.encoding, role, operation), &row);
            permissions.push((operation.word().to_owned(), condition));
        }
        let mut conditions = self.is_record(guarded, &row, 1);
        conditions.push(self.in_session(|role| reached(guarded.encoding, role, Operation::Read), &row));
        let from = self.lowering.from(&row);
        let expression = granted(roles, permissions);
        let body = Select { expression, from: Some(from), condition: Some(Expression::And(conditions)) };
        let name = guarded.guard("roles_on");
        let call = self.look_up(&name, keys, "jsonb", body);
        let call = self.lowering.for_policy(call);
        let called = self.called(&[&call]);
        self.guard(&name, keys, ("jsonb", READS), Body::Sql(format!("SELECT {}", call.text())), called);
    }

    /// The roles that the table's rules are for, in words, and whether the session holds them for a record.
    pub(super) fn roles_of_record(&mut self, guarded: &Guarded<'_>, row: &RowContext) -> Vec<(String, Expression)> {
        let model = self.model;
        let rules = model.tables.get(&guarded.id).map_or(&[][..], |rules| rules);
        let uses: Vec<RoleUse> = role_uses(rules).into_keys().cloned().collect();
        let mut roles = Vec::new();
        for one in uses {
            roles.push((Describe { model }.role_use(&one), self.in_session(|role| holds(model, &one, role), row)));
        }
        roles.sort_by(|a, b| a.0.cmp(&b.0));
        roles
    }

    pub(super) fn key_types(&self, guarded: &Guarded<'_>) -> Vec<String> {
        guarded.key.iter().map(|&column| self.lowering.column_type(column)).collect()
    }

    /// Whether a row is the record whose key begins at a position among the arguments.
    fn is_record(&mut self, guarded: &Guarded<'_>, row: &RowContext, first: usize) -> Vec<Expression> {
        let keys = (first..).map(Expression::Parameter).zip(&guarded.key);
        keys.map(|(value, &column)| self.lowering.equals(column, row, value)).collect()
    }
}

/// The records that sessions of a database role reach with an operation.
pub(super) fn reached(encoding: &TableEncoding, role: &str, operation: Operation) -> Predicate {
    let permission = encoding.permissions.get(role).and_then(|permissions| permissions.get(&operation));
    permission.map_or(Predicate::Never, |permission| permission.using.clone())
}

const UNKNOWN_OPERATION: &str = "there is no operation \"%s\" on a record that is there";

/// Who is refused is told the rules that allow it, and nothing of the record.
const REQUIRE_ACCESS: &str = "BEGIN
  IF @can@(@all@) IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501',
      DETAIL = 'allowed by ' || CASE $1 @rules@ END;
  END IF;
  RETURN @roles@(@key@);
END";

const REQUIRE_RECORDED: &str = "DECLARE
  answer jsonb := @ask@;
BEGIN
  IF answer IS NULL OR answer ? 'refused' THEN
    RAISE EXCEPTION USING MESSAGE = coalesce(answer #>> '{refused,message}', 'refused'), ERRCODE = '42501', DETAIL = coalesce(answer #>> '{refused,detail}', '');
  END IF;
  RETURN answer;
END";
