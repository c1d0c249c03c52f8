//! Looks at a database with the eyes of the evaluator, and asks the server as a user. In: a connection, a model. Out: rows as one transaction sees all of them, which
//! nothing is written in; and what the server does with one statement, which is undone.

mod done;
mod kept;
mod rows;
mod tried;

use std::collections::BTreeMap;

use postgres::{Client, IsolationLevel, Transaction};

pub use self::done::Done;
pub use self::rows::{LiveRows, MOST_ROWS};
pub use self::tried::{Deed, Place, Tried};

use super::rows::{ask, is, number, text};
use super::{DatabaseError, describe_error};
use crate::catalog::TableId;
use crate::model::Model;
use crate::objects::quote::{identifier, literal, qualified};

/// Why nothing can be told of the rows of a database.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Nobody who sees every row.
    #[error("`{login}` sees only the rows that policies show it, so why somebody can or cannot is not known")]
    NoReader {
        /// The login.
        login: String,
        /// The role of inspection, if the project has one.
        role: Option<String>,
        /// The statement that lets the login act as it; missing where there is no such role in the database.
        gives: Option<String>,
    },
    /// Somebody else's policy, or a missing one, keeps rows from the role of inspection.
    #[error("`{role}` does not see every row of `{table}`: {why}")]
    Narrowed {
        /// The role of inspection.
        role: String,
        /// The table.
        table: String,
        /// What is in the way.
        why: String,
    },
    /// What is asked looks at more rows than one question may.
    #[error("it takes more than {most} rows of `{table}` to tell, and no more are looked at")]
    TooMany {
        /// Of which table.
        table: String,
        /// How many are looked at.
        most: usize,
    },
    /// A value that only the server can read.
    #[error("`{column}` is `{value}`, which only the server reads as {type}")]
    Unreadable {
        /// Of which column.
        column: String,
        /// As the server writes it.
        value: String,
        /// The column's type.
        r#type: String,
    },
    /// The server refuses.
    #[error("the database says: {}", describe_error(.0))]
    Database(#[from] DatabaseError),
}

/// As whom rows are read.
enum Reader {
    /// The connection itself, for whom no policy counts.
    Itself,
    /// The role of inspection, with the tables that are not wholly shown to it, and why not.
    Role(String, BTreeMap<TableId, String>),
}

impl Reader {
    fn hides(&self, model: &Model, table: TableId) -> Option<InspectError> {
        let Reader::Role(role, narrowed) = self else { return None };
        let why = narrowed.get(&table)?.clone();
        Some(InspectError::Narrowed { role: role.clone(), table: model.catalog.table(table).name.to_string(), why })
    }
}

/// So that texts are read and written as the evaluator does it, names mean what they say, and nobody waits for long.
const SETTINGS: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres'; \
    SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'";

/// Begins a transaction in which all rows are seen as they are at one moment, and nothing can be written.
pub fn look<'a>(client: &'a mut Client, model: &'a Model) -> Result<LiveRows<'a>, InspectError> {
    let snapshot = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    let mut transaction = snapshot.start()?;
    transaction.batch_execute(SETTINGS)?;
    let role = model.inspection_role.as_deref();
    let found = ask(&mut transaction, &LOGIN.replace("@role@", &role.map_or_else(|| "NULL".to_owned(), literal)))?;
    let Some(login) = found.first() else { return Err(InspectError::NoReader { login: String::new(), role: None, gives: None }) };
    let reader = match role {
        _ if is(login, 1) => {
            // A row that a policy would hide is an error, never a row that is not there.
            transaction.batch_execute("SET LOCAL row_security = off")?;
            Reader::Itself
        }
        Some(role) if is(login, 2) => {
            let narrowed = narrowed(&mut transaction, model, role)?;
            transaction.batch_execute(&format!("SET LOCAL ROLE {}; SET LOCAL row_security = on", identifier(role)))?;
            Reader::Role(role.to_owned(), narrowed)
        }
        role => {
            let (role, gives) = (role.map(str::to_owned), login.get(3).map(str::to_owned));
            return Err(InspectError::NoReader { login: text(login, 0), role, gives });
        }
    };
    let now = ask(&mut transaction, "SELECT (extract(epoch FROM now()) * 1000000)::bigint")?;
    let now = now.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or_default();
    Ok(LiveRows::new(model, transaction, reader, now))
}

/// Who connects, whether policies count for them, whether they may act as the role, and what lets them where the role is there.
const LOGIN: &str = "SELECT login.rolname, login.rolsuper OR login.rolbypassrls,
    pg_has_role(login.oid, role.oid, CASE WHEN version.is_old THEN 'MEMBER' ELSE 'SET' END),
    CASE WHEN role.oid IS NOT NULL THEN
      format(CASE WHEN version.is_old THEN 'GRANT %I TO %I' ELSE 'GRANT %I TO %I WITH SET TRUE, INHERIT FALSE' END, role.rolname, login.rolname) END
  FROM pg_roles AS login
  LEFT JOIN pg_roles AS role ON role.rolname = @role@
  CROSS JOIN LATERAL (SELECT current_setting('server_version_num')::int < 160000) AS version (is_old)
  WHERE login.rolname = current_user";

/// The tables of which the role does not see every row, with the reason. A policy is for it that is for a role whose rights it has.
fn narrowed(transaction: &mut Transaction<'_>, model: &Model, role: &str) -> Result<BTreeMap<TableId, String>, DatabaseError> {
    let tables: Vec<_> = model.catalog.tables().collect();
    let names: Vec<String> = tables.iter().map(|(_, table)| literal(&qualified(&table.name))).collect();
    let query = NARROWED.replace("@tables@", &names.join(", ")).replace("@role@", &literal(role));
    let found = ask(transaction, &query)?;
    let reason = |row: &postgres::SimpleQueryRow| {
        let (id, _) = tables.get((number(row, 0) as usize).checked_sub(1)?)?;
        Some((*id, text(row, 1)))
    };
    Ok(found.iter().filter_map(reason).collect())
}

const NARROWED: &str = "SELECT wanted.number, coalesce('the policy ' || quote_ident(narrow.name) || ' takes rows away', 'no policy shows it all of them')
  FROM unnest(ARRAY[@tables@]::text[]) WITH ORDINALITY AS wanted (name, number)
  JOIN (
    SELECT class.oid, format('%I.%I', namespace.nspname, class.relname) FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relrowsecurity
  ) AS known (oid, name) ON known.name = wanted.name
  CROSS JOIN (SELECT oid FROM pg_roles WHERE rolname = @role@) AS reader
  CROSS JOIN LATERAL (
    SELECT min(polname) FILTER (WHERE NOT polpermissive),
      count(*) FILTER (WHERE polpermissive AND pg_get_expr(polqual, polrelid) = 'true') > 0
    FROM pg_policy
    WHERE polrelid = known.oid AND polcmd IN ('r', '*')
      AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS given (oid) WHERE given.oid <> 0 AND pg_has_role(reader.oid, given.oid, 'USAGE')))
  ) AS narrow (name, is_whole)
  WHERE narrow.name IS NOT NULL OR NOT narrow.is_whole";
