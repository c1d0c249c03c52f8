//! What was signed off, and what is another since. In: the present access as lines, and the record of a review, which has those of then. Out: the differences. What is recorded is
//! who may do what, who holds the roles by which they may, and the digest of the SQL, which is another wherever anything is that the lines do not tell.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::objects::quote::sha256_of_parts;

/// The format of records that this program writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// Who may do what, as lines that can be compared: `projects / Admin / update` and what is said of it. Who may do nothing has no line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The lines.
    pub lines: BTreeMap<String, String>,
    /// The digest of all that the database is told.
    pub sql: String,
}

/// A review that somebody signed off, as it is kept beside the rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The format's version.
    pub version: u32,
    /// The day: `2026-11-27`
    pub reviewed: String,
    /// The moment, which tells two of one day apart; records of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Who signed.
    pub by: String,
    /// What for: `2026 Q4`
    pub r#for: String,
    /// The digest of the lines.
    pub digest: String,
    /// The digest of the SQL.
    pub sql: String,
    /// The lines.
    pub access: BTreeMap<String, String>,
}

/// Why a text is no record of a review.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is damaged.
    #[error("is not the record of a review: {0}")]
    Format(#[from] serde_json::Error),
    /// It is of another program.
    #[error("has version {0}, which this rowgate does not know")]
    Version(u32),
    /// Somebody changed its lines.
    #[error("is not as it was signed: its lines have another digest")]
    Changed,
}

/// A review, and what is another since.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// The day.
    pub reviewed: String,
    /// Who signed.
    pub by: String,
    /// What for.
    pub r#for: String,
    /// Whether the SQL is the same.
    pub is_same_sql: bool,
    /// What is said otherwise now.
    pub differences: Vec<Difference>,
}

impl Compared {
    /// Whether nothing is another.
    pub fn is_same(&self) -> bool {
        self.is_same_sql && self.differences.is_empty()
    }
}

/// A line that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub what: String,
    /// What it was; `None` for nothing.
    pub was: Option<String>,
    /// What it is.
    pub is: Option<String>,
}

fn digest(lines: &BTreeMap<String, String>) -> String {
    sha256_of_parts(lines.iter().flat_map(|(what, says)| [what.as_str(), "\0", says.as_str(), "\0"]))
}

impl Record {
    /// What somebody signs at a moment, `2026-11-27T10:00:00.5Z`.
    pub fn new(access: Access, at: String, by: String, r#for: String) -> Record {
        let digest = digest(&access.lines);
        let day = at.chars().take_while(|letter| *letter != 'T').collect();
        Record { version: VERSION, reviewed: day, at: Some(at), by, r#for, digest, sql: access.sql, access: access.lines }
    }

    /// Whether somebody would sign the same again.
    pub fn is_same(&self, other: &Record) -> bool {
        let signed = |one: &Record| (one.by.clone(), one.r#for.clone(), one.digest.clone(), one.sql.clone());
        self.reviewed == other.reviewed && signed(self) == signed(other)
    }

    /// Reads one.
    pub fn read(text: &str) -> Result<Record, RecordError> {
        let record: Record = serde_json::from_str(text)?;
        if record.version != VERSION {
            return Err(RecordError::Version(record.version));
        }
        if record.digest != digest(&record.access) {
            return Err(RecordError::Changed);
        }
        Ok(record)
    }

    /// What is another now.
    pub fn compare(&self, now: &Access) -> Compared {
        let (was, is) = (&self.access, &now.lines);
        let all: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let other = all.into_iter().filter(|what| was.get(*what) != is.get(*what));
        let difference =
            |what: &String| Difference { what: what.clone(), was: was.get(what).cloned(), is: is.get(what).cloned() };
        let differences = other.map(difference).collect();
        let (reviewed, by, r#for) = (self.reviewed.clone(), self.by.clone(), self.r#for.clone());
        Compared { reviewed, by, r#for, is_same_sql: self.sql == now.sql, differences }
    }
}
