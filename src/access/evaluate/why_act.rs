//! Why an action is or is not possible. In: an action and its arguments. Out: the reasons, as for a record.

use super::truth::Among;
use super::why::{Reason, Statement};
use super::{Datum, Evaluator, Row};
use crate::model::Action;

impl Evaluator<'_> {
    /// Why somebody can or cannot do an action.
    pub fn why_act(&self, action: &Action, arguments: &[Datum]) -> Reason {
        let nothing = Row::new();
        let callers = action.roles.iter().map(|role| self.why_held(role, &nothing)).collect();
        let mut parts = vec![Reason::any(Statement::Callers, "some role may call it", callers)];
        let table = self.model.catalog.table(action.table);
        let found = self.found_by(action, arguments);
        let names = action.by.iter().map(|&column| table.columns[column as usize].name.as_str()).collect::<Vec<_>>().join(", ");
        let text = format!("there is a record of {} with this {names}", table.name);
        let statement = Statement::Found { table: table.name.to_string() };
        parts.push(Reason::single(statement, text, Some(found.is_some())));
        if let Some(row) = found {
            parts.push(self.why_condition(&action.written, &action.condition, action.table, Among::All(row)));
        }
        // What it would write may be refused, too: an empty value, a key that is there.
        if parts.iter().all(|part| part.truth == Some(true)) {
            let text = "what it would write can stand in its tables";
            let stopped = self.try_to_act(action, arguments).err();
            let why = stopped.clone().flatten().map(|words| format!(": {words}")).unwrap_or_default();
            parts.push(Reason::single(Statement::Writes, format!("{text}{why}"), Some(stopped.is_none())));
        }
        Reason::all(Statement::Action { action: action.name.clone() }, format!("do {}", action.name), parts)
    }
}
