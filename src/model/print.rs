//! A model as text: what each name was bound to.

use super::{Attribute, AttributeSource, Describe, Grant, Held, LookUp, Model, Provider, Role, RoleUse, Rule};
use crate::catalog::TableId;

/// Renders a model for people. Stable to the byte.
pub fn render_text(model: &Model) -> String {
    let describe = Describe { model };
    let mut out = String::new();
    out.push_str(&format!("identity: {}\n", describe.identity()));
    out.push_str(&format!("database roles: {}\n\n", model.application_roles().join(", ")));
    model.attributes.iter().for_each(|attribute| out.push_str(&attribute_text(&describe, attribute)));
    for role in &model.roles {
        out.push_str(&format!("role {}: {}\n", role.name, describe.held(role)));
        if !role.includes.is_empty() {
            let names: Vec<&str> = role.includes.iter().map(|&id| model.role(id).name.as_str()).collect();
            out.push_str(&format!("  includes {}\n", names.join(", ")));
        }
    }
    for (&table, rules) in &model.tables {
        out.push_str(&format!("\ntable {}\n", model.catalog.table(table).name));
        for rule in rules.iter() {
            rule_text(&mut out, &describe, table, rule);
        }
    }
    model.actions.iter().for_each(|action| out.push_str(&format!("\n{}", describe.action(action))));
    for assertion in &model.assertions {
        let condition = assertion.condition.as_ref().map(|condition| format!(" where {}", describe.condition(condition)));
        let (role, word) = (describe.role_use(&assertion.role), assertion.operation.word());
        let table = &model.catalog.table(assertion.table).name;
        out.push_str(&format!("\nnever {role} can {word} {table}{}\n", condition.unwrap_or_default()));
    }
    for boundary in &model.boundaries {
        let operations = boundary.operations_in_words().map_or(String::new(), |words| format!(" for {words}"));
        out.push_str(&format!("\nboundary \"{}\"{operations}\n", boundary.name));
        for (&table, clauses) in &boundary.tables {
            for clause in clauses {
                let except = roles_text(&describe, &clause.except);
                let except = if except.is_empty() { String::new() } else { format!(" except {except}") };
                let name = &model.catalog.table(table).name;
                out.push_str(&format!("  {name}: where {}{except}\n", describe.condition(&clause.condition)));
            }
        }
    }
    out
}

impl Describe<'_> {
    /// `users.id from the setting app.user_id`
    pub fn identity(&self) -> String {
        let (catalog, user_key) = (&self.model.catalog, self.model.identity.user_key);
        let provider = match &self.model.identity.provider {
            Provider::Setting(name) => format!("the setting {name}"),
            Provider::Supabase => "auth.uid()".to_owned(),
            Provider::Neon => "auth.user_id()".to_owned(),
            Provider::Postgrest(claim) => self.claim_path(claim),
            Provider::Function(name) => format!("{name}()"),
            Provider::DatabaseUser => "the role that the session logged in as".to_owned(),
        };
        format!("{}.{} from {provider}", catalog.table(user_key.table).name, catalog.column(user_key).name)
    }

    /// How a role is held: `Team membership, within one: Role's Name is "admin"`
    pub fn held(&self, role: &Role) -> String {
        match &role.held {
            Held::User(test) | Held::Claim(test) => self.atom(test),
            Held::DatabaseRole(name) => format!("sessions of {name}"),
            Held::Membership { membership, test, global } => {
                let scope = if *global { "globally" } else { "within one" };
                let membership = self.model.membership(*membership);
                let below = if membership.below.is_some() && !global { " and all beneath" } else { "" };
                format!("{} membership, {scope}{below}: {}", membership.name, self.atom(test))
            }
        }
    }

    /// Whom a rule is for, separated by commas.
    pub fn role_uses(&self, roles: &[RoleUse]) -> String {
        roles_text(self, roles)
    }

    /// What a grant allows: `update (name) when Status is "open"`
    pub fn grant(&self, table: TableId, grant: &Grant) -> String {
        grant_text(self, table, grant)
    }
}

fn attribute_text(describe: &Describe<'_>, attribute: &Attribute) -> String {
    let from = match &attribute.source {
        AttributeSource::Claim(path) => describe.claim_path(path),
        AttributeSource::Setting(name) => format!("the setting {name}"),
    };
    let many = if attribute.is_list { "a list of " } else { "" };
    format!("Session's {}: {many}{} from {from}\n", attribute.name, attribute.r#type)
}

fn rule_text(out: &mut String, describe: &Describe<'_>, table: TableId, rule: &Rule) {
    out.push_str(&format!("  rule \"{}\" for {}\n", rule.name, roles_text(describe, &rule.roles)));
    if let Some(way) = rule.look_up {
        out.push_str(match way {
            LookUp::Row => "    look up by row\n",
            LookUp::List => "    look up by list\n",
        });
    }
    for filter in &rule.filters {
        out.push_str(&format!("    where {}\n", describe.condition(filter)));
    }
    for completion in &rule.completions {
        out.push_str(&format!("    ({completion})\n"));
    }
    for grant in &rule.grants {
        out.push_str(&format!("    allow {}\n", grant_text(describe, table, grant)));
    }
}

fn grant_text(describe: &Describe<'_>, table: TableId, grant: &Grant) -> String {
    let mut text = grant.operation.word().to_owned();
    if let Some(fields) = &grant.fields {
        let columns = &describe.model.catalog.table(table).columns;
        let names: Vec<&str> = fields.iter().map(|&index| columns[index as usize].name.as_str()).collect();
        text.push_str(&format!(" ({})", names.join(", ")));
    }
    let presets: Vec<String> = grant.presets.iter().map(|preset| describe.preset(table, preset)).collect();
    if !presets.is_empty() {
        text.push_str(&format!(" setting {}", presets.join(" and ")));
    }
    for (word, condition) in std::iter::zip(["when", "then"], grant.conditions_beside_presets(table)) {
        if let Some(condition) = condition {
            text.push_str(&format!(" {word} {}", describe.condition(&condition)));
        }
    }
    text
}

fn roles_text(describe: &Describe<'_>, roles: &[RoleUse]) -> String {
    roles.iter().map(|role| describe.role_use(role)).collect::<Vec<_>>().join(", ")
}
