//! What is allowed and was probably not meant.

use std::collections::BTreeMap;

use super::Binder;
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Atom, Boundary, Comparison, Condition, Held, Operation, RoleUse, Rule, Subject, Value};

impl Binder<'_> {
    pub(super) fn lint(&mut self, tables: &BTreeMap<TableId, Vec<Rule>>, boundaries: &[Boundary], incomplete: &[TableId]) {
        for (table, rules) in tables.iter().filter(|(table, _)| !incomplete.contains(table)) {
            let mut uses: BTreeMap<&RoleUse, Vec<&Rule>> = BTreeMap::new();
            for rule in rules {
                for role in &rule.roles {
                    uses.entry(role).or_default().push(rule);
                }
            }
            for (role, rules) in uses {
                self.nothing_granted(*table, role, &rules);
                self.alternatives(role, &rules);
            }
        }
        self.editable_roles(tables);
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

    /// Roles that are taken from a column of the user's row which a rule lets users change in their own.
    fn editable_roles(&mut self, tables: &BTreeMap<TableId, Vec<Rule>>) {
        let Some(user_key) = self.identity.as_ref().map(|identity| identity.user_key) else { return };
        let is_own = |condition: &Condition| {
            let Condition::Atom(atom) = condition else { return false };
            match &**atom {
                Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right: Value::LoggedInUser } => {
                    path.hops.is_empty() && path.column == user_key
                }
                _ => false,
            }
        };
        let mut found = Vec::new();
        for role in &self.roles {
            let Held::User(Atom::Compare { left: Value::User(path), .. } | Atom::Contains { array: Value::User(path), .. }) =
                &role.held
            else {
                continue;
            };
            let column = path.hops.first().map_or(path.column, |hop| hop.foreign_key);
            for rule in tables.get(&column.table).into_iter().flatten().filter(|rule| rule.filters.iter().any(is_own)) {
                let names = |grant: &&crate::model::Grant| {
                    grant.operation == Operation::Update
                        && grant.fields.as_ref().is_none_or(|fields| fields.contains(&column.column))
                };
                if let Some(grant) = rule.grants.iter().find(names) {
                    let title = format!("users can make themselves `{}`", role.name);
                    let name = self.column_name(column);
                    found.push(
                        Diagnostic::new(Code::EditableRole, grant.span, title)
                            .with_label(format!("this lets them change `{name}` in their own row, which the role is taken from"))
                            .with_help("name the fields that they may change: `allow update (…)`"),
                    );
                    break;
                }
            }
        }
        self.diagnostics.append(&mut found);
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
