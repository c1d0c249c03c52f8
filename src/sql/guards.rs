//! Guard functions: for an application that wants an error where policies would only find no row. Each answers by the predicates of the
//! policies, so it says nothing that the session could not find out by trying; what is not there looks like what is not allowed.
//!
//! The question is answered by functions of the lookup role, one per database role. What the application calls is a function that runs as
//! the caller and asks the one that belongs to the caller's role.

use std::collections::BTreeSet;

use super::expression::{Expression, From, Given, Select};
use super::generate::Generator;
use super::quote;
use super::row::Row;
use crate::access::{Predicate, holds};
use crate::catalog::{QualifiedName, TableId, words};
use crate::encode::{Encoding, TableEncoding};
use crate::model::{Describe, Membership, MembershipId, Operation, Path, RoleId, RoleUse, Scope, Subject};
use crate::objects::template::fill;
use crate::objects::{Body, Callers, Function, Purpose, Right, Rights, Schema, Target};

/// What may be asked about a record that is there.
const ASKED: [Operation; 3] = [Operation::Read, Operation::Update, Operation::Delete];

impl Generator<'_> {
    /// All guard functions of a project that has switched them on.
    pub(super) fn guards(&mut self, encoding: &Encoding) {
        let Some(schema) = self.model.guards.clone() else { return };
        let model = self.model;
        let unscoped: Vec<(String, RoleUse)> = self.roles_within(None);
        self.role_guards(&schema, "role", None, &unscoped);
        for (id, membership) in (0u32..).map(MembershipId).zip(&model.memberships) {
            let Some(within) = membership.within else { continue };
            let target = model.catalog.column(within).references.unwrap_or(within);
            let scope = Path { table: target.table, hops: Vec::new(), column: target };
            let mut roles = self.roles_within(Some((id, &scope)));
            roles.sort_by(|a, b| a.0.cmp(&b.0));
            let name = snake(&membership.name);
            self.role_guards(&schema, &format!("{name}_role"), Some(&scope), &roles);
            self.member_guard(&schema, &name, membership, id, &scope);
        }
        for (&table, of_table) in &encoding.tables {
            self.access_guards(&schema, table, of_table);
        }
        self.add(Schema { name: schema.clone(), used_by: None }, Vec::new());
        let rights = self.everyone().iter().map(|role| Right::to_use(role)).collect();
        self.add(Rights::new(Target::Schema(schema), Purpose::Guards, rights), Vec::new());
    }

    /// The roles that are held within a membership's scope, or, without one, by the user as a whole.
    fn roles_within(&self, scope: Option<(MembershipId, &Path)>) -> Vec<(String, RoleUse)> {
        let model = self.model;
        let roles = (0u32..).map(RoleId).zip(&model.roles);
        let within = roles.filter(|(id, _)| model.scope_of(*id) == scope.map(|(membership, _)| membership));
        within
            .map(|(id, role)| {
                let scope = scope.map_or(Scope::Unscoped, |(_, path)| Scope::Of(path.clone()));
                (role.name.clone(), RoleUse { subject: Subject::Role(id), scope })
            })
            .collect()
    }

    /// `has_<what>(role, …)` and `require_<what>(role, …)`.
    fn role_guards(&mut self, schema: &str, what: &str, scope: Option<&Path>, roles: &[(String, RoleUse)]) {
        if roles.is_empty() {
            return;
        }
        let mut arguments = vec!["text".to_owned()];
        arguments.extend(scope.map(|path| self.lowering.column_type(path.column)));
        let answer = |own: &mut Self, database_role: &str| {
            let cases: Vec<(String, Expression)> = roles
                .iter()
                .map(|(name, role)| (name.clone(), own.held(&holds(own.model, role, database_role), scope)))
                .collect();
            Select { expression: Expression::Choose { on: 1, cases }, from: own.scope_row(scope, 2), condition: None }
        };
        let name = QualifiedName::new(schema, format!("has_{what}"));
        let has = self.answering(&name, &arguments, answer);
        let names: Vec<String> = roles.iter().map(|(name, _)| quote::literal(name)).collect();
        let within = if scope.is_some() { " there" } else { "" };
        let body = fill(REQUIRE_ROLE, &[("names", &names.join(", ")), ("within", within), ("has", &has)]);
        self.requiring(&QualifiedName::new(schema, format!("require_{what}")), &arguments, body, &name);
    }

    /// `is_<membership>_member(key)` and `require_<membership>_member(key)`.
    fn member_guard(&mut self, schema: &str, name: &str, membership: &Membership, id: MembershipId, scope: &Path) {
        let arguments = vec![self.lowering.column_type(scope.column)];
        let set = crate::model::Set { membership: id, roles: None, tail: None };
        let member = crate::model::Atom::Member { value: crate::model::Value::Record(scope.clone()), set, negated: false };
        let signed_in = self.model.identity.signed_in_role.clone();
        let answer = |own: &mut Self, database_role: &str| {
            let held = if database_role == signed_in { Predicate::from(member.clone()) } else { Predicate::Never };
            let expression = own.held(&held, Some(scope));
            Select { expression, from: own.scope_row(Some(scope), 1), condition: None }
        };
        let asks = QualifiedName::new(schema, format!("is_{name}_member"));
        let has = self.answering(&asks, &arguments, answer);
        let message = quote::literal(&format!("a membership of this {} is required", membership.name));
        let body = fill(REQUIRE_MEMBER, &[("has", &has), ("message", &message), ("name", &quote::literal(&membership.name))]);
        self.requiring(&QualifiedName::new(schema, format!("require_{name}_member")), &arguments, body, &asks);
    }

    /// `can_access_<table>(operation, key)` and `require_access_to_<table>(operation, key)`.
    fn access_guards(&mut self, schema: &str, id: TableId, encoding: &TableEncoding) {
        let table = self.model.catalog.table(id);
        let [key] = table.primary_key.as_slice() else { return };
        if encoding.permissions.is_empty() {
            return;
        }
        let key = crate::catalog::ColumnRef { table: id, column: *key };
        let arguments = vec!["text".to_owned(), self.lowering.column_type(key)];
        let answer = |own: &mut Self, database_role: &str| {
            let row = own.lowering.body_row(id, &[], false).single();
            let mut cases = Vec::new();
            for operation in ASKED {
                let permission = encoding.permissions.get(database_role).and_then(|permissions| permissions.get(&operation));
                let Some(permission) = permission else { continue };
                let predicate = permission.using.clone();
                cases.push((operation.word().to_owned(), own.lowering.predicate(&predicate, &row)));
            }
            let is_it = own.lowering.equals(key, &row, Expression::Parameter(2));
            let condition = Expression::And(vec![is_it, Expression::Choose { on: 1, cases }]);
            Select { expression: own.lowering.exists_select(&row, condition), from: None, condition: None }
        };
        let name = snake(&table.name.to_string());
        let asks = QualifiedName::new(schema, format!("can_access_{name}"));
        let can = self.answering(&asks, &arguments, answer);
        let describe = Describe { model: self.model };
        let rules = ASKED.map(|operation| {
            let permissions = encoding.permissions.values().filter_map(|permissions| permissions.get(&operation));
            let sources = permissions.flat_map(|permission| &permission.sources);
            let mut rules: Vec<String> =
                sources.map(|source| format!("{}: \"{}\"", describe.role_use(&source.role), source.rule)).collect();
            rules.sort();
            rules.dedup();
            let rules = if rules.is_empty() { "no rule".to_owned() } else { rules.join("; ") };
            format!("WHEN '{}' THEN {}", operation.word(), quote::literal(&rules))
        });
        let message = quote::literal(&format!("this record of {} cannot be reached so, or is not there", table.name));
        let body = fill(REQUIRE_ACCESS, &[("can", &can), ("message", &message), ("rules", &rules.join(" "))]);
        self.requiring(&QualifiedName::new(schema, format!("require_access_to_{name}")), &arguments, body, &asks);
    }

    /// A predicate about the scope that a function is given.
    fn held(&mut self, predicate: &Predicate, scope: Option<&Path>) -> Expression {
        let table = scope.map_or(self.model.identity.user_key.table, |path| path.table);
        self.lowering.predicate(predicate, &Row::given(table, "scope", "scope"))
    }

    /// The row that stands for the scope, which has its key and nothing else.
    fn scope_row(&self, scope: Option<&Path>, position: usize) -> Option<From> {
        let path = scope?;
        let name = self.model.catalog.column(path.column).name.clone();
        Some(From::Given(vec![Given { alias: "scope".to_owned(), columns: vec![(name, position)] }]))
    }

    /// A function that the application calls, which asks the caller's role's own. Gives its call with its own arguments.
    fn answering(&mut self, name: &QualifiedName, arguments: &[String], answer: impl Fn(&mut Self, &str) -> Select) -> String {
        let (mut arms, mut inner) = (Vec::new(), Vec::new());
        let parameters: Vec<Expression> = (1..=arguments.len()).map(Expression::Parameter).collect();
        for role in self.model.application_roles() {
            let body = answer(self, role);
            let (words, remark) =
                (format!("{} {role}", name.name), format!("What {}.{} answers to {role}", name.schema, name.name));
            let given = std::iter::zip(arguments.to_vec(), parameters.clone()).collect();
            let call = self.lowering.function(&words, given, "boolean", body, remark);
            // The function that the application calls runs as the caller, so the session is asked there.
            let call = self.lowering.for_policy(call);
            let has_role = format!("pg_has_role(current_user, {}, 'USAGE')", quote::literal(role));
            arms.push(format!("({has_role} AND {})", call.text()));
            inner.push(call);
        }
        // The right to call all of them is asked for before any is called; their schema is closed to the application.
        let roles = self.everyone();
        let called = self.calls(&inner.iter().collect::<Vec<_>>(), &roles);
        // An answer that is unknown is no: `IF NOT …` would take NULL for yes.
        let answer = format!("SELECT coalesce({}, false)", arms.join("\n    OR "));
        self.guard(name, arguments, ("boolean", "STABLE PARALLEL SAFE"), Body::Sql(answer), called);
        let parameters: Vec<String> = parameters.iter().map(Expression::text).collect();
        format!("{}({})", quote::qualified(name), parameters.join(", "))
    }

    /// A function that raises an error or does nothing.
    fn requiring(&mut self, name: &QualifiedName, arguments: &[String], body: String, asks: &QualifiedName) {
        let called = BTreeSet::from([quote::qualified(asks)]);
        self.guard(name, arguments, ("void", "STABLE"), Body::Plpgsql(body), called);
    }

    fn guard(
        &mut self,
        name: &QualifiedName,
        arguments: &[String],
        (returns, attributes): (&str, &str),
        body: Body,
        calls: BTreeSet<String>,
    ) {
        let function = Function {
            name: name.clone(),
            arguments: arguments.to_vec(),
            returns: returns.to_owned(),
            attributes: attributes.to_owned(),
            is_definer: false,
            settings: Vec::new(),
            body,
            comment: None,
            callers: Callers::Application(self.everyone()),
            owner: None,
            calls,
        };
        self.add(function, Vec::new());
    }
}

/// Who does not hold the role is told which.
const REQUIRE_ROLE: &str = "BEGIN
  IF $1 IS NULL OR $1 NOT IN (@names@) THEN
    RAISE EXCEPTION 'there is no role \"%\"@within@', $1 USING ERRCODE = '22023';
  END IF;
  IF @has@ IS NOT TRUE THEN
    RAISE EXCEPTION 'the role \"%\" is required', $1 USING ERRCODE = '42501', DETAIL = $1;
  END IF;
END";

const REQUIRE_MEMBER: &str = "BEGIN
  IF @has@ IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501', DETAIL = @name@;
  END IF;
END";

/// Who is refused is told the rules that allow it, and nothing of the record.
const REQUIRE_ACCESS: &str = "BEGIN
  IF $1 IS NULL OR $1 NOT IN ('read', 'update', 'delete') THEN
    RAISE EXCEPTION 'there is no operation \"%\"', $1 USING ERRCODE = '22023';
  END IF;
  IF @can@ IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501',
      DETAIL = 'allowed by ' || CASE $1 @rules@ END;
  END IF;
END";

/// `Project Team` as `project_team`.
fn snake(name: &str) -> String {
    let words = words(name);
    let parts = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.collect::<Vec<_>>().join("_")
}
