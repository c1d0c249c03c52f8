//! What a trigger cannot be asked. It sees the table as it is once the record is stored, and what is asked anew of other rows is told so, by a function of its
//! own: a path on which it leads to them or they lead back to the record, or something of the user that is read in its table, would be read as it will be, and
//! everywhere else it is read as it was. In: the triggers of a table. Out: a message for each grant that asks such a thing.

use super::steps::StepTrigger;
use crate::access::{Atom, Exists, Predicate};
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Describe, MembershipId, Model, Path, Set, Value};

pub(super) fn report(model: &Model, id: TableId, triggers: &[StepTrigger], diagnostics: &mut Vec<Diagnostic>) {
    let table = model.catalog.table(id);
    let search = Search { model, table: id };
    let mut reported = Vec::new();
    for trigger in triggers {
        for grant in trigger.arms.iter().flat_map(|arm| &arm.grants) {
            let Some(what) = [&grant.before, &grant.after].into_iter().find_map(|predicate| search.asked_anew(predicate)) else {
                continue;
            };
            let span = model.grant(grant.id).span;
            if reported.contains(&span) {
                continue;
            }
            reported.push(span);
            let title = format!("a trigger cannot tell {what} as it was, once the record of `{}` is stored", table.name);
            diagnostics.push(
                Diagnostic::new(Code::BackPath, span, title)
                    .with_label(format!("this {} asks other rows of the table for it", trigger.operation.word()))
                    .with_note("policies cannot keep the grants apart by themselves, and the trigger that does looks at the table behind the change")
                    .with_help("compare with `this record's …`, or ask it of the record instead of other rows")
                    .with_help("or give the grants the same fields and conditions, so that no trigger is needed"),
            );
        }
    }
}

/// Looks for what is read of the table that a statement changes, other than as the rows that are asked about.
struct Search<'a> {
    model: &'a Model,
    table: TableId,
}

impl Search<'_> {
    /// What is read by a question that is asked anew, in words.
    fn asked_anew(&self, predicate: &Predicate) -> Option<String> {
        let mut found = None;
        predicate.for_each_atom(&mut |atom| {
            if let Atom::Exists(exists) = atom {
                found = found.take().or_else(|| match exists.anew {
                    Some(_) => self.way(exists).or_else(|| self.within(exists)),
                    None => self.asked_anew(&exists.predicate),
                });
            }
        });
        found
    }

    /// What leads to the rows of a question: of a longer path, all behind the record's own reference is asked with them, unless their number is
    /// compared.
    fn way(&self, exists: &Exists) -> Option<String> {
        let link = exists.link.as_ref().filter(|link| exists.enough.value().is_none() && !link.path.hops.is_empty())?;
        self.path(&link.path).or_else(|| exists.operands.iter().find_map(|value| self.value(value)))
    }

    /// What the rows of a question are told by.
    fn within(&self, exists: &Exists) -> Option<String> {
        let counted = exists.enough.value().and_then(|value| self.value(value));
        counted.or_else(|| self.predicate(&exists.predicate)).or_else(|| self.predicate(&exists.through))
    }

    fn predicate(&self, predicate: &Predicate) -> Option<String> {
        let mut found = None;
        predicate.for_each_atom(&mut |atom| found = found.take().or_else(|| self.atom(atom)));
        found
    }

    fn atom(&self, atom: &Atom) -> Option<String> {
        let of_path = |path: &Path| self.path(path);
        let of_values = || atom.values().into_iter().find_map(|value| self.value(value));
        let of_sets = || atom.sets().into_iter().find_map(|set| self.set(set));
        match atom {
            // What a membership asks of the table is not asked for the record that changes.
            Atom::Exists(exists) if exists.table == self.table && exists.anew.is_none() => {
                Some(format!("`{}`", self.model.catalog.table(self.table).name))
            }
            Atom::Exists(exists) => {
                let operands = || exists.operands.iter().find_map(|value| self.value(value));
                exists.link.as_ref().and_then(|link| of_path(&link.path)).or_else(operands).or_else(|| self.within(exists))
            }
            Atom::HoldsGlobally { membership, .. } => self.membership(*membership),
            _ => of_values().or_else(of_sets),
        }
    }

    fn value(&self, value: &Value) -> Option<String> {
        let reads = match value {
            Value::Record(path) => return self.path(path),
            Value::Outer(outer) => return self.path(&outer.path),
            Value::Former(path) => return self.path(path),
            Value::User(path) => !self.model.is_user(value) && (path.table == self.table || self.path(path).is_some()),
            Value::Referenced(of) => of.key.table == self.table || self.path(&of.path).is_some(),
            Value::LoggedInUser
            | Value::Literal(_)
            | Value::Now(_)
            | Value::Today(_)
            | Value::Tomorrow(_)
            | Value::Shifted(..)
            | Value::Claim(..) => false,
        };
        reads.then(|| format!("`{}`", Describe { model: self.model }.value(value)))
    }

    fn path(&self, path: &Path) -> Option<String> {
        let leads = path.hops.iter().any(|hop| hop.target.table == self.table);
        leads.then(|| format!("`{}`", Describe { model: self.model }.path(path)))
    }

    fn set(&self, set: &Set) -> Option<String> {
        let tail = set.tail.as_ref().filter(|tail| tail.table == self.table || self.path(tail).is_some());
        let tail = tail.map(|tail| format!("`{}`", Describe { model: self.model }.path(tail)));
        tail.or_else(|| self.membership(set.membership))
    }

    fn membership(&self, id: MembershipId) -> Option<String> {
        let membership = self.model.membership(id);
        let reads = membership.table == self.table
            || membership.conditions().any(|condition| self.predicate(&Predicate::of(self.model, condition)).is_some());
        reads.then(|| format!("`{}`", membership.name))
    }
}
