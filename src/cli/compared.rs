//! What a change of the rules gives and takes, for people who review it. In: the project, and the texts of another version of it. Out: what changed for whom,
//! as a table.

use std::collections::BTreeMap;

use serde_json::json;

use super::names::CONFIG;
use crate::access::{Changed, Direction, Side, compare, unlike_beside_rules};
use crate::catalog::{Catalog, ColumnRef};
use crate::config::Config;
use crate::diagnostic::{self, Sources};
use crate::model::Model;
use crate::project::{self, Apart, Compiled, Texts};
use crate::report;

/// What was found.
pub(super) enum Compared {
    /// What changed; nothing where all that somebody may do stays.
    Changed(Vec<Changed>),
    /// The other version does not fit the present schema file, or the present program; why.
    NotComparable(String),
}

impl Compared {
    /// Whether nothing changed.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Compared::Changed(changed) if changed.is_empty())
    }

    /// Whether somebody may do more, as far as is known.
    pub(super) fn may_widen(&self) -> bool {
        match self {
            Compared::Changed(changed) => changed.iter().any(|one| one.direction.may_widen()),
            Compared::NotComparable(_) => true,
        }
    }
}

/// Compares a project with its texts of before. Both are read over the present schema file: what is said of a column that there was not is new.
pub(super) fn with_texts(compiled: &Compiled, before: &[(String, String)]) -> Compared {
    let Some(now) = &compiled.meaning else { return Compared::NotComparable("the project has errors".to_owned()) };
    let old = match of_before(compiled, before) {
        Ok((old, apart)) if apart.gone.is_empty() => old,
        Ok((_, apart)) => {
            let (gone, are) = (apart.gone.join(", "), if apart.gone.len() == 1 { "is" } else { "are" });
            return Compared::NotComparable(format!("{gone} {are} not in the present schema file"));
        }
        Err(reason) => return Compared::NotComparable(reason),
    };
    let Some(was) = &old.meaning else { return Compared::NotComparable("it has errors".to_owned()) };
    // Actions, what is accepted and whom row security binds are said there, and not compared.
    let (_, config) = compiled.texts().first().copied().unwrap_or_default();
    if before.iter().any(|(name, text)| name == CONFIG && text != config) && !is_compared(compiled, &old) {
        return Compared::NotComparable(
            "actions, what is accepted, or whom row-level security binds is said otherwise in rowgate.yaml".to_owned(),
        );
    }
    let (was, now) = (Side { model: &was.model, access: &was.access }, Side { model: &now.model, access: &now.access });
    if let Some(what) = unlike_beside_rules(was, now) {
        return Compared::NotComparable(format!("{what}, is said otherwise by a role, a membership or a named condition"));
    }
    Compared::Changed(compare(was, now))
}

/// The same with what was applied to a database: how far a table was open there that those rules did not know, they do not say.
pub(super) fn with_applied(compiled: &Compiled, before: &[(String, String)]) -> Compared {
    let new = of_before(compiled, before).map(|(_, apart)| apart.new).unwrap_or_default();
    match new.as_slice() {
        [] => with_texts(compiled, before),
        new => Compared::NotComparable(format!("what was applied does not know {}", new.join(", "))),
    }
}

/// The rules of before over the present schema file, where they mean the same there, and what only one of both has; else why not.
pub(super) fn of_before(compiled: &Compiled, before: &[(String, String)]) -> Result<(Compiled, Apart), String> {
    let (old, apart) = read(compiled, before)?;
    if old.meaning.is_none() {
        let error = old.diagnostics.iter().find(|one| diagnostic::has_errors(std::slice::from_ref(one)));
        let error = error.map_or_else(|| "it has errors".to_owned(), |error| error.title.clone());
        return Err(format!("the rules of before do not fit the present schema file: {error}"));
    }
    said_otherwise(compiled, before).map_or(Ok((old, apart)), Err)
}

/// Why the present schema file may not be put in the place of the one of then: rules name fields by their classes and labels, and ask along references. What
/// only one of them has is not of both rules.
fn said_otherwise(now: &Compiled, before: &[(String, String)]) -> Option<String> {
    let (name, text) = now.texts().get(1).copied()?;
    if before.iter().any(|(other, was)| other == name && was == text) {
        return None;
    }
    let was = as_it_was(before);
    let (Some(was), Some(now)) = (was.as_ref().and_then(|was| was.meaning.as_ref()), &now.meaning) else {
        return Some("the schema file is another one, and with that of then the rules have errors".to_owned());
    };
    let (was, now) = (facts_of(&was.model.catalog), facts_of(&now.model.catalog));
    let found = was.iter().find(|(name, said)| now.get(*name).is_some_and(|is| is != *said));
    found.map(|(name, _)| format!("the schema file says something else of {name}"))
}

/// What a schema file says of each table and column that rules may depend on.
fn facts_of(catalog: &Catalog) -> BTreeMap<String, String> {
    let place = |column: &Option<ColumnRef>| {
        column.map(|at| {
            let table = catalog.table(at.table);
            (table.name.to_string(), table.columns.get(at.column as usize).map(|column| column.name.clone()))
        })
    };
    let mut facts = BTreeMap::new();
    for (_, table) in catalog.tables() {
        let derived: Vec<_> = table.derived.iter().map(|one| (&one.column.name, &one.column.r#type, &one.term)).collect();
        let said = (&table.label, table.whole_rows, table.force_row_security, &table.holder, derived);
        facts.insert(table.name.to_string(), format!("{said:?}"));
        for column in &table.columns {
            let leads = (place(&column.references), place(&column.elements));
            // What nobody supplies is the database's to fill in.
            let filled = (column.nullable, &column.default, column.generated, column.identity);
            let said = (&column.r#type, &column.collation, leads, column.set_by_trigger, &column.class, &column.keys, filled);
            facts.insert(format!("{}.{}", table.name, column.name), format!("{said:?}"));
        }
    }
    facts
}

/// What of a configuration shows in what is compared, or means nothing for the database. All else counts, however it is written.
const COMPARED: [&str; 9] =
    ["version:", "roles:", "memberships:", "session:", "closed_tables:", "schema:", "policies:", "output:", "migrations:"];

/// Whether both configurations say the same beyond that.
fn is_compared(now: &Compiled, old: &Compiled) -> bool {
    fn rest(compiled: &Compiled) -> Vec<String> {
        let config = compiled.texts().first().map(|(_, text)| (*text).to_owned()).unwrap_or_default();
        let mut is_kept = true;
        let keeps = |line: &&str| {
            if !line.starts_with([' ', '#']) && !line.is_empty() {
                is_kept = !COMPARED.iter().any(|key| line.starts_with(key));
            }
            is_kept && !line.trim().is_empty()
        };
        config.lines().filter(keeps).map(str::to_owned).collect()
    }
    rest(now) == rest(old)
}

fn read(compiled: &Compiled, before: &[(String, String)]) -> Result<(Compiled, Apart), String> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let (_, config) = before.iter().find(|(name, _)| name == CONFIG).ok_or_else(|| format!("it has no {CONFIG}"))?;
    let config_file = sources.add(CONFIG, config.as_str());
    let config: Config = project::load_config(&sources, config_file, &mut found).ok_or("its configuration has errors")?;
    let (schema, text) = *compiled.texts().get(1).ok_or("there is no schema file")?;
    let schema_file = sources.add(schema, text);
    let policies = before.iter().filter(|(name, _)| *name != CONFIG && *name != config.schema);
    let policy_files = policies.map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    // Where both have one schema file, nothing is apart.
    let was = if before.iter().any(|(name, was)| name == schema && was == text) { None } else { as_it_was(before) };
    Ok(match was.and_then(|was| was.meaning) {
        Some(was) => project::compile_before(texts, found, &was.model.catalog),
        None => (project::compile(texts, found), Apart::default()),
    })
}

/// A project as it was, with the schema file of then.
pub(super) fn as_it_was(before: &[(String, String)]) -> Option<Compiled> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let text = |wanted: &str| before.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
    let config_file = sources.add(CONFIG, text(CONFIG)?);
    let config: Config = project::load_config(&sources, config_file, &mut found)?;
    let schema_file = sources.add(config.schema.as_str(), text(&config.schema)?);
    let policies = before.iter().filter(|(name, _)| *name != CONFIG && *name != config.schema);
    let policy_files = policies.map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    Some(project::compile(texts, found))
}

impl Compared {
    /// For people: a paragraph for each role, operation and table.
    pub(super) fn text(&self, model: &Model, styled: bool) -> String {
        let changed = match self {
            Compared::NotComparable(reason) => return format!("what it gives and takes is not known: {reason}\n"),
            Compared::Changed(changed) if changed.is_empty() => return "nobody may do more or less than before\n".to_owned(),
            Compared::Changed(changed) => changed,
        };
        let paragraph = |one: &Changed| {
            let word = match (styled, one.direction) {
                (false, direction) => direction.word().to_owned(),
                (true, Direction::Narrower) => format!("\u{1b}[32m{}\u{1b}[0m", one.direction.word()),
                (true, direction) => format!("\u{1b}[1m\u{1b}[91m{}\u{1b}[0m", direction.word()),
            };
            format!(
                "{word}: {} {} {}\n  was:   {}\n  is:    {}\n  rule:  {}\n",
                one.role,
                one.operation.word(),
                place(model, one),
                either(&one.was, "\n      or "),
                now(one, "\n      or "),
                rules(one)
            )
        };
        changed.iter().map(paragraph).collect()
    }

    /// For a pull request: a table, the widest first.
    pub(super) fn markdown(&self, model: &Model) -> String {
        let changed = match self {
            Compared::NotComparable(reason) => return format!("**What it gives and takes is not known**: {reason}\n"),
            Compared::Changed(changed) if changed.is_empty() => return "Nobody may do more or less than before.\n".to_owned(),
            Compared::Changed(changed) => changed,
        };
        let mut ordered: Vec<&Changed> = changed.iter().collect();
        ordered.sort_by_key(|one| !one.direction.may_widen());
        let mut text = "| | who | may | was | is | rule |\n|---|---|---|---|---|---|\n".to_owned();
        for one in ordered {
            let word =
                if one.direction.may_widen() { format!("**{}**", one.direction.word()) } else { one.direction.word().to_owned() };
            let cells = [
                word,
                one.role.clone(),
                format!("{} {}", one.operation.word(), place(model, one)),
                either(&one.was, "<br>or "),
                now(one, "<br>or "),
                rules(one),
            ];
            let cells: Vec<String> = cells.into_iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        text
    }

    /// For a report.
    pub(super) fn for_report(&self, model: &Model, name: String) -> report::Since {
        let changed = match self {
            Compared::NotComparable(reason) => {
                return report::Since { name, unknown: Some(reason.clone()), changed: Vec::new() };
            }
            Compared::Changed(changed) => changed,
        };
        let change = |one: &Changed| report::Change {
            word: one.direction.word().to_owned(),
            may_widen: one.direction.may_widen(),
            role: one.role.clone(),
            operation: one.operation.word().to_owned(),
            place: place(model, one),
            was: one.was.clone(),
            is: match one.is == one.was {
                true => vec![now(one, "; or ")],
                false => one.is.clone(),
            },
            rules: one.rules.iter().cloned().collect(),
        };
        let mut changed: Vec<report::Change> = changed.iter().map(change).collect();
        changed.sort_by_key(|one| !one.may_widen);
        report::Since { name, unknown: None, changed }
    }

    /// For programs.
    pub(super) fn json(&self, model: &Model) -> serde_json::Value {
        match self {
            Compared::NotComparable(reason) => json!({ "comparable": false, "reason": reason, "may_widen": true, "changed": [] }),
            Compared::Changed(changed) => {
                let changed: Vec<_> = changed
                    .iter()
                    .map(|one| {
                        json!({
                            "change": one.direction.word(),
                            "may_widen": one.direction.may_widen(),
                            "role": one.role,
                            "operation": one.operation.word(),
                            "table": model.catalog.table(one.table).name.to_string(),
                            "fields": one.fields,
                            "was": one.was,
                            "is": one.is,
                            "rules": one.rules,
                        })
                    })
                    .collect();
                json!({ "comparable": true, "may_widen": self.may_widen(), "changed": changed })
            }
        }
    }
}

/// The table, and of which of its fields it is said where that is not of all.
fn place(model: &Model, one: &Changed) -> String {
    let table = model.catalog.table(one.table);
    match &one.fields {
        Some(fields) if fields.len() < table.columns.len() => format!("{} ({})", table.name, fields.join(", ")),
        _ => table.name.to_string(),
    }
}

fn either(ways: &[String], or: &str) -> String {
    if ways.is_empty() { "never".to_owned() } else { ways.join(or) }
}

/// What it is. Where the words are those of before, something is another that they do not name.
fn now(one: &Changed, or: &str) -> String {
    let is = either(&one.is, or);
    if one.is == one.was { format!("{is}; who holds the role, a membership or a boundary is said otherwise") } else { is }
}

fn rules(one: &Changed) -> String {
    let rules: Vec<String> = one.rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    rules.join(", ")
}
