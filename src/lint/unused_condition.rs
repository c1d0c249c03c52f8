//! Conditions with a name that nothing uses.

use super::{Input, Report};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for condition in input.model.conditions.iter().filter(|condition| !condition.is_used) {
        let found = report.diagnostic(condition.span, format!("no rule uses the condition `{}`", condition.name));
        report.push(found.with_help("use it, or delete it"));
    }
}
