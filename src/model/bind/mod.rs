//! Binds names: configuration first (identity, memberships, roles), then rules and boundaries. Every error of a run is found; what
//! could not be bound is left out of the model.

mod accepted;
mod actions;
mod arrays;
mod attributes;
mod audit;
mod between;
mod case;
mod circles;
mod compare;
mod config_texts;
mod fields;
mod former;
mod habits;
mod includes;
mod keys;
mod labels;
mod levels;
mod literals;
mod memberships;
mod memory;
mod misplaced;
mod moments;
mod negation;
mod numbers;
mod operands;
mod others;
mod permissions;
mod presets;
mod references;
mod relations;
mod roles;
mod rows;
mod rules;
mod scope;
mod sense;
mod sets;
mod setup;
mod several;
mod tables_meant;
mod torn;
mod unknown;
mod user;
mod whose_user;
mod written;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use memory::Memory;

use super::{Attribute, Condition, Held, Identity, Membership, Model, Operation, Role, Rule};
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
    pub catalog: Arc<Catalog>,
    /// The policy files, or pieces of them, in order.
    pub files: &'a [&'a ast::File],
    /// What was bound before of the same configuration and catalog, for whoever binds again after a change.
    pub memory: Option<&'a mut Memory>,
}

/// Binds a project. `None` when the configuration leaves nothing to bind against; otherwise a model that is whole if and only if no
/// error was added to `diagnostics`.
pub fn bind(input: Input<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Model> {
    let Input { sources, config, config_file, catalog, files, memory } = input;
    let mut binder = Binder::new(sources, config, config_file, &catalog, std::mem::take(diagnostics));
    binder.identity = binder.bind_identity();
    binder.attributes = binder.bind_attributes();
    binder.bind_memberships();
    binder.bind_roles(files);
    let closed = binder.bind_closed_tables();
    let (masking, guards) = (binder.bind_masking(), binder.bind_guards());
    let audit = binder.bind_audit();
    let accepted = binder.bind_accepted();
    binder.in_configuration = false;
    let blocks = binder.collect_named(files);
    let (tables, incomplete) = binder.bind_tables(&blocks, memory);
    binder.in_boundary = true;
    let boundaries = binder.bind_boundaries(files);
    binder.in_boundary = false;
    binder.check_log_rules(&tables, audit.as_ref());
    let assertions = binder.bind_assertions(files);
    let actions = binder.bind_actions(masking.as_ref(), guards.as_ref(), audit.as_ref());
    binder.check_external(&tables, &boundaries, &assertions);
    binder.check_others(audit.as_ref(), &actions);
    binder.check_inspection_role(masking.as_ref(), guards.as_ref());
    binder.check_upkeep(audit.as_ref(), masking.as_ref(), guards.as_ref());
    let conditions = binder.check_named();
    let edges = std::mem::take(&mut binder.delegation_edges);
    binder.check_delegations(&edges);
    binder.check_coverage(&tables, &closed, &incomplete, files.is_empty());
    torn::mend(sources, &catalog, &mut binder.diagnostics);
    *diagnostics = binder.diagnostics;
    let (identity, attributes, memberships, roles) = (binder.identity?, binder.attributes, binder.memberships, binder.roles);
    Some(Model {
        catalog,
        identity,
        attributes,
        time_zone: config.time_zone.clone(),
        whole_rows: config.whole_rows,
        force_row_security: config.force_row_security,
        no_grant_means: config.no_grant_means,
        lookup_schema: config.lookup.schema.clone(),
        lookup_role: config.lookup.role.clone(),
        inspection_role: config.lookup.inspection_role.clone(),
        memberships,
        roles,
        tables,
        boundaries,
        closed,
        assertions,
        conditions,
        masking,
        guards,
        actions,
        audit,
        accepted,
    })
}

/// What is known while names are bound. [`Binder::fork`] makes another one that binds other tables beside it.
struct Binder<'a> {
    sources: &'a Sources,
    config: &'a Config,
    config_file: FileId,
    catalog: &'a Catalog,
    identity: Option<Identity>,
    attributes: Vec<Attribute>,
    memberships: Vec<Membership>,
    /// By [`words`].
    membership_names: HashMap<String, super::MembershipId>,
    roles: Vec<Role>,
    /// By [`words`].
    role_names: HashMap<String, super::RoleId>,
    /// The roles that permissions are.
    permissions: permissions::Permissions,
    /// Memberships whose list of permissions has an error.
    broken_lists: Vec<super::MembershipId>,
    /// Roles whose definition has an error: what uses them is left out without another message.
    broken_roles: Vec<super::RoleId>,
    /// Of the rule that is being bound.
    completions: Vec<String>,
    /// All conditions that have a name.
    named: Vec<relations::Named<'a>>,
    /// Positions of these, by the table that they belong to and by [`words`].
    named_by_name: Arc<HashMap<(Option<TableId>, String), usize>>,
    /// Positions of those that are being written out.
    open_names: Vec<usize>,
    /// Where each of them is used, and by the rules of which table.
    open_uses: Vec<(Span, TableId)>,
    /// Those with errors, by the table that they were bound to.
    broken_names: Vec<(usize, TableId)>,
    /// Positions of those that were used, in the order of their uses.
    used_names: Vec<usize>,
    /// How many the present rule has used.
    named_uses: usize,
    /// The type of what the operand that is bound is compared with.
    beside: Option<crate::catalog::Type>,
    /// Whether `ignoring case` stands behind the comparison that is bound.
    ignores_case: bool,
    /// Tables whose access the present rule asks for.
    delegations: Vec<(circles::Asked, Span)>,
    /// All of them: the rule's table, the table that it asks for, and where.
    delegation_edges: Vec<circles::Edge>,
    /// The fields that grants of the present table list, with what for and where.
    listed: Vec<(Operation, u32, Span)>,
    /// The rows that the present condition can speak of.
    scope: scope::Scope,
    /// Whether conditions belong to the configuration, which comes before all rules.
    in_configuration: bool,
    /// Whether they belong to a boundary, which is for many tables.
    in_boundary: bool,
    /// Whether they are about a record that an update leaves.
    change: former::Change,
    /// The text of the configuration that is bound.
    in_text: Option<written::InConfiguration>,
    /// The statements of the present rule, boundary, membership or action, with their words.
    words: Vec<(Condition, Box<str>)>,
    diagnostics: Vec<Diagnostic>,
}

/// The blocks of each table, in the order of the files.
type Blocks<'a> = BTreeMap<TableId, Vec<Block<'a>>>;

/// A block and the text that it stands in.
type Block<'a> = (FileId, &'a ast::Table);

/// Rules by table, and the tables of which some rule is missing because of an error.
type BoundTables = (BTreeMap<TableId, Arc<[Rule]>>, Vec<TableId>);

impl<'a> Binder<'a> {
    /// One that knows no names yet.
    fn new(
        sources: &'a Sources,
        config: &'a Config,
        config_file: FileId,
        catalog: &'a Catalog,
        diagnostics: Vec<Diagnostic>,
    ) -> Binder<'a> {
        Binder {
            sources,
            config,
            config_file,
            catalog,
            identity: None,
            attributes: Vec::new(),
            memberships: Vec::new(),
            membership_names: HashMap::new(),
            roles: Vec::new(),
            role_names: HashMap::new(),
            permissions: permissions::Permissions::default(),
            broken_lists: Vec::new(),
            broken_roles: Vec::new(),
            completions: Vec::new(),
            named: Vec::new(),
            named_by_name: Arc::default(),
            open_names: Vec::new(),
            open_uses: Vec::new(),
            broken_names: Vec::new(),
            used_names: Vec::new(),
            named_uses: 0,
            beside: None,
            ignores_case: false,
            delegations: Vec::new(),
            delegation_edges: Vec::new(),
            listed: Vec::new(),
            scope: scope::Scope::default(),
            in_configuration: true,
            in_boundary: false,
            change: former::Change::None,
            in_text: None,
            words: Vec::new(),
            diagnostics,
        }
    }

    /// One that knows the same names and has found nothing yet.
    fn fork(&self) -> Binder<'a> {
        Binder {
            identity: self.identity.clone(),
            attributes: self.attributes.clone(),
            memberships: self.memberships.clone(),
            membership_names: self.membership_names.clone(),
            roles: self.roles.clone(),
            role_names: self.role_names.clone(),
            permissions: self.permissions.clone(),
            broken_lists: self.broken_lists.clone(),
            broken_roles: self.broken_roles.clone(),
            completions: Vec::new(),
            named: self.named.clone(),
            named_by_name: self.named_by_name.clone(),
            open_names: Vec::new(),
            open_uses: Vec::new(),
            broken_names: Vec::new(),
            used_names: Vec::new(),
            named_uses: 0,
            beside: None,
            ignores_case: false,
            delegations: Vec::new(),
            delegation_edges: Vec::new(),
            listed: Vec::new(),
            scope: scope::Scope::default(),
            in_text: None,
            words: Vec::new(),
            diagnostics: Vec::new(),
            ..*self
        }
    }

    /// Adds what was noted while the rules of a table were bound.
    fn join(&mut self, bound: &memory::BoundTable) {
        for &index in &bound.used_names {
            self.named[index].is_used = true;
        }
        self.broken_names.extend(&bound.broken_names);
        self.delegation_edges.extend(&bound.delegation_edges);
        self.diagnostics.extend(bound.diagnostics.iter().cloned());
    }
}

impl Binder<'_> {
    /// What stands in a place that an edit replaces, and not at its beginning, is not told again.
    fn report(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.primary.span;
        // What stands in a boundary, or in a condition with a name, is bound for each table and each use.
        let is_told = |known: &Diagnostic| known.code == Code::UserOfSession && known.primary.span == place;
        if diagnostic.code == Code::UserOfSession && self.diagnostics.iter().any(is_told) {
            return;
        }
        let edits = self.diagnostics.iter().flat_map(|known| &known.helps).filter_map(|help| help.edit.as_ref());
        let mut torn =
            edits.filter(|(edited, _)| edited.file == place.file && edited.start < place.start && place.end <= edited.end);
        if torn.next().is_none() {
            let diagnostic = self.with_use(diagnostic);
            self.diagnostics.push(diagnostic);
        }
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
        tables: &BTreeMap<TableId, Arc<[Rule]>>,
        closed: &BTreeMap<TableId, String>,
        incomplete: &[TableId],
        nothing_is_read: bool,
    ) {
        // Its rules may stand in what could not be read or found, or under a name that is wrong.
        let is_missing = |code| code <= Code::Literal || matches!(code, Code::UnknownTable | Code::NoPolicyFile);
        let text_is_missing = self.diagnostics.iter().any(|diagnostic| is_missing(diagnostic.code));
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
                (None, false) if table.is_external() => {}
                (None, false) if !text_is_missing && !incomplete.contains(&id) => {
                    found.push(
                        Diagnostic::new(Code::TableWithoutRules, table.span, format!("`{name}` has no rules"))
                            .with_label("no rule says who may do what here")
                            .with_help(format!(
                                "write rules for it, or list it under `closed_tables` in rowgate.yaml with the reason: `{}: \"…\"`",
                                as_key(&name.written())
                            )),
                    );
                }
                _ => {}
            }
        }
        if nothing_is_read && !found.is_empty() {
            let patterns = self.config.policies.0.join("`, `");
            let title = format!("no file fits `{patterns}`, so no table has rules");
            let place = self.config_place(&["policies"]);
            let help = "correct `policies:` in rowgate.yaml: a pattern such as `**/*.policy`, from the folder of rowgate.yaml on";
            found = vec![Diagnostic::new(Code::NoPolicyFile, place, title).with_help(help)];
        }
        self.diagnostics.append(&mut found);
    }
}

/// A name as [`words`], for look-ups that ignore case and spelling of blanks.
fn key(name: &str) -> String {
    words(name)
}

impl Held {
    fn is_scoped(&self) -> bool {
        matches!(self, Held::Membership { global: false, .. })
    }
}

/// A name as a key of rowgate.yaml: between quotes where its letters mean something there.
fn as_key(name: &str) -> String {
    let is_plain = name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    if is_plain { name.to_owned() } else { format!("{name:?}") }
}
