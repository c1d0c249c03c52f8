//! What the session says: who is signed in, its claims. It is asked by whoever makes the statement, and handed to look-ups as arguments: a
//! function that runs as its owner would get another answer from an identity function, from raw SQL, from anything that asks who is asking.
//!
//! In: [`Expression`]s with [`SessionValue`]s. Out: the same without, for the place where they stand: a policy, a trigger's WHEN, a body.

use std::collections::BTreeSet;

use super::expression::{Callee, Changes, Expression, Select};
use super::functions::{Definition, Guard, calls_of_select, look_up_body};
use super::lower::Lowering;
use super::quote;
use super::session_value::{SessionValue, asked_type, element_type};
use crate::catalog::{QualifiedName, TableId};
use crate::objects::Body;
use crate::objects::template::fill;

/// The call that keeps others from changing what is about to be counted until the transaction ends. Of a hash, two keys may have the same one: then one
/// waits for the other for nothing.
fn lock(table: &QualifiedName, changes: Changes, position: impl Fn(SessionValue) -> usize) -> Option<String> {
    let key = match changes {
        Changes::Anew => return None,
        Changes::Alone => "0".to_owned(),
        Changes::AloneByKey(1) => "coalesce(hashtext($1::text), 0)".to_owned(),
        Changes::AloneByKey(count) => {
            let parts: Vec<String> = (1..=count).map(|part| format!("${part}")).collect();
            format!("hashtext(ROW({})::text)", parts.join(", "))
        }
        Changes::AloneByUser => format!("coalesce(hashtext(${}::text), 0)", position(SessionValue::Identity)),
    };
    Some(format!("pg_advisory_xact_lock({}::regclass::oid::integer, {key})", quote::literal(&quote::qualified(table))))
}

impl Lowering<'_> {
    /// An expression for a policy or a view.
    pub(super) fn for_policy(&mut self, mut expression: Expression) -> Expression {
        expression.replace_session(false, &mut |value, is_once| {
            let value = self.ask_session(value);
            if is_once { value } else { value.once() }
        });
        expression
    }

    /// An expression for what the caller asks by itself: a trigger's WHEN, which has no sub-selects (manual, CREATE TRIGGER), the body of a function that runs as
    /// the caller.
    pub(super) fn for_caller(&mut self, expression: Expression) -> Expression {
        let mut expression = expression.without_selects();
        expression.replace_session(true, &mut |value, _| self.ask_session(value));
        expression
    }

    /// Makes a function of a body, unless it is there, and gives its call: with these arguments, types and values, and then with what the body
    /// wants to know of the session.
    pub(super) fn function(
        &mut self,
        purpose: &str,
        arguments: Vec<(String, Expression)>,
        returns: &str,
        body: Select,
        remark: String,
    ) -> Expression {
        let write = |body: &Select, guard: Option<&Guard<'_>>, locks: &[String]| look_up_body(body, returns, guard, locks);
        self.function_of(purpose, arguments, returns, body, remark, write)
    }

    /// The same of a body that is written in another way.
    pub(super) fn function_of(
        &mut self,
        purpose: &str,
        arguments: Vec<(String, Expression)>,
        returns: &str,
        mut body: Select,
        remark: String,
        write: impl FnOnce(&Select, Option<&Guard<'_>>, &[String]) -> Body,
    ) -> Expression {
        let list = match &body.expression {
            Expression::ArrayOf(select) if arguments.is_empty() => Some((**select).clone()),
            _ => None,
        };
        self.open_windows(&mut body);
        let mut values = body.session_values();
        let changes = body.changes();
        if changes.iter().any(|(_, changes)| *changes == Changes::AloneByUser) {
            values.insert(SessionValue::Identity);
        }
        let complete = body.complete_tables();
        if !complete.is_empty() {
            values.insert(SessionValue::SeesAll(complete.clone()));
        }
        let (mut types, mut given): (Vec<String>, Vec<Expression>) = arguments.into_iter().unzip();
        let first = types.len() + 1;
        body.replace_session(&mut |value, _| {
            Expression::Parameter(first + values.iter().position(|known| known == value).unwrap_or_default())
        });
        types.extend(values.iter().map(|value| self.session_type(value)));
        let position = |value| first + values.iter().position(|known| *known == value).unwrap_or_default();
        let guard = (!complete.is_empty()).then(|| Guard {
            runs_as: self.model.lookup_role.as_str(),
            tables: complete.iter().map(quote::qualified).collect(),
            given: position(SessionValue::SeesAll(complete.clone())),
        });
        let locks: Vec<String> = changes.iter().filter_map(|(table, changes)| lock(table, *changes, position)).collect();
        let attributes = if changes.is_empty() { "STABLE PARALLEL SAFE" } else { "VOLATILE" };
        let body_text = write(&body, guard.as_ref(), &locks);
        given.extend(values.iter().cloned().map(Expression::Session));
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose,
            arguments: types,
            returns,
            attributes,
            is_definer: true,
            settings: &[],
            body: body_text,
            calls: calls_of_select(&body),
            remark,
        });
        if let (Callee::Ours(name), Some(list)) = (&function, list) {
            self.lists.insert(name.clone(), list);
        }
        Expression::Call { function, arguments: given }
    }

    /// The type of what [`Self::ask_session`] gives.
    pub(super) fn session_type(&self, value: &SessionValue) -> String {
        match value {
            SessionValue::Identity => asked_type(&self.identity_type()),
            SessionValue::Claim(_, r#type) => asked_type(r#type),
            SessionValue::ClaimList(_, r#type) => format!("{}[]", element_type(r#type)),
            SessionValue::SeesAll(_) => "regclass[]".to_owned(),
            SessionValue::ActsAs(_) | SessionValue::Raw(..) => "boolean".to_owned(),
        }
    }

    /// The SQL of a session value, as the caller asks it.
    fn ask_session(&mut self, value: &SessionValue) -> Expression {
        match value {
            SessionValue::Identity => self.identity(),
            SessionValue::Claim(claim, r#type) => self.claim(claim, r#type),
            SessionValue::ClaimList(claim, r#type) => self.claim_list(claim, r#type),
            SessionValue::SeesAll(tables) => self.sees_all(tables),
            SessionValue::ActsAs(role) => acts_as(role),
            SessionValue::Raw(table, text, row) => self.raw_of_caller(*table, text, row),
        }
    }

    /// Asks whether the lookup role sees every row of some tables. Row-level security may hide them from it (another policy, a restrictive one,
    /// its own policy dropped or altered), and an answer that rests on no row being there would then grant.
    fn sees_all(&mut self, tables: &BTreeSet<QualifiedName>) -> Expression {
        let role = &self.model.lookup_role;
        let text = fill(SEES_ALL, &[("role", &quote::literal(role))]);
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "sees all",
            arguments: vec!["VARIADIC tables regclass[]".to_owned()],
            returns: "regclass[]",
            attributes: "STABLE PARALLEL SAFE",
            is_definer: true,
            settings: &[],
            body: Body::Plpgsql(text),
            calls: BTreeSet::new(),
            remark: "Raises an error unless look-ups see every row of these tables".to_owned(),
        });
        let tables = tables.iter().map(|table| Expression::Text(quote::qualified(table)).cast("regclass"));
        Expression::Call { function, arguments: tables.collect() }
    }

    /// Raw SQL about one record, in a function that runs as the caller: WHEN allows no sub-select, and a text cannot be told that its columns are
    /// those of NEW.
    fn raw_of_caller(&mut self, table: TableId, text: &str, row: &str) -> Expression {
        let name = &self.model.catalog.table(table).name;
        let (relation, alias) = (quote::qualified(name), quote::identifier(&name.name));
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: &format!("{name} sql"),
            arguments: vec![relation],
            returns: "boolean",
            attributes: "STABLE",
            is_definer: false,
            settings: &[],
            body: Body::SqlOfCaller(format!("SELECT ({text}) FROM (SELECT ($1).*) AS {alias}")),
            calls: BTreeSet::new(),
            remark: format!("What a rule of {name} says in SQL"),
        });
        Expression::Call { function, arguments: vec![Expression::Word(if row == "before" { "old" } else { "new" })] }
    }
}

/// Whether the session acts as a role, or inherits it.
pub(super) fn acts_as(role: &str) -> Expression {
    let arguments =
        vec![Expression::Word("current_user"), Expression::Text(role.to_owned()), Expression::Text("USAGE".to_owned())];
    Expression::call("pg_has_role", arguments)
}

/// The lookup role's policy is told by what it says, not by its name, which stays when what it says is altered. Table by table: a query on all of
/// them at once would be planned anew by each statement, because the planner takes the plan for a given list to be cheaper, and this takes longer
/// than all the rest.
const SEES_ALL: &str = "DECLARE
  looked_up regclass;
BEGIN
  IF current_user <> @role@ THEN
    RAISE EXCEPTION 'a look-up has to run as %', @role@ USING HINT = 'Its functions belong to somebody else: ALTER FUNCTION … OWNER TO gives them back.';
  END IF;
  FOREACH looked_up IN ARRAY tables LOOP
    IF row_security_active(looked_up) THEN
      IF (
        SELECT count(*) FILTER (WHERE polpermissive AND pg_get_expr(polqual, polrelid) = 'true') = 0
          OR count(*) FILTER (WHERE NOT polpermissive) > 0
        FROM pg_policy
        WHERE polrelid = looked_up AND polcmd IN ('r', '*')
          AND EXISTS (SELECT FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(current_user, role, 'USAGE'))
      ) THEN
        RAISE EXCEPTION 'a look-up does not see every row of %', looked_up
          USING HINT = 'Drop the policy that hides them, or make rowgate_lookup, FOR SELECT USING (true), again.';
      END IF;
    END IF;
  END LOOP;
  RETURN tables;
END";
