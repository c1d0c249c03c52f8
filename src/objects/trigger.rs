//! Triggers: that ask of each row, and the one that keeps rows in their partitions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::template::fill;
use super::{Ddl, Id, Kind, quote};
use crate::catalog::QualifiedName;

/// A trigger for each row, after the statement's own work on it or before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Of which table.
    pub table: QualifiedName,
    /// Its name.
    pub name: String,
    /// Whether it fires before the row is stored, and may fill it in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// The operation and its columns, as SQL behind `AFTER`.
    pub event: String,
    /// When it is queued, as SQL.
    pub when: String,
    /// The function that it calls, as SQL without arguments.
    pub function: String,
    /// Whether it fires for what is replicated, too.
    #[serde(default)]
    pub always: bool,
    /// The functions that its condition calls, as SQL without arguments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<String>,
}

impl Ddl for Trigger {
    fn id(&self) -> Id {
        id(&self.table, &self.name)
    }

    fn create(&self) -> Vec<String> {
        let (table, name) = (quote::qualified(&self.table), quote::identifier(&self.name));
        let Trigger { event, when, function, .. } = self;
        let moment = if self.before { "BEFORE" } else { "AFTER" };
        let when = if when.contains('\n') { format!("(\n    {when}\n  )") } else { format!("({when})") };
        let mut create = vec![format!(
            "CREATE TRIGGER {name} {moment} {event} ON {table}\n  FOR EACH ROW\n  WHEN {when}\n  EXECUTE FUNCTION {function}()"
        )];
        if self.always {
            create.push(format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"));
        }
        create
    }

    fn drop(&self) -> Vec<String> {
        vec![format!("DROP TRIGGER {} ON {}", quote::identifier(&self.name), quote::qualified(&self.table))]
    }

    fn table(&self) -> Option<String> {
        Some(quote::qualified(&self.table))
    }

    fn needs(&self) -> Vec<&str> {
        self.calls.iter().chain([&self.function]).map(String::as_str).collect()
    }
}

/// The trigger that refuses to move a record to another partition: PostgreSQL does it by DELETE and INSERT, and asks no trigger of UPDATE.
/// Whether a table is partitioned, and by what, is the database's to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveTrigger {
    /// Of which table.
    pub table: QualifiedName,
    /// The function that refuses, as SQL without arguments.
    pub function: String,
}

impl MoveTrigger {
    /// Fires after all other triggers that change the record.
    const NAME: &str = "~~rowgate_move";
}

impl Ddl for MoveTrigger {
    fn id(&self) -> Id {
        id(&self.table, MoveTrigger::NAME)
    }

    fn create(&self) -> Vec<String> {
        let relation = quote::literal(&quote::qualified(&self.table));
        let trigger = quote::literal(&quote::identifier(MoveTrigger::NAME));
        let refuse = quote::literal(&format!("{}()", self.function));
        let values = [("relation", relation.as_str()), ("trigger", &trigger), ("refuse", &refuse)];
        let body = fill(CREATE_MOVE_TRIGGER, &values);
        vec![format!("DO {}", quote::dollar(&body))]
    }

    fn drop(&self) -> Vec<String> {
        vec![format!("DROP TRIGGER IF EXISTS {} ON {}", quote::identifier(MoveTrigger::NAME), quote::qualified(&self.table))]
    }

    fn table(&self) -> Option<String> {
        Some(quote::qualified(&self.table))
    }

    fn needs(&self) -> Vec<&str> {
        vec![&self.function]
    }
}

fn id(table: &QualifiedName, name: &str) -> Id {
    Id { kind: Kind::Trigger, name: format!("{} {}", quote::qualified(table), quote::identifier(name)) }
}

const CREATE_MOVE_TRIGGER: &str = "DECLARE
  keys name[];
BEGIN
  SELECT array_agg(DISTINCT attname ORDER BY attname)
  INTO keys
  FROM pg_partition_tree(@relation@::regclass) AS part
  JOIN pg_partitioned_table AS partitioned ON partrelid = part.relid
  CROSS JOIN unnest(partattrs::int2[]) AS key
  JOIN pg_attribute ON attrelid = partrelid AND CASE WHEN key = 0 THEN attnum > 0 AND NOT attisdropped ELSE attnum = key END;
  IF keys IS NOT NULL THEN
    EXECUTE format(
      'CREATE TRIGGER %s BEFORE UPDATE ON %s FOR EACH ROW WHEN (row_security_active(%L::regclass) AND record_image_ne(ROW(%s), ROW(%s))) EXECUTE FUNCTION %s',
      @trigger@, @relation@, @relation@,
      (SELECT string_agg(format('old.%I', key), ', ') FROM unnest(keys) AS key),
      (SELECT string_agg(format('new.%I', key), ', ') FROM unnest(keys) AS key),
      @refuse@);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', @relation@, @trigger@);
  END IF;
END";
