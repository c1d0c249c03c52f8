//! `rowgate.yaml` as it is written: who the user is, which roles exist, where output goes. In: text. Out: [`Config`], its names not yet
//! looked up in any schema.

mod action;
mod audit;
mod levels;
mod migrations;
mod scalar;
mod time_zone;
mod written_text;

use serde::Deserialize;

pub use action::Action;
pub use audit::{Audit, Recorded, Upkeep};
pub use migrations::{Layout, Migrations};
pub use scalar::Scalar;
pub use written_text::WrittenText;

use crate::diagnostic::{Code, Diagnostic, FileId, Level, Sources, Span};
use crate::yaml::{self, OneOrMany, UniqueMap};

/// The project's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `version:`, `identity:` and more")]
pub struct Config {
    /// The format's version; 1.
    pub version: u32,
    /// The schema file, relative to the project's folder.
    #[serde(default = "default_schema")]
    pub schema: String,
    /// Globs of the policy files.
    #[serde(default = "default_policies")]
    pub policies: OneOrMany,
    /// Where `build --output` and `build --check` look.
    #[serde(default = "default_output")]
    pub output: String,
    /// The folder of migrations, and the tool that runs them.
    #[serde(default)]
    pub migrations: Migrations,
    /// Who the user is.
    pub identity: Identity,
    /// The zone in which `today` is a day: `UTC`, or an area and a place.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// Whether statements may name every column, where the fields that nobody may write keep their values; tables may say otherwise.
    #[serde(default)]
    pub whole_rows: bool,
    /// Whether policies are asked of the owners of tables, too; tables may say otherwise.
    #[serde(default = "always")]
    pub force_row_security: bool,
    /// What becomes of a query of a table by a role that no rule lets read there.
    #[serde(default)]
    pub no_grant_means: NoGrant,
    /// What else the session says, by the names that rules use.
    #[serde(default)]
    pub session: UniqueMap<SessionAttribute>,
    /// Tables that say who belongs to what.
    #[serde(default)]
    pub memberships: UniqueMap<Membership>,
    /// The roles that rules are for.
    #[serde(default)]
    pub roles: UniqueMap<Role>,
    /// Tables that no application role may touch, each with the reason.
    #[serde(default)]
    pub closed_tables: UniqueMap<String>,
    /// Names of what is generated for lookups.
    #[serde(default)]
    pub lookup: Lookup,
    /// Views that show of each row the fields that may be read; off where nothing is said.
    pub masking: Option<Masking>,
    /// Functions for the application that raise an error where policies would only find no row; off where nothing is said.
    pub guards: Option<Guards>,
    /// Functions for the application that change one record and make others, whatever the rules grant.
    #[serde(default)]
    pub actions: UniqueMap<Action>,
    /// What is recorded of changes; nothing where nothing is said.
    pub audit: Option<Audit>,
    /// What the database has beside the rules and is meant to have.
    #[serde(default)]
    pub accepted: Accepted,
    /// What findings count as, by their codes.
    #[serde(default)]
    pub lints: UniqueMap<Level>,
}

/// What becomes of a query of a table by a role that no rule lets read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[serde(expecting = "`error` or `no_rows`")]
pub enum NoGrant {
    /// It is refused.
    #[default]
    Error,
    /// It finds nothing: the role keeps the right to read, and no policy shows it a row.
    NoRows,
}

/// The `accepted` section: what the last step of a script would otherwise fail for, each with the reason.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "a mapping, by kinds: `{ views: { catalogue: \"why it is meant to be there\" } }`")]
pub struct Accepted {
    /// Views that show rows by other rules.
    pub views: UniqueMap<String>,
    /// Policies of others, by the table that they are on.
    pub policies: UniqueMap<UniqueMap<String>>,
    /// Functions that run as somebody whom no policy holds, or that say who is signed in; with the types of their arguments.
    pub functions: UniqueMap<String>,
    /// Tables that the schema file does not know.
    pub tables: UniqueMap<String>,
    /// Logins that can act as several roles.
    pub logins: UniqueMap<String>,
    /// Privileges that the owner of a table has granted, and only they could take: by the table, `TRUNCATE TO visitor`.
    pub privileges: UniqueMap<UniqueMap<String>>,
}

/// The `masking` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ schema: masked }`")]
pub struct Masking {
    /// The schema of the views; each has its table's name.
    pub schema: String,
    /// Their owner, which reads the tables for them.
    #[serde(default = "default_masking_role")]
    pub role: String,
}

/// The `guards` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ schema: guard }`")]
pub struct Guards {
    /// The schema of the functions.
    pub schema: String,
    /// Roles whose holders may ask what another user may do; nobody where nothing is said.
    #[serde(default)]
    pub ask_about: OneOrMany,
    /// The role that actions write as.
    #[serde(default = "default_acting_role")]
    pub acting_role: String,
}

/// Where the identity of a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[serde(expecting = "the name of a provider, such as `setting`")]
pub enum Provider {
    /// A setting that the application sets in each transaction.
    Setting,
    /// Supabase: `auth.uid()`.
    Supabase,
    /// PostgREST: a claim of the verified token.
    Postgrest,
    /// Neon: `auth.user_id()`.
    Neon,
    /// A function of the project.
    Function,
    /// The role that the session logged in as.
    DatabaseUser,
}

/// The `identity` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `provider:`, `user_table:` and more")]
pub struct Identity {
    /// Where the identity comes from.
    pub provider: Provider,
    /// The setting's name, for the provider of that name.
    pub setting: Option<String>,
    /// The function's name, for the provider of that name.
    pub function: Option<String>,
    /// The claim that holds the identity, for `postgrest`; `sub` where nothing is said.
    pub claim: Option<String>,
    /// Where claims come from: a setting that holds them as JSON, or a function, written with `()`, that gives them as jsonb.
    pub claims: Option<String>,
    /// The table with a row per user.
    pub user_table: String,
    /// Its column that holds the identity.
    #[serde(default = "default_user_key")]
    pub user_key: String,
    /// Its column with what people are called, for whoever reads about the users of a database.
    pub user_name: Option<String>,
    /// The database role that signed-in sessions run as.
    pub signed_in_role: Option<String>,
    /// The database role of sessions that nobody is signed in to.
    pub anonymous_role: Option<String>,
}

/// An entry of `session`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ setting: app.company_id }`")]
pub struct SessionAttribute {
    /// The setting that it is.
    pub setting: Option<String>,
    /// The claim that it is, by its name or a path.
    pub claim: Option<String>,
    /// What it is read as; text where nothing else is said.
    pub r#type: Option<String>,
    /// The key that it is one of.
    pub references: Option<String>,
    /// Whether there may be many.
    #[serde(default)]
    pub list: bool,
}

/// An entry of `memberships`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ table: members, user: user_id, within: team_id, role: role }`")]
pub struct Membership {
    /// The table with a row per membership.
    pub table: String,
    /// Its reference to the user.
    pub user: Option<String>,
    /// Instead: when a row counts for the user, as a condition of the policy language.
    pub holder: Option<String>,
    /// Its reference to what the user belongs to; empty there means everywhere.
    pub within: Option<String>,
    /// The reference of that to what it is beneath: who belongs to one belongs to all beneath it.
    pub below: Option<String>,
    /// The path to the role's name.
    pub role: Option<String>,
    /// The path to the list of permissions.
    pub permissions: Option<String>,
    /// Which memberships count, as a condition of the policy language.
    pub r#where: Option<String>,
}

/// An entry of `roles`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ column: kind, equals: boss }`")]
pub struct Role {
    /// Held by a column of the user's row, or a path from it.
    pub column: Option<String>,
    /// Held by a membership.
    pub membership: Option<String>,
    /// The path that is tested, instead of the membership's `role`.
    pub path: Option<String>,
    /// Held by a claim of the token: its name, or a path that starts with a slash.
    pub claim: Option<String>,
    /// Held by sessions of this database role.
    pub database_role: Option<String>,
    /// The value that the column or path must have.
    pub equals: Option<Scalar>,
    /// The level that it must reach.
    pub at_least: Option<Scalar>,
    /// The element that the array or JSON array must have.
    pub contains: Option<Scalar>,
    /// Held where the membership is within nothing.
    #[serde(default)]
    pub global: bool,
    /// Roles that who holds this one holds too.
    #[serde(default)]
    pub includes: OneOrMany,
}

/// Names of the generated schema and of the role that owns it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "a mapping: `{ schema: rowgate, role: rowgate_lookup }`")]
pub struct Lookup {
    /// The private schema of lookup functions.
    pub schema: String,
    /// Its owner, which reads what lookups need.
    pub role: String,
    /// A role that reads every row, for people who ask why somebody can or cannot; there is none where nothing is said.
    pub inspection_role: Option<String>,
}

impl Default for Lookup {
    fn default() -> Self {
        Lookup { schema: "rowgate".to_owned(), role: "rowgate_lookup".to_owned(), inspection_role: None }
    }
}

fn default_masking_role() -> String {
    "rowgate_masking".to_owned()
}

fn default_acting_role() -> String {
    "rowgate_actor".to_owned()
}

fn default_schema() -> String {
    "schema.yaml".to_owned()
}

fn default_policies() -> OneOrMany {
    OneOrMany(vec!["**/*.policy".to_owned()])
}

fn default_output() -> String {
    "rls.sql".to_owned()
}

fn always() -> bool {
    true
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}

fn default_user_key() -> String {
    "id".to_owned()
}

/// Reads the configuration; `None` with a message when it cannot be used.
pub fn load(sources: &Sources, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Option<Config> {
    let config: Config = match yaml::parse(sources, file) {
        Ok(config) => config,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    };
    if config.version != 1 {
        let title = format!("version {} of rowgate.yaml is not known", config.version);
        let diagnostic = Diagnostic::new(Code::Yaml, place(sources, file, &["version"]), title);
        diagnostics.push(diagnostic.with_help("write `version: 1`"));
    }
    if let Some(problem) = time_zone::problem(&config.time_zone) {
        let diagnostic = Diagnostic::new(Code::TimeZone, place(sources, file, &["time_zone"]), problem.title);
        let diagnostic = problem.note.into_iter().fold(diagnostic, Diagnostic::with_note);
        diagnostics.push(diagnostic.with_help(problem.help));
    }
    levels::check(&config, sources, file, diagnostics);
    Some(config)
}

/// The place of a key of the configuration.
pub fn place(sources: &Sources, file: FileId, path: &[&str]) -> Span {
    yaml::locate(&sources.get(file).text, file, path)
}
