//! The role of inspection: it reads every row of the project's tables, so that somebody who may act as it can be told why a user can or cannot. No
//! session of the application is one of them, which the last step asks.

use super::generate::Generator;
use crate::encode::Encoding;
use crate::objects::{Command, Policy, Purpose, Right};

impl Generator<'_> {
    /// What it reads, where the project has such a role. Tables of others are for their owners to show.
    pub(super) fn inspection(&mut self, encoding: &Encoding) {
        let model = self.model;
        let Some(role) = &model.inspection_role else { return };
        let tables = encoding.tables.keys().map(|&id| model.catalog.table(id)).filter(|table| !table.is_of_others());
        for table in tables {
            let purpose = Purpose::Inspection;
            self.service(&table.name, purpose, vec![Right::at_table(role, Command::Select, None)]);
            let comment = "what is read to tell why somebody can or cannot";
            self.add(Policy::of_service(&table.name, "rowgate_inspection", Command::Select, role, purpose, comment), Vec::new());
            self.usage_of(&table.name.schema, role);
        }
    }
}
