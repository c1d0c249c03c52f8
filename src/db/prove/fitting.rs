//! Values that constraints take. In: the catalog of a copy, values to choose from. Out: of columns with a domain or a CHECK of their own, the values that these let in.
//!
//! What a constraint compares with stands in its text, as in `status IN ('open', 'done')`; what a pattern wants does not, so that a few common texts are tried.

use std::collections::BTreeSet;

use postgres::Transaction;

use crate::catalog::{Catalog, ColumnRef, QualifiedName};
use crate::db::DatabaseError;
use crate::db::rows::{ask, name, text};
use crate::objects::quote::{identifier, literal};

/// What patterns ask for often.
const COMMON: [&str; 14] = [
    "something",
    "a",
    "some-thing",
    "SOME",
    "someone@example.org",
    "https://example.org",
    "example.org",
    "/somewhere",
    "#aabbcc",
    "+15550100",
    "12",
    "EN",
    "{}",
    "2001-01-01",
];

/// Columns that are constrained one by one: their domain's constraints and their own, as texts, and whether a value passes, as an expression of the column.
const CONSTRAINED: &str = "
  WITH RECURSIVE basis (relation, attribute, type) AS (
    SELECT attrelid, attnum, atttypid FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
    UNION
    SELECT basis.relation, basis.attribute, type.typbasetype FROM basis JOIN pg_type AS type ON type.oid = basis.type WHERE type.typtype = 'd'
  ), constrained AS (
    SELECT basis.relation, basis.attribute, pg_get_constraintdef(constraints.oid) AS text, NULL AS passes
    FROM basis JOIN pg_constraint AS constraints ON constraints.contypid = basis.type
    UNION ALL
    SELECT conrelid, conkey[1], pg_get_constraintdef(oid), pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' AND cardinality(conkey) = 1
  )
  SELECT namespace.nspname, class.relname, attribute.attname, string_agg(constrained.text, ' '), format_type(attribute.atttypid, attribute.atttypmod),
    coalesce(string_agg('(' || constrained.passes || ')', ' AND '), 'true')
  FROM constrained
  JOIN pg_class AS class ON class.oid = constrained.relation AND class.relkind IN ('r', 'p', 'f')
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = constrained.attribute
  GROUP BY 1, 2, 3, 5";

/// A column that not every value of its type goes into.
pub(super) struct Constrained {
    pub column: ColumnRef,
    name: String,
    /// The domain, or type.
    domain: String,
    /// An expression of the column.
    passes: String,
    /// What its constraints name.
    named: Vec<String>,
}

/// Those of the tables that are tried.
pub(super) fn constrained(transaction: &mut Transaction<'_>, catalog: &Catalog) -> Result<Vec<Constrained>, DatabaseError> {
    let mut all = Vec::new();
    for row in ask(transaction, CONSTRAINED)? {
        let (relation, column): (QualifiedName, String) = (name(&row, 0), text(&row, 2));
        let Some(table) = catalog.by_name(&relation) else { continue };
        let Some(place) = catalog.table(table).columns.iter().position(|known| known.name == column) else { continue };
        let Ok(place) = u32::try_from(place) else { continue };
        let definition = text(&row, 3);
        let named = definition.split('\'').skip(1).step_by(2).filter(|text| !text.is_empty()).map(str::to_owned).collect();
        let column = ColumnRef { table, column: place };
        all.push(Constrained { column, name: text(&row, 2), domain: text(&row, 4), passes: text(&row, 5), named });
    }
    Ok(all)
}

impl Constrained {
    /// What the constraints name, and those of the values, that go in; where none does, what is common.
    pub fn fitting(&self, transaction: &mut Transaction<'_>, values: &[String]) -> Result<Vec<String>, DatabaseError> {
        let known: BTreeSet<&String> = self.named.iter().chain(values).collect();
        let fitting = self.passing(transaction, known.into_iter().map(String::as_str))?;
        if fitting.is_empty() { self.passing(transaction, COMMON.into_iter()) } else { Ok(fitting) }
    }

    fn passing<'a>(
        &self,
        transaction: &mut Transaction<'_>,
        values: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>, DatabaseError> {
        let mut fitting = Vec::new();
        for value in values {
            let column = identifier(&self.name);
            // What is not looked at is not made, and not refused then.
            let query = format!(
                "SELECT {column} IS NOT NULL AND coalesce({}, true) FROM (SELECT CAST({} AS {}) AS {column}) AS tried",
                self.passes,
                literal(value),
                self.domain
            );
            // What its type does not read is none of its values.
            let mut savepoint = transaction.transaction()?;
            let passes = savepoint.query_one(&query, &[]).is_ok_and(|row| row.get(0));
            savepoint.rollback()?;
            if passes {
                fitting.push(value.to_owned());
            }
        }
        Ok(fitting)
    }
}
