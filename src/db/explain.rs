//! What a statement costs somebody, and what it costs without row-level security. In: a connection, who asks, one statement that reads. Out: two plans with times, or why there is
//! none. It runs in transactions that cannot write.

use postgres::{Client, SimpleQueryMessage, Transaction};
use serde::Deserialize;

use super::beneath::beneath;
use super::masked::{self, Masked};
use super::rows::{ask, is, text};
use super::view::Viewer;
use super::{DatabaseError, describe_error};
use crate::objects::quote::{identifier, qualified};

/// A part of a plan, as the server names its fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Node {
    /// What it does: `Seq Scan`.
    #[serde(rename = "Node Type")]
    pub kind: String,
    /// The schema of the table that is read.
    pub schema: Option<String>,
    /// The table that is read.
    #[serde(rename = "Relation Name")]
    pub relation: Option<String>,
    /// The index that is used.
    #[serde(rename = "Index Name")]
    pub index: Option<String>,
    /// What of the statement it answers, where that stands by itself: `InitPlan 1`.
    #[serde(rename = "Subplan Name")]
    pub subplan: Option<String>,
    /// What rows are asked.
    pub filter: Option<String>,
    /// What is asked once.
    #[serde(rename = "One-Time Filter")]
    pub once: Option<String>,
    /// What the index is asked.
    #[serde(rename = "Index Cond")]
    pub condition: Option<String>,
    /// What comes out.
    pub output: Vec<String>,
    /// The rows of one loop.
    #[serde(rename = "Actual Rows")]
    pub rows: f64,
    /// How often it was run.
    #[serde(rename = "Actual Loops")]
    pub loops: f64,
    /// The milliseconds of one loop, with all below it.
    #[serde(rename = "Actual Total Time")]
    pub time: f64,
    /// The rows of one loop that the filter refused.
    #[serde(rename = "Rows Removed by Filter")]
    pub removed: f64,
    /// What it is made from.
    pub plans: Vec<Node>,
}

/// A plan that was run.
#[derive(Debug, Clone, Deserialize)]
pub struct Plan {
    /// The uppermost part.
    #[serde(rename = "Plan")]
    pub node: Node,
    /// Milliseconds.
    #[serde(rename = "Execution Time")]
    pub time: f64,
    /// Milliseconds.
    #[serde(rename = "Planning Time")]
    pub planning: f64,
}

/// A plan, or the server's words of why there is none.
pub type Planned = Result<Plan, String>;

/// What a statement costs.
#[derive(Debug)]
pub struct Explained {
    /// As the user.
    pub with: Planned,
    /// As the login, where no policy counts for it; of masking views, on the tables below them, whatever policies count for their owner.
    pub without: Planned,
    /// The masking views that the statement may name, as SQL writes them.
    pub views: Vec<String>,
    /// Whether policies count for the login, so that another might be answered.
    pub is_bound: bool,
}

/// Statements that read.
const READING: [&str; 4] = ["select", "with", "values", "table"];

/// Where a policy would count, it is an error, never another plan (manual, `row_security`).
const WITHOUT: &str = "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL row_security = off";

impl Viewer<'_> {
    /// Runs one statement that reads, as the user and as the login without row-level security; the server refuses whatever writes.
    pub fn explain(&self, client: &mut Client, statement: &str) -> Result<Explained, DatabaseError> {
        let start = statement.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        let word: String = start.chars().take_while(char::is_ascii_alphabetic).collect();
        if !READING.contains(&word.to_ascii_lowercase().as_str()) {
            let refused = format!("only statements that read are explained: {}", READING.join(", "));
            return Ok(Explained { with: Err(refused.clone()), without: Err(refused), views: Vec::new(), is_bound: false });
        }
        let (views, is_bound, path) = self.surroundings(client)?;
        let tables = format!("{WITHOUT}; SET LOCAL search_path = {path}");
        let with = self.planned(client, statement, "")?;
        let without = self.planned(client, &beneath(statement, &views), if views.is_empty() { WITHOUT } else { &tables })?;
        let views = views.iter().map(|(view, _)| qualified(view)).collect();
        Ok(Explained { with, without, views, is_bound })
    }

    /// A statement that is run as the user; `more` makes it another's before.
    fn planned(&self, client: &mut Client, statement: &str, more: &str) -> Result<Planned, DatabaseError> {
        let mut transaction = client.build_transaction().read_only(true).start()?;
        let mut answer = Err(String::new());
        // The first run fetches what the second finds in memory, whoever comes first.
        for _ in 0..2 {
            transaction.batch_execute("SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE")?;
            // Who is signed in is said in both: views and defaults ask it.
            self.act(&mut transaction)?;
            transaction.batch_execute(more)?;
            answer = self.explained(&mut transaction, statement, more.is_empty())?;
            if answer.is_err() {
                break;
            }
        }
        transaction.rollback()?;
        Ok(answer)
    }

    /// One plan, or why there is none; what a user is to name instead is no matter of the login.
    fn explained(&self, transaction: &mut Transaction<'_>, statement: &str, is_user: bool) -> Result<Planned, DatabaseError> {
        let mut savepoint = transaction.transaction()?;
        let query = format!("EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {statement}");
        // The protocol for prepared statements takes one statement only; the simple one gives texts.
        let messages = match savepoint.prepare(&query).and_then(|_| savepoint.simple_query(&query)) {
            Ok(messages) => messages,
            Err(error) if error.as_db_error().is_some() => {
                savepoint.rollback()?;
                return if is_user {
                    self.refusal(transaction, statement, &error).map(Err)
                } else {
                    Ok(Err(describe_error(&error)))
                };
            }
            Err(error) => return Err(error),
        };
        let text = messages.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let plans: Result<Vec<Plan>, _> = serde_json::from_str(&text.unwrap_or_default());
        Ok(match plans.map(|plans| plans.into_iter().next()) {
            Ok(Some(plan)) => Ok(plan),
            Ok(None) => Err("the server gave no plan".to_owned()),
            Err(error) => Err(format!("the server's plan is another one than is known: {error}")),
        })
    }

    /// The masking views with their tables, whether policies count for the login, and its search path without the views' schema, as SQL.
    fn surroundings(&self, client: &mut Client) -> Result<(Vec<Masked>, bool, String), DatabaseError> {
        let mut transaction = client.build_transaction().read_only(true).start()?;
        let query =
            "SELECT NOT (rolsuper OR rolbypassrls), current_setting('search_path') FROM pg_roles WHERE rolname = session_user";
        let found = ask(&mut transaction, query)?;
        let (is_bound, path) = found.first().map_or((true, String::new()), |row| (is(row, 0), text(row, 1)));
        let views = masked::views(&mut transaction, self.model)?;
        let masking = self.model.masking.as_ref().map(|masking| identifier(&masking.schema).into_owned());
        let mut schemas: Vec<String> = Vec::new();
        for name in path.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) {
            if Some(&name) == masking.as_ref() {
                schemas.extend(views.iter().map(|(_, table)| identifier(&table.schema).into_owned()));
            } else {
                schemas.push(name);
            }
        }
        let path = if schemas.is_empty() { "''".to_owned() } else { schemas.join(", ") };
        Ok((views, is_bound, path))
    }
}

impl Node {
    /// All texts that expressions stand in.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let asked = [&self.filter, &self.once, &self.condition].into_iter().flatten();
        asked.chain(&self.output).map(String::as_str)
    }

    /// The milliseconds of all loops without what is below.
    pub fn own_time(&self) -> f64 {
        let below: f64 = self.plans.iter().map(|node| node.time * node.loops).sum();
        (self.time * self.loops - below).max(0.0)
    }
}
