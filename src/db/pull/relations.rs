//! Which of a database's relations are read. In: all of them, the references between them, and what was asked for. Out: the tables, and for people what is left out.

use std::collections::{BTreeMap, BTreeSet};

use postgres::SimpleQueryRow;

use crate::catalog::QualifiedName;
use crate::db::rows::{is, name, number, text};
use crate::pull::Scope;

/// A relation.
pub(super) struct Relation {
    pub(super) number: u32,
    pub(super) name: QualifiedName,
    kind: char,
    is_partition: bool,
    /// Of a partition, the table that it is a part of.
    whole: Option<QualifiedName>,
    pub(super) owner: String,
    /// Whether the role that asks may act as the owner.
    pub(super) is_own: bool,
}

/// What is read.
pub(super) struct Chosen<'a> {
    pub(super) tables: Vec<&'a Relation>,
    pub(super) left_out: Vec<String>,
    pub(super) scope: Scope,
}

impl Relation {
    pub(super) fn new(row: &SimpleQueryRow) -> Relation {
        Relation {
            number: number(row, 0),
            name: name(row, 1),
            kind: row.get(3).and_then(|kind| kind.chars().next()).unwrap_or_default(),
            is_partition: is(row, 4),
            whole: row.get(7).map(|schema| QualifiedName::new(schema, text(row, 8))),
            owner: text(row, 5),
            is_own: is(row, 6),
        }
    }

    /// A table whose rows a policy can be about. Of a partitioned one, rules are about the whole.
    fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p') && !self.is_partition
    }
}

/// The schemas in which the role may act as the owner of a table.
pub(super) fn owned_schemas(relations: &[Relation]) -> Vec<String> {
    let owned = relations.iter().filter(|relation| relation.is_table() && relation.is_own);
    let names: BTreeSet<String> = owned.map(|relation| relation.name.schema.clone()).collect();
    names.into_iter().collect()
}

/// The tables that were asked for, and those that they reference.
pub(super) fn choose<'a>(relations: &'a [Relation], references: &[SimpleQueryRow], scope: Scope) -> Chosen<'a> {
    let is_asked = |relation: &&Relation| relation.is_table() && scope.has(&relation.name);
    let asked: BTreeSet<u32> = relations.iter().filter(is_asked).map(|relation| relation.number).collect();
    let of_asked = references.iter().filter(|row| asked.contains(&number(row, 0)));
    let referenced: BTreeSet<u32> = of_asked.map(|row| number(row, 1)).collect();
    let is_read =
        |relation: &&Relation| relation.is_table() && (asked.contains(&relation.number) || referenced.contains(&relation.number));
    let tables = relations.iter().filter(is_read).collect();
    let mut left_out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // A partition may be in another schema than the whole.
    let is_of_asked = |relation: &&Relation| relation.whole.as_ref().is_some_and(|whole| scope.has(whole));
    for relation in relations.iter().filter(|relation| scope.has(&relation.name) || is_of_asked(relation)) {
        let what = match relation.kind {
            'r' | 'p' if relation.is_partition => "partitions, whose rows the rules of the whole are about",
            'v' | 'm' => "views",
            'f' => "foreign tables, which have no row-level security",
            _ => continue,
        };
        left_out.entry(what).or_default().push(relation.name.to_string());
    }
    let left_out = left_out.into_iter().map(|(what, names)| format!("{what}: {}", some(&names))).collect();
    Chosen { tables, left_out, scope }
}

/// Names, of which a table by days has many.
fn some(names: &[String]) -> String {
    const TOLD: usize = 20;
    match names.len().saturating_sub(TOLD) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..TOLD].join(", ")),
    }
}
