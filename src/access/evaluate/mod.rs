//! The reference evaluator: what the rules mean for one session, row by row, in memory. It is the specification ("What it means" in
//! the documentation of the language) written down as directly as possible, from the model alone: it knows neither the predicates that
//! rules are combined to nor their SQL, so that both can be tested against it.
//!
//! In: a [`Model`], the [`Rows`] of its tables, a [`Session`]. Out: what may be read, created, updated and deleted.

mod act;
mod beneath;
mod case;
mod claims;
mod climb;
mod datum;
mod deciding;
mod derived;
mod lapsed;
mod met;
mod number;
mod others;
mod reached;
mod rows;
mod rules;
mod sets;
mod stand;
mod time;
mod truth;
mod why;
mod why_act;
mod why_change;
mod why_granted;
mod why_held;
mod why_lacks;
mod why_record;
mod why_values;

use std::cmp::Ordering;
use std::collections::BTreeMap;

pub use act::Done;
pub use claims::is_well_formed;
pub use datum::{Datum, constant_default, parse, text_of_constant};
use met::Met;
pub use number::{Decimal, Number};
pub use rows::{Data, Found, Rows, Without, has};
pub use why::{Compared, HeldRole, Reason, Statement};

use crate::catalog::TableId;
use crate::model::Model;

/// The values of a row, one per column of its table.
pub type Row = Vec<Datum>;

/// True, false or unknown.
pub type Truth = Option<bool>;

/// Who acts, when.
#[derive(Debug, Clone)]
pub struct Session {
    /// The role that the session runs as.
    pub database_role: String,
    /// Who is signed in; empty for nobody.
    pub identity: Datum,
    /// What the token says.
    pub claims: serde_json::Value,
    /// Its settings that attributes come from.
    pub settings: BTreeMap<String, String>,
    /// The start of the statement, in microseconds since 1970 in UTC.
    pub now: i64,
}

/// Says what raw SQL is for a row of a table.
pub type RawSql<'a> = dyn Fn(TableId, &Row, &str) -> Truth + 'a;

/// Says which of two texts comes first.
pub type TextOrder<'a> = dyn Fn(&str, &str) -> Ordering + 'a;

/// Answers questions about one session.
pub struct Evaluator<'a> {
    model: &'a Model,
    rows: &'a dyn Rows,
    session: &'a Session,
    raw_sql: Option<&'a RawSql<'a>>,
    text_order: Option<&'a TextOrder<'a>>,
    met: Met,
    /// The record that a statement changes, while the access to another one is asked for it: it is none of the others there, either.
    changed: Option<(TableId, &'a Row)>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator that takes raw SQL as unknown and orders texts by their bytes, as the collation `C` does.
    pub fn new(model: &'a Model, rows: &'a dyn Rows, session: &'a Session) -> Evaluator<'a> {
        Evaluator { model, rows, session, raw_sql: None, text_order: None, met: Met::default(), changed: None }
    }

    /// With somebody who knows what raw SQL says.
    #[must_use]
    pub fn with_raw_sql(self, raw_sql: &'a RawSql<'a>) -> Self {
        Evaluator { raw_sql: Some(raw_sql), ..self }
    }

    /// With the order of another collation.
    #[must_use]
    pub fn with_text_order(self, text_order: &'a TextOrder<'a>) -> Self {
        Evaluator { text_order: Some(text_order), ..self }
    }

    /// The same session beside other rows.
    #[must_use]
    pub fn beside<'b>(&'b self, rows: &'b dyn Rows) -> Evaluator<'b> {
        Evaluator { rows, met: Met::default(), ..*self }
    }
}
