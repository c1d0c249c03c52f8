//! Rules with every name bound and every type checked. In: syntax trees, a catalog, a configuration. Out: [`Model`]. It does not
//! know how rules combine, and nothing of SQL.

mod action;
mod bind;
mod can;
mod claim;
mod climb;
mod condition;
mod days;
mod describe;
mod enough;
mod id;
mod kept_key;
mod lasting_id;
mod needed;
mod operation;
mod print;
mod quote;
mod raw_sql;
mod reach;
mod role;
mod rule;
mod settings;
mod tables_read;
mod user;
mod value;
mod wording;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use action::{Action, Assignment, Creation, Deed};
pub use bind::{Input, Memory, bind};
pub use can::Can;
pub use claim::{Attribute, AttributeSource, Claim, ClaimPath};
pub use climb::Climb;
pub(crate) use condition::opposite;
pub use condition::{AboutOthers, Atom, Comparison, Condition, Exists};
pub use describe::Describe;
pub use enough::Enough;
pub use id::{GrantId, MembershipId, RoleId};
pub use operation::Operation;
pub use print::render_text;
pub use raw_sql::word_of_caller;
pub(crate) use reach::leads_to;
pub use role::{Held, Holder, Membership, Role, RoleUse, Scope, Subject};
pub use rule::{Assertion, Boundary, BoundaryClause, Grant, NamedCondition, Preset, Rule};
pub use settings::{AUDIT_COLUMNS, Accepted, Audit, ClaimsSource, Erasure, Guards, Identity, Masking, Provider, Upkeep};
pub use tables_read::tables_read;
pub use value::{Collection, Hop, Link, Literal, Outer, Path, Referenced, Set, Value};
pub use written::Written;

pub use crate::ast::{Duration, LookUp, PartPlace, TimeUnit};

use crate::catalog::{Catalog, TableId};
pub use crate::config::NoGrant;

/// A whole project.
#[derive(Debug, Clone)]
pub struct Model {
    /// The database that the names were looked up in.
    pub catalog: Arc<Catalog>,
    /// Who the user is.
    pub identity: Identity,
    /// What the session says beside who is signed in, under declared names; ordered by name.
    pub attributes: Vec<Attribute>,
    /// The zone in which `today` is a day.
    pub time_zone: String,
    /// The private schema of lookup functions.
    pub lookup_schema: String,
    /// Its owner.
    pub lookup_role: String,
    /// Who reads every row to answer why somebody can or cannot, where the project has such a role.
    pub inspection_role: Option<String>,
    /// Whether statements may name every column, where a table does not say it.
    pub whole_rows: bool,
    /// Whether policies are asked of the owners of tables, too, where a table does not say it.
    pub force_row_security: bool,
    /// Whether a role that no rule lets read a table finds nothing there, instead of being refused.
    pub no_grant_means: NoGrant,
    /// Ordered by name.
    pub memberships: Vec<Membership>,
    /// Ordered by name; behind them, permissions that something asks for.
    pub roles: Vec<Role>,
    /// The tables with rules, ordered by name; the rules by name.
    pub tables: BTreeMap<TableId, Arc<[Rule]>>,
    /// Ordered by name.
    pub boundaries: Vec<Boundary>,
    /// Tables that no application role may touch, with the reason.
    pub closed: BTreeMap<TableId, String>,
    /// What the rules must never allow, in the order of the files.
    pub assertions: Vec<Assertion>,
    /// Conditions with a name, in the order of the files; what uses them has them written out.
    pub conditions: Vec<NamedCondition>,
    /// The schema of masking views, where the project switched them on.
    pub masking: Option<Masking>,
    /// Guard functions, where the project switched them on.
    pub guards: Option<Guards>,
    /// What the application can do by a call; ordered by name.
    pub actions: Vec<Action>,
    /// What is recorded of changes.
    pub audit: Option<Audit>,
    /// What the last step of a script does not fail for.
    pub accepted: Accepted,
}

impl Model {
    /// The roles that are made for what is generated: those of look-ups, of masking views and of actions, that which keeps the record of changes, and that of inspection.
    pub fn service_roles(&self) -> impl Iterator<Item = &str> {
        let acting = self.guards.as_ref().filter(|_| !self.actions.is_empty()).map(|guards| guards.acting_role.as_str());
        let masking = self.masking.as_ref().map(|masking| masking.role.as_str());
        let upkeep = self.audit.as_ref().and_then(|audit| audit.upkeep.as_ref()).map(|upkeep| upkeep.role.as_str());
        std::iter::once(self.lookup_role.as_str())
            .chain(masking)
            .chain(acting)
            .chain(upkeep)
            .chain(self.inspection_role.as_deref())
    }

    /// The role behind an id of this model.
    pub fn role(&self, id: RoleId) -> &Role {
        &self.roles[id.0 as usize]
    }

    /// The rule that a grant of this model stands in.
    pub fn rule(&self, id: GrantId) -> &Rule {
        &self.tables[&id.table][id.rule as usize]
    }

    /// The grant behind an id of this model.
    pub fn grant(&self, id: GrantId) -> &Grant {
        &self.rule(id).grants[id.grant as usize]
    }

    /// What whoever a rule is for is called.
    pub fn subject_name(&self, subject: Subject) -> &str {
        match subject {
            Subject::Anyone => "Anyone",
            Subject::Authenticated => "Authenticated",
            Subject::Role(id) => &self.role(id).name,
        }
    }

    /// The membership behind an id of this model.
    pub fn membership(&self, id: MembershipId) -> &Membership {
        &self.memberships[id.0 as usize]
    }

    /// Roles whose holders hold `role`: itself and whatever includes it, directly or not. Ordered.
    pub fn holders(&self, role: RoleId) -> Vec<RoleId> {
        let mut holders = vec![role];
        let mut next = 0;
        while let Some(&current) = holders.get(next) {
            next += 1;
            for (id, candidate) in (0u32..).map(RoleId).zip(&self.roles) {
                if candidate.includes.contains(&current) && !holders.contains(&id) {
                    holders.push(id);
                }
            }
        }
        holders.sort_unstable();
        holders
    }

    /// Whether a condition depends on who is signed in.
    pub fn mentions_user(&self, condition: &Condition) -> bool {
        let mut found = false;
        condition.for_each_atom(&mut |atom| found |= self.atom_mentions_user(atom));
        found
    }

    /// Whether a statement is unknown with nobody signed in; of one about other rows, what it says itself. Whether somebody is signed in is known.
    pub fn atom_mentions_user(&self, atom: &Atom) -> bool {
        match atom.without_case() {
            Atom::Member { .. } | Atom::EmptySet { .. } | Atom::HoldsGlobally { .. } => true,
            Atom::Exists(exists) => {
                self.mentions_user(&exists.condition) || exists.values().into_iter().any(Value::mentions_user)
            }
            Atom::Can(can) => self.access_mentions_user(can.target.table, can.operation),
            other => !other.sets().is_empty() || other.values().into_iter().any(Value::mentions_user),
        }
    }

    /// Whether who may reach a table's rows depends on who is signed in. Delegation has no cycles, so this ends.
    pub fn access_mentions_user(&self, table: TableId, operation: Operation) -> bool {
        let of_boundary = |clause: &BoundaryClause| !clause.except.is_empty() || self.mentions_user(&clause.condition);
        let needed = |grant: &&Grant| grant.operation == operation || grant.operation == Operation::Read;
        let of_rule = |rule: &Rule| {
            let grants = rule.grants.iter().filter(needed).filter_map(|grant| grant.when.as_ref());
            rule.roles.iter().any(|role| self.subject_is_looked_up(role.subject))
                || rule.filters.iter().chain(grants).any(|condition| self.mentions_user(condition))
        };
        self.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).any(of_rule)
            || self.clauses(table, |boundary| boundary.limits(operation)).any(of_boundary)
    }

    /// What the database fills in where an operation makes or changes a record, by column. Of each there is one, whichever grants say so.
    pub fn presets(&self, table: TableId, operation: Operation) -> BTreeMap<u32, &Preset> {
        let grants = self.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.grants);
        let presets = grants.filter(|grant| grant.operation == operation).flat_map(|grant| &grant.presets);
        presets.map(|preset| (preset.column, preset)).collect()
    }

    /// Whether statements on a table may name every column: the fields that nobody may write have to keep their values.
    pub fn takes_whole_rows(&self, table: TableId) -> bool {
        let table = self.catalog.table(table);
        table.whole_rows.unwrap_or(self.whole_rows) && !table.is_of_others()
    }

    /// Whether policies are asked of a table's owner, too.
    pub fn forces_row_security(&self, table: TableId) -> bool {
        let table = self.catalog.table(table);
        table.force_row_security.unwrap_or(self.force_row_security) && !table.is_of_others()
    }

    /// What some boundaries ask of a table's records.
    pub fn clauses(&self, table: TableId, is_meant: impl Fn(&Boundary) -> bool) -> impl Iterator<Item = &BoundaryClause> {
        let boundaries = self.boundaries.iter().filter(move |boundary| is_meant(boundary));
        boundaries.filter_map(move |boundary| boundary.tables.get(&table)).flatten()
    }

    fn subject_is_looked_up(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => false,
            Subject::Authenticated => true,
            Subject::Role(id) => self.holders(id).iter().any(|&holder| !matches!(self.role(holder).held, Held::DatabaseRole(_))),
        }
    }

    /// The membership that a role is held within; `None` for roles without scope.
    pub fn scope_of(&self, role: RoleId) -> Option<MembershipId> {
        match &self.role(role).held {
            Held::Membership { membership, global: false, .. } => Some(*membership),
            _ => None,
        }
    }

    /// The settings by which a session says who it is, ordered.
    pub fn session_settings(&self) -> Vec<&str> {
        let identity = match &self.identity.provider {
            Provider::Setting(name) => Some(name.as_str()),
            Provider::Supabase | Provider::Neon => Some("request.jwt.claims"),
            Provider::Postgrest(_) | Provider::Function(_) | Provider::DatabaseUser => None,
        };
        let claims = match &self.identity.claims {
            Some(ClaimsSource::Setting(name)) => Some(name.as_str()),
            _ => None,
        };
        let attributes = self.attributes.iter().filter_map(|attribute| match &attribute.source {
            AttributeSource::Setting(name) => Some(name.as_str()),
            AttributeSource::Claim(_) => None,
        });
        let mut names: Vec<&str> = identity.into_iter().chain(claims).chain(attributes).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The database roles that the application's sessions run as, ordered.
    pub fn application_roles(&self) -> Vec<&str> {
        let mut roles = vec![self.identity.signed_in_role.as_str()];
        roles.extend(self.identity.anonymous_role.as_deref());
        roles.extend(self.roles.iter().filter_map(|role| match &role.held {
            Held::DatabaseRole(name) => Some(name.as_str()),
            _ => None,
        }));
        roles.sort_unstable();
        roles.dedup();
        roles
    }
}
