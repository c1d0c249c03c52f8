//! What a database says of itself, as far as a schema file can say it. Whoever reads it from a server fills this in; names are as the server has them.

use std::collections::BTreeMap;

use crate::catalog::QualifiedName;

/// All that was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The tables that were chosen, and those that they reference, by name.
    pub tables: Vec<TableFacts>,
    /// All enums of the database with their values, in the declared order.
    pub enums: BTreeMap<QualifiedName, Vec<String>>,
    /// Types that are not PostgreSQL's own, by their number.
    pub types: BTreeMap<u32, TypeFacts>,
    /// What is there and cannot be said in a schema file, for people.
    pub left_out: Vec<String>,
    /// Which tables were asked for.
    pub scope: Scope,
}

/// Which tables were asked for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Their schemas.
    pub schemas: Vec<String>,
    /// Patterns of their names; all where there is none.
    pub patterns: Vec<String>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct TableFacts {
    /// Its name.
    pub name: QualifiedName,
    /// Who owns it, where the role that asks may not act as its owner.
    pub foreign_owner: Option<String>,
    /// In the declared order.
    pub columns: Vec<ColumnFacts>,
    /// Columns of the primary key.
    pub primary_key: Vec<String>,
    /// Other keys: constraints, and unique indexes of all rows.
    pub unique: Vec<Vec<String>>,
    /// Columns of the other indexes of all rows that keep an order.
    pub indexes: Vec<Vec<String>>,
    /// Its references.
    pub references: Vec<ReferenceFacts>,
}

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceFacts {
    /// The table that it leads to.
    pub target: QualifiedName,
    /// Its columns, each with the one that it references.
    pub columns: Vec<(String, String)>,
    /// The name of the constraint.
    pub name: String,
}

/// A column.
#[derive(Debug, Clone)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// The number of its type.
    pub type_number: u32,
    /// Its type as SQL writes it, with what is said of lengths.
    pub type_text: String,
    /// The same without.
    pub bare_type: String,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Its collation, where that is not the type's.
    pub collation: Option<QualifiedName>,
    /// Its default, or what it is generated from.
    pub default: Option<String>,
    /// Whether it is generated.
    pub generated: bool,
    /// The sequence that numbers it, where it is an identity column.
    pub identity: Option<QualifiedName>,
}

/// A type that is not PostgreSQL's own, or an array of one.
#[derive(Debug, Clone)]
pub struct TypeFacts {
    /// Its name.
    pub name: QualifiedName,
    /// What a domain is made of: number, and text with and without lengths.
    pub base: Option<(u32, String, String)>,
    /// Of what it is an array.
    pub element: Option<u32>,
    /// Whether a domain takes no empty value.
    pub not_null: bool,
}

impl Scope {
    /// Whether a table was asked for.
    pub fn has(&self, name: &QualifiedName) -> bool {
        let written = [name.to_string(), format!("{}.{}", name.schema, name.name)];
        let fits = |pattern: &String| written.iter().any(|name| is_like(pattern.as_bytes(), name.as_bytes()));
        self.schemas.contains(&name.schema) && (self.patterns.is_empty() || self.patterns.iter().any(fits))
    }
}

/// Whether a name is as a pattern says: `*` is any letters, `?` any one.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    // Where the last star began, and what it has taken so far: each name is gone through once for each star.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&letter) if letter == b'?' || letter == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_fit_whole_names() {
        let fits = |pattern: &str, name: &str| is_like(pattern.as_bytes(), name.as_bytes());
        assert!(fits("*", "a") && fits("a*", "a") && fits("*_log", "audit_log") && fits("a?c", "abc") && fits("*a*b", "xaxbxb"));
        assert!(!fits("a", "ab") && !fits("a?", "a") && !fits("*_log", "logs") && !fits("", "a"));
    }
}
