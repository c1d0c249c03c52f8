//! What answers depended on that nobody told the evaluator. In: what it meets on its way. Out: whether it was raw SQL, and what the session does not say.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::Evaluator;
use crate::model::{Claim, Describe};

/// What was met so far.
#[derive(Debug, Default)]
pub(super) struct Met {
    raw_sql: Cell<bool>,
    unsaid: RefCell<BTreeSet<Claim>>,
}

impl Met {
    pub(super) fn raw_sql(&self) {
        self.raw_sql.set(true);
    }

    pub(super) fn unsaid(&self, claim: &Claim) {
        let mut unsaid = self.unsaid.borrow_mut();
        if !unsaid.contains(claim) {
            unsaid.insert(claim.clone());
        }
    }

    /// Also what another evaluator met on the way to the same answer.
    pub(super) fn also(&self, other: &Met) {
        self.raw_sql.set(self.raw_sql.get() || other.raw_sql.get());
        self.unsaid.borrow_mut().extend(other.unsaid.borrow().iter().cloned());
    }
}

impl Evaluator<'_> {
    /// Whether some answer so far depended on raw SQL that nobody could evaluate, and so may be wrong.
    pub fn met_raw_sql(&self) -> bool {
        self.met.raw_sql.get()
    }

    /// What some answer so far asked the session of somebody for, and it does not say: claims, and attributes by their names. Another session of theirs may say it.
    pub fn unsaid(&self) -> BTreeSet<String> {
        let describe = Describe { model: self.model };
        self.met.unsaid.borrow().iter().map(|claim| describe.claim(claim)).collect()
    }
}
