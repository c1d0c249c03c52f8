//! What may happen to a database after rules were applied to it, without their being built again. In: a project. Out: statements of the
//! owner, and how much the answers may change by it.

use super::super::generate::Project;
use super::super::probe::Tolerance;
use super::super::schema::{Column, RULED};
use crate::random::Random;

/// One change.
#[derive(Clone)]
pub enum Change {
    /// A column that the rules were not built for. The evaluator knows it: nothing that the rules would not give it may be had.
    Added { table: &'static str, column: Column, value: &'static str },
    /// A column that look-ups read has another name.
    Renamed { table: &'static str, column: String },
    /// A column is dropped with all that depends on it.
    Dropped { table: &'static str, column: String },
    /// Dumped and restored: by a superuser with owners, or by the deployer without.
    Restored { with_owners: bool },
}

impl Change {
    pub fn random(random: &mut Random, project: &Project) -> Option<Change> {
        let table = RULED[random.below(RULED.len())];
        Some(match random.below(10) {
            0 | 1 => {
                let column = Column { name: "added".to_owned(), r#type: "integer", references: None, default: None };
                Change::Added { table, column, value: ["NULL", "0"][random.below(2)] }
            }
            2 => {
                let renamed =
                    [("users", "kind"), ("users", "level"), ("members", "role"), ("members", "user_id"), ("settings", "open")];
                let (table, column) = renamed[random.below(renamed.len())];
                Change::Renamed { table, column: column.to_owned() }
            }
            3 | 4 => {
                let columns = &project.schema.table(table).columns;
                let column = &columns[1 + random.below(columns.len() - 1)];
                Change::Dropped { table, column: column.name.clone() }
            }
            5 => Change::Restored { with_owners: random.below(3) == 0 },
            _ => return None,
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Change::Added { .. } => "a column that is added later",
            Change::Renamed { .. } => "a column that is renamed",
            Change::Dropped { .. } => "a column that is dropped with CASCADE",
            Change::Restored { with_owners: true } => "a dump that is restored",
            Change::Restored { with_owners: false } => "a dump that is restored without owners",
        }
    }

    pub fn tolerance(&self) -> Tolerance {
        match self {
            Change::Added { .. } | Change::Dropped { .. } => Tolerance::Narrower,
            // Who then owns a masking view reads its table under no policy: nothing is shown.
            Change::Restored { with_owners: false } => Tolerance::Narrower,
            Change::Renamed { .. } | Change::Restored { with_owners: true } => Tolerance::Error,
        }
    }

    /// What the owner does, unless it is more than a statement.
    pub fn statement(&self) -> Option<String> {
        match self {
            Change::Added { table, column, value } => {
                Some(format!("ALTER TABLE public.{table} ADD COLUMN {} {} DEFAULT {value}", column.name, column.r#type))
            }
            Change::Renamed { table, column } => {
                Some(format!("ALTER TABLE public.{table} RENAME COLUMN {column} TO {column}_then"))
            }
            Change::Dropped { table, column } => Some(format!("ALTER TABLE public.{table} DROP COLUMN {column} CASCADE")),
            Change::Restored { .. } => None,
        }
    }

    /// The project as the evaluator has to see it: with the new column.
    pub fn changed(&self, project: &Project) -> Project {
        let mut changed = project.clone();
        if let Change::Added { table, column, value } = self {
            let position = changed.schema.tables.iter().position(|other| other.name == *table).unwrap();
            let default = (*value != "NULL").then_some(*value);
            changed.schema.tables[position].columns.push(Column { default, ..column.clone() });
            changed.rows[position].iter_mut().for_each(|row| row.push(default.map(str::to_owned)));
        }
        changed
    }

    pub fn dropped(&self) -> Option<(String, String)> {
        match self {
            Change::Dropped { table, column } => Some(((*table).to_owned(), column.clone())),
            _ => None,
        }
    }
}
