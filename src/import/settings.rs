//! Who is signed in, and as which database role. In: what policies compare with columns, roles, grants. Out: what `rowgate.yaml` has to say of it.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::labels;
use super::meaning::Session;
use crate::catalog::{Catalog, ColumnRef, QualifiedName, TableId, Type, words, written_part};
use crate::config::{self, Config};
use crate::model::Operation;
use crate::yaml::scalar;

/// What is known of sessions.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// What says who is signed in; `None` where no policy asks.
    pub identity: Option<Session>,
    /// The row of a user is known by this column.
    pub user_key: ColumnRef,
    /// Where claims are, where that is a setting.
    claims: Option<String>,
    /// The database role of those who are signed in.
    pub signed_in: String,
    /// The database role of those who are not.
    pub anonymous: Option<String>,
    /// All database roles that rules are for, in order; these two among them.
    pub application: Vec<String>,
    /// Whose rights the signed-in role has, where it is none that is there yet.
    pub stands_for: Option<String>,
    /// What the configuration calls roles by what they are in the database, and settings.
    named_roles: BTreeMap<String, String>,
    named_settings: BTreeMap<String, String>,
}

/// A setting under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub name: String,
    setting: String,
    kind: String,
}

impl Attribute {
    /// As an entry of `session`.
    pub(super) fn entry(&self) -> (String, String) {
        (self.name.clone(), format!("{{ setting: {}, {} }}", scalar(&self.setting), self.kind))
    }

    /// A setting that is compared with a column, or with a text.
    pub(super) fn new(
        catalog: &Catalog,
        settings: &Settings,
        setting: &str,
        like: Option<ColumnRef>,
        is_whole: bool,
    ) -> Result<Attribute, String> {
        if !is_custom(setting) {
            return Err(format!("`{setting}` is no setting of the application's"));
        }
        let is_asked_otherwise = settings.has_claims(setting) || settings.identity == Some(Session::Setting(setting.to_owned()));
        if is_asked_otherwise {
            return Err(format!("`{setting}` says who is signed in, or holds the token"));
        }
        let last = setting.rsplit('.').next().unwrap_or(setting);
        let name = match settings.named_settings.get(setting) {
            Some(name) => name.clone(),
            None => {
                // Two settings whose names end in the same way are told apart by all of them.
                let key = if is_whole { words(&setting.replace('.', "_")) } else { words(last) };
                let key = key.trim_end_matches(" id").to_owned();
                if !labels::is_plain(&key) {
                    return Err(format!("the setting `{setting}`, whose name is none that a rule can have"));
                }
                labels::title(&key)
            }
        };
        let kind = match like {
            Some(column) => match (catalog.entity_of_each(column), &catalog.column(column).r#type) {
                (Some(key), _) => {
                    let table = catalog.table(key.table);
                    format!(
                        "references: {}",
                        scalar(&format!("{}.{}", table.name.written(), written_part(&catalog.column(key).name)))
                    )
                }
                (None, Type::Array(_) | Type::Json | Type::Jsonb) => return Err("a setting beside a list".to_owned()),
                (None, own) => format!("type: {}", scalar(&own.to_string())),
            },
            None => "type: text".to_owned(),
        };
        Ok(Attribute { name, setting: setting.to_owned(), kind })
    }
}

/// Whether a setting is one of an application, and none of PostgreSQL's own (`TimeZone`, `role`), of which a rule knows nothing.
pub(super) fn is_custom(setting: &str) -> bool {
    let is_identifier = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    setting.contains('.') && setting.split('.').all(is_identifier)
}

/// What policies say of who is signed in.
#[derive(Debug, Default)]
pub(super) struct Votes {
    /// How often something of the session is compared with a column, and with which.
    pub compared: BTreeMap<Session, Vec<ColumnRef>>,
}

impl Settings {
    /// Whether it is what says who is signed in.
    pub fn is_identity(&self, session: &Session) -> bool {
        self.identity.as_ref() == Some(session)
    }

    pub fn has_claims(&self, setting: &str) -> bool {
        self.claims.as_deref() == Some(setting)
    }

    /// What a column identifies that references users.
    pub fn user_entity(&self, catalog: &Catalog) -> ColumnRef {
        catalog.entity(self.user_key).unwrap_or(self.user_key)
    }

    /// Chooses from what policies say, as far as the configuration says nothing.
    pub fn choose(facts: &Facts, catalog: &Catalog, votes: &Votes, config: Option<&Config>) -> Result<Settings, String> {
        let identity = match config {
            Some(config) => configured(config),
            None => votes
                .compared
                .iter()
                .max_by_key(|(session, columns)| (rank(session), columns.len()))
                .map(|(session, _)| session.clone()),
        };
        let user_key = match config {
            Some(config) => column_named(catalog, &config.identity.user_table, &config.identity.user_key)
                .ok_or_else(|| format!("there is no table `{}` with a column `{}`", config.identity.user_table, config.identity.user_key))?,
            None => user_key(catalog, identity.as_ref().and_then(|session| votes.compared.get(session)))
                .ok_or("no column tells which table users are rows of: write a rowgate.yaml that says `identity`, and run this in its folder")?,
        };
        let claims = match (&identity, config.and_then(|config| config.identity.claims.clone())) {
            (_, Some(claims)) => Some(claims),
            (Some(Session::SupabaseUser | Session::NeonUser), None) => Some("request.jwt.claims".to_owned()),
            (Some(Session::Claim { setting, .. }), None) => Some(setting.clone()),
            _ => votes.compared.keys().find_map(|session| match session {
                Session::Claim { setting, .. } => Some(setting.clone()),
                _ => None,
            }),
        };
        let (signed_in, anonymous, application, stands_for) = roles(facts, config);
        let of_role = |(name, role): (&String, &config::Role)| Some((role.database_role.clone()?, name.clone()));
        let named_roles = config.map(|config| config.roles.0.iter().filter_map(of_role).collect()).unwrap_or_default();
        let of_setting = |(name, one): (&String, &config::SessionAttribute)| Some((one.setting.clone()?, name.clone()));
        let named_settings = config.map(|config| config.session.0.iter().filter_map(of_setting).collect()).unwrap_or_default();
        Ok(Settings { identity, user_key, claims, signed_in, anonymous, application, stands_for, named_roles, named_settings })
    }

    /// The role of a session, whose rights are looked at.
    pub fn acting<'s>(&'s self, role: &'s str) -> &'s str {
        match &self.stands_for {
            Some(old) if role == self.signed_in => old,
            _ => role,
        }
    }

    /// The role that rules name for sessions of a database role.
    pub fn rule_role(&self, role: &str) -> String {
        if let Some(name) = self.named_roles.get(role) {
            return name.clone();
        }
        let name = labels::title(&words(role));
        let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' ') && !name.is_empty();
        let name = if is_plain { name } else { "Session".to_owned() };
        match name.as_str() {
            "Anyone" | "Authenticated" => format!("{name} Session"),
            _ => name,
        }
    }

    /// What says who is signed in.
    fn provider(&self) -> String {
        match &self.identity {
            Some(Session::SupabaseUser) => "  provider: supabase\n".to_owned(),
            Some(Session::NeonUser) => "  provider: neon\n".to_owned(),
            Some(Session::Function(name)) => format!("  provider: function\n  function: {}\n", scalar(&name.to_string())),
            Some(Session::Setting(name)) => format!("  provider: setting\n  setting: {}\n", scalar(name)),
            Some(Session::Claim { setting, path }) if setting == "request.jwt.claims" => {
                let claim = if path.len() == 1 { path[0].clone() } else { format!("/{}", path.join("/")) };
                format!("  provider: postgrest\n  claim: {}\n", scalar(&claim))
            }
            Some(Session::Login) => "  provider: database_user\n".to_owned(),
            _ => "  provider: setting # no policy says who is signed in: name the setting that does\n  setting: app.user_id\n"
                .to_owned(),
        }
    }

    /// Who is signed in, and whether owners are bound, as `rowgate.yaml` says it.
    pub fn text(&self, catalog: &Catalog, binds_owner: bool) -> String {
        let table = &catalog.table(self.user_key.table).name;
        let mut text = "version: 1\n".to_owned();
        if !binds_owner {
            text.push_str("force_row_security: false # as it was: what runs as the owner of the tables sees all of them\n");
        }
        text.push_str("\nidentity:\n");
        text.push_str(&self.provider());
        let has_own_claims = matches!(self.identity, Some(Session::Function(_) | Session::Setting(_) | Session::Login));
        if let Some(claims) = self.claims.as_ref().filter(|_| has_own_claims) {
            text.push_str(&format!("  claims: {}\n", scalar(claims)));
        }
        text.push_str(&format!("  user_table: {}\n", scalar(&table.written())));
        let key = &catalog.column(self.user_key).name;
        if key != "id" {
            text.push_str(&format!("  user_key: {}\n", scalar(key)));
        }
        text.push_str(&format!("  signed_in_role: {}\n", scalar(&self.signed_in)));
        if let Some(role) = &self.anonymous {
            text.push_str(&format!("  anonymous_role: {}\n", scalar(role)));
        }
        text
    }

    /// The roles of sessions that rules name, as entries of `roles`.
    pub fn roles(&self, named: &BTreeSet<String>) -> Vec<(String, String)> {
        let used = self.application.iter().filter(|role| named.contains(*role));
        used.map(|role| (self.rule_role(role), format!("{{ database_role: {} }}", scalar(role)))).collect()
    }
}

/// What is likelier to be an identity where both are compared with columns.
fn rank(session: &Session) -> u8 {
    match session {
        Session::SupabaseUser | Session::NeonUser => 4,
        Session::Function(_) => 3,
        Session::Claim { path, .. } if path.last().is_some_and(|claim| claim == "sub" || claim.ends_with("user_id")) => 3,
        Session::Setting(name) if name.contains("user") || name.ends_with("sub") => 3,
        Session::Setting(_) => 2,
        Session::Claim { .. } | Session::Login => 1,
        Session::DatabaseRole => 0,
    }
}

fn configured(config: &Config) -> Option<Session> {
    let identity = &config.identity;
    Some(match identity.provider {
        config::Provider::Supabase => Session::SupabaseUser,
        config::Provider::Neon => Session::NeonUser,
        config::Provider::DatabaseUser => Session::Login,
        config::Provider::Setting => Session::Setting(identity.setting.clone()?),
        config::Provider::Function => {
            Session::Function(QualifiedName::parse(identity.function.as_ref()?.trim_end_matches("()")).ok()?)
        }
        config::Provider::Postgrest => {
            let claim = identity.claim.clone().unwrap_or_else(|| "sub".to_owned());
            let path = claim.trim_start_matches('/').split('/').map(str::to_owned).collect();
            Session::Claim { setting: identity.claims.clone().unwrap_or_else(|| "request.jwt.claims".to_owned()), path }
        }
    })
}

fn column_named(catalog: &Catalog, table: &str, column: &str) -> Option<ColumnRef> {
    let table = catalog.named(table)?;
    Some(ColumnRef { table, column: catalog.table(table).column_named(column)? })
}

/// The key that most of the columns identify; where they identify nothing, that of a table that is called as if it had users.
fn user_key(catalog: &Catalog, columns: Option<&Vec<ColumnRef>>) -> Option<ColumnRef> {
    let mut keys: BTreeMap<ColumnRef, usize> = BTreeMap::new();
    for key in columns.into_iter().flatten().filter_map(|column| catalog.entity_of_each(*column)) {
        *keys.entry(key).or_default() += 1;
    }
    let most = keys.into_iter().max_by_key(|(key, count)| (*count, std::cmp::Reverse(*key))).map(|(key, _)| key);
    let called_so = || {
        ["users", "profiles", "accounts", "people", "members"].iter().find_map(|name| {
            let id = catalog.tables().find(|(_, table)| table.name.name == *name).map(|(id, _)| id)?;
            only_key(catalog, id)
        })
    };
    most.or_else(called_so).or_else(|| catalog.tables().find_map(|(id, _)| only_key(catalog, id)))
}

fn only_key(catalog: &Catalog, table: TableId) -> Option<ColumnRef> {
    match catalog.table(table).primary_key.as_slice() {
        [column] => Some(ColumnRef { table, column: *column }),
        _ => None,
    }
}

type Roles = (String, Option<String>, Vec<String>, Option<String>);

/// The roles that policies and grants are for: none that policies do not hold, none that owns the tables.
fn roles(facts: &Facts, config: Option<&Config>) -> Roles {
    let owners: BTreeSet<&String> = facts.tables.values().map(|table| &table.owner).collect();
    let of_policies = facts.policies.iter().flat_map(|policy| policy.roles.iter());
    let of_grants = facts.tables.values().flat_map(|table| table.grants.iter()).filter_map(|grant| grant.role.as_ref());
    let is_held = |role: &&String| facts.roles.get(*role).is_some_and(|known| !known.bypasses && !known.is_superuser);
    let named: BTreeSet<&String> = of_policies.chain(of_grants).filter(is_held).collect();
    let acts_as_owner = |role: &&&String| {
        facts.roles.get(**role).is_some_and(|role| owners.iter().any(|owner| role.has_rights_of.contains(*owner)))
    };
    let mut candidates: Vec<String> = named.iter().filter(|role| !acts_as_owner(role)).map(|role| (*role).clone()).collect();
    let has_rights = |role: &String| {
        facts.tables.keys().any(|table| Operation::ALL.iter().any(|&operation| facts.granted(role, table, operation).is_some()))
    };
    candidates.retain(has_rights);
    if let Some(identity) = config.map(|config| &config.identity)
        && let Some(signed_in) = identity.signed_in_role.clone()
    {
        let anonymous = identity.anonymous_role.clone();
        candidates.extend([signed_in.clone()].into_iter().chain(anonymous.clone()));
        candidates.sort();
        candidates.dedup();
        return (signed_in, anonymous, candidates, None);
    }
    let is_anonymous = |role: &&String| ["anon", "guest", "unauthenticated"].iter().any(|word| role.contains(word));
    let rights = |role: &&String| {
        let of_table =
            |table: &super::facts::TableFacts| table.grants.iter().filter(|grant| grant.role.as_ref() == Some(*role)).count();
        let named = facts.policies.iter().filter(|policy| policy.roles.contains(role)).count();
        (**role == "authenticated", facts.tables.values().map(of_table).sum::<usize>(), named)
    };
    let anonymous = candidates.iter().find(is_anonymous).cloned().filter(|_| candidates.len() > 1);
    let signed_in = candidates.iter().filter(|role| Some(*role) != anonymous.as_ref()).max_by_key(rights).cloned();
    match signed_in {
        Some(role) => (role, anonymous, candidates, None),
        // Only the owner works with the tables: rules need a role that cannot undo them.
        None => {
            let owner = facts.tables.values().find(|table| table.is_forced).map(|table| table.owner.clone());
            ("app_user".to_owned(), None, vec!["app_user".to_owned()], owner)
        }
    }
}
