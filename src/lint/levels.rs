//! What a project says of findings: the level of a code, and comments that allow it at one place. In: findings with their places in files. Out: those
//! that are to be told, each as bad as the project says, and allowances that nothing needed. Errors stay what they are.

use std::collections::{BTreeMap, BTreeSet};

use super::allowances::{Allowance, Covered};
use crate::diagnostic::{Code, Diagnostic, FileId, Level};

/// What a project says of findings.
#[derive(Debug, Default)]
pub struct Levels {
    /// By the configuration.
    levels: BTreeMap<Code, Level>,
    /// Of all files.
    allowances: Vec<Allowance>,
    /// Positions of those of a code in a file, for lines and for rules, in the order of the text: of each kind no two overlap that are not the same.
    by_place: BTreeMap<(FileId, Code, bool), Vec<usize>>,
}

impl Levels {
    /// Takes the configuration's levels and the allowances of all files, those of each in their order.
    pub fn new(levels: BTreeMap<Code, Level>, allowances: Vec<Allowance>) -> Levels {
        let mut by_place: BTreeMap<(FileId, Code, bool), Vec<usize>> = BTreeMap::new();
        for (index, allowance) in allowances.iter().enumerate() {
            if let (Some(code), true) = (allowance.code(), allowance.covers != Covered::Nothing) {
                let is_rule = matches!(allowance.covers, Covered::Rule(_));
                by_place.entry((allowance.place.file, code, is_rule)).or_default().push(index);
            }
        }
        Levels { levels, allowances, by_place }
    }

    /// What is wrong with how allowances are written.
    pub fn problems(&self) -> Vec<Diagnostic> {
        self.allowances.iter().filter_map(Allowance::problem).collect()
    }

    /// Findings as they are to be told. An allowance whose code `was_looked_for` and that none of them needs is one more.
    pub fn settle(&self, found: Vec<Diagnostic>, was_looked_for: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
        if self.levels.is_empty() && self.allowances.is_empty() {
            return found;
        }
        let mut used = BTreeSet::new();
        let mut told: Vec<Diagnostic> = found.into_iter().filter(|one| !self.is_allowed(one, &mut used)).collect();
        let unused = self.allowances.iter().enumerate().filter(|(index, _)| !used.contains(index));
        told.extend(
            unused.filter_map(|(_, allowance)| Some(unneeded(allowance, allowance.code().filter(|&code| was_looked_for(code))?))),
        );
        told.into_iter().filter_map(|one| self.leveled(one)).collect()
    }

    fn is_allowed(&self, found: &Diagnostic, used: &mut BTreeSet<usize>) -> bool {
        let place = found.primary.span;
        let mut is_allowed = false;
        // A rule that has something allowed may have a line that has, too; both are needed.
        for is_rule in [false, true] {
            let Some(of_code) = self.by_place.get(&(place.file, found.code, is_rule)) else { continue };
            let before = of_code.partition_point(|&index| self.allowances[index].covers.range().start <= place.start);
            let last = before.checked_sub(1).and_then(|last| of_code.get(last));
            if let Some(&index) = last.filter(|&&index| self.allowances[index].covers.range().contains(&place.start)) {
                used.insert(index);
                is_allowed = true;
            }
        }
        is_allowed
    }

    fn leveled(&self, found: Diagnostic) -> Option<Diagnostic> {
        let Some(&level) = self.levels.get(&found.code) else { return Some(found) };
        let code = found.code.as_str();
        let found = found.at(level)?;
        Some(match level {
            Level::Deny => found.with_note(format!("rowgate.yaml makes it an error: `lints: {{ {code}: deny }}`")),
            Level::Allow | Level::Warn => found,
        })
    }
}

fn unneeded(allowance: &Allowance, code: Code) -> Diagnostic {
    let code = code.as_str();
    let found = Diagnostic::new(Code::UnneededAllowance, allowance.place, format!("{code} is allowed here, and not found"));
    if allowance.covers == Covered::Nothing {
        return found.with_label("nothing stands directly below").with_help("write it above the line or the rule that is meant");
    }
    found.with_help("delete the comment; or write it above the line that has the finding, or above its rule")
}
