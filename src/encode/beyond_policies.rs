//! What a rule says of a table of others that no policy can say: fields, and what the database fills in. In: the rules of the table. Out: messages. What would
//! need a trigger or a view is told where grants are told apart.

use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Model;

/// Reports it, at the grant that says it.
pub(super) fn report(model: &Model, id: TableId, diagnostics: &mut Vec<Diagnostic>) {
    let table = model.catalog.table(id);
    if !table.takes_policies_only() {
        return;
    }
    for grant in model.tables.get(&id).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.grants) {
        let (what, help) = match (&grant.fields, grant.presets.as_slice()) {
            (_, [_, ..]) => (
                "the database fills a field in by a trigger",
                "ask for the value in the condition: `allow create when Owner equals Logged in User`",
            ),
            (Some(_), _) => (
                "fields are told apart by privileges",
                "grant the operation without a list of fields; which records it is for, a condition says",
            ),
            _ => continue,
        };
        let title = format!("{what}, and on `{}` only policies may be made", table.name);
        diagnostics.push(Diagnostic::new(Code::BeyondPolicies, grant.span, title).with_help(help));
    }
}
