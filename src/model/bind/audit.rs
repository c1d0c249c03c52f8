//! The record of changes: what is recorded, how long it is kept, and how people are taken out of it. In: the section `audit`. Out: [`Audit`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Binder;
use crate::ast::{Duration, TimeUnit};
use crate::catalog::{Catalog, ColumnRef, TableId};
use crate::config;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::model::{AUDIT_COLUMNS, Audit, Erasure, Guards, Masking, Operation, Rule, Upkeep};

impl Binder<'_> {
    /// The record of changes, and what keeps it in order.
    pub(super) fn bind_audit(&mut self) -> Option<Audit> {
        let config = self.config.audit.as_ref()?;
        let log = self.config_table_or(&config.table, &["audit", "table"], || describe_log(&config.table))?;
        let mut tables: BTreeMap<TableId, Vec<u32>> = BTreeMap::new();
        for (name, fields) in config.of.tables() {
            let Some(table) = self.config_table(name, &["audit", "of"]) else { continue };
            let columns = fields.iter().filter_map(|field| self.config_column(table, field, &["audit", "of", name]));
            let columns: Vec<u32> = columns.map(|column| column.column).collect();
            tables.entry(table).or_default().extend(columns);
        }
        for columns in tables.values_mut() {
            columns.sort_unstable();
            columns.dedup();
        }
        self.check_log(log);
        self.check_recorded_tables(log, &tables);
        let place = ["audit", "reads_by"];
        let reads_by = config.reads_by.0.iter().filter_map(|name| self.asking_role(name, &place)).collect();
        let mut audit = Audit { log, tables, refusals: config.refusals, reads_by, upkeep: None };
        if audit.has_guards() && self.config.guards.is_none() {
            let span = self.config_place(&["audit", if config.refusals { "refusals" } else { "reads_by" }]);
            let title = "who is refused, and who reads, is recorded by guards, and there are none";
            let help = "switch them on: `guards: { schema: guard }`";
            self.report(Diagnostic::new(Code::Upkeep, span, title).with_help(help));
        }
        audit.upkeep = self.bind_upkeep(config, &audit);
        Some(audit)
    }

    fn check_recorded_tables(&mut self, log: TableId, tables: &BTreeMap<TableId, Vec<u32>>) {
        for &table in tables.keys() {
            let entry = self.catalog.table(table);
            let reason = if table == log {
                Some("the record of changes cannot be about itself".to_owned())
            } else if entry.primary_key.is_empty() {
                Some(format!("`{}` has no primary key, so its changes could not be told apart", entry.name))
            } else {
                None
            };
            if let Some(reason) = reason {
                let span = self.config_place(&["audit", "of"]);
                self.report(Diagnostic::new(Code::Audit, span, reason));
            }
        }
    }

    /// The columns of the record of changes are fixed, so that triggers can write them.
    fn check_log(&mut self, log: TableId) {
        let entry = self.catalog.table(log);
        let is_there = |(name, r#type): &(&str, &str)| {
            entry.column_named(name).is_some_and(|index| entry.columns[index as usize].r#type.to_string() == *r#type)
        };
        let missing = AUDIT_COLUMNS.iter().find(|column| !is_there(column)).copied();
        let extra = entry.columns.iter().find(|column| !AUDIT_COLUMNS.iter().any(|(name, _)| *name == column.name));
        let title = match (missing, extra) {
            (Some((name, r#type)), _) => format!("`{}` needs a column `{name}` of type `{type}`", entry.name),
            (None, Some(extra)) => format!("`{}` has a column `{}` that no trigger would fill", entry.name, extra.name),
            (None, None) => return,
        };
        let span = self.config_place(&["audit", "table"]);
        let help = describe_log(self.config.audit.as_ref().map_or("", |audit| &audit.table));
        self.report(Diagnostic::new(Code::Audit, span, title).with_help(help));
    }

    /// Nobody changes what has been recorded.
    pub(super) fn check_log_rules(&mut self, tables: &BTreeMap<TableId, Arc<[Rule]>>, audit: Option<&Audit>) {
        let Some(audit) = audit else { return };
        let grants = tables.get(&audit.log).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.grants);
        let writing: Vec<_> = grants.filter(|grant| grant.operation != Operation::Read).map(|grant| grant.span).collect();
        for span in writing {
            let title = "what has been recorded can only be read";
            self.report(Diagnostic::new(Code::Audit, span, title).with_help("write `allow read`"));
        }
    }

    /// What takes entries away and people out of them, where the project has any of it.
    fn bind_upkeep(&mut self, config: &config::Audit, audit: &Audit) -> Option<Upkeep> {
        let keep = config.keep.as_deref().and_then(|text| self.bind_keep(text));
        let erase = config.erase.as_ref().and_then(|classes| self.bind_erasure(&classes.0, audit));
        let written = config.upkeep.clone().unwrap_or_default();
        if config.keep.is_none() && config.erase.is_none() {
            if config.upkeep.is_some() {
                let span = self.config_place(&["audit", "upkeep"]);
                let title = "`upkeep` says who may call what is not there";
                let help =
                    "say how long entries are kept, `keep: 365 days`, or that people can be taken out of them, `erase: []`";
                self.report(Diagnostic::new(Code::Upkeep, span, title).with_help(help));
            }
            return None;
        }
        let upkeep = Upkeep {
            schema: written.schema.unwrap_or_else(|| "rowgate_upkeep".to_owned()),
            role: written.role.unwrap_or_else(|| "rowgate_keeper".to_owned()),
            callers: written.r#for.0,
            keep,
            erase,
        };
        self.check_schema(&upkeep.schema, &["audit", "upkeep", "schema"]);
        Some(upkeep)
    }

    /// `365 days`
    fn bind_keep(&mut self, text: &str) -> Option<Duration> {
        use TimeUnit::{Day, Hour, Minute, Month, Second, Week, Year};
        let (amount, word) = text.trim().split_once(' ').unwrap_or_default();
        let word = word.trim().to_ascii_lowercase();
        let units = [Second, Minute, Hour, Day, Week, Month, Year];
        let unit = units.into_iter().find(|unit| word == unit.word() || word == format!("{}s", unit.word()));
        // No more than a thousand years: before that, calendars have no days.
        let most = |unit| match unit {
            Year => 1_000,
            Month => 12_000,
            Week => 52_000,
            _ => 365_000,
        };
        let amount = amount.parse::<i32>().ok();
        if let (Some(amount), Some(unit)) = (amount, unit)
            && (1..=most(unit)).contains(&amount)
        {
            return Some(Duration { amount, unit });
        }
        let span = self.config_place(&["audit", "keep"]);
        let title = format!("`{text}` is no length of time that entries could be kept");
        let help = "write a whole number and a unit: `keep: 365 days`, `keep: 10 years`";
        self.report(Diagnostic::new(Code::Upkeep, span, title).with_help(help));
        None
    }

    /// Where people are named in what is recorded. A value that goes with somebody has to stand beside the key by which that is found.
    fn bind_erasure(&mut self, classes: &[String], audit: &Audit) -> Option<Erasure> {
        let identity = self.identity.as_ref()?.user_key;
        let known: BTreeSet<&str> =
            self.catalog.tables().flat_map(|(_, table)| &table.columns).filter_map(|column| column.class.as_deref()).collect();
        for class in classes.iter().filter(|class| !known.contains(class.as_str())) {
            let found = Diagnostic::new(
                Code::Upkeep,
                self.config_place(&["audit", "erase"]),
                format!("no column is of the class `{class}`"),
            );
            let found = found.with_nearest(did_you_mean(class, known.iter().copied()));
            self.report(found.with_help("`class: personal` at a column of the schema file says what kind of data it has"));
        }
        let mut erasure =
            Erasure { keys: vec![identity], places: BTreeMap::new(), owners: BTreeMap::new(), values: BTreeMap::new() };
        // What guards record has keys of whatever they are asked about.
        let asked = self.catalog.tables().filter(|_| audit.has_guards()).map(|(table, _)| (table, Vec::new()));
        let recorded: BTreeMap<TableId, Vec<u32>> = asked.chain(audit.tables.clone()).collect();
        // And of what memberships are within, by the key that they reference.
        let within = self.memberships.iter().filter_map(|membership| self.catalog.column(membership.within?).references);
        let within: BTreeSet<ColumnRef> = within.filter(|_| audit.has_guards()).collect();
        for (&table, kept) in &recorded {
            let entry = self.catalog.table(table);
            let scopes = within.iter().filter(|scope| scope.table == table).map(|scope| &scope.column);
            let recorded: BTreeSet<u32> = kept.iter().chain(&entry.primary_key).chain(scopes).copied().collect();
            let mut places = BTreeMap::new();
            for &column in &recorded {
                if let Some(key) = person(self.catalog, identity, ColumnRef { table, column }, &within) {
                    places.insert(column, key);
                    if !erasure.keys.contains(&key) {
                        erasure.keys.push(key);
                    }
                }
            }
            let is_meant =
                |column: &u32| entry.columns[*column as usize].class.as_ref().is_some_and(|class| classes.contains(class));
            let values: Vec<u32> = kept.iter().copied().filter(is_meant).collect();
            let owners = owners(self.catalog, identity, table, &places);
            if let (true, Some(&value)) = (owners.is_empty(), values.first()) {
                let name = &entry.columns[value as usize].name;
                let span = self.config_place(&["audit", "erase"]);
                let title = format!("nothing that is recorded of `{}` says whose `{name}` it is", entry.name);
                let help = format!("keep the reference to the user beside it, or leave `{name}` out of `audit: of`");
                self.report(Diagnostic::new(Code::Upkeep, span, title).with_help(help));
            }
            if !places.is_empty() {
                erasure.places.insert(table, places);
                erasure.owners.insert(table, owners);
                erasure.values.insert(table, values);
            }
        }
        erasure.keys[1..].sort_unstable();
        Some(erasure)
    }

    /// Whoever has the rights of what keeps the record could rewrite it, and whoever may call it is nobody of the application.
    pub(super) fn check_upkeep(&mut self, audit: Option<&Audit>, masking: Option<&Masking>, guards: Option<&Guards>) {
        let Some(upkeep) = audit.and_then(|audit| audit.upkeep.as_ref()) else { return };
        let used: BTreeSet<String> = self
            .roles_in_use(masking)
            .chain(guards.map(|guards| &guards.acting_role))
            .chain(&self.config.lookup.inspection_role)
            .chain([&self.config.lookup.role])
            .cloned()
            .collect();
        let named = std::iter::once((&upkeep.role, "role")).chain(upkeep.callers.iter().map(|caller| (caller, "for")));
        for (name, at) in named {
            let place = ["audit", "upkeep", at];
            self.check_role_name(name, &place);
            if used.contains(name) || at == "for" && *name == upkeep.role {
                let title = format!("`{name}` has other uses, and whoever has it could take entries away");
                let found = Diagnostic::new(Code::Identifier, self.config_place(&place), title);
                self.report(found.with_help("name a role of its own, which is made where it is missing"));
            }
        }
        let schemas = [masking.map(|masking| &masking.schema), guards.map(|guards| &guards.schema)];
        if schemas.into_iter().flatten().any(|schema| *schema == upkeep.schema) {
            let title = format!("the schema `{}` is used already", upkeep.schema);
            let found = Diagnostic::new(Code::Identifier, self.config_place(&["audit", "upkeep", "schema"]), title);
            self.report(found.with_help("name a schema of its own, which is made where it is missing"));
        }
    }
}

/// The key of the user table by which a column says who somebody is, itself or by what it references; the identity before others.
fn person(catalog: &Catalog, identity: ColumnRef, column: ColumnRef, within: &BTreeSet<ColumnRef>) -> Option<ColumnRef> {
    let users = catalog.table(identity.table);
    let is_of = |key: ColumnRef, named: ColumnRef| catalog.entity(key) == catalog.entity_of_each(named);
    let keys: Vec<ColumnRef> = std::iter::once(identity)
        .chain(users.keys().filter(|key| key.len() == 1).flatten().map(|&column| ColumnRef { table: identity.table, column }))
        .collect();
    // Of a reference of several columns, each is one to a part of the key.
    let parts = catalog.table(column.table).values().filter_map(|(value, of)| {
        let own = catalog.parts(ColumnRef { table: column.table, column: value });
        let place = own.iter().position(|part| *part == column).filter(|_| own.len() > 1)?;
        catalog.parts(of.references?).get(place).copied()
    });
    let named: Vec<ColumnRef> = std::iter::once(column).chain(parts).collect();
    // Of one's own row, the keys say who it is; what else is unique there, an address perhaps, is a value.
    let written = catalog.column(column);
    let is_reference = written.references.is_some() || written.elements.is_some();
    let is_key = column == identity || users.primary_key == [column.column] || within.contains(&column);
    let is_value = column.table == identity.table && !is_reference && !is_key;
    let is_named = |key| named.iter().skip(usize::from(is_value)).any(|&named| is_of(key, named));
    keys.into_iter().find(|&key| is_named(key))
}

/// Which of the columns that name somebody say whose row it is. A user's row is of whom it is the row, whoever else it names. Any other is of whom its key names; where
/// that names nobody, of each whom a column names alone; and only where none does, of each whom a list has.
fn owners(catalog: &Catalog, identity: ColumnRef, table: TableId, places: &BTreeMap<u32, ColumnRef>) -> BTreeSet<u32> {
    let entry = catalog.table(table);
    let is_key = |column: &u32| entry.primary_key.contains(column);
    let is_alone = |column: &u32| entry.columns[*column as usize].elements.is_none();
    let own = |column: &u32| ColumnRef { table, column: *column } == identity || is_key(column);
    if table == identity.table {
        return places.keys().filter(|column| own(column)).copied().collect();
    }
    let of =
        |is_meant: &dyn Fn(&u32) -> bool| places.keys().filter(|column| is_meant(column)).copied().collect::<BTreeSet<u32>>();
    [of(&is_key), of(&is_alone), of(&|_| true)].into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// What the schema file has to say of the record of changes, to be pasted.
fn describe_log(name: &str) -> String {
    let all: String = AUDIT_COLUMNS.iter().map(|(name, r#type)| format!("\n      {name}: {type}")).collect();
    format!(
        "describe it so under `tables:` in the schema file; the database gets it where it is missing\n  {name}:\n    columns:{all}"
    )
}
