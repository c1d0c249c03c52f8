//! Tables of others. In: what rules, boundaries and the configuration say of the tables that the schema file calls `external` or `policies_only`. Out: messages
//! about what cannot be done with them. Whether policies alone say what rules grant is told later, where it is known what else they would take.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Binder;
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Action, Assertion, Audit, Boundary, Rule};

/// What to do where rules are about a table that nothing may be made on.
const NO_RULES: &str = "who may read and change it is for its owner to say; `policies_only: true` in the schema file, in the place of `external`, where policies may be made on it";

impl Binder<'_> {
    /// Rules and assertions on tables that nothing may be made on, and boundaries that name them.
    pub(super) fn check_external(
        &mut self,
        tables: &BTreeMap<TableId, Arc<[Rule]>>,
        boundaries: &[Boundary],
        assertions: &[Assertion],
    ) {
        let rules = tables.iter().flat_map(|(&table, rules)| rules.iter().map(move |rule| (table, rule.span, "rules")));
        let bounds =
            boundaries.iter().flat_map(|boundary| boundary.tables.keys().map(move |&table| (table, boundary.span, "boundaries")));
        let asserted = assertions.iter().map(|assertion| (assertion.table, assertion.span, "assertions"));
        let all: Vec<(TableId, Span, &str)> = rules.chain(bounds).chain(asserted).collect();
        for (table, span, what) in all {
            if self.catalog.table(table).is_external() {
                let title = format!("`{}` is external, and has no {what}", self.catalog.table(table).name);
                self.report(Diagnostic::new(Code::TableOfOthers, span, title).with_help(NO_RULES));
            }
        }
    }

    /// What the configuration would have done with tables of others.
    pub(super) fn check_others(&mut self, audit: Option<&Audit>, actions: &[Action]) {
        let catalog = self.catalog;
        let names = self.config.closed_tables.0.keys();
        let closed = names.filter_map(|name| Some((catalog.named(name)?, vec!["closed_tables", name.as_str()], CLOSED)));
        let recorded = audit.into_iter().flat_map(|audit| audit.tables.keys().chain([&audit.log]));
        let recorded = recorded.map(|&table| (table, vec!["audit"], RECORDED));
        let written = actions
            .iter()
            .flat_map(|action| action.written().map(|table| (table, vec!["actions", action.name.as_str()], WRITTEN)));
        let all: Vec<(TableId, Vec<&str>, [&str; 2])> = closed.chain(recorded).chain(written).collect();
        for (table, place, [what, help]) in all {
            if catalog.table(table).is_of_others() {
                let title = format!("`{}` belongs to somebody else, and {what}", catalog.table(table).name);
                let span = self.config_place(&place);
                self.report(Diagnostic::new(Code::TableOfOthers, span, title).with_help(help));
            }
        }
    }
}

const CLOSED: [&str; 2] =
    ["cannot be closed: whatever its owner has granted stays", "take it out here: an external table needs no rules"];
const RECORDED: [&str; 2] = ["its changes cannot be recorded, which takes triggers and rights", "take it out here"];
const WRITTEN: [&str; 2] = [
    "no action can write it: the role of actions would have to be given rights",
    "let the application write it, as its own role",
];
