//! `rowgate.yaml`, as far as rules need it. In: its beginning, and the entries of its sections. Out: its text, what of it another one lacks, and the two as one.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::config::Config;
use crate::yaml::scalar;

/// The sections that an import writes, in their order.
const SECTIONS: [&str; 4] = ["session", "memberships", "roles", "closed_tables"];

/// What the file says.
#[derive(Debug, Clone, Default)]
pub(super) struct Configuration {
    /// Who is signed in.
    pub head: String,
    /// Names and values of the entries, by section.
    pub entries: [Vec<(String, String)>; 4],
}

impl Configuration {
    /// The whole file.
    pub fn text(&self) -> String {
        format!("{}{}", self.head, self.sections(|_, _| true))
    }

    /// What has to be added to a file that is there; empty where it has all.
    pub fn missing_in(&self, config: &Config) -> String {
        let has = |section: &str, name: &String| match section {
            "session" => config.session.0.contains_key(name),
            "memberships" => config.memberships.0.contains_key(name),
            "roles" => config.roles.0.contains_key(name),
            _ => config.closed_tables.0.contains_key(name),
        };
        self.sections(|section, name| !has(section, name)).trim_start().to_owned()
    }

    fn sections(&self, is_meant: impl Fn(&str, &String) -> bool) -> String {
        let mut text = String::new();
        for (section, entries) in std::iter::zip(SECTIONS, &self.entries) {
            let entries: Vec<_> = entries.iter().filter(|(name, _)| is_meant(section, name)).collect();
            if !entries.is_empty() {
                text.push_str(&format!("\n{section}:\n"));
            }
            for (name, value) in entries {
                text.push_str(&format!("  {}: {value}\n", scalar(name)));
            }
        }
        text
    }
}

/// A new schema file that says of each table whether row-level security binds its owner, where it binds some and not all.
pub(super) fn with_owners(schema: &str, facts: &Facts) -> String {
    let mut text = schema.to_owned();
    if facts.binds_all_owners() {
        return text;
    }
    for (name, _) in facts.tables.iter().filter(|(_, table)| table.is_enabled && table.is_forced) {
        let entry = format!("\n  {}:\n", scalar(&name.written()));
        text = text.replacen(&entry, &format!("{entry}    force_row_security: true\n"), 1);
    }
    text
}

/// A configuration with what another one has besides.
pub(super) fn with(config: &Config, added: Config) -> Config {
    let mut whole = config.clone();
    let Config { session, memberships, roles, closed_tables, .. } = added;
    add(&mut whole.session.0, session.0);
    add(&mut whole.memberships.0, memberships.0);
    add(&mut whole.roles.0, roles.0);
    add(&mut whole.closed_tables.0, closed_tables.0);
    whole
}

/// What is there stays.
fn add<T>(whole: &mut BTreeMap<String, T>, added: BTreeMap<String, T>) {
    for (name, one) in added {
        whole.entry(name).or_insert(one);
    }
}
