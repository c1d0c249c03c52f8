//! Random conditions with the longer operators: ranges. In: the generator of conditions, a table. Out: a condition's text.

use super::conditions::{Conditions, Path, paths};

impl Conditions<'_> {
    /// A path of one step at most whose type is one of these.
    fn path_of(&mut self, table: &str, fits: impl Fn(&Path) -> bool) -> Option<Path> {
        let schema = self.schema;
        let all: Vec<Path> = paths(schema, schema.table(table), 1).into_iter().filter(fits).collect();
        if all.is_empty() { None } else { Some(self.pick(&all)) }
    }

    /// `… is between … and …`, or none where nothing of the table has an order.
    pub fn between(&mut self, table: &str) -> Option<String> {
        let path = self.path_of(table, |path| path.r#type != "ext.citext" && super::conditions::has_order(path.r#type))?;
        let verb = self.pick(&["is between", "is not between"]);
        let ranges: &[&str] = match super::conditions::family(path.r#type) {
            "timestamp" | "timestamptz" => &[
                "date \"2026-01-31\" and date \"2026-01-31\"",
                "today and today",
                "date \"2026-01-30\" and now",
                "2 days ago and today",
                "30 hours ago and in 1 month",
            ],
            "date" => &["date \"2026-01-31\" and today", "2 days ago and today", "date \"1999-12-31\" and date \"2026-01-31\""],
            "number" => &["0 and 1", "-0.5 and 2.5", "1 and User's `level`", "User's `level` and 2"],
            "text" => &["\"A\" and \"ab\"", "\"\" and \"b\"", "User's `kind` and \"z\""],
            "mood" => &["\"sad\" and \"fine\"", "\"fine\" and \"fine\""],
            _ => return None,
        };
        Some(format!("{} {verb} {}", path.text, self.pick(ranges)))
    }
}
