//! Reads what a database says of its tables. In: a connection, and which tables are meant. Out: facts. A fixed number of questions in one transaction that changes nothing, by the
//! simple protocol, which any pooler passes on.

mod queries;
mod relations;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::{Client, SimpleQueryRow};

use super::DatabaseError;
use crate::catalog::QualifiedName;
use crate::db::rows::{ask, is, name, number, text};
use crate::pull::{ColumnFacts, Facts, ReferenceFacts, Scope, TableFacts, TypeFacts};
use relations::{Relation, choose};

/// The oldest server that is read, and the newest that is known.
const VERSIONS: std::ops::RangeInclusive<u32> = 15..=18;

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The server refuses.
    #[error("the database says: {}", super::describe_error(.0))]
    Database(#[from] DatabaseError),
    /// A server that has no `security_invoker` views, among others.
    #[error("the server is PostgreSQL {0}, and rowgate needs 15 or later")]
    Old(String),
    /// A schema that is not there.
    #[error("the database has no schema `{name}`")]
    NoSchema {
        /// As it was typed.
        name: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// Nothing was chosen.
    #[error("the database has no table that was asked for")]
    Nothing {
        /// The schemas that were looked into.
        schemas: Vec<String>,
        /// Who looked.
        role: String,
    },
}

/// What was read.
#[derive(Debug)]
pub struct Read {
    /// What the database says.
    pub facts: Facts,
    /// The server's version, if it is newer than those that are known.
    pub newer: Option<String>,
}

/// Reads the tables of some schemas, of all where the role may act as the owner of a table if none is named, whose names fit a pattern.
pub fn read_schema(client: &mut Client, schemas: &[String], patterns: &[String]) -> Result<Read, PullError> {
    let mut transaction =
        client.build_transaction().read_only(true).isolation_level(postgres::IsolationLevel::RepeatableRead).start()?;
    transaction.batch_execute(queries::PREPARE)?;
    let server = ask(&mut transaction, queries::SERVER)?;
    let server = |column| server.first().map(|row| text(row, column)).unwrap_or_default();
    let newer = check_version(&server(0), &server(1))?;
    let known: Vec<String> = ask(&mut transaction, queries::SCHEMAS)?.iter().map(|row| text(row, 0)).collect();
    if let Some(name) = schemas.iter().find(|name| !known.contains(name)) {
        return Err(PullError::NoSchema { name: name.clone(), known });
    }
    let relations: Vec<Relation> = ask(&mut transaction, queries::RELATIONS)?.iter().map(Relation::new).collect();
    let schemas = if schemas.is_empty() { relations::owned_schemas(&relations) } else { schemas.to_vec() };
    let scope = Scope { schemas, patterns: patterns.to_vec() };
    let references = ask(&mut transaction, queries::REFERENCES)?;
    let chosen = choose(&relations, &references, scope);
    if chosen.tables.is_empty() {
        return Err(PullError::Nothing { schemas: chosen.scope.schemas, role: server(2) });
    }
    let numbers: Vec<String> = chosen.tables.iter().map(|table| table.number.to_string()).collect();
    let mut of_tables = |query: &str| ask(&mut transaction, &query.replace('@', &numbers.join(",")));
    let identities = of_tables(queries::IDENTITIES)?;
    let (columns, indexes) = (of_tables(queries::COLUMNS)?, of_tables(queries::INDEXES)?);
    let mut tables: BTreeMap<u32, Numbered> = chosen.tables.iter().map(|table| (table.number, Numbered::new(table))).collect();
    add_columns(&mut tables, &columns, &identities);
    add_indexes(&mut tables, &indexes);
    let mut left_out = chosen.left_out;
    add_references(&mut tables, &references, &mut left_out);
    let types = types(&ask(&mut transaction, queries::TYPES)?);
    let enums = enums(&ask(&mut transaction, queries::ENUMS)?);
    transaction.rollback()?;
    let tables = tables.into_values().map(|table| table.facts).collect();
    Ok(Read { facts: Facts { tables, enums, types, left_out, scope: chosen.scope }, newer })
}

/// Whether a server can be read, by its version as a number; the version as people write it where it is newer than what is known.
fn check_version(number: &str, written: &str) -> Result<Option<String>, PullError> {
    let major = number.parse::<u32>().unwrap_or_default() / 10_000;
    if major < *VERSIONS.start() {
        return Err(PullError::Old(written.to_owned()));
    }
    Ok((major > *VERSIONS.end()).then(|| written.to_owned()))
}

/// A table with what its columns are numbered by.
struct Numbered {
    facts: TableFacts,
    names: HashMap<i32, String>,
}

impl Numbered {
    fn new(relation: &Relation) -> Numbered {
        let facts = TableFacts {
            name: relation.name.clone(),
            foreign_owner: (!relation.is_own).then(|| relation.owner.clone()),
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            indexes: Vec::new(),
            references: Vec::new(),
        };
        Numbered { facts, names: HashMap::new() }
    }

    /// The names behind `{1,2}`, or `1,2`.
    fn columns(&self, numbers: &str) -> Option<Vec<String>> {
        let numbers = numbers.trim_matches(['{', '}']).split(',');
        numbers.map(|number| self.names.get(&number.parse().ok()?).cloned()).collect()
    }
}

fn add_columns(tables: &mut BTreeMap<u32, Numbered>, rows: &[SimpleQueryRow], identities: &[SimpleQueryRow]) {
    let identities: HashMap<(u32, u32), QualifiedName> =
        identities.iter().map(|row| ((number(row, 0), number(row, 1)), name(row, 2))).collect();
    for row in rows {
        let Some(table) = tables.get_mut(&number(row, 0)) else { continue };
        let is_identity = row.get(7).is_some_and(|kind| !kind.is_empty());
        table.names.insert(i32::try_from(number(row, 1)).unwrap_or_default(), text(row, 2));
        table.facts.columns.push(ColumnFacts {
            name: text(row, 2),
            type_number: number(row, 3),
            type_text: text(row, 4),
            bare_type: text(row, 5),
            nullable: !is(row, 6),
            collation: row.get(11).map(|_| name(row, 10)),
            default: row.get(9).map(str::to_owned),
            generated: row.get(8).is_some_and(|kind| !kind.is_empty()),
            identity: identities.get(&(number(row, 0), number(row, 1))).filter(|_| is_identity).cloned(),
        });
    }
}

fn add_indexes(tables: &mut BTreeMap<u32, Numbered>, rows: &[SimpleQueryRow]) {
    for row in rows {
        let Some(table) = tables.get_mut(&number(row, 0)) else { continue };
        let Some(columns) = table.columns(row.get(1).unwrap_or_default()) else { continue };
        match (is(row, 3), is(row, 2)) {
            (true, _) => table.facts.primary_key = columns,
            (false, true) => table.facts.unique.push(columns),
            (false, false) => table.facts.indexes.push(columns),
        }
    }
}

fn add_references(tables: &mut BTreeMap<u32, Numbered>, rows: &[SimpleQueryRow], left_out: &mut Vec<String>) {
    for row in rows {
        let (Some(own), Some(other)) = (tables.get(&number(row, 0)), tables.get(&number(row, 1))) else { continue };
        let (of, to) = (own.columns(row.get(3).unwrap_or_default()), other.columns(row.get(4).unwrap_or_default()));
        let (Some(of), Some(to)) = (of, to) else { continue };
        if !is(row, 5) {
            left_out.push(format!(
                "the reference `{}` of {}: nobody has checked its rows (NOT VALID)",
                text(row, 2),
                own.facts.name
            ));
            continue;
        }
        let is_key = std::iter::once(&other.facts.primary_key).chain(&other.facts.unique).any(|key| is_same_set(key, &to));
        if !is_key {
            left_out.push(format!(
                "the reference `{}` of {}: what it leads to is no key at every moment",
                text(row, 2),
                own.facts.name
            ));
            continue;
        }
        let target = other.facts.name.clone();
        let reference = ReferenceFacts { target, columns: std::iter::zip(of, to).collect(), name: text(row, 2) };
        if let Some(own) = tables.get_mut(&number(row, 0)) {
            own.facts.references.push(reference);
        }
    }
}

fn is_same_set(left: &[String], right: &[String]) -> bool {
    left.iter().collect::<BTreeSet<_>>() == right.iter().collect::<BTreeSet<_>>()
}

fn types(rows: &[SimpleQueryRow]) -> BTreeMap<u32, TypeFacts> {
    let one = |row: &SimpleQueryRow| {
        let base = (number(row, 3) > 0).then(|| (number(row, 3), text(row, 4), text(row, 5)));
        let element = Some(number(row, 6)).filter(|&element| element > 0);
        (number(row, 0), TypeFacts { name: name(row, 1), base, element, not_null: is(row, 7) })
    };
    rows.iter().map(one).collect()
}

fn enums(rows: &[SimpleQueryRow]) -> BTreeMap<QualifiedName, Vec<String>> {
    let mut enums: BTreeMap<QualifiedName, Vec<String>> = BTreeMap::new();
    for row in rows {
        enums.entry(name(row, 0)).or_default().push(text(row, 2));
    }
    enums
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn old_servers_are_refused_and_new_ones_named() {
        assert!(check_version("140012", "14.12").is_err_and(|error| error.to_string().contains("14.12")));
        assert_eq!(check_version("150018", "15.18").ok(), Some(None));
        assert_eq!(check_version("180004", "18.4").ok(), Some(None));
        assert_eq!(check_version("190000", "19beta1").ok(), Some(Some("19beta1".to_owned())));
    }
}
