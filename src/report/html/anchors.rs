//! What parts of the page are linked by. In: a report. Out: an anchor for each table, rule, role and policy, made of its name, and different from all others.

use std::collections::{HashMap, HashSet};

use super::super::data::Report;

/// Anchors by what they lead to.
pub(super) struct Anchors<'a> {
    tables: HashMap<&'a str, String>,
    rules: HashMap<&'a str, String>,
    names: HashMap<(&'a str, &'a str), &'a str>,
    roles: HashMap<&'a str, String>,
    policies: Vec<String>,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(report: &'a Report) -> Anchors<'a> {
        let mut taken = HashSet::new();
        let mut anchor = |kind: &str, name: &str| {
            let wanted = format!("{kind}-{}", slug(name));
            let mut chosen = wanted.clone();
            let mut number = 2;
            while !taken.insert(chosen.clone()) {
                chosen = format!("{wanted}--{number}");
                number += 1;
            }
            chosen
        };
        Anchors {
            tables: report.tables.iter().map(|table| (table.name.as_str(), anchor("table", &table.name))).collect(),
            rules: report.rules.iter().map(|rule| (rule.id.as_str(), anchor("rule", &rule.id))).collect(),
            names: report.rules.iter().map(|rule| ((rule.table.as_str(), rule.name.as_str()), rule.id.as_str())).collect(),
            roles: report.roles.iter().map(|role| (role.name.as_str(), anchor("role", &role.name))).collect(),
            policies: report
                .policies
                .iter()
                .map(|policy| anchor("policy", &format!("{} {}", policy.table, policy.name)))
                .collect(),
        }
    }

    pub(super) fn table(&self, name: &str) -> &str {
        self.tables.get(name).map_or("matrix", String::as_str)
    }

    pub(super) fn role(&self, name: &str) -> &str {
        self.roles.get(name).map_or("roles", String::as_str)
    }

    pub(super) fn rule(&self, id: &str) -> &str {
        self.rules.get(id).map_or("rules", String::as_str)
    }

    /// Of a rule by its table and its name.
    pub(super) fn rule_of(&self, table: &str, name: &str) -> &str {
        self.names.get(&(table, name)).map_or("rules", |id| self.rule(id))
    }

    /// Of a policy by its position.
    pub(super) fn policy(&self, position: usize) -> &str {
        self.policies.get(position).map_or("rules", String::as_str)
    }
}

/// Letters and digits of ASCII, everything else as dashes; what is left of nothing is a number's business.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
