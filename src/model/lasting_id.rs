//! What programs call rules and grants by that read what is told of them. In: a rule or grant of a model. Out: an id that is the same in all outputs, and in
//! other compilations as long as nobody renames what it is made of.

use super::{Grant, Model, Rule};
use crate::catalog::TableId;

impl Model {
    /// `tasks/Own items`: a rule's table and its name, which is unique there; written as in a JSON pointer.
    pub fn id_of_rule(&self, table: TableId, rule: &Rule) -> String {
        let escaped = |part: &str| part.replace('~', "~0").replace('/', "~1");
        format!("{}/{}", escaped(&self.catalog.table(table).name.to_string()), escaped(&rule.name))
    }

    /// `tasks/Own items/update`: a grant by its rule and its operation; `tasks/Own items/update/2` where it is not the first of its rule for that.
    pub fn id_of_grant(&self, table: TableId, rule: &Rule, grant: &Grant) -> String {
        let before = rule.grants.iter().take_while(|other| !std::ptr::eq(*other, grant));
        let number = 1 + before.filter(|other| other.operation == grant.operation).count();
        let id = format!("{}/{}", self.id_of_rule(table, rule), grant.operation.word());
        if number == 1 { id } else { format!("{id}/{number}") }
    }
}
