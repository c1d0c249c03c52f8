//! Looks at a running database as an application uses it. In: the model, and what the database said to the application's login. Out: findings, the
//! worst first, each with what it means for people and what mends it. It knows no server (`db/doctor` asks it), and nothing of what the rules become.

mod acting;
mod facts;
mod login;
mod session;
mod tables;

use std::collections::BTreeSet;

pub use facts::{Facts, FoundTable, GivenSetting, InForce, KeptOut, Login, Pooling, Power, PowerKind, RoleFacts, TableFacts};

use crate::catalog::TableId;
use crate::model::{AttributeSource, ClaimsSource, Model, Provider};

/// The servers that the generated SQL is made for.
pub const VERSIONS: std::ops::RangeInclusive<u32> = 15..=18;

/// How bad something is. Ordered, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody can do more than the rules say, or passes for somebody else.
    Danger,
    /// The application cannot do what the rules allow.
    Failure,
    /// Worth knowing.
    Notice,
}

impl Severity {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Danger => "danger",
            Severity::Failure => "failure",
            Severity::Notice => "notice",
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is, the same in every version.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, with the names of it.
    pub says: String,
    /// What that means for people.
    pub means: String,
    /// What mends it: a statement, or what to set.
    pub mends: Option<String>,
}

impl Finding {
    fn new(id: &str, severity: Severity, says: impl Into<String>, means: impl Into<String>) -> Finding {
        Finding { id: id.to_owned(), severity, says: says.into(), means: means.into(), mends: None }
    }

    fn mended_by(self, mends: impl Into<String>) -> Finding {
        Finding { mends: Some(mends.into()), ..self }
    }
}

/// What there is to say of a database. `never` are the tables of which the rules show nothing to who is not signed in; `about` says what the checks of the
/// last step have in common, by their number: a name, and a sentence.
pub fn examine(
    model: &Model,
    facts: &Facts,
    never: &BTreeSet<TableId>,
    about: impl Fn(usize) -> (&'static str, &'static str),
) -> Vec<Finding> {
    let roles = acting::as_any(model, facts);
    found_with(roles, model, facts, never, about)
}

/// What there is to say of a login by which a session is to act as one role of the application: of the login itself, and what keeps such a session from doing what the rules allow.
pub fn examine_login(model: &Model, facts: &Facts, role: &str) -> Vec<Finding> {
    let roles = acting::as_one(facts, role);
    let mut found = found_with(roles, model, facts, &BTreeSet::new(), |_| ("", ""));
    found.retain(|finding| finding.id.starts_with("login-") || finding.severity == Severity::Failure);
    found
}

/// What there is to say, with what was found of the roles that the login acts as.
fn found_with(
    roles: Vec<Finding>,
    model: &Model,
    facts: &Facts,
    never: &BTreeSet<TableId>,
    about: impl Fn(usize) -> (&'static str, &'static str),
) -> Vec<Finding> {
    let mut found = session::server(facts);
    found.extend(login::examine(model, facts, roles));
    found.extend(session::examine(model, facts));
    found.extend(tables::examine(model, facts, never));
    let more = in_force(facts, &mut found, about);
    found.extend(more);
    found.sort_by_key(|finding| finding.severity);
    found
}

/// What the last step of a script would say, but for what has been said of the login itself.
fn in_force(facts: &Facts, said: &mut [Finding], about: impl Fn(usize) -> (&'static str, &'static str)) -> Vec<Finding> {
    let rows = match &facts.in_force {
        Ok(rows) => rows,
        Err(reason) => {
            let says = format!("whether the database is as the rules want it could not be asked: {reason}");
            let means = "policies, grants and functions may be missing or others than those of the rules";
            let mends = "apply what `rowgate build` prints: its last step asks this as the role that deploys";
            return vec![Finding::new("in-force-unknown", Severity::Failure, says, means).mended_by(mends)];
        }
    };
    let new: Vec<&InForce> = rows.iter().filter(|row| !is_said(row, said)).collect();
    let finding = |row: &InForce| {
        let (name, means) = about(row.check);
        Finding {
            id: format!("in-force-{name}"),
            severity: if row.fails { Severity::Danger } else { Severity::Notice },
            says: format!("{}: {}", row.what, row.lets),
            means: means.trim_end_matches('.').to_owned(),
            mends: row.closes.clone(),
        }
    };
    new.into_iter().map(finding).collect()
}

/// Whether a row would say a finding again: the same statement closes it. The row knows who granted what, without whom a REVOKE takes nothing from version 16 on.
fn is_said(row: &InForce, said: &mut [Finding]) -> bool {
    let Some(closes) = row.closes.as_deref() else { return false };
    let statement = closes.split(" GRANTED BY ").next();
    // Also as the other of two ways.
    let says = |mends: &str, statement: &str| mends == statement || mends.ends_with(&format!(", or {statement}"));
    let is_same = |finding: &&mut Finding| {
        finding.mends.as_deref().is_some_and(|mends| [Some(closes), statement].into_iter().flatten().any(|one| says(mends, one)))
    };
    let Some(same) = said.iter_mut().find(is_same) else { return false };
    if same.mends.as_deref() == statement {
        same.mends = Some(closes.to_owned());
    }
    true
}

/// The settings that say who somebody is, each with what it says.
pub fn identity_settings(model: &Model) -> Vec<(String, &'static str)> {
    let mut settings = Vec::new();
    match &model.identity.provider {
        Provider::Setting(name) => settings.push((name.clone(), "who is signed in")),
        Provider::Supabase | Provider::Neon => {
            settings.push(("request.jwt.claims".to_owned(), "who is signed in, and the claims"))
        }
        Provider::Postgrest(_) | Provider::Function(_) | Provider::DatabaseUser => {}
    }
    if let Some(ClaimsSource::Setting(name)) = &model.identity.claims {
        settings.push((name.clone(), "the claims of a token"));
    }
    let of_session = model.attributes.iter().filter_map(|attribute| match &attribute.source {
        AttributeSource::Setting(name) => Some((name.clone(), "an attribute of the session")),
        AttributeSource::Claim(_) => None,
    });
    settings.extend(of_session);
    let mut known = BTreeSet::new();
    settings.retain(|(name, _)| known.insert(name.clone()));
    settings
}
