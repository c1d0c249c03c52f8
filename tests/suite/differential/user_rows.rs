//! Rows of the user's that are compared with the record in memory, which conditions drawn at random hardly come to. In: the rules of a project, whole but for this. Out: the same, in which some
//! folders are read by such rows.

use super::conditions::Conditions;
use super::generate::Rule;

/// Lets some rules for folders show what the user's own items in them say of them.
pub fn add(conditions: &mut Conditions<'_>, rules: &mut [Rule]) {
    for rule in rules.iter_mut().filter(|rule| rule.table == "folders" && rule.look_up.is_empty()) {
        if conditions.random.below(3) == 0 {
            let (by, operator) = (conditions.pick(&["Folder", "Shelf"]), conditions.pick(&["is", "is not", "is not"]));
            let column = conditions.pick(&["team_id", "owner_id"]);
            rule.allows.push(format!(
                "read when any items by {by} where (`owner_id` is Logged in User and `{column}` {operator} this record's `{column}`)"
            ));
        }
    }
}
