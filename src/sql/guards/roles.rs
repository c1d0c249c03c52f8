//! Which roles and permissions the session holds: as a whole, or within what a membership is within.

use std::collections::BTreeMap;

use super::super::expression::{Expression, From, Given, Select};
use super::super::generate::Generator;
use super::super::quote;
use super::super::row_context::RowContext;
use super::others::Another;
use super::recorded::{Refused, Required, key_of, session_roles_call};
use super::{READS, Words, granted, named, snake};
use crate::access::{Predicate, holds};
use crate::catalog::QualifiedName;
use crate::model::{Atom, Held, Literal, Membership, MembershipId, Model, Path, RoleId, RoleUse, Scope, Set, Subject, Value};
use crate::objects::Body;
use crate::objects::template::fill;

/// Where roles are held.
struct Place<'a> {
    schema: &'a str,
    /// What stands before `role` in the names of guards: `team_`, or nothing.
    prefix: String,
    /// What they are held within, if they are held within something.
    scope: Option<Path>,
    roles: Vec<Named>,
    permissions: Vec<Named>,
    /// Where else to ask about a role.
    hint: String,
}

/// A word, and the roles of which holding any is what it asks.
struct Named {
    name: String,
    uses: Vec<RoleUse>,
}

impl Place<'_> {
    fn guard(&self, before: &str, after: &str) -> QualifiedName {
        named(self.schema, &format!("{before}{}{after}", self.prefix))
    }
}

impl Generator<'_> {
    /// The guards about roles of a project.
    pub(super) fn role_guards(&mut self, schema: &str) {
        let model = self.model;
        let scoped = scopes(model);
        let asked: Vec<String> = scoped.iter().map(|(_, membership, _)| has_role_of(membership)).collect();
        let hint =
            if asked.is_empty() { String::new() } else { format!("{} asks about roles within something.", asked.join(", ")) };
        let (roles, permissions) = told_apart(model, session_roles(model));
        let whole = Place { schema, prefix: String::new(), scope: None, permissions, roles, hint };
        self.guards_of_place(&whole);
        self.sign_in_guard(&whole);
        for (id, membership, scope) in scoped {
            let (roles, permissions) = told_apart(model, roles_within(model, id, &scope));
            let hint = "has_role asks about roles that are held within nothing.".to_owned();
            let prefix = format!("{}_", snake(&membership.name));
            let place = Place { schema, prefix, scope: Some(scope), permissions, roles, hint };
            self.guards_of_place(&place);
            self.member_guard(&place, membership, id);
        }
    }

    fn guards_of_place(&mut self, place: &Place<'_>) {
        self.roles_function(place);
        for (what, asked) in [("role", &place.roles), ("permission", &place.permissions)] {
            if asked.is_empty() {
                continue;
            }
            let arguments = self.arguments(Some("text"), place);
            let mut cases = Vec::new();
            for Named { name, uses } in asked {
                cases.push((name.clone(), self.held(uses, place)));
            }
            let body =
                Select { expression: Expression::Choose { on: 1, cases }, from: self.scope_row(place, 2), condition: None };
            let has = place.guard("has_", what);
            let within = if place.scope.is_some() { " there" } else { "" };
            let known: Vec<String> = asked.iter().map(|named| named.name.clone()).collect();
            let unknown = format!("there is no {what} \"%s\"{within}");
            let hint = if what == "role" { place.hint.as_str() } else { "" };
            _ = self.question(&has, &arguments, body, Some(&Words { known: &known, unknown: &unknown, hint }));
            let scope = if place.scope.is_some() { "$2" } else { "" };
            let all = if place.scope.is_some() { "$1, $2" } else { "$1" };
            let roles = place.guard("", "roles");
            let names = [("what", what), ("has", &quote::qualified(&has)), ("all", all)];
            let answer = [("roles", quote::qualified(&roles)), ("scope", scope.to_owned())];
            let answer = answer.iter().map(|(name, value)| (*name, value.as_str()));
            let body = fill(REQUIRE, &names.into_iter().chain(answer).collect::<Vec<_>>());
            self.requirement(&place.guard("require_", what), &arguments, body, &[&has, &roles]);
            let message = format!("format('the {what} \"%s\" is required', $1)");
            let about = Some(format!("jsonb_build_object('{what}', $1)"));
            self.recorded_role(place, (what, what), &arguments, (&has, all), (message, "$1".to_owned()), about);
        }
    }

    /// The same as an answer that is recorded: of a role, of a permission, of any membership, or of somebody being signed in.
    fn recorded_role(
        &mut self,
        place: &Place<'_>,
        (name, what): (&str, &str),
        arguments: &[String],
        (can, given): (&QualifiedName, &str),
        (message, detail): (String, String),
        about: Option<String>,
    ) {
        let roles = place.guard("", "roles");
        let position = arguments.len();
        let within = place.scope.as_ref().map(|path| (self.model.catalog.table(path.table), path.column.column));
        let scope = if within.is_some() { format!("${position}") } else { String::new() };
        let granted = format!("{}({scope})", quote::qualified(&roles));
        let mut held = vec![session_roles_call(place.schema)];
        if within.is_some() {
            held.push((granted.clone(), roles.clone()));
        }
        self.recorded_requirement(&Required {
            name: place.guard("ask_for_", name),
            arguments,
            can: format!("{}({given})", quote::qualified(can)),
            asked: can,
            granted: (granted.clone(), &roles),
            held,
            message,
            detail,
            entry: Refused {
                operation: quote::literal(&format!("refused {what}")),
                table: within.map(|(table, _)| quote::literal(&table.name.to_string())),
                key: within.map(|(table, column)| key_of(table, &[column], position)),
                fields: None,
                about,
            },
            may_read: false,
        });
    }

    /// `roles()`: all that the session holds there.
    fn roles_function(&mut self, place: &Place<'_>) {
        let arguments = self.arguments(None, place);
        let [roles, permissions] = [&place.roles, &place.permissions].map(|all| {
            let held = all.iter().map(|Named { name, uses }| (name.clone(), self.held(uses, place)));
            held.collect::<Vec<_>>()
        });
        let body = Select { expression: granted(roles, permissions), from: self.scope_row(place, 1), condition: None };
        let name = place.guard("", "roles");
        let asked = self.look_up(&name, &arguments, "jsonb", body);
        let call = self.lowering.for_policy(asked.clone());
        let called = self.called(&[&call]);
        self.guard(&name, &arguments, ("jsonb", READS), Body::Sql(format!("SELECT {}", call.text())), called);
        let of_user = place.guard("", "roles_of_user");
        self.guard_about_another(&Another {
            name: &of_user,
            arguments: &arguments,
            returns: "jsonb",
            asked,
            words: None,
            seen: None,
        });
    }

    fn sign_in_guard(&mut self, whole: &Place<'_>) {
        let (has, roles) = (whole.guard("has_", "role"), whole.guard("", "roles"));
        let body = fill(REQUIRE_SIGNED_IN, &[("has", &quote::qualified(&has)), ("roles", &quote::qualified(&roles))]);
        self.requirement(&whole.guard("require_", "signed_in"), &[], body, &[&has, &roles]);
        let says = ("'nobody is signed in'".to_owned(), "'Authenticated'".to_owned());
        self.recorded_role(whole, ("signed_in", "sign-in"), &[], (&has, "'Authenticated'"), says, None);
    }

    /// `is_<membership>_member(key)` and `require_<membership>_member(key)`.
    fn member_guard(&mut self, place: &Place<'_>, membership: &Membership, id: MembershipId) {
        let Some(scope) = &place.scope else { return };
        let arguments = self.arguments(None, place);
        let set = Set { membership: id, roles: None, tail: None };
        let member = crate::access::Atom::Member { value: Value::Record(scope.clone()), set, negated: false };
        let signed_in = self.model.identity.signed_in_role.clone();
        let holds = |role: &str| if role == signed_in { Predicate::from(member.clone()) } else { Predicate::Never };
        let expression = self.in_session(holds, &RowContext::given(scope.table, "scope", "scope"));
        let body = Select { expression, from: self.scope_row(place, 1), condition: None };
        let (is, roles) = (place.guard("is_", "member"), place.guard("", "roles"));
        _ = self.question(&is, &arguments, body, None);
        let message = quote::literal(&format!("a membership of this {} is required", membership.name));
        let body = fill(
            REQUIRE_MEMBER,
            &[
                ("is", &quote::qualified(&is)),
                ("message", &message),
                ("name", &quote::literal(&membership.name)),
                ("roles", &quote::qualified(&roles)),
            ],
        );
        self.requirement(&place.guard("require_", "member"), &arguments, body, &[&is, &roles]);
        let says = (message, quote::literal(&membership.name));
        self.recorded_role(place, ("member", "membership"), &arguments, (&is, "$1"), says, None);
    }

    fn arguments(&self, first: Option<&str>, place: &Place<'_>) -> Vec<String> {
        let scope = place.scope.iter().map(|path| self.lowering.column_type(path.column));
        first.map(str::to_owned).into_iter().chain(scope).collect()
    }

    /// Whether the session holds any of these roles there.
    fn held(&mut self, uses: &[RoleUse], place: &Place<'_>) -> Expression {
        let model = self.model;
        let table = place.scope.as_ref().map_or(model.identity.user_key.table, |path| path.table);
        let of_role = |role: &str| Predicate::any(uses.iter().map(|one| holds(model, one, role)));
        self.in_session(of_role, &RowContext::given(table, "scope", "scope"))
    }

    /// The row that stands for the scope, which has its key and nothing else.
    fn scope_row(&self, place: &Place<'_>, position: usize) -> Option<From> {
        let path = place.scope.as_ref()?;
        let name = self.model.catalog.column(path.column).name.clone();
        Some(From::Given(vec![Given { alias: "scope".to_owned(), columns: vec![(name, position)] }]))
    }
}

/// The memberships that are within something, with the key of that.
fn scopes(model: &Model) -> Vec<(MembershipId, &Membership, Path)> {
    let all = (0u32..).map(MembershipId).zip(&model.memberships);
    all.filter_map(|(id, membership)| {
        let within = membership.within?;
        let target = model.catalog.column(within).references.unwrap_or(within);
        Some((id, membership, Path { table: target.table, hops: Vec::new(), column: target }))
    })
    .collect()
}

fn has_role_of(membership: &Membership) -> String {
    format!("has_{}_role", snake(&membership.name))
}

/// The roles that are held by the user as a whole, and the two that are built in.
fn session_roles(model: &Model) -> Vec<Named> {
    let own = (0u32..).map(RoleId).take(model.roles.len()).filter(|&id| model.scope_of(id).is_none()).map(Subject::Role);
    let all = own.chain([Subject::Anyone, Subject::Authenticated]);
    let mut roles: Vec<Named> = all.map(|subject| role(model, subject, Scope::Unscoped)).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles
}

/// The roles of a membership: those that are held within something, and those that are held everywhere.
fn roles_within(model: &Model, id: MembershipId, scope: &Path) -> Vec<Named> {
    let is_of_it = |held: &Held| matches!(held, Held::Membership { membership, .. } if *membership == id);
    let roles = (0u32..).map(RoleId).zip(&model.roles).filter(|(_, role)| is_of_it(&role.held));
    roles.map(|(id, _)| role(model, Subject::Role(id), Scope::Of(scope.clone()))).collect()
}

fn role(model: &Model, subject: Subject, scope: Scope) -> Named {
    Named { name: model.subject_name(subject).to_owned(), uses: vec![RoleUse { subject, scope }] }
}

/// Roles of the configuration, and the permissions that they and rules ask for.
fn told_apart(model: &Model, all: Vec<Named>) -> (Vec<Named>, Vec<Named>) {
    let permissions = permissions(model, &all);
    let is_role = |one: &RoleUse| !matches!(one.subject, Subject::Role(id) if model.role(id).permission.is_some());
    (all.into_iter().filter(|named| named.uses.iter().all(is_role)).collect(), permissions)
}

/// The permissions that roles are held by, each with these roles.
fn permissions(model: &Model, roles: &[Named]) -> Vec<Named> {
    let mut found: BTreeMap<String, Vec<RoleUse>> = BTreeMap::new();
    for one in roles.iter().flat_map(|named| &named.uses) {
        let Subject::Role(id) = one.subject else { continue };
        if let Held::User(test) | Held::Membership { test, .. } = &model.role(id).held
            && let Some(text) = permission(test)
        {
            found.entry(text).or_default().push(one.clone());
        }
    }
    found.into_iter().map(|(name, uses)| Named { name, uses }).collect()
}

/// The word that a role asks a list for: its own, or that of what any key of an array leads to.
fn permission(test: &Atom) -> Option<String> {
    match test {
        Atom::Contains { element: Value::Literal(Literal { text, .. }), .. } => Some(text.clone()),
        Atom::Exists(exists) => {
            let mut found = None;
            exists.condition.for_each_own_atom(&mut |atom| found = found.take().or_else(|| permission(atom)));
            found
        }
        _ => None,
    }
}

/// Who does not hold it is told which.
const REQUIRE: &str = "BEGIN
  IF @has@(@all@) IS NOT TRUE THEN
    RAISE EXCEPTION 'the @what@ \"%\" is required', $1 USING ERRCODE = '42501', DETAIL = $1;
  END IF;
  RETURN @roles@(@scope@);
END";

const REQUIRE_SIGNED_IN: &str = "BEGIN
  IF @has@('Authenticated') IS NOT TRUE THEN
    RAISE EXCEPTION 'nobody is signed in' USING ERRCODE = '42501', DETAIL = 'Authenticated';
  END IF;
  RETURN @roles@();
END";

const REQUIRE_MEMBER: &str = "BEGIN
  IF @is@($1) IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501', DETAIL = @name@;
  END IF;
  RETURN @roles@($1);
END";
