//! What a database says, in the words of a schema file. In: facts that were read of it, and the file that there may be. Out: the file as it should be. It knows neither a server nor
//! files, and nothing of rules.

mod facts;
mod names;
mod print;
mod types;
mod update;
mod update_column;
mod wanted;

pub use facts::{ColumnFacts, Facts, ReferenceFacts, Scope, TableFacts, TypeFacts};

use crate::yaml::Edits;
use crate::yaml::document::{self, NotRead};
use update::Update;
use wanted::Wanted;

/// A file as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Its text.
    pub text: String,
    /// What the old text had and the database has no more.
    pub removed: Vec<String>,
}

/// Why a file cannot be brought up to date in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUpdated {
    /// It is written in a way that is not read here.
    #[error("line {} has {}, which is not changed in its place", .0.line, .0.what)]
    Written(NotRead),
    /// What was changed does not say what it should.
    #[error("it cannot be changed in its place")]
    Unsettled,
}

/// The file of a database that has none yet.
pub fn new_file(facts: &Facts) -> String {
    print::file(&Wanted::new(facts), &facts.enums)
}

/// A file that is there, with what the database says otherwise.
pub fn updated(source: &str, facts: &Facts) -> Result<Pulled, NotUpdated> {
    if source.contains("\r\n") {
        let pulled = updated(&source.replace("\r\n", "\n"), facts)?;
        return Ok(Pulled { text: pulled.text.replace('\n', "\r\n"), ..pulled });
    }
    let wanted = Wanted::new(facts);
    let (text, removed) = once(source, facts, &wanted)?;
    // A second time finds nothing, or the first one did not do what it should.
    match once(&text, facts, &wanted)? {
        (again, _) if again == text => Ok(Pulled { text, removed }),
        _ => Err(NotUpdated::Unsettled),
    }
}

fn once(source: &str, facts: &Facts, wanted: &Wanted) -> Result<(String, Vec<String>), NotUpdated> {
    let top = document::read(source).map_err(NotUpdated::Written)?;
    let mut update = Update { source, top: &top, facts, edits: Edits::default(), removed: Vec::new() };
    update.run(wanted);
    Ok((update.edits.apply(source), update.removed))
}
