//! What a project allows and was probably not meant, as far as it takes the whole meaning to see. In: [`Model`] and [`AccessMatrix`] of a
//! project without errors. Out: warnings. It changes nothing of what is generated, and says nothing where it cannot tell.

mod conjunction;
mod frozen;
mod gain;
mod message;
mod rank;
mod readings;
mod returning;
mod speed;
mod unreadable;

use crate::access::AccessMatrix;
use crate::diagnostic::Diagnostic;
use crate::encode::Encoding;
use crate::model::Model;

/// What would make the policies faster. It takes as long as all else that is checked, so it is asked for by itself.
pub fn advice(model: &Model, encoding: &Encoding) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    speed::missing_indexes(model, encoding, &mut found);
    speed::whole_tables(model, encoding, &mut found);
    speed::unusable_indexes(model, &mut found);
    found
}

/// Adds what is found.
pub fn lint(model: &Model, matrix: &AccessMatrix, encoding: &Encoding, diagnostics: &mut Vec<Diagnostic>) {
    frozen::report(model, matrix, encoding, diagnostics);
    unreadable::report(model, matrix, encoding, diagnostics);
    gain::report(model, matrix, diagnostics);
    returning::report(model, matrix, diagnostics);
}
