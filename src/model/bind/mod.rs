//! Binds names: configuration first (identity, memberships, roles), then rules and boundaries. Every error of a run is found; what
//! could not be bound is left out of the model.

mod compare;
mod conditions;
mod labels;
mod lints;
mod literals;
mod roles;
mod rules;
mod setup;

use std::collections::{BTreeMap, HashMap};

use super::{Boundary, Held, Identity, Membership, Model, Provider, Role, Rule};
use crate::ast;
use crate::catalog::{Catalog, ColumnRef, TableId, words};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span};

/// What a project consists of.
pub struct Input<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// The configuration and its file.
    pub config: &'a Config,
    /// The configuration's file.
    pub config_file: FileId,
    /// The database.
    pub catalog: Catalog,
    /// The policy files, in any order.
    pub files: &'a [ast::File],
}

/// Binds a project. `None` when the configuration leaves nothing to bind against; otherwise a model that is whole if and only if no
/// error was added to `diagnostics`.
pub fn bind(input: Input<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Model> {
    let Input { sources, config, config_file, catalog, files } = input;
    let mut binder = Binder {
        sources,
        config,
        config_file,
        catalog,
        identity: None,
        memberships: Vec::new(),
        membership_names: HashMap::new(),
        roles: Vec::new(),
        role_names: HashMap::new(),
        broken_roles: Vec::new(),
        completions: Vec::new(),
        diagnostics,
    };
    binder.identity = binder.bind_identity();
    binder.bind_memberships();
    binder.bind_roles();
    let closed = binder.bind_closed_tables();
    let (tables, incomplete) = binder.bind_tables(files);
    let boundaries = binder.bind_boundaries(files);
    binder.check_coverage(&tables, &closed, &incomplete);
    binder.lint(&tables, &boundaries, &incomplete);
    let identity = binder.identity?;
    Some(Model {
        catalog: binder.catalog,
        identity,
        time_zone: config.time_zone.clone(),
        lookup_schema: config.lookup.schema.clone(),
        lookup_role: config.lookup.role.clone(),
        memberships: binder.memberships,
        roles: binder.roles,
        tables,
        boundaries,
        closed,
    })
}

struct Binder<'a> {
    sources: &'a Sources,
    config: &'a Config,
    config_file: FileId,
    catalog: Catalog,
    identity: Option<Identity>,
    memberships: Vec<Membership>,
    /// By [`words`].
    membership_names: HashMap<String, super::MembershipId>,
    roles: Vec<Role>,
    /// By [`words`].
    role_names: HashMap<String, super::RoleId>,
    /// Roles whose definition has an error: what uses them is left out without another message.
    broken_roles: Vec<super::RoleId>,
    /// Of the rule that is being bound.
    completions: Vec<String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Rules by table, and the tables of which some rule is missing because of an error.
type BoundTables = (BTreeMap<TableId, Vec<Rule>>, Vec<TableId>);

impl Binder<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn config_place(&self, path: &[&str]) -> Span {
        crate::config::place(self.sources, self.config_file, path)
    }

    /// The key that the identity is.
    fn user_entity(&self) -> Option<ColumnRef> {
        let key = self.identity.as_ref()?.user_key;
        Some(self.catalog.entity(key).unwrap_or(key))
    }

    /// The name of a column with its table, for messages.
    fn column_name(&self, column: ColumnRef) -> String {
        format!("{}.{}", self.catalog.table(column.table).name, self.catalog.column(column).name)
    }

    fn check_coverage(
        &mut self,
        tables: &BTreeMap<TableId, Vec<Rule>>,
        closed: &BTreeMap<TableId, String>,
        incomplete: &[TableId],
    ) {
        // Its rules may stand in what could not be read, or under a name that is wrong.
        let text_is_missing =
            self.diagnostics.iter().any(|diagnostic| diagnostic.code <= Code::Literal || diagnostic.code == Code::UnknownTable);
        let mut found = Vec::new();
        for (id, table) in self.catalog.tables() {
            let name = &table.name;
            match (tables.get(&id), closed.contains_key(&id)) {
                (Some(rules), true) => {
                    let span = rules.first().map_or(table.span, |rule| rule.span);
                    found.push(
                        Diagnostic::new(Code::ClosedTableWithRules, span, format!("`{name}` has rules and is listed as closed"))
                            .with_label("a rule for it")
                            .with_help("take it out of `closed_tables` in rowgate.yaml, or delete its rules"),
                    );
                }
                (None, false) if !text_is_missing && !incomplete.contains(&id) => {
                    found.push(
                        Diagnostic::new(Code::TableWithoutRules, table.span, format!("`{name}` has no rules"))
                            .with_label("no rule says who may do what here")
                            .with_help(format!(
                                "write rules for it, or list it under `closed_tables` in rowgate.yaml with the reason: `{name}: \"…\"`"
                            )),
                    );
                }
                _ => {}
            }
        }
        self.diagnostics.append(&mut found);
    }
}

/// A name as [`words`], for look-ups that ignore case and spelling of blanks.
fn key(name: &str) -> String {
    words(name)
}

impl Provider {
    fn from_config(identity: &crate::config::Identity) -> Result<Provider, &'static str> {
        match identity.provider {
            crate::config::Provider::Supabase => Ok(Provider::Supabase),
            crate::config::Provider::Setting => match identity.setting.as_deref() {
                Some(name) if is_setting_name(name) => Ok(Provider::Setting(name.to_owned())),
                Some(_) => Err("a setting of your own has a name with a dot, such as `app.user_id`"),
                None => Err("the provider `setting` needs the name of the setting: `setting: app.user_id`"),
            },
        }
    }
}

/// A custom setting's name: two or more identifiers joined by dots (manual section 20.16).
fn is_setting_name(name: &str) -> bool {
    let is_identifier = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.contains('.') && name.split('.').all(is_identifier)
}

impl Held {
    fn is_scoped(&self) -> bool {
        matches!(self, Held::Membership { global: false, .. })
    }
}

impl Boundary {
    fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}
