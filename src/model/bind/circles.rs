//! Access that would depend on itself. In: which access each rule asks for, of which table and for which operation. Out: a message for each place that closes a
//! circle. Nothing asks whether a record may be created, so what a new record needs is in none.

use std::collections::{BTreeMap, BTreeSet};

use super::Binder;
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Operation, leads_to};

/// What may be done with the records of a table.
pub(super) type Asked = (TableId, Operation);

/// An access, another one that it depends on, and where that is said.
pub(super) type Edge = (Asked, Asked, Span);

/// The operations whose access another record's may depend on.
pub(super) const ASKED_FOR: [Operation; 3] = [Operation::Read, Operation::Update, Operation::Delete];

impl Binder<'_> {
    /// The access to `table` by these operations depends on what was asked for since the last time.
    pub(super) fn note_delegations(&mut self, table: TableId, operations: impl IntoIterator<Item = Operation>) {
        let asked = std::mem::take(&mut self.delegations);
        for operation in operations.into_iter().filter(|operation| ASKED_FOR.contains(operation)) {
            self.delegation_edges.extend(asked.iter().map(|&(access, span)| ((table, operation), access, span)));
        }
    }

    /// Reports access that leads back to itself.
    pub(super) fn check_delegations(&mut self, uses: &[Edge]) {
        let mut edges: BTreeMap<Asked, BTreeSet<Asked>> = BTreeMap::new();
        for &(from, to, _) in uses {
            edges.entry(from).or_default().insert(to);
            // What cannot be read can be neither changed nor deleted.
            for (table, operation) in [from, to].into_iter().filter(|(_, operation)| *operation != Operation::Read) {
                edges.entry((table, operation)).or_default().insert((table, Operation::Read));
            }
        }
        only_circles(&mut edges);
        let mut told = BTreeSet::new();
        for &(from, to, span) in uses.iter().filter(|(from, to, _)| edges.contains_key(from) && edges.contains_key(to)) {
            if leads_to(&edges, to, from) && told.insert(span) {
                let found = self.circle(from, to, span);
                self.report(found);
            }
        }
    }

    fn circle(&self, (from, operation): Asked, (to, asked): Asked, span: Span) -> Diagnostic {
        let (own, other) = (&self.catalog.table(from).name, &self.catalog.table(to).name);
        let title = if own == other && operation != asked {
            let (first, other) = (done(operation), done(asked));
            format!(
                "whether a record of `{own}` may be {first} would depend on whether one may be {other}, and that on the first"
            )
        } else if own == other {
            format!("the access to `{own}` would depend on the access to `{own}`")
        } else {
            format!("the access to `{own}` would depend on that to `{other}`, which depends on that to `{own}`")
        };
        let found = Diagnostic::new(Code::Cycle, span, title);
        match self.references_to(from, from).first().filter(|_| own == other) {
            Some(&parent) => {
                let label = self.label_of(parent);
                found.with_help(format!(
                    "say what decides, of the record and of all above it: `this record or its {label} at any level is one of …`, \
                     `Owner is … or any {label} at any level where (Owner is …)`"
                ))
            }
            None => found
                .with_help("write the condition out where it begins, or follow the path to its end: `Folder's Owner equals …`"),
        }
    }
}

/// What is done to a record.
fn done(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "created",
        Operation::Read => "read",
        Operation::Update => "updated",
        Operation::Delete => "deleted",
    }
}

/// What leads to nothing more is in no circle; taken away until nothing changes, only circles and what leads to them stay.
fn only_circles(edges: &mut BTreeMap<Asked, BTreeSet<Asked>>) {
    let mut sources: BTreeMap<Asked, Vec<Asked>> = BTreeMap::new();
    for (&from, targets) in edges.iter() {
        targets.iter().for_each(|&to| sources.entry(to).or_default().push(from));
    }
    let mut open: BTreeMap<Asked, usize> = edges.iter().map(|(&access, targets)| (access, targets.len())).collect();
    let mut ended: Vec<Asked> = sources.keys().copied().filter(|access| !edges.contains_key(access)).collect();
    while let Some(access) = ended.pop() {
        for from in sources.get(&access).into_iter().flatten() {
            if let Some(count) = open.get_mut(from) {
                *count -= 1;
                if *count == 0 {
                    open.remove(from);
                    ended.push(*from);
                }
            }
        }
    }
    edges.retain(|access, _| open.contains_key(access));
}
