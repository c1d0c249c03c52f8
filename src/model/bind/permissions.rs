//! Permissions: `for permission "edit_projects" of Team`. In: the lists that memberships name, what texts and the configuration ask for. Out: for each permission
//! two roles, as rules use them: one held within what a row of the membership is within, one by a row within nothing, which counts everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, Family, TableId, Type};
use crate::config::Membership as Entry;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Held, MembershipId, Role, RoleId, RoleUse, Scope, Subject, Value};

/// The roles that a permission is, by the membership whose list has it.
pub(super) type Permissions = Arc<BTreeMap<(String, MembershipId), Holders>>;

/// Who holds a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holders {
    /// Within what the row is within.
    within: Option<RoleId>,
    /// By a row within nothing.
    everywhere: Option<RoleId>,
}

/// A permission as the configuration names it: `permission "edit" by Guests`.
pub(super) struct Written<'t> {
    pub(super) permission: &'t str,
    pub(super) by: Option<&'t str>,
}

impl Binder<'_> {
    /// A role for each permission that something asks for, of the membership in whose list it is looked for.
    pub(super) fn bind_permissions(&mut self, files: &[&ast::File]) {
        let lists = self.lists();
        for &id in &lists {
            if self.permission_test(id, None).is_none() {
                self.broken_lists.push(id);
            }
        }
        let (is_one, mut found) = (lists.len() == 1, BTreeMap::new());
        for (permission, id) in self.asked(files) {
            let Some(test) = self.permission_test(id, Some(&permission)).filter(|_| !self.broken_lists.contains(&id)) else {
                continue;
            };
            let by = if is_one { String::new() } else { format!(" by {}", self.memberships[id.0 as usize].name) };
            let holders = self.add_permission(&permission, id, &test, &by);
            found.insert((permission, id), holders);
        }
        self.permissions = Arc::new(found);
    }

    /// The permissions that are asked for, each of whom. What is wrong with a use is told where it is bound.
    fn asked(&mut self, files: &[&ast::File]) -> BTreeSet<(String, MembershipId)> {
        let told = self.diagnostics.len();
        let mut asked = BTreeSet::new();
        let mut found = Vec::new();
        let items = files.iter().flat_map(|file| &file.items);
        items.for_each(|item| uses(item, &mut |table, role| found.push((table, role))));
        for (table, role) in found {
            let table = table.and_then(|table| self.table(table));
            let (scope, by) = self.without_by(role.scope.as_ref());
            let lists = match (table, &scope) {
                (None, Some(ast::Scope::Of(_) | ast::Scope::ThisRecord(_))) if by.is_none() => self.lists(),
                (table, _) => {
                    let table = table.or_else(|| self.catalog.tables().next().map(|(id, _)| id));
                    let found = table.and_then(|table| self.lists_of_use(table, (&scope, &by), &role.name));
                    found.unwrap_or_default()
                }
            };
            asked.extend(lists.into_iter().map(|id| (role.name.text.clone(), id)));
        }
        self.diagnostics.truncate(told);
        let guards = self.config.guards.iter().flat_map(|guards| &guards.ask_about.0);
        let asked_of = guards.chain(self.config.audit.iter().flat_map(|audit| &audit.reads_by.0)).map(|name| (None, name));
        let roles = self.config.roles.0.values().zip(&self.roles);
        let roles = roles.flat_map(|(entry, role)| entry.includes.0.iter().map(|name| (super::roles::membership_of(role), name)));
        for (own, name) in roles.chain(asked_of) {
            let Some(written) = written(name) else { continue };
            asked.extend(self.configured_lists(&written, own).into_iter().map(|id| (written.permission.to_owned(), id)));
        }
        asked
    }

    fn permission_path(&self, membership: &str) -> Option<&str> {
        self.config.memberships.0.get(membership).and_then(|entry: &Entry| entry.permissions.as_deref())
    }

    fn add_permission(&mut self, permission: &str, membership: MembershipId, test: &Atom, by: &str) -> Holders {
        let within = self.memberships[membership.0 as usize].within;
        let name = format!("permission \"{permission}\"{by}");
        let may_be_empty = within.is_none_or(|within| self.catalog.column(within).nullable);
        let mut add = |name: String, global: bool, includes: Vec<RoleId>| {
            let id = RoleId(u32::try_from(self.roles.len()).unwrap_or(u32::MAX));
            let held = Held::Membership { membership, test: test.clone(), global };
            self.roles.push(Role { name, held, includes, permission: Some(permission.to_owned()) });
            id
        };
        let scoped = within.map(|_| add(name.clone(), false, Vec::new()));
        let everywhere = may_be_empty.then(|| add(format!("{name} everywhere"), true, scoped.into_iter().collect()));
        Holders { within: scoped, everywhere }
    }

    /// That a membership's list has a permission; without one, whether it is a list at all. `None` where it cannot have it.
    fn permission_test(&mut self, id: MembershipId, permission: Option<&str>) -> Option<Atom> {
        let membership = &self.memberships[id.0 as usize];
        let (table, name) = (membership.table, membership.name.clone());
        let path = self.permission_path(&name)?.to_owned();
        let place = ["memberships", name.as_str(), "permissions"];
        let mut test = |binder: &mut Self, value: Value, column: ColumnRef| match permission {
            None => binder.check_list(column, &place).map(|()| Atom::Empty { value, negated: true }),
            Some(text) => {
                let element = binder.element_of_list(column)?;
                let literal = binder.literal(&ast::Operand::Text(text.to_owned()), &element).ok()?;
                Some(Atom::Contains { array: value, element: Value::Literal(literal), negated: false })
            }
        };
        self.at_path(table, &path, &place, &Value::Record, &mut test)
    }

    fn check_list(&mut self, column: ColumnRef, place: &[&str]) -> Option<()> {
        if self.element_of_list(column).is_some() {
            return Some(());
        }
        let title = format!(
            "`{}` is `{}`, and permissions are a list of texts",
            self.column_name(column),
            self.catalog.column(column).r#type
        );
        let found = Diagnostic::new(Code::MembershipDefinition, self.config_place(place), title);
        self.report(
            found.with_help("name a column `text[]`, an array of an enum, or jsonb; or a path to one: `role_id.permissions`"),
        );
        None
    }

    /// What the elements of a list are, where they are words.
    fn element_of_list(&self, column: ColumnRef) -> Option<Type> {
        match &self.catalog.column(column).r#type {
            Type::Jsonb => Some(Type::Text),
            Type::Array(element) if matches!(element.family(), Family::Text | Family::Enum(_)) => Some((**element).clone()),
            _ => None,
        }
    }

    /// The roles that a name of the configuration means, where it is a permission: all of them, or those within `own`.
    pub(super) fn included_permission(&mut self, name: &str, own: Option<MembershipId>, place: &[&str]) -> Option<Vec<RoleId>> {
        let Written { permission, by } = written(name)?;
        let span = self.config_place(place);
        let known = self.configured_lists(&Written { permission, by }, own);
        if let (Some(by), []) = (by, known.as_slice()) {
            self.no_list(by, span, permission);
            return None;
        }
        let id = self.only_list(&known, permission, span, &|name| format!("write `permission \"{permission}\" by {name}`"))?;
        let holders = self.holders_of(permission, id, span)?;
        let is_own = own == Some(id);
        Some(holders.within.into_iter().chain(holders.everywhere.filter(|_| !is_own)).collect())
    }

    /// The memberships in whose list the configuration looks for a permission: that of the role that includes it, where it has a list.
    fn configured_lists(&self, written: &Written<'_>, own: Option<MembershipId>) -> Vec<MembershipId> {
        let of = |id: &MembershipId| written.by.is_none_or(|by| key(&self.memberships[id.0 as usize].name) == key(by));
        let known: Vec<MembershipId> = self.lists().into_iter().filter(of).collect();
        if own.is_some_and(|own| known.contains(&own)) { own.into_iter().collect() } else { known }
    }

    /// The role whose holders may ask about others, by a permission that is held everywhere.
    pub(super) fn asking_permission(&mut self, name: &str, place: &[&str]) -> Option<Option<RoleId>> {
        written(name)?;
        let found = self.included_permission(name, None, place);
        let everywhere = found.iter().flatten().copied().find(|id| !self.roles[id.0 as usize].held.is_scoped());
        if found.is_some() && everywhere.is_none() {
            let title = format!("`{name}` is held within something only, and who asks about another user asks about all of it");
            self.report(Diagnostic::new(Code::RoleDefinition, self.config_place(place), title));
        }
        Some(everywhere)
    }

    /// A permission as a rule on `table` uses it.
    pub(super) fn permission_use(&mut self, table: TableId, written: &ast::RoleUse) -> Option<RoleUse> {
        let permission = &written.name.text;
        let shown = ast::Label { text: format!("permission \"{permission}\""), ..written.name.clone() };
        let (scope, by) = self.without_by(written.scope.as_ref());
        let candidates = self.lists_of_use(table, (&scope, &by), &written.name)?;
        let shown = ast::RoleUse { name: shown, scope, is_permission: true };
        let span = written.name.span;
        let example = |name: &str| match &shown.scope {
            Some(ast::Scope::Of(_) | ast::Scope::ThisRecord(_)) => format!("… by {name}"),
            _ => format!("permission \"{permission}\" by {name}"),
        };
        let id = self.only_list(&candidates, permission, span, &|name| format!("say whose list: `{}`", example(name)))?;
        let holders = self.holders_of(permission, id, span)?;
        let (subject, scope) = match (&shown.scope, holders.within, holders.everywhere) {
            (None, _, Some(everywhere)) => (everywhere, Scope::Unscoped),
            (None, Some(_), None) => {
                let diagnostic = self.scope_missing(table, &shown, id);
                self.report(diagnostic);
                return None;
            }
            (Some(scope), Some(within), _) => (within, self.scope(table, &shown, id, scope)?),
            (Some(_), None, _) | (None, None, None) => {
                let title = format!(
                    "`{}` is within nothing, so its permissions are held everywhere",
                    self.memberships[id.0 as usize].name
                );
                let found = Diagnostic::new(Code::ScopeUnexpected, span, title);
                let name = &self.memberships[id.0 as usize].name;
                self.report(found.with_help(format!("write `for permission \"{permission}\" by {name}`")));
                return None;
            }
        };
        Some(RoleUse { subject: Subject::Role(subject), scope })
    }

    /// The memberships in whose list a use on `table` may mean: that which it names, or those that are within what its scope leads to.
    fn lists_of_use(
        &mut self,
        table: TableId,
        (scope, by): (&Option<ast::Scope>, &Option<ast::Label>),
        permission: &ast::Label,
    ) -> Option<Vec<MembershipId>> {
        let lists = self.lists();
        let (target, place) = match (scope, by) {
            (_, Some(label)) | (Some(ast::Scope::Any(label)), None) => {
                let is_it = |id: &MembershipId| key(&self.memberships[id.0 as usize].name) == key(&label.text);
                let found: Vec<MembershipId> = lists.into_iter().filter(is_it).collect();
                if found.is_empty() {
                    self.no_list(&label.text, label.span, &permission.text);
                }
                return (!found.is_empty()).then_some(found);
            }
            (Some(ast::Scope::Of(path)), None) => {
                let end = self.path(table, path)?.column;
                (self.catalog.entity(end).map(|entity| entity.table), path.span(permission.span))
            }
            (Some(ast::Scope::ThisRecord(span)), None) => (Some(table), *span),
            (Some(ast::Scope::By(_)) | None, None) => return Some(lists),
        };
        let found = self.leading_to(&lists, target);
        if found.is_empty() && !lists.is_empty() {
            let title = "no membership that lists permissions is within what this leads to";
            let names: Vec<&str> = lists.iter().map(|id| self.memberships[id.0 as usize].name.as_str()).collect();
            let note = format!("permissions are held within {}", names.join(", "));
            self.report(Diagnostic::new(Code::ScopeMismatch, place, title).with_note(note));
            return None;
        }
        Some(found)
    }

    /// The memberships that have a list, also one that is wrong.
    fn lists(&self) -> Vec<MembershipId> {
        let all = (0u32..).map(MembershipId).zip(&self.memberships);
        all.filter(|(_, membership)| self.permission_path(&membership.name).is_some()).map(|(id, _)| id).collect()
    }

    fn leading_to(&self, lists: &[MembershipId], table: Option<TableId>) -> Vec<MembershipId> {
        let target = |id: &MembershipId| {
            let within = self.memberships[id.0 as usize].within?;
            self.catalog.column(within).references.map(|target| target.table)
        };
        lists.iter().copied().filter(|id| table.is_some() && target(id) == table).collect()
    }

    /// The one membership that is meant.
    fn only_list(
        &mut self,
        lists: &[MembershipId],
        permission: &str,
        span: Span,
        help: &dyn Fn(&str) -> String,
    ) -> Option<MembershipId> {
        match lists {
            [only] => Some(*only),
            // The list may be that of a membership with an error, which has been reported.
            [] if self.lacks_memberships() => None,
            [] => {
                let title = format!("no membership has a list that `permission \"{permission}\"` could be in");
                let found = Diagnostic::new(Code::UnknownRole, span, title);
                self.report(
                    found.with_help("name the list in rowgate.yaml, at the membership: `permissions: role_id.permissions`"),
                );
                None
            }
            several => {
                let names: Vec<String> = several.iter().map(|id| self.memberships[id.0 as usize].name.clone()).collect();
                let title = format!("`permission \"{permission}\"` may be in the list of any of {}", names.join(", "));
                let found = Diagnostic::new(Code::AmbiguousLabel, span, title);
                self.report(names.iter().fold(found, |found, name| found.with_help(help(name))));
                None
            }
        }
    }

    /// The roles that a permission is; an error where the list cannot have it.
    fn holders_of(&mut self, permission: &str, id: MembershipId, span: Span) -> Option<Holders> {
        if let Some(holders) = self.permissions.get(&(permission.to_owned(), id)) {
            return Some(*holders);
        }
        if self.broken_lists.contains(&id) {
            return None;
        }
        let name = &self.memberships[id.0 as usize].name;
        let found = Diagnostic::new(Code::UnknownRole, span, format!("the permissions of `{name}` cannot have `{permission}`"));
        let labels = self.labels_of_list(id);
        let found = match crate::diagnostic::did_you_mean(permission, labels.iter().map(String::as_str)) {
            Some(near) => found.with_help(format!("did you mean `{near}`?")),
            None => found.with_help(format!("they are {}", labels.join(", "))),
        };
        self.report(found);
        None
    }

    /// The values of the enum that a list is made of.
    fn labels_of_list(&mut self, id: MembershipId) -> Vec<String> {
        let membership = &self.memberships[id.0 as usize];
        let (table, name) = (membership.table, membership.name.clone());
        let path = self.permission_path(&name).unwrap_or_default().to_owned();
        let mut labels = Vec::new();
        let mut note = |binder: &mut Self, value: Value, column: ColumnRef| {
            if let Some(Family::Enum(of)) = binder.element_of_list(column).map(|element| element.family()) {
                labels = binder.catalog.enums().get(&of).cloned().unwrap_or_default();
            }
            Some(Atom::Empty { value, negated: true })
        };
        self.at_path(table, &path, &["memberships", &name, "permissions"], &Value::Record, &mut note);
        labels
    }

    fn no_list(&mut self, name: &str, span: Span, permission: &str) {
        if self.lacks_memberships() {
            return;
        }
        let title = match self.membership_names.contains_key(&key(name)) {
            true => format!("`{name}` has no list of permissions"),
            false => format!("there is no membership `{name}`"),
        };
        let names: Vec<String> = self.lists().iter().map(|id| self.memberships[id.0 as usize].name.clone()).collect();
        let found = Diagnostic::new(Code::UnknownRole, span, title);
        self.report(match names.as_slice() {
            [] => found.with_help("name the list in rowgate.yaml, at the membership: `permissions: role_id.permissions`"),
            names => found.with_note(format!("`permission \"{permission}\"` may be in the list of {}", names.join(", "))),
        });
    }

    /// A scope without `by Guests` at its end, and that.
    fn without_by(&self, scope: Option<&ast::Scope>) -> (Option<ast::Scope>, Option<ast::Label>) {
        let split = |label: &ast::Label| {
            let place = label.text.to_lowercase().rfind(" by ").filter(|_| !label.exact && label.text.is_ascii())?;
            let (before, by) = (&label.text[..place], &label.text[place + 4..]);
            let is_name = self.membership_names.contains_key(&key(by));
            is_name.then(|| [before, by].map(|text| ast::Label { text: text.to_owned(), ..label.clone() }))
        };
        match scope {
            Some(ast::Scope::By(label)) => (None, Some(label.clone())),
            Some(ast::Scope::Any(label)) => match split(label) {
                Some([name, by]) => (Some(ast::Scope::Any(name)), Some(by)),
                None => (scope.cloned(), None),
            },
            Some(ast::Scope::Of(path)) => {
                let Some([last, by]) = path.steps.last().and_then(split) else { return (scope.cloned(), None) };
                if path.steps.len() == 1 && key(&last.text) == "this record" {
                    return (Some(ast::Scope::ThisRecord(last.span)), Some(by));
                }
                let mut path = path.clone();
                path.steps.pop();
                path.steps.push(last);
                (Some(ast::Scope::Of(path)), Some(by))
            }
            other => (other.cloned(), None),
        }
    }
}

/// The uses of permissions in an item, with the table that they are on, where it is one.
fn uses<'i>(item: &'i ast::Item, visit: &mut impl FnMut(Option<&'i ast::TableName>, &'i ast::RoleUse)) {
    let mut visit = |table, roles: &'i [ast::RoleUse]| {
        roles.iter().filter(|role| role.is_permission).for_each(|role| visit(table, role));
    };
    match item {
        ast::Item::Table(table) => table.rules.iter().for_each(|rule| visit(Some(&table.name), &rule.roles)),
        ast::Item::Boundary(boundary) => {
            let table = match &boundary.target {
                ast::Target::Tables(tables) => tables.first().filter(|_| tables.len() == 1),
                ast::Target::EveryTable | ast::Target::EveryTableWith(_) => None,
            };
            boundary.clauses.iter().for_each(|clause| visit(table, &clause.except));
        }
        ast::Item::Never(never) => visit(Some(&never.table), std::slice::from_ref(&never.role)),
        ast::Item::Condition(_) => {}
    }
}

/// A permission as the configuration writes it; `None` for the name of a role.
pub(super) fn written(name: &str) -> Option<Written<'_>> {
    let (permission, rest) = name.trim().strip_prefix("permission")?.trim_start().strip_prefix('"')?.split_once('"')?;
    let by = rest.trim().strip_prefix("by ").map(str::trim);
    (rest.trim().is_empty() || by.is_some()).then_some(Written { permission, by })
}
