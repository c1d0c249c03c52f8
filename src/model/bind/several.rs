//! A role where the record leads to several rows, or to none: `Doctor of any Patient's Department`, `Admin of Owner's Team`, where `Team` is a membership of people. In: the scope of
//! a role. Out: the condition that asks the rows.

use super::rows::reference_label;
use super::{Binder, key};
use crate::ast;
use crate::catalog::{TableId, words};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::describe::title_case;
use crate::model::{Atom, Comparison, Held, MembershipId, Value};

impl Binder<'_> {
    pub(super) fn scope_of_several(
        &self,
        table: TableId,
        role: &str,
        path: &ast::Path,
        membership: MembershipId,
    ) -> Option<Diagnostic> {
        let (first, rest) = path.steps.split_first().filter(|(first, _)| !first.exact)?;
        if !self.columns(table, first).is_empty() {
            return self.scope_of_people(table, role, path, membership);
        }
        let begins = first.text.get(.."any ".len()).filter(|begin| begin.eq_ignore_ascii_case("any "))?;
        let name = first.text.get(begins.len()..)?.trim_start();
        let found = Diagnostic::new(Code::UnknownColumn, first.span, "a role is held in the one row that the record leads to");
        let label = ast::Label { text: name.to_owned(), ..first.clone() };
        if !self.columns(table, &label).is_empty() && !rest.is_empty() {
            let help = format!("there is one `{name}` of a record: write");
            return Some(found.with_edit(help, first.span, name));
        }
        let [child] = self.tables_called(name)[..] else { return None };
        if self.references_to(child, table).is_empty() || rest.is_empty() {
            return None;
        }
        let lead: Vec<&str> = rest.iter().map(|step| step.text.as_str()).collect();
        let held = self.held_in(&lead.join("'s "), role, membership)?;
        Some(found.with_help(format!(
            "what several rows lead to is asked of them: `for Authenticated {{ where any {name} where ({held}) … }}`"
        )))
    }

    /// `Admin of Owner's Team`: a person may have many teams.
    fn scope_of_people(&self, table: TableId, role: &str, path: &ast::Path, membership: MembershipId) -> Option<Diagnostic> {
        let (last, before) = path.steps.split_last().filter(|(_, before)| !before.is_empty())?;
        let of = self.memberships.get(membership.0 as usize)?;
        let user = of.user()?;
        let people = self.catalog.column(user).references?.table;
        let is_membership = self.membership_names.get(&key(&last.text)) == Some(&membership);
        let leads = self.reaches_table(table, before) == Some(people);
        if !is_membership || !leads || !self.columns(people, last).is_empty() {
            return None;
        }
        let lead: Vec<&str> = before.iter().map(|step| step.text.as_str()).collect();
        let lead = lead.join("'s ");
        let rows = title_case(&words(&self.catalog.table(of.table).name.name));
        let held = self.held_in(&reference_label(self.catalog, of.within?), role, membership)?;
        let title = format!("`{lead}` may have many a `{}`, and a role is held in one", of.name);
        let span = Span { end: last.span.end, ..before.first().map_or(last.span, |first| first.span) };
        let help = format!("ask its rows: `for Authenticated {{ where any {lead}'s {rows} where ({held}) … }}`");
        Some(Diagnostic::new(Code::UnknownColumn, span, title).with_help(help))
    }

    /// That the user holds a role in what a path leads to, said of the membership's rows.
    fn held_in(&self, path: &str, role: &str, id: MembershipId) -> Option<String> {
        let membership = self.memberships.get(id.0 as usize)?;
        let rows = title_case(&words(&self.catalog.table(membership.table).name.name));
        let user = reference_label(self.catalog, membership.user()?);
        let held = self.role_names.get(&key(role)).and_then(|role| self.roles.get(role.0 as usize)).map(|role| &role.held);
        let test = match held {
            Some(Held::Membership {
                test: Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right: Value::Literal(value) },
                ..
            }) if path.hops.is_empty() => {
                let names = &self.catalog.column(path.column).keys;
                format!("{} is \"{}\"", title_case(names.first().map_or("", String::as_str)), value.text)
            }
            _ => "…".to_owned(),
        };
        Some(format!("any {path}'s {rows} where ({user} is Logged in User and {test})"))
    }

    /// The table that the steps of a path lead to, where each is one reference.
    fn reaches_table(&self, table: TableId, steps: &[ast::Label]) -> Option<TableId> {
        let step = |table: TableId, step: &ast::Label| {
            let columns = self.columns(table, step);
            let [column] = columns[..] else { return None };
            self.catalog.column(crate::catalog::ColumnRef { table, column }).references.map(|target| target.table)
        };
        steps.iter().try_fold(table, step)
    }
}
