//! The configuration's sections: identity, memberships, closed tables.

use std::collections::BTreeMap;

use super::{Binder, key};
use crate::catalog::{QualifiedName, TableId, check_identifier};
use crate::config::Provider as ConfiguredProvider;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::model::{ClaimPath, ClaimsSource, Guards, Held, Identity, Masking, Provider, RoleId};

impl Binder<'_> {
    pub(super) fn bind_identity(&mut self) -> Option<Identity> {
        let config = &self.config.identity;
        for name in [&self.config.lookup.schema, &self.config.lookup.role] {
            self.check_name(name, &["lookup"]);
        }
        let provider = self.provider(config);
        let claims = self.claims_source(config);
        // These services come with roles of these names.
        let service_roles = match config.provider {
            ConfiguredProvider::Supabase => Some(("authenticated", "anon")),
            ConfiguredProvider::Neon => Some(("authenticated", "anonymous")),
            _ => None,
        };
        let signed_in_role = config.signed_in_role.clone().or_else(|| service_roles.map(|(name, _)| name.to_owned()));
        let anonymous_role = config.anonymous_role.clone().or_else(|| service_roles.map(|(_, name)| name.to_owned()));
        if signed_in_role.is_none() {
            let span = self.config_place(&["identity"]);
            let title = "the identity has no `signed_in_role`";
            let help = "name the database role that signed-in sessions run as: `signed_in_role: app_user`";
            self.report(Diagnostic::new(Code::Identity, span, title).with_help(help));
        }
        for (name, at) in [(&signed_in_role, "signed_in_role"), (&anonymous_role, "anonymous_role")] {
            if let Some(name) = name {
                self.check_role_name(name, &["identity", at]);
            }
        }
        if signed_in_role.is_some() && signed_in_role == anonymous_role {
            let span = self.config_place(&["identity", "anonymous_role"]);
            self.report(Diagnostic::new(Code::Identity, span, "signed-in and anonymous sessions have the same database role"));
        }
        let user_table = self.config_table(&config.user_table, &["identity", "user_table"])?;
        let user_key = self.config_column(user_table, &config.user_key, &["identity", "user_key"])?;
        if !self.catalog.is_unique(user_key) {
            let span = self.config_place(&["identity", "user_key"]);
            let name = self.column_name(user_key);
            let diagnostic = Diagnostic::new(Code::Identity, span, format!("`{name}` is not a key"))
                .with_note("two rows with one identity would make `User's …` mean either")
                .with_help("make it the primary key, or declare it under `unique:` in the schema file");
            self.report(diagnostic);
        }
        let user_name = config.user_name.as_ref();
        // Nothing else depends on it: what is wrong with it is told once.
        let user_name = user_name.and_then(|name| self.config_column(user_table, name, &["identity", "user_name"]));
        Some(Identity { provider: provider?, claims, user_key, user_name, signed_in_role: signed_in_role?, anonymous_role })
    }

    fn provider(&mut self, config: &crate::config::Identity) -> Option<Provider> {
        let belongs = [
            ("setting", config.setting.is_some(), ConfiguredProvider::Setting),
            ("function", config.function.is_some(), ConfiguredProvider::Function),
            ("claim", config.claim.is_some(), ConfiguredProvider::Postgrest),
        ];
        for (at, _, _) in belongs.into_iter().filter(|(_, given, provider)| *given && *provider != config.provider) {
            let span = self.config_place(&["identity", at]);
            self.report(Diagnostic::new(Code::Identity, span, format!("`{at}` belongs to another provider")));
        }
        let found = match config.provider {
            ConfiguredProvider::Supabase => Ok(Provider::Supabase),
            ConfiguredProvider::Neon => Ok(Provider::Neon),
            ConfiguredProvider::DatabaseUser => Ok(Provider::DatabaseUser),
            ConfiguredProvider::Postgrest => Ok(Provider::Postgrest(ClaimPath::parse(config.claim.as_deref().unwrap_or("sub")))),
            ConfiguredProvider::Setting => match config.setting.as_deref() {
                Some(name) => setting_name(name).map(Provider::Setting).map_err(|reason| ("setting", reason)),
                None => {
                    Err(("provider", "the provider `setting` needs the name of the setting: `setting: app.user_id`".to_owned()))
                }
            },
            ConfiguredProvider::Function => match config.function.as_deref() {
                Some(name) => function_name(name).map(Provider::Function).map_err(|reason| ("function", reason)),
                None => Err((
                    "provider",
                    "the provider `function` needs the name of the function: `function: app.user_id`".to_owned(),
                )),
            },
        };
        found
            .map_err(|(at, reason)| {
                let span = self.config_place(&["identity", at]);
                self.report(Diagnostic::new(Code::Identity, span, reason));
            })
            .ok()
    }

    /// Where claims come from: what the configuration says, or where the provider puts them.
    fn claims_source(&mut self, config: &crate::config::Identity) -> Option<ClaimsSource> {
        let token = || Some(ClaimsSource::Setting("request.jwt.claims".to_owned()));
        let Some(text) = config.claims.as_deref() else {
            return match config.provider {
                ConfiguredProvider::Supabase | ConfiguredProvider::Postgrest => token(),
                ConfiguredProvider::Neon => Some(ClaimsSource::Function(QualifiedName::new("auth", "session"))),
                _ => None,
            };
        };
        let source = match text.strip_suffix("()") {
            Some(name) => function_name(name).map(ClaimsSource::Function),
            None => setting_name(text).map(ClaimsSource::Setting),
        };
        source
            .map_err(|reason| {
                let span = self.config_place(&["identity", "claims"]);
                self.report(Diagnostic::new(Code::Identity, span, reason));
            })
            .ok()
    }

    pub(super) fn bind_masking(&mut self) -> Option<Masking> {
        let config = self.config.masking.as_ref()?;
        self.check_schema(&config.schema, &["masking", "schema"]);
        self.check_role_name(&config.role, &["masking", "role"]);
        Some(Masking { schema: config.schema.clone(), role: config.role.clone() })
    }

    pub(super) fn bind_guards(&mut self) -> Option<Guards> {
        let config = self.config.guards.as_ref()?;
        self.check_schema(&config.schema, &["guards", "schema"]);
        let ask_about = config.ask_about.0.iter().filter_map(|name| self.asking_role(name, &["guards", "ask_about"])).collect();
        Some(Guards { schema: config.schema.clone(), ask_about, acting_role: config.acting_role.clone() })
    }

    /// A role of whose holders the configuration says something as a whole: one that is not everybody's, and that is held within nothing.
    pub(super) fn asking_role(&mut self, name: &str, place: &[&str]) -> Option<RoleId> {
        if let Some(found) = self.asking_permission(name, place) {
            return found;
        }
        let span = self.config_place(place);
        let (could, and) = match place {
            ["guards", _] => ("whose holders could ask about others", "who asks about another user asks about all of it"),
            _ => ("whose holders' reading could be recorded", "what is recorded is who reads anything"),
        };
        let Some(&id) = self.role_names.get(&key(name)) else {
            let title = format!("there is no role `{name}` {could}");
            let near = did_you_mean(name, self.config.roles.0.keys().map(String::as_str));
            let help =
                near.map_or("name a role that is defined under `roles`".to_owned(), |near| format!("did you mean `{near}`?"));
            self.report(Diagnostic::new(Code::RoleDefinition, span, title).with_help(help));
            return None;
        };
        if self.roles[id.0 as usize].held.is_scoped() {
            let title = format!("`{name}` is held within something, and {and}");
            let help = "name a role that is held within nothing, or everywhere (`global: true`)";
            self.report(Diagnostic::new(Code::RoleDefinition, span, title).with_help(help));
            return None;
        }
        Some(id)
    }

    /// A schema that is generated: none that the project's tables or the lookups are in.
    pub(super) fn check_schema(&mut self, name: &str, place: &[&str]) {
        self.check_name(name, place);
        let is_taken = name == self.config.lookup.schema || self.catalog.tables().any(|(_, table)| table.name.schema == name);
        if is_taken || name.starts_with("pg_") {
            let span = self.config_place(place);
            let title = format!("the schema `{name}` is used already");
            let help = "name a schema of its own, which is made where it is missing";
            self.report(Diagnostic::new(Code::Identifier, span, title).with_help(help));
        }
    }

    /// A database role that rules may be given to.
    pub(super) fn check_role_name(&mut self, name: &str, place: &[&str]) {
        self.check_name(name, place);
        let reason = match name.to_ascii_lowercase().as_str() {
            "public" => "PUBLIC is every role of the server",
            "none" => "`none` cannot be the name of a role",
            lower if lower.starts_with("pg_") => "names that start with `pg_` belong to PostgreSQL",
            _ if *name == self.config.lookup.role => "the lookup role reads what no application role may read",
            _ => return,
        };
        let span = self.config_place(place);
        let title = format!("`{name}` cannot be a role of the application");
        self.report(Diagnostic::new(Code::Identifier, span, title).with_note(reason));
    }

    /// Whoever is a member of it reads every row: so it is a role of its own.
    pub(super) fn check_inspection_role(&mut self, masking: Option<&Masking>, guards: Option<&Guards>) {
        let Some(name) = &self.config.lookup.inspection_role else { return };
        let place = ["lookup", "inspection_role"];
        self.check_role_name(name, &place);
        if self.roles_in_use(masking).chain(guards.map(|guards| &guards.acting_role)).any(|used| used == name) {
            let title = format!("`{name}` has other uses, and whoever has it could read every row");
            let found = Diagnostic::new(Code::Identifier, self.config_place(&place), title);
            self.report(found.with_help("name a role of its own, which is made where it is missing"));
        }
    }

    /// The roles of the application and of masking views.
    pub(super) fn roles_in_use<'s>(&'s self, masking: Option<&'s Masking>) -> impl Iterator<Item = &'s String> {
        let identity = self.identity.iter();
        let of_identity = identity.flat_map(|identity| std::iter::once(&identity.signed_in_role).chain(&identity.anonymous_role));
        let of_roles = self.roles.iter().filter_map(|role| match &role.held {
            Held::DatabaseRole(name) => Some(name),
            _ => None,
        });
        of_identity.chain(of_roles).chain(masking.map(|masking| &masking.role))
    }

    fn check_name(&mut self, name: &str, place: &[&str]) {
        if let Err(reason) = check_identifier(name) {
            let span = self.config_place(place);
            self.report(Diagnostic::new(Code::Identifier, span, reason));
        }
    }

    pub(super) fn bind_closed_tables(&mut self) -> BTreeMap<TableId, String> {
        let mut closed = BTreeMap::new();
        for (name, reason) in &self.config.closed_tables.0 {
            if reason.trim().is_empty() {
                let span = self.config_place(&["closed_tables", name]);
                let title = format!("`{name}` is closed without a reason");
                let help = "say why no application role may touch it";
                self.report(Diagnostic::new(Code::TableWithoutRules, span, title).with_help(help));
            }
            if let Some(table) = self.config_table(name, &["closed_tables", name]) {
                closed.insert(table, reason.clone());
            }
        }
        closed
    }
}

/// A custom setting's name: two or more identifiers joined by dots (manual section 20.16).
pub(super) fn setting_name(name: &str) -> Result<String, String> {
    let is_identifier = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if name.contains('.') && name.split('.').all(is_identifier) {
        return Ok(name.to_owned());
    }
    Err("a setting of your own has a name with a dot, such as `app.user_id`".to_owned())
}

/// A function's name with its schema, without parentheses.
fn function_name(name: &str) -> Result<QualifiedName, String> {
    QualifiedName::parse(name.strip_suffix("()").unwrap_or(name))
}
