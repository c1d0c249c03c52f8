//! What is allowed and was probably not meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Binder;
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Boundary, Operation, RoleUse, Rule, Subject};

impl Binder<'_> {
    pub(super) fn lint(&mut self, tables: &BTreeMap<TableId, Arc<[Rule]>>, boundaries: &[Boundary], incomplete: &[TableId]) {
        for (table, rules) in tables.iter().filter(|(table, _)| !incomplete.contains(table)) {
            let mut uses: BTreeMap<&RoleUse, Vec<&Rule>> = BTreeMap::new();
            for rule in rules.iter() {
                for role in &rule.roles {
                    uses.entry(role).or_default().push(rule);
                }
            }
            for (role, rules) in uses {
                self.nothing_granted(*table, role, &rules);
                self.alternatives(role, &rules);
            }
        }
        for boundary in boundaries.iter().filter(|boundary| boundary.is_empty()) {
            let title = format!("the boundary \"{}\" holds on no table", boundary.name);
            let help = "correct the column behind `every table with`, or delete the boundary";
            self.report(Diagnostic::new(Code::EmptyBoundary, boundary.span, title).with_help(help));
        }
    }

    fn subject_name(&self, role: &RoleUse) -> String {
        match role.subject {
            Subject::Anyone => "Anyone".to_owned(),
            Subject::Authenticated => "Authenticated".to_owned(),
            Subject::Role(id) => self.roles[id.0 as usize].name.clone(),
        }
    }

    fn nothing_granted(&mut self, table: TableId, role: &RoleUse, rules: &[&Rule]) {
        if rules.iter().any(|rule| !rule.grants.is_empty()) {
            return;
        }
        if let Some(rule) = rules.first() {
            let title = format!("no rule of `{}` grants {} anything", self.catalog.table(table).name, self.subject_name(role));
            let diagnostic = Diagnostic::new(Code::NothingGranted, rule.span, title)
                .with_label("this rule narrows what nothing grants")
                .with_help("add `allow …`, or delete the rule");
            self.report(diagnostic);
        }
    }

    /// Two rules of one role that both filter and both grant the same operation: only records that match both pass.
    fn alternatives(&mut self, role: &RoleUse, rules: &[&Rule]) {
        let filtering: Vec<&&Rule> = rules.iter().filter(|rule| !rule.filters.is_empty() && !rule.grants.is_empty()).collect();
        for (index, second) in filtering.iter().enumerate() {
            let shares_operation = |first: &&&&Rule| {
                let grants = |rule: &Rule, operation| rule.grants.iter().any(|grant| grant.operation == operation);
                Operation::ALL.iter().any(|&operation| grants(first, operation) && grants(second, operation))
            };
            let earlier = filtering[..index].iter().find(|first| first.filters != second.filters && shares_operation(first));
            if let Some(first) = earlier {
                let name = self.subject_name(role);
                let title = format!("{name} reaches only records that match both of these rules");
                let diagnostic = Diagnostic::new(Code::Alternatives, second.span, title)
                    .with_label("and this one")
                    .with_secondary(first.span, "this one")
                    .with_note("rules of one role narrow each other; only different roles widen")
                    .with_help("if they are alternatives, write one rule and join the conditions with `or`");
                self.report(diagnostic);
                return;
            }
        }
    }
}
