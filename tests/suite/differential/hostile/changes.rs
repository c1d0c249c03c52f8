//! What may happen to a database after rules were applied to it, without their being built again. In: a project. Out: statements of the
//! owner, and how much the answers may change by it.

use super::super::generate::Project;
use super::super::probe::Tolerance;
use super::super::schema::{Column, RULED};
use crate::cluster::DEPLOYER;
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
    /// A partition is attached: with no triggers, or with one that has the name of a step's and never fires.
    Attached { table: &'static str, with_trigger: bool },
    /// A table, or all of them, are given to another role.
    Owned { table: Option<&'static str> },
    /// The functions of look-ups are given to the deployer.
    Given,
    /// A restrictive policy hides the rows of a table from everybody.
    Hidden { table: &'static str },
    /// The policy under which the lookup role sees a table is gone.
    Unseen { table: &'static str },
    /// The logins may say that they replicate, and say so.
    Replicated,
}

/// Tables that look-ups read.
const LOOKED_UP: [&str; 7] = ["users", "teams", "members", "folders", "items", "notes", "settings"];

impl Change {
    pub fn random(random: &mut Random, project: &Project) -> Option<Change> {
        let table = RULED[random.below(RULED.len())];
        let looked_up = LOOKED_UP[random.below(LOOKED_UP.len())];
        Some(match random.below(24) {
            0..=2 => {
                let column = Column {
                    name: "added".to_owned(),
                    r#type: "integer",
                    references: None,
                    default: None,
                    filled: false,
                    elements: None,
                };
                Change::Added { table, column, value: ["NULL", "0"][random.below(2)] }
            }
            3 => {
                let renamed =
                    [("users", "kind"), ("users", "level"), ("members", "role"), ("members", "user_id"), ("settings", "open")];
                let (table, column) = renamed[random.below(renamed.len())];
                Change::Renamed { table, column: column.to_owned() }
            }
            4..=6 => {
                let bounded = bounded(project);
                if random.below(2) == 0 && !bounded.is_empty() {
                    let (table, column) = bounded[random.below(bounded.len())].clone();
                    return Some(Change::Dropped { table, column });
                }
                let columns = &project.schema.table(table).columns;
                let column = &columns[1 + random.below(columns.len() - 1)];
                Change::Dropped { table, column: column.name.clone() }
            }
            7 => Change::Restored { with_owners: random.below(3) == 0 },
            8 => Change::Attached { table, with_trigger: random.below(2) == 0 },
            9 => Change::Owned { table: (random.below(2) == 0).then_some(looked_up) },
            10 => Change::Given,
            11 => Change::Hidden { table: looked_up },
            12 => Change::Unseen { table: looked_up },
            13 => Change::Replicated,
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
            Change::Attached { with_trigger: false, .. } => "a partition that is attached",
            Change::Attached { with_trigger: true, .. } => "a partition that is attached with a trigger of its own",
            Change::Owned { table: Some(_) } => "a table that changes hands",
            Change::Owned { table: None } => "all tables change hands",
            Change::Given => "look-ups that change hands",
            Change::Hidden { .. } => "a restrictive policy that is made later",
            Change::Unseen { .. } => "a lookup policy that is dropped",
            Change::Replicated => "a session that replicates",
        }
    }

    pub fn tolerance(&self) -> Tolerance {
        match self {
            Change::Added { .. } | Change::Dropped { .. } => Tolerance::Narrower,
            // Who then owns a masking view reads its table under no policy: nothing is shown.
            Change::Restored { with_owners: false } => Tolerance::Narrower,
            Change::Given | Change::Hidden { .. } | Change::Unseen { .. } => Tolerance::Narrower,
            Change::Renamed { .. } | Change::Restored { with_owners: true } => Tolerance::Error,
            Change::Attached { .. } | Change::Owned { .. } | Change::Replicated => Tolerance::Error,
        }
    }

    /// What the owner does, or a superuser, unless it is more than a statement.
    pub fn statement(&self, worker: usize) -> Option<String> {
        Some(match self {
            Change::Added { table, column, value } => {
                format!("ALTER TABLE public.{table} ADD COLUMN {} {} DEFAULT {value}", column.name, column.r#type)
            }
            Change::Renamed { table, column } => format!("ALTER TABLE public.{table} RENAME COLUMN {column} TO {column}_then"),
            Change::Dropped { table, column } => format!("ALTER TABLE public.{table} DROP COLUMN {column} CASCADE"),
            Change::Restored { .. } => return None,
            Change::Attached { table, with_trigger } => attached(table, *with_trigger),
            Change::Owned { table } => {
                let owner = format!("diff_owner_{worker}");
                let role = format!(
                    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') THEN CREATE ROLE {owner}; END IF; END $$"
                );
                // REASSIGN OWNED would give away the database, too.
                let tables = LOOKED_UP.into_iter().filter(|one| table.is_none_or(|table| table == *one));
                let give = tables.map(|table| format!("ALTER TABLE public.{table} OWNER TO {owner}"));
                format!("{role}; {}", give.collect::<Vec<_>>().join("; "))
            }
            Change::Given => format!(
                "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'diff_lookup_{worker}') THEN
                   REASSIGN OWNED BY diff_lookup_{worker} TO {DEPLOYER}; END IF; END $$"
            ),
            Change::Hidden { table } => format!("CREATE POLICY later ON public.{table} AS RESTRICTIVE USING (false)"),
            Change::Unseen { table } => format!("DROP POLICY IF EXISTS rowgate_lookup ON public.{table}"),
            Change::Replicated => format!(
                "DO $$ BEGIN EXECUTE (SELECT 'GRANT SET ON PARAMETER session_replication_role TO ' || string_agg(quote_ident(rolname), ', ')
                   FROM pg_roles WHERE rolname ~ '^diff_.*_{worker}_login$'); END $$"
            ),
        })
    }

    /// What a session does before it acts.
    pub fn of_session(&self) -> Option<&'static str> {
        matches!(self, Change::Replicated).then_some("SET session_replication_role = replica")
    }

    /// The table that has to be in partitions.
    pub fn partitioned(&self) -> Option<&'static str> {
        match self {
            Change::Attached { table, .. } => Some(table),
            _ => None,
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

/// The columns that boundaries name, of their own tables.
fn bounded(project: &Project) -> Vec<(&'static str, String)> {
    let of_boundary = |boundary: &String| {
        let tables = RULED.into_iter().filter(|table| boundary.contains(&format!(" on {table} ")));
        let columns =
            tables.flat_map(|table| project.schema.table(table).columns.iter().map(move |column| (table, &column.name)));
        let named = columns.filter(|(_, name)| *name != "id" && boundary.contains(&format!("`{name}`")));
        named.map(|(table, name)| (table, name.clone())).collect::<Vec<_>>()
    };
    project.boundaries.iter().flat_map(of_boundary).collect()
}

/// A partition that was detached, and so has lost what came from the whole, is attached again.
fn attached(table: &str, with_trigger: bool) -> String {
    let attach = format!("ALTER TABLE public.{table} ATTACH PARTITION public.{table}_rest DEFAULT");
    let own = match with_trigger {
        false => String::new(),
        true => format!(
            "CREATE TRIGGER \"!rowgate_update\" AFTER UPDATE ON public.{table}_rest FOR EACH ROW WHEN (false)
               EXECUTE FUNCTION suppress_redundant_updates_trigger();"
        ),
    };
    // One of the same name is refused.
    format!(
        "ALTER TABLE public.{table} DETACH PARTITION public.{table}_rest; {own}
         DO $$ BEGIN {attach}; EXCEPTION WHEN duplicate_object THEN DROP TRIGGER \"!rowgate_update\" ON public.{table}_rest; {attach}; END $$"
    )
}

/// Takes back from the logins what [`Change::Replicated`] gave them: parameters belong to the whole server.
pub fn revoke(worker: usize) -> String {
    format!(
        "DO $$ DECLARE logins text := (SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE rolname ~ '^diff_.*_{worker}_login$');
           BEGIN IF logins IS NOT NULL THEN EXECUTE 'REVOKE SET ON PARAMETER session_replication_role FROM ' || logins; END IF; END $$"
    )
}
