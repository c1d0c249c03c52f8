//! Fields that nobody may give when they create, and whose value the generated SQL can neither compare nor make again. PostgreSQL asks for no right to what the
//! default of a view's column fills in, and everybody may make a temporary view. In: the closed fields. Out: those whose default calls functions that nothing is
//! known of.

use super::{Input, Report};
use crate::catalog::{Supply, TableId};
use crate::model::Operation;

pub(super) fn check(input: &Input<'_>, id: TableId, report: &mut Report) {
    let Some(encoding) = input.encoding.tables.get(&id) else { return };
    let table = input.model.catalog.table(id);
    let mut grants = input.rules(id).iter().flat_map(|rule| &rule.grants);
    let Some(first) = grants.find(|grant| grant.operation == Operation::Create) else { return };
    for column in encoding.closed_to(Operation::Create).flat_map(|fields| &fields.untold) {
        let entry = &table.columns[*column as usize];
        if entry.set_by_trigger {
            continue;
        }
        let name = &entry.name;
        let written = format!(
            "name `{name}` in `create (…)`, let the rules set it (`setting {name} to …`), or a trigger of the table, and say so in the schema file: \
             `set_by_trigger: true`"
        );
        let (default, help) = match table.supply(entry) {
            Supply::Drawn(sequence) => {
                (format!("the sequence `{sequence}`"), format!("give the columns that draw from it one each; or {written}"))
            }
            Supply::Unknown(default) if default.trim_start().to_ascii_lowercase().starts_with("nextval") => {
                let help = format!("say in the schema file which sequence it draws from: `{name}: {{ sequence: … }}`");
                (format!("`{default}`"), help)
            }
            Supply::Unknown(default) => (format!("`{default}`"), written),
            Supply::Same(_) | Supply::Fresh(_) => continue,
        };
        let title = format!("a client that makes a view can give `{name}` a value, which no rule for create names");
        let note = format!(
            "PostgreSQL asks for no right to what a view's default fills in, and what {default} gives cannot be told from it"
        );
        let found = report.diagnostic(first.span, title).with_note(note);
        report.push(found.with_help(help));
    }
}
