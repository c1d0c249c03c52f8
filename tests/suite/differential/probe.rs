//! A session on the server beside the evaluator's: runs statements, undoes them, and tells whether what they did is allowed. Beside the
//! well-behaved session there may be a hostile one, which is asked the same.

use rowgate::objects::quote;
use std::collections::{BTreeMap, BTreeSet};

use postgres::SimpleQueryMessage;
use rowgate::access::evaluate::{Data, Evaluator};
use rowgate::db::{self, Client};

use super::hostile::session::Session;
use super::schema::Table;
use super::statement::Statement;

/// What may come out beside the evaluator's answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tolerance {
    /// Nothing: an ordinary session on an ordinary database.
    Equal,
    /// An error, so that nothing is shown and nothing is done. Less than what is meant without an error is a mismatch.
    Error,
    /// An error, or less than what is meant. Never more.
    Narrower,
}

impl Tolerance {
    /// Whether this may come out where that is meant.
    pub fn allows(self, meant: bool, done: bool) -> bool {
        done == meant || (self == Tolerance::Narrower && meant)
    }
}

/// How an error begins where an ordinary session is not refused, and gets one all the same.
pub const FAILS: &str = "the server fails:";

/// Rows by key: which of the fields that were asked for have a value.
pub type Seen = BTreeMap<String, BTreeMap<String, bool>>;

/// The columns that a role may name.
pub struct Privileges {
    pub read: BTreeSet<String>,
    pub create: BTreeSet<String>,
    pub update: BTreeSet<String>,
    /// The columns of the masking view, if there is one.
    pub view: Option<BTreeSet<String>>,
}

/// What a statement did.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Touched(u64),
    Failed { code: String, text: String },
}

pub fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

pub struct Probe<'a> {
    pub admin: &'a mut Client,
    pub evaluator: &'a Evaluator<'a>,
    /// The evaluator for the identity that a hostile session may change to.
    pub other: &'a Evaluator<'a>,
    pub data: &'a Data,
    pub now: i64,
    pub tolerance: Tolerance,
    pub hostile: Option<&'a mut Session>,
    pub decisions: usize,
}

impl Probe<'_> {
    pub fn privileges(&mut self, table: &Table) -> Result<Privileges, String> {
        let query = "SELECT attname::text, has_column_privilege(attrelid, attnum, 'SELECT'), has_column_privilege(attrelid, attnum, 'INSERT'),
              has_column_privilege(attrelid, attnum, 'UPDATE')
            FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
        let mut privileges = Privileges { read: BTreeSet::new(), create: BTreeSet::new(), update: BTreeSet::new(), view: None };
        for row in self.admin.query(query, &[&format!("public.{}", table.name)]).map_err(text)? {
            let name: String = row.get(0);
            for (index, set) in [&mut privileges.read, &mut privileges.create, &mut privileges.update].into_iter().enumerate() {
                if row.get(index + 1) {
                    set.insert(name.clone());
                }
            }
        }
        // The catalog is asked, since to_regclass would need the right to use the schema.
        let query = "SELECT attname::text, has_table_privilege(attrelid, 'SELECT') FROM pg_attribute
            WHERE attrelid = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'masked' AND relname = $1)
              AND attnum > 0";
        let view = self.admin.query(query, &[&table.name]).map_err(text)?;
        if !view.is_empty() {
            let readable = view.iter().filter(|row| row.get(1)).map(|row| row.get(0));
            privileges.view = Some(readable.collect());
        }
        Ok(privileges)
    }

    /// Names the row that statements without WHERE are about.
    pub fn set_probed(&mut self, key: &str) -> Result<(), String> {
        let command = format!("SET LOCAL probe.id = {}", quote::literal(key));
        self.admin.batch_execute(&command).map_err(text)?;
        match &mut self.hostile {
            Some(session) => session.command(&command),
            None => Ok(()),
        }
    }

    /// The rows of a query; none when it failed and may.
    pub fn query(&mut self, query: &Statement) -> Result<Option<Seen>, String> {
        match self.admin.simple_query(&format!("SAVEPOINT s; {}; ROLLBACK TO SAVEPOINT s", query.text())) {
            Ok(messages) => Ok(Some(rows(query, &messages))),
            Err(error) => {
                self.admin.batch_execute("ROLLBACK TO SAVEPOINT s").map_err(text)?;
                match self.tolerance {
                    Tolerance::Equal => Err(format!("{FAILS} {}: {}", query.text(), text(error))),
                    _ => Ok(None),
                }
            }
        }
    }

    /// Runs a statement and undoes it.
    fn effect(&mut self, statement: &str) -> Result<Effect, String> {
        match self.admin.simple_query(&format!("SAVEPOINT s; {statement}; ROLLBACK TO SAVEPOINT s")) {
            Ok(messages) => Ok(Effect::Touched(touched(&messages))),
            Err(error) => {
                self.admin.batch_execute("ROLLBACK TO SAVEPOINT s").map_err(text)?;
                let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
                Ok(Effect::Failed { code, text: text(error) })
            }
        }
    }

    /// Compares what a statement does with what is meant, here and in the hostile session. `parts` are what the server asks apart, so that
    /// each may be asked of another identity when that changes within the statement.
    pub fn expect(
        &mut self,
        statement: &Statement,
        meant: &dyn Fn(&Evaluator<'_>) -> bool,
        parts: &[&dyn Fn(&Evaluator<'_>) -> bool],
    ) -> Result<Option<String>, String> {
        self.decisions += 1;
        let own = meant(self.evaluator);
        let effect = self.effect(&statement.text())?;
        let done = match &effect {
            Effect::Touched(count) => Some(*count > 0),
            Effect::Failed { code, .. } if code == "42501" && self.tolerance == Tolerance::Equal => Some(false),
            // Of two records the second may break a constraint before its step is asked for.
            Effect::Failed { code, .. } if code.starts_with("23") && statement.again.is_some() => return Ok(None),
            // Constraints come after the policies, which have let the statement through.
            Effect::Failed { code, .. } if code.starts_with("23") && self.tolerance == Tolerance::Equal => Some(true),
            Effect::Failed { text, .. } if self.tolerance == Tolerance::Equal => {
                return Err(format!("{FAILS} {}: {text}", statement.text()));
            }
            Effect::Failed { .. } => None,
        };
        if done.is_some_and(|done| !self.tolerance.allows(own, done)) {
            return Ok(Some(format!("{}: {effect:?}, and the evaluator says {own}", statement.text())));
        }
        let Some(session) = &mut self.hostile else { return Ok(None) };
        let mixed = || parts.iter().all(|part| part(self.evaluator) || part(self.other));
        session.expect(statement, self.tolerance, own, &|| meant(self.other) || (!parts.is_empty() && mixed()))
    }

    /// The same query in the hostile session. `differs` says what is shown otherwise than it may be, given what is allowed and whether
    /// either identity's rows may be shown.
    pub fn hostile_query(
        &mut self,
        query: &Statement,
        rows: usize,
        differs: &dyn Fn(&Seen, Tolerance, bool) -> Option<String>,
    ) -> Result<Option<String>, String> {
        let Some(session) = &mut self.hostile else { return Ok(None) };
        session.query(query, self.tolerance, rows, differs)
    }

    /// Whether code of the hostile session has run with rights that it has not.
    pub fn code_of_the_session(&mut self) -> Result<Option<String>, String> {
        match &mut self.hostile {
            Some(session) => session.alarm(self.admin),
            None => Ok(None),
        }
    }
}

/// The rows that a statement touched.
pub fn touched(messages: &[SimpleQueryMessage]) -> u64 {
    let counts = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::CommandComplete(count) => Some(*count),
        _ => None,
    });
    counts.max().unwrap_or(0)
}

/// The rows of an answer.
pub fn rows(query: &Statement, messages: &[SimpleQueryMessage]) -> Seen {
    let mut seen = Seen::new();
    for message in messages {
        let SimpleQueryMessage::Row(row) = message else { continue };
        // A value that cannot be read, in an encoding that the session has set, is one.
        let is_there = |index: usize| !matches!(row.try_get(index), Ok(None));
        let fields: BTreeMap<String, bool> =
            query.columns.iter().enumerate().map(|(index, (name, _))| (name.clone(), is_there(index))).collect();
        let key = query.columns.iter().position(|(name, _)| name == "id").and_then(|index| row.get(index));
        seen.insert(key.unwrap_or_default().to_owned(), fields);
    }
    seen
}
