//! Grants in words that tell each from all others of the project: by rule, table, operation and fields, and by its condition where that is not enough. In: a rule. Out: words for
//! messages about what scenarios show of it.

use crate::catalog::TableId;
use crate::model::{Describe, Grant, Model, Rule};

/// `"Desk" on loans`
pub(super) fn rule_in_words(model: &Model, table: TableId, rule: &Rule) -> String {
    format!("\"{}\" on {}", rule.name, model.catalog.table(table).name)
}

/// `"Desk" on loans allows update (due)`
pub(super) fn grant_in_words(model: &Model, table: TableId, rule: &Rule, grant: &Grant) -> String {
    let is_alike = |other: &&Grant| other.operation == grant.operation && other.fields == grant.fields;
    let mut words = grant_in_fields(model, table, rule, grant);
    if rule.grants.iter().filter(is_alike).count() > 1 {
        let [when, then] = grant.conditions_beside_presets(table);
        let all = [("when", when), ("then", then)].into_iter().filter_map(|(keyword, condition)| {
            Some(format!("{keyword} {}", rule.written.quote(Describe { model }, &condition?)))
        });
        // Not as a condition stands: that it is left out is another thing.
        words.push_str(&format!(" [{}]", all.collect::<Vec<_>>().join(" ")));
    }
    words
}

/// The same, with whatever condition.
pub(super) fn grant_in_fields(model: &Model, table: TableId, rule: &Rule, grant: &Grant) -> String {
    format!("{} allows {}{}", rule_in_words(model, table, rule), grant.operation.word(), fields(model, table, grant))
}

/// ` (due, note)`, ` except (id)`; nothing where a grant is of all fields.
fn fields(model: &Model, table: TableId, grant: &Grant) -> String {
    let Some(fields) = &grant.fields else { return String::new() };
    let columns = &model.catalog.table(table).columns;
    let is_named = |index: &u32| fields.contains(index) == grant.is_listed;
    let names: Vec<&str> =
        (0u32..).zip(columns).filter(|(index, _)| is_named(index)).map(|(_, column)| column.name.as_str()).collect();
    format!("{} ({})", if grant.is_listed { "" } else { " except" }, names.join(", "))
}
