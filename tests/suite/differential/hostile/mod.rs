//! Hostile sessions in the differential test. In: a project that is applied, an actor, each statement with what is meant. Out: the first
//! answer that is none of what may come out.
//!
//! What may come out of a hostile session is the evaluator's answer, or an error ([`Tolerance::Error`](super::probe::Tolerance)): never more,
//! and never less without an error. Less is allowed where the session changes its role or its identity within the statement, and where a
//! column that the rules read is gone. Where the identity changes within the statement, only alarms count: PostgreSQL may evaluate what a client
//! writes without naming a column between two parts of a policy, because it can tell nothing of the row (`order_qual_clauses`), so that one part
//! is asked of the one identity and one of the other. Whoever can set an identity can do that; who cannot, cannot.

mod changes;
mod coverage;
mod names;
mod outset;
pub mod session;
mod settings;
mod shadows;
mod surroundings;
mod ways;

pub use changes::{Change, revoke};
pub use coverage::Coverage;
pub use names::Names;
pub use outset::{HELPERS, clear, login, logins, schemas};
pub use surroundings::{Makes, Place, Surrounding, parent};

use std::collections::BTreeSet;

use super::generate::Project;
use super::probe::Tolerance;
use crate::random::Random;

/// Whether an ingredient, way or circumstance is left out of this run (`--without`), to look past what it finds.
pub fn is_left_out(name: &str) -> bool {
    let names = std::env::var("ROWGATE_DIFFERENTIAL_WITHOUT").unwrap_or_default();
    names.split(';').any(|part| !part.is_empty() && name.contains(part))
}

/// What must take the place of the server's objects in the short run.
pub const IN_FORCE: [&str; 4] =
    ["functions in a schema", "operators in a schema", "relations in a schema", "temporary relations"];

/// The name of a circumstance.
pub const LONG: &str = "a transaction that began long ago";

/// What is special about the database and the clock of one project.
#[derive(Default)]
pub struct Circumstances {
    pub surroundings: Vec<(&'static Surrounding, &'static str)>,
    pub change: Option<Change>,
    /// The sessions' transactions begin before moments that rules ask about.
    pub long: bool,
}

impl Circumstances {
    pub fn random(random: &mut Random, project: &Project) -> Circumstances {
        let mut surroundings = match project.has_steps {
            true => surroundings::of_steps(random, project),
            false => surroundings::random(random),
        };
        surroundings.retain(|(surrounding, _)| !is_left_out(surrounding.name));
        let change = Change::random(random, project).filter(|change| !is_left_out(change.name()));
        if let Some(table) = change.as_ref().and_then(Change::partitioned) {
            surroundings.retain(|(_, on)| *on != table);
            surroundings::push(&mut surroundings, &surroundings::PARTITIONED, table);
        }
        let long = change.is_none() && random.below(2) == 0 && !is_left_out(LONG);
        Circumstances { surroundings, change, long }
    }

    /// The tables that something makes so.
    pub fn tables(&self, makes: Makes) -> BTreeSet<String> {
        let surroundings = self.surroundings.iter().filter(|(one, _)| one.makes == makes);
        surroundings.map(|(_, table)| (*table).to_owned()).collect()
    }

    /// What may come out beside the evaluator's answer.
    pub fn tolerance(&self) -> Tolerance {
        let change = self.change.as_ref().map_or(Tolerance::Equal, Change::tolerance);
        let moving = if self.tables(Makes::Moving).is_empty() { Tolerance::Equal } else { Tolerance::Error };
        change.max(moving)
    }

    /// In words.
    pub fn text(&self) -> String {
        let change = self.change.as_ref().map(|change| format!("after {}: ", change.name())).unwrap_or_default();
        let beside: String = self.surroundings.iter().map(|(one, on)| format!("beside {} on {on}: ", one.name)).collect();
        let long = if self.long { format!("in {LONG}: ") } else { String::new() };
        format!("{change}{beside}{long}")
    }
}
