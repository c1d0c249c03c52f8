//! What somebody sees of a database, and what a statement of theirs would do. Everything happens in one transaction that is rolled back.

use postgres::{Client, SimpleQueryMessage, Transaction};

use super::masked;
use super::rows::{ask, is, text};
use super::session::{act, relation, source};
use super::{DatabaseError, describe_error};
use crate::catalog::TableId;
use crate::model::{Model, Provider};
use crate::objects::quote::{identifier, literal, qualified};
use crate::scenario::{Actor, plain_text};

/// Who looks, and how long the server may take for it.
pub struct Viewer<'a> {
    /// The project.
    pub model: &'a Model,
    /// Who.
    pub actor: &'a Actor,
    /// SQL that signs somebody in, `{identity}` standing for who, where the provider is a function of the project.
    pub sign_in: Option<&'a str>,
}

/// What a statement came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It gives rows.
    Rows {
        /// Their columns' names.
        columns: Vec<String>,
        /// Their values as texts; empty where there is none.
        rows: Vec<Vec<Option<String>>>,
    },
    /// It touches so many rows.
    Touched(u64),
    /// The server refuses, in its words.
    Refused(String),
}

/// Why a connection cannot be the actor's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotAct {
    /// There is no such role.
    #[error("there is no role `{0}` in this database")]
    NoRole(String),
    /// The login may not act as it.
    #[error("`{login}` may not act as `{role}`, as which the application's sessions run")]
    NotAllowed {
        /// The login.
        login: String,
        /// The role.
        role: String,
        /// The statement that lets it, if there is one.
        gives: Option<String>,
    },
}

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRows {
    /// What the server gives.
    pub outcome: Outcome,
    /// The masking view that they come from, as SQL writes it: fields that the reader may not see are empty.
    pub masking_view: Option<String>,
}

/// A statement waits this long for rows that others have locked, so that looking disturbs nobody for long.
const LOCK_TIMEOUT: &str = "2s";

/// A statement runs no longer.
const STATEMENT_TIMEOUT: &str = "30s";

/// Statements that read or change rows. No other is taken: one that ends the transaction, or changes who acts, would leave a trace.
const STATEMENTS: [&str; 9] = ["select", "insert", "update", "delete", "merge", "with", "values", "table", "explain"];

impl Viewer<'_> {
    /// The first rows of a table by its key, `limit` at most and one more if there are more, of the columns that may be read at all; `None` when
    /// there is no such column. The connection belongs to a role that may act as the application's roles.
    pub fn rows(&self, client: &mut Client, table: TableId, limit: usize) -> Result<Option<TableRows>, DatabaseError> {
        let table = self.model.catalog.table(table);
        let mut transaction = client.transaction()?;
        let source = source(&mut transaction, self.model, table)?;
        let is_there = format!("SELECT {} IS NOT NULL", relation(&source));
        if !transaction.query_one(&is_there, &[])?.get::<_, bool>(0) {
            // The server says so itself. Nothing to read would look like a table that is closed.
            transaction.batch_execute(&format!("SELECT {}::pg_catalog.regclass", literal(&qualified(&source))))?;
        }
        let readable = format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped \
             AND has_column_privilege($1::text::name, attrelid, attnum, 'SELECT') ORDER BY attnum",
            relation(&source)
        );
        let role = self.actor.database_role(self.model);
        // Rows keep their statement, which has to be gone before the transaction is: behind a pooler it would stay on a connection of others.
        let columns: Vec<String> = transaction.query(&readable, &[&role])?.iter().map(|row| row.get(0)).collect();
        if columns.is_empty() {
            return Ok(None);
        }
        let keys = table.primary_key.iter().map(|&key| &table.columns[key as usize].name);
        let order: Vec<_> = keys.filter(|key| columns.contains(key)).map(|key| identifier(key)).collect();
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
        let list: Vec<_> = columns.iter().map(|column| identifier(column)).collect();
        let from = qualified(&source);
        let query = format!("SELECT {} FROM {from}{order} LIMIT {}", list.join(", "), limit.saturating_add(1));
        self.act(&mut transaction)?;
        let outcome = self.run(&mut transaction, &query)?;
        transaction.rollback()?;
        let masking_view = Some(from).filter(|_| source != table.name);
        Ok(Some(TableRows { outcome, masking_view }))
    }

    /// Why the connection cannot be the actor's, where that is so. From version 16 it is not enough to be a member (manual, GRANT): the membership has to have the SET option.
    pub fn cannot_act(&self, client: &mut Client) -> Result<Option<CannotAct>, DatabaseError> {
        let mut transaction = client.build_transaction().read_only(true).start()?;
        let role = match (&self.model.identity.provider, &self.actor.identity) {
            (Provider::DatabaseUser, Some(identity)) => plain_text(identity),
            _ => self.actor.database_role(self.model).to_owned(),
        };
        let found = ask(&mut transaction, &MAY_ACT.replace("@role@", &literal(&role)))?;
        let Some(row) = found.first() else { return Ok(Some(CannotAct::NoRole(role))) };
        let is_login = self.model.identity.provider == Provider::DatabaseUser && self.actor.identity.is_some();
        if is(row, 1) || (if is_login { is(row, 2) } else { is(row, 3) }) {
            return Ok(None);
        }
        // Only a superuser becomes another login (manual, SET SESSION AUTHORIZATION).
        let gives = (!is_login).then(|| text(row, 4));
        Ok(Some(CannotAct::NotAllowed { login: text(row, 0), role, gives }))
    }

    /// Whether a row of the user table has the actor's identity. `None` where the connection's role does not see all of that table, or cannot ask.
    pub fn has_row(&self, client: &mut Client) -> Option<bool> {
        let key = self.model.identity.user_key;
        let (table, column) = (qualified(&self.model.catalog.table(key.table).name), self.model.catalog.column(key));
        let identity = literal(&plain_text(self.actor.identity.as_ref()?));
        let mut transaction = client.transaction().ok()?;
        let sees_all = transaction.query_one("SELECT NOT row_security_active($1::text)", &[&table]).ok()?;
        if !sees_all.get::<_, bool>(0) {
            return None;
        }
        let query = format!("SELECT EXISTS (SELECT FROM {table} WHERE {} = {identity})", identifier(&column.name));
        Some(transaction.query_one(&query, &[]).ok()?.get(0))
    }

    /// What each of some statements would do, the later ones after the earlier; nothing of it stays but numbers that were drawn from sequences. Each
    /// is one statement that reads or changes rows, and runs as the actor: the connection may have rights to become somebody else, which an earlier statement
    /// has taken.
    pub fn statements(&self, client: &mut Client, statements: &[String]) -> Result<Vec<Outcome>, DatabaseError> {
        let mut transaction = client.transaction()?;
        let mut outcomes = Vec::new();
        for statement in statements {
            transaction.batch_execute("SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE")?;
            self.act(&mut transaction)?;
            outcomes.push(self.run(&mut transaction, statement)?);
        }
        transaction.rollback()?;
        Ok(outcomes)
    }

    fn run(&self, transaction: &mut Transaction<'_>, statement: &str) -> Result<Outcome, DatabaseError> {
        if !is_about_rows(statement) {
            return Ok(Outcome::Refused(format!("only statements that read or change rows are run: {}", STATEMENTS.join(", "))));
        }
        let mut savepoint = transaction.transaction()?;
        // The protocol for prepared statements takes one statement only; the simple one, which gives texts, would take several.
        let answer = savepoint.prepare(statement).and_then(|_| savepoint.simple_query(statement));
        let messages = match answer {
            Ok(messages) => messages,
            Err(error) if error.as_db_error().is_some() => {
                savepoint.rollback()?;
                if is_several(&error) {
                    let words = "this is more than one statement, of which each is run by itself";
                    return Ok(Outcome::Refused(words.to_owned()));
                }
                return self.refusal(transaction, statement, &error).map(Outcome::Refused);
            }
            Err(error) => return Err(error),
        };
        savepoint.commit()?;
        let (mut columns, mut rows, mut touched) = (None, Vec::new(), 0);
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(names) => {
                    columns = Some(names.iter().map(|name| name.name().to_owned()).collect())
                }
                SimpleQueryMessage::Row(row) => {
                    rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
                }
                SimpleQueryMessage::CommandComplete(count) => touched = count,
                _ => {}
            }
        }
        Ok(match columns {
            Some(columns) => Outcome::Rows { columns, rows },
            None => Outcome::Touched(touched),
        })
    }

    /// Why the server refuses a statement, in its words, and which masking view to name in the place of its table.
    pub(super) fn refusal(
        &self,
        transaction: &mut Transaction<'_>,
        statement: &str,
        error: &DatabaseError,
    ) -> Result<String, DatabaseError> {
        let who = (self.model, self.actor.database_role(self.model));
        let instead = masked::instead(transaction, who, statement, error)?;
        Ok(instead.map_or_else(|| describe_error(error), |instead| format!("{}\n  {instead}", describe_error(error))))
    }

    pub(super) fn act(&self, transaction: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        let limits = format!(
            "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
            literal(LOCK_TIMEOUT),
            literal(STATEMENT_TIMEOUT)
        );
        transaction.batch_execute(&limits)?;
        act(transaction, self.model, self.sign_in, self.actor)
    }
}

/// Whether a text is several statements, as the server sees it: it has this code for other mistakes, too, and words of its own in each language.
fn is_several(error: &DatabaseError) -> bool {
    let found = error.as_db_error();
    found.is_some_and(|found| found.routine() == Some("exec_parse_message") && found.code().code() == "42601")
}

/// Whether the login is a superuser, is the role itself, or may act as it, and what lets it.
const MAY_ACT: &str = "SELECT login.rolname, login.rolsuper, login.oid = role.oid,
    pg_catalog.pg_has_role(login.oid, role.oid, CASE WHEN version.is_old THEN 'MEMBER' ELSE 'SET' END),
    pg_catalog.format(CASE WHEN version.is_old THEN 'GRANT %I TO %I' ELSE 'GRANT %I TO %I WITH SET TRUE, INHERIT FALSE' END, role.rolname, login.rolname)
  FROM pg_catalog.pg_roles AS login
  JOIN pg_catalog.pg_roles AS role ON role.rolname = @role@
  CROSS JOIN LATERAL (SELECT pg_catalog.current_setting('server_version_num')::int < 160000) AS version (is_old)
  WHERE login.rolname = session_user";

/// Whether a text begins as a statement that reads or changes rows.
pub fn is_about_rows(statement: &str) -> bool {
    let start = statement.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word: String = start.chars().take_while(char::is_ascii_alphabetic).collect();
    STATEMENTS.contains(&word.to_ascii_lowercase().as_str())
}
