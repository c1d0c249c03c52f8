//! Random conditions with `at any level`: items lead to items, users to their managers, both in circles. In: the generator of conditions, a table. Out: a
//! condition's text.

use super::conditions::{Conditions, Path, paths, says_nothing};

impl Conditions<'_> {
    /// Rows above, by what leads to them, and the table that they are of. `None` where no path of the table leads to a table with levels.
    fn level(&mut self, table: &str) -> Option<(String, &'static str)> {
        let schema = self.schema;
        let all = paths(schema, schema.table(table), 1);
        let targets: Vec<_> = all
            .into_iter()
            .filter(|path| !path.text.ends_with("`id`") && matches!(path.entity, Some("users" | "items")))
            .collect();
        if targets.is_empty() || self.random.below(6) == 0 {
            let start = self.pick(&["User's `manager_id` at any level", "Logged in User or its `manager_id` at any level"]);
            return Some((start.to_owned(), "users"));
        }
        let path = self.pick(&targets);
        let entity = if path.entity == Some("users") { "users" } else { "items" };
        let its = if entity == "users" { "`manager_id`" } else { "`next_id`" };
        let is_itself = path.text.ends_with(its);
        let text = match self.random.below(3) {
            0 if is_itself => format!("{} at any level", path.text),
            1 if !is_itself => format!("{}'s {its} at any level", path.text),
            _ => format!("{} or its {its} at any level", path.text),
        };
        Some((text, entity))
    }

    /// A comparison with rows above, or a condition on them.
    pub fn at_any_level(&mut self, table: &str) -> Option<String> {
        let (level, entity) = self.level(table)?;
        if self.random.below(2) == 0 {
            return Some(self.rows_above(table, &level, entity));
        }
        let level = match self.random.below(4) {
            0 if table == "items" && self.outer.is_empty() => "this record or its `next_id` at any level".to_owned(),
            _ => level,
        };
        let entity = if level.starts_with("this") { "items" } else { entity };
        if self.random.below(6) == 0 && !level.starts_with("this") {
            return Some(format!("{level} {}", self.pick(&["is empty", "is not empty"])));
        }
        let (is, one_of) =
            (self.pick(&["is", "is", "is not", "equals", "contains"]), self.pick(&["is one of", "is one of", "is not one of"]));
        let schema = self.schema;
        let whole = level.trim_end_matches(" at any level");
        // The first of the rows is the one at which they begin.
        let first = match whole.split_once(" or its ") {
            Some(("this record", its)) => its,
            Some((start, _)) => start,
            None => whole,
        };
        let fits = |path: &Path| path.entity == Some(entity) && !says_nothing(&path.text, first);
        let keys: Vec<Path> = paths(schema, schema.table(table), 1).into_iter().filter(fits).collect();
        if level.contains("ser") && !level.contains("ser_id") {
            return (!keys.is_empty())
                .then(|| format!("{} {is} {level}", self.pick(&keys).text).replace("contains", "is one of"));
        }
        Some(match self.random.below(4) {
            0 if !keys.is_empty() => format!("{level} {is} {}", self.pick(&keys).text),
            1 if entity == "users" && !keys.is_empty() => format!("{level} {one_of} (Logged in User, {})", self.pick(&keys).text),
            _ if entity == "users" => format!("{level} {is} Logged in User"),
            _ => format!("{level} {one_of} ({}, 2)", self.pick(&["1", "3"])),
        })
    }

    fn rows_above(&mut self, table: &str, level: &str, entity: &str) -> String {
        let quantity = self.pick(&["any", "any", "no", "no", "at least 2", "fewer than 2", "number of"]);
        let compared = if quantity == "number of" { self.compared_number(table) } else { String::new() };
        if self.random.below(8) == 0 {
            return format!("({quantity} {level}{compared})");
        }
        let around = self.outer.clone();
        if around.is_empty() {
            self.outer.push((table.to_owned(), "this record".to_owned()));
        }
        let condition = self.plain(entity, 0);
        self.outer = around;
        format!("{quantity} {level} where ({condition}){compared}")
    }
}
