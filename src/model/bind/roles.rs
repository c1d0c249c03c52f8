//! Roles: how they are held, what they include, and their uses in rules.

use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, Family, TableId, Type};
use crate::config::{Role as Entry, Scalar};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{
    Atom, Claim, ClaimPath, Comparison, Held, Literal, MembershipId, Path, Role, RoleId, RoleUse, Scope, Subject, Value,
};

/// A noun with the article that it is spoken with.
fn with_article(noun: &str) -> String {
    let article = if noun.to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The words of the two roles that are built in.
pub(super) const BUILT_IN: [(&str, Subject); 2] = [("anyone", Subject::Anyone), ("authenticated", Subject::Authenticated)];

impl Binder<'_> {
    pub(super) fn bind_roles(&mut self, files: &[&ast::File]) {
        let entries = &self.config.roles.0;
        for (name, entry) in entries {
            if BUILT_IN.iter().any(|(built_in, _)| *built_in == key(name)) {
                self.role_error(name, None, format!("`{name}` is built in and cannot be defined"));
            }
            let held = self.held(name, entry);
            let id = RoleId(u32::try_from(self.roles.len()).unwrap_or(u32::MAX));
            // A role that is wrong keeps its name, so that rules for it are not reported too; with an error reported, no
            // output is made of it.
            let held = held.unwrap_or_else(|| {
                self.broken_roles.push(id);
                Held::DatabaseRole(name.clone())
            });
            if self.role_names.insert(key(name), id).is_some() {
                self.role_error(name, None, format!("two roles are called `{name}`, apart from spelling"));
            }
            self.roles.push(Role { name: name.clone(), held, includes: Vec::new(), permission: None });
        }
        self.bind_permissions(files);
        for (index, (name, entry)) in entries.iter().enumerate() {
            let own = membership_of(&self.roles[index]);
            let includes: Vec<RoleId> = entry.includes.0.iter().flat_map(|other| self.included(name, own, other)).collect();
            self.roles[index].includes = includes;
        }
        self.check_includes();
    }

    fn role_error(&mut self, name: &str, at: Option<&str>, title: impl Into<String>) {
        let path: Vec<&str> = ["roles", name].into_iter().chain(at).collect();
        let span = self.config_place(&path);
        self.report(Diagnostic::new(Code::RoleDefinition, span, title));
    }

    fn held(&mut self, name: &str, entry: &Entry) -> Option<Held> {
        match (&entry.column, &entry.membership, &entry.claim, &entry.database_role) {
            (Some(path), None, None, None) => self.held_by_user(name, entry, path),
            (None, Some(membership), None, None) => self.held_by_membership(name, entry, membership),
            (None, None, Some(claim), None) => self.held_by_claim(name, entry, claim),
            (None, None, None, Some(database_role)) => {
                let tests = [
                    entry.equals.is_some(),
                    entry.at_least.is_some(),
                    entry.contains.is_some(),
                    entry.global,
                    entry.path.is_some(),
                ];
                if tests.contains(&true) {
                    self.role_error(name, None, "a role by database role takes no test: sessions of that database role hold it");
                }
                self.check_role_name(database_role, &["roles", name, "database_role"]);
                Some(Held::DatabaseRole(database_role.clone()))
            }
            _ => {
                let title = format!("`{name}` needs exactly one of `column`, `membership`, `claim` and `database_role`");
                self.role_error(name, None, title);
                None
            }
        }
    }

    fn held_by_user(&mut self, name: &str, entry: &Entry, path: &str) -> Option<Held> {
        if entry.global || entry.path.is_some() {
            self.role_error(name, None, "`global` and `path` belong to roles by membership");
            return None;
        }
        let user_table = self.identity.as_ref()?.user_key.table;
        let place = ["roles", name, "column"];
        let mut test = |binder: &mut Self, value: Value, column: ColumnRef| binder.test(name, entry, value, column);
        self.at_path(user_table, path, &place, &Value::User, &mut test).map(Held::User)
    }

    /// By a claim: a text, a list of texts, or a number that is high enough.
    fn held_by_claim(&mut self, name: &str, entry: &Entry, claim: &str) -> Option<Held> {
        if entry.global || entry.path.is_some() {
            self.role_error(name, None, "`global` and `path` belong to roles by membership");
            return None;
        }
        let span = self.config_place(&["roles", name, "claim"]);
        self.require_claims(span);
        let path = ClaimPath::parse(claim);
        if path.is_written_by_users() {
            self.report_written_by_users(span, format!("whoever holds a token can make `{name}` of it"));
        }
        let claim = Claim::Token(path);
        let test = match (&entry.equals, &entry.contains, &entry.at_least) {
            (Some(scalar), None, None) | (None, Some(scalar), None) => {
                let literal =
                    self.scalar(scalar, &json_type(scalar)).map_err(|reason| self.role_error(name, None, reason)).ok()?;
                Atom::Contains { array: Value::Claim(claim, Type::Jsonb), element: Value::Literal(literal), negated: false }
            }
            (None, None, Some(level @ (Scalar::Integer(_) | Scalar::Float(_)))) => {
                let number = Type::Numeric(String::new());
                let literal = self.scalar(level, &number).map_err(|reason| self.role_error(name, None, reason)).ok()?;
                Atom::Compare { left: Value::Claim(claim, number), operator: Comparison::AtLeast, right: Value::Literal(literal) }
            }
            _ => {
                let title = format!("`{name}` needs exactly one of `equals`, `contains` and `at_least` with a number");
                self.role_error(name, None, title);
                return None;
            }
        };
        Some(Held::Claim(test))
    }

    fn held_by_membership(&mut self, name: &str, entry: &Entry, membership: &str) -> Option<Held> {
        let Some(&id) = self.membership_names.get(&key(membership)) else {
            if !self.config.memberships.0.contains_key(membership) {
                let span = self.config_place(&["roles", name, "membership"]);
                let title = format!("there is no membership `{membership}`");
                let near = crate::diagnostic::did_you_mean(membership, self.config.memberships.0.keys().map(String::as_str));
                let diagnostic = Diagnostic::new(Code::RoleDefinition, span, title);
                self.report(match near {
                    Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                    None => diagnostic.with_help("define it under `memberships` in rowgate.yaml"),
                });
            }
            return None;
        };
        let (table, scoped) = (self.memberships[id.0 as usize].table, self.memberships[id.0 as usize].within.is_some());
        if !entry.global && !scoped {
            let title = format!("`{membership}` is within nothing, so `{name}` can only be held globally");
            let found = Diagnostic::new(Code::RoleDefinition, self.config_place(&["roles", name]), title);
            self.report(found.with_help(format!("add `global: true` to `{name}`, or `within:` to the membership")));
            return None;
        }
        let configured = self.config.memberships.0.get(&self.memberships[id.0 as usize].name);
        let Some(path) = entry.path.as_ref().or_else(|| configured.and_then(|m| m.role.as_ref())) else {
            let title = format!("`{name}` tests nothing: give it a `path`, or the membership a `role`");
            self.role_error(name, None, title);
            return None;
        };
        let mut test = |binder: &mut Self, value: Value, column: ColumnRef| binder.test(name, entry, value, column);
        let test = self.at_path(table, path, &["roles", name, "path"], &Value::Record, &mut test)?;
        Some(Held::Membership { membership: id, test, global: entry.global })
    }

    /// The test of a value: exactly one of `equals`, `at_least` and `contains`.
    fn test(&mut self, name: &str, entry: &Entry, value: Value, column: ColumnRef) -> Option<Atom> {
        let column_type = self.catalog.column(column).r#type.clone();
        let column_name = self.column_name(column);
        let tests = [("equals", &entry.equals), ("at_least", &entry.at_least), ("contains", &entry.contains)];
        let given: Vec<(&str, &Scalar)> = tests.iter().filter_map(|(at, scalar)| Some((*at, scalar.as_ref()?))).collect();
        let [(at, scalar)] = given.as_slice() else {
            self.role_error(name, None, format!("`{name}` needs exactly one of `equals`, `at_least` and `contains`"));
            return None;
        };
        let element_type = match (*at, &column_type) {
            ("contains", Type::Jsonb) => Some(Type::Text),
            ("contains", Type::Array(element)) => Some((**element).clone()),
            ("contains", _) => None,
            _ => Some(column_type.clone()),
        };
        let Some(element_type) = element_type else {
            let title = format!("`{column_name}` is `{column_type}`; `contains` needs a jsonb or an array");
            self.role_error(name, Some(at), title);
            return None;
        };
        let literal = match self.scalar(scalar, &element_type) {
            Ok(literal) => literal,
            Err(reason) => {
                let title = format!("{reason}, and `{column_name}` is `{column_type}`");
                let found = Diagnostic::new(Code::RoleDefinition, self.config_place(&["roles", name, at]), title);
                self.report(match element_type.family() {
                    Family::Boolean => found.with_help(format!("write `{at}: true` or `{at}: false`")),
                    // What YAML reads as something else than a text is one in quotes.
                    Family::Text => found.with_help(format!("write `{at}: \"{}\"`", scalar.text())),
                    _ => found,
                });
                return None;
            }
        };
        Some(match *at {
            "contains" => Atom::Contains { array: value, element: Value::Literal(literal), negated: false },
            _ => {
                let operator = if *at == "at_least" { Comparison::AtLeast } else { Comparison::Equal };
                if !super::compare::is_allowed(operator, &column_type.family()) {
                    let span = self.config_place(&["roles", name, at]);
                    let title = format!("`{column_name}` is `{column_type}`, which has no order");
                    let found = Diagnostic::new(Code::RoleDefinition, span, title);
                    self.report(match column_type.family() {
                        Family::Text => found
                            .with_note("texts would be compared by the alphabet, in which \"admin\" is below \"member\"")
                            .with_help("make the column an enum, whose values have the order of their list; or let roles include each other"),
                        _ => found.with_help("use `equals`"),
                    });
                    return None;
                }
                Atom::Compare { left: value, operator, right: Value::Literal(literal) }
            }
        })
    }

    fn scalar(&self, scalar: &Scalar, r#type: &Type) -> Result<Literal, String> {
        let operand = match scalar {
            Scalar::Boolean(value) => ast::Operand::Boolean(*value),
            Scalar::Integer(value) => ast::Operand::Number(value.to_string()),
            Scalar::Float(value) if !value.is_finite() => return Err(format!("`{value}` is no number to compare with")),
            Scalar::Float(value) => ast::Operand::Number(value.to_string()),
            Scalar::Text(text) => ast::Operand::Text(text.clone()),
        };
        self.literal(&operand, r#type).map_err(|mismatch| mismatch.reason)
    }

    /// A role as a rule on `table` uses it.
    pub(super) fn role_use(&mut self, table: TableId, written: &ast::RoleUse) -> Option<RoleUse> {
        if written.is_permission {
            return self.permission_use(table, written);
        }
        let name = key(&written.name.text);
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name).map(|&(_, subject)| subject);
        let Some(subject) = built_in.or_else(|| self.role_names.get(&name).map(|&id| Subject::Role(id))) else {
            let span = written.name.span;
            let title = format!("there is no role `{}`", written.name.text);
            let known = self.config.roles.0.keys().map(String::as_str).chain(["Anyone", "Authenticated"]);
            let diagnostic = Diagnostic::new(Code::UnknownRole, span, title);
            let diagnostic = match super::habits::of_role(&written.name, known.clone()) {
                Some(habit) => habit.advise(diagnostic, span),
                None => diagnostic.with_suggestion(span, &written.name.text, known),
            };
            let has_help = !diagnostic.helps.is_empty();
            self.report(if has_help { diagnostic } else { diagnostic.with_help(self.role_help(table, &name)) });
            return None;
        };
        if matches!(subject, Subject::Role(id) if self.broken_roles.contains(&id)) {
            return None;
        }
        let membership = match subject {
            Subject::Role(id) if self.roles[id.0 as usize].held.is_scoped() => membership_of(&self.roles[id.0 as usize]),
            _ => None,
        };
        let scope = match (membership, &written.scope) {
            (None, None) => Scope::Unscoped,
            (None, Some(scope)) => {
                let title = format!("`{}` is not held within anything", written.name.text);
                let span = scope_span(scope, written.name.span);
                let diagnostic = Diagnostic::new(Code::ScopeUnexpected, span, title)
                    .with_label("this scope has no meaning")
                    .with_help(format!("write `for {}`", written.name.text));
                self.report(diagnostic);
                return None;
            }
            (Some(membership), None) => {
                let diagnostic = self.scope_missing(table, written, membership);
                self.report(diagnostic);
                return None;
            }
            (Some(membership), Some(scope)) => self.scope(table, written, membership, scope)?,
        };
        Some(RoleUse { subject, scope })
    }

    pub(super) fn scope_missing(&self, table: TableId, written: &ast::RoleUse, membership: MembershipId) -> Diagnostic {
        let (name, membership) = (&written.name.text, &self.memberships[membership.0 as usize]);
        let title = format!("`{name}` is held within {}; say which", with_article(&membership.name));
        let mut diagnostic = Diagnostic::new(Code::ScopeMissing, written.name.span, title);
        let scope_key = membership.within.and_then(|within| self.catalog.entity(within));
        let columns = (0u32..).zip(&self.catalog.table(table).columns);
        for (index, column) in columns {
            if scope_key.is_some() && self.catalog.entity(ColumnRef { table, column: index }) == scope_key {
                let own = column.references.is_none();
                let path = if own {
                    "this record".to_owned()
                } else {
                    crate::model::describe::title_case(column.keys.last().unwrap_or(&column.name))
                };
                diagnostic = diagnostic.with_edit("within the record's own", written.name.span, format!("{name} of {path}"));
                break;
            }
        }
        diagnostic.with_edit("or anywhere", written.name.span, format!("{name} in any {}", membership.name))
    }

    pub(super) fn scope(
        &mut self,
        table: TableId,
        written: &ast::RoleUse,
        membership: MembershipId,
        scope: &ast::Scope,
    ) -> Option<Scope> {
        let path = match scope {
            ast::Scope::Any(label) => {
                if self.membership_names.get(&key(&label.text)) == Some(&membership) {
                    return Some(Scope::Anywhere);
                }
                let expected = self.memberships[membership.0 as usize].name.clone();
                let title =
                    format!("`{}` is held within {}, not within `{}`", written.name.text, with_article(&expected), label.text);
                let diagnostic = Diagnostic::new(Code::ScopeMismatch, label.span, title).with_edit(
                    "write the membership",
                    label.span,
                    expected,
                );
                self.report(diagnostic);
                return None;
            }
            ast::Scope::Of(path) => {
                let role = written.name.text.as_str();
                let name = &self.memberships[membership.0 as usize].name;
                let found = self.scope_of_user(table, role, path, name);
                if let Some(found) = found.or_else(|| self.scope_of_several(table, role, path, membership)) {
                    self.report(found);
                    return None;
                }
                self.path(table, path)?
            }
            // Only permissions have it, which are bound without.
            ast::Scope::By(label) => {
                let title = format!("`{}` says itself which membership it is held by", written.name.text);
                self.report(Diagnostic::new(Code::ScopeUnexpected, label.span, title).with_help("leave out `by`"));
                return None;
            }
            ast::Scope::ThisRecord(_) => {
                let within = self.memberships[membership.0 as usize].within.and_then(|within| self.catalog.entity(within));
                let key = self.catalog.table(table).primary_key.first().map(|&column| ColumnRef { table, column });
                // The membership says by which of its keys the record is meant; a table that it does not reference is told below.
                let key = within.filter(|key| key.table == table).or(key);
                Path { table, hops: Vec::new(), column: key.unwrap_or(ColumnRef { table, column: 0 }) }
            }
        };
        let expected = self.memberships[membership.0 as usize].within.and_then(|within| self.catalog.entity(within));
        let path = expected.map_or(path.clone(), |key| self.to_key(path, key));
        let found = self.catalog.entity(path.column);
        if found.is_none() || found != expected {
            let (name, within) = (&written.name.text, &self.memberships[membership.0 as usize].name);
            let leads = found.map_or_else(|| self.column_name(path.column), |entity| self.column_name(entity));
            let title = format!("`{name}` is held within {}, and this leads to `{leads}`", with_article(within));
            let expected = expected.map_or_else(String::new, |entity| self.column_name(entity));
            let diagnostic = Diagnostic::new(Code::ScopeMismatch, scope_span(scope, written.name.span), title)
                .with_help(format!("write a path to a key of `{expected}`, or `in any {within}`"));
            self.report(diagnostic);
            return None;
        }
        Some(Scope::Of(path))
    }
}

/// The type that a value has in JSON.
fn json_type(scalar: &Scalar) -> Type {
    match scalar {
        Scalar::Boolean(_) => Type::Boolean,
        Scalar::Integer(_) | Scalar::Float(_) => Type::Numeric(String::new()),
        Scalar::Text(_) => Type::Text,
    }
}

pub(super) fn membership_of(role: &Role) -> Option<MembershipId> {
    match role.held {
        Held::Membership { membership, global: false, .. } => Some(membership),
        _ => None,
    }
}

fn scope_span(scope: &ast::Scope, fallback: Span) -> Span {
    match scope {
        ast::Scope::Of(path) => path.span(fallback),
        ast::Scope::ThisRecord(span) => *span,
        ast::Scope::Any(label) | ast::Scope::By(label) => label.span,
    }
}
