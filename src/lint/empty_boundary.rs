//! Boundaries that hold on no table.

use super::{Input, Report};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for boundary in input.model.boundaries.iter().filter(|boundary| boundary.tables.is_empty()) {
        let found = report.diagnostic(boundary.span, format!("the boundary \"{}\" holds on no table", boundary.name));
        report.push(found.with_help("correct the column behind `every table with`, or delete the boundary"));
    }
}
