//! Random conditions on other rows, and on the access of another record. In: the generator of conditions, a table. Out: a condition's text.

use super::conditions::Conditions;

impl Conditions<'_> {
    /// Something beyond the record.
    pub fn relation(&mut self, table: &str, depth: usize) -> String {
        if self.random.below(10) == 0 {
            let is_derived = self.schema.table("teams").columns[0].r#type != "ext.citext" && self.random.below(2) == 0;
            let by = if is_derived { "D Team Id Key" } else { "Team" };
            return self.rows(table, &format!("Session's Place's items by {by}"), depth);
        }
        // Children of the record, of what a path leads to, of the user; and what has nothing to do with it.
        let choices: &[&str] = match table {
            "folders" => &[
                "items by Folder",
                "items by Shelf",
                "User's `desk`'s items by Shelf",
                "record of settings",
                "record of items",
                "User's notes by Author",
            ],
            "items" => &[
                "notes",
                "items",
                "`folder_id`'s items by Folder",
                "`shelf`'s items by Shelf",
                "record of settings",
                "record of items",
                "can folder",
                "can shelf",
            ],
            "notes" => &[
                "record of settings",
                "`item_id`'s notes",
                "`item_id`'s `folder_id`'s items by Folder",
                "`item_id`'s `shelf`'s items by Shelf",
                "`item_id`'s `shelf`'s items by Folder",
                "can item",
                "can folder",
                "can shelf",
            ],
            "users" => &["notes by Author", "record of settings", "record of notes"],
            _ => &["record of settings", "record of notes", "User's notes by Author"],
        };
        let choice = self.pick(choices);
        match choice {
            "can folder" => {
                let operation = self.pick(&["read", "update", "delete"]);
                let path = if table == "items" { "`folder_id`" } else { "`item_id`'s `folder_id`" };
                format!("can {operation} {path}")
            }
            "can shelf" => {
                let operation = self.pick(&["read", "update", "delete"]);
                format!("can {operation} {}`shelf`", if table == "items" { "" } else { "`item_id`'s " })
            }
            "can item" => format!("can {} `item_id`", self.pick(&["read", "update", "delete"])),
            rows => self.rows(table, rows, depth),
        }
    }

    fn rows(&mut self, table: &str, rows: &str, depth: usize) -> String {
        let quantity =
            self.pick(&["any", "any", "no", "no", "at least 2", "fewer than 2", "fewer than 3", "number of", "number of"]);
        let compared = if quantity == "number of" { self.compared_number(table) } else { String::new() };
        let last = rows.rsplit("'s ").next().unwrap_or(rows);
        let inner = last.trim_start_matches("record of ").split(" by ").next().unwrap_or(last).to_owned();
        if self.random.below(8) == 0 {
            return format!("({quantity} {rows}{compared})");
        }
        let name = ["Apple", "Berry", "Cherry"][self.outer.len().min(2)];
        let is_named = self.outer.len() < 3 && self.random.below(3) == 0;
        // What the present row is called from inside: the record of the rule, or its own name, where it has one.
        let around = self.outer.clone();
        if around.is_empty() {
            self.outer.push((table.to_owned(), "this record".to_owned()));
        }
        if is_named {
            self.outer.push((inner.clone(), name.to_owned()));
        }
        // Access is only delegated by the record itself, so that no circle arises.
        let condition = self.plain(&inner, depth);
        self.outer = around;
        let named = if is_named { format!(" as {name}") } else { String::new() };
        format!("{quantity} {rows}{named} where ({condition}){compared}")
    }

    /// What stands behind a number of rows: a constant, or what the row, the user or the session says, which may be missing or below zero.
    pub(super) fn compared_number(&mut self, table: &str) -> String {
        let columns = &self.schema.table(table).columns;
        let is_whole = |column: &&super::schema::Column| column.r#type == "integer" && column.references.is_none();
        let own: Vec<String> = columns.iter().filter(is_whole).map(|column| format!("`{}`", column.name)).collect();
        let mut number = || match self.random.below(5) {
            0 => "1".to_owned(),
            1 => "User's `level`".to_owned(),
            2 => ["Session's Rank", "Claim \"/deep/number\""][self.random.below(2)].to_owned(),
            _ if own.is_empty() => "User's `level`".to_owned(),
            _ => own[self.random.below(own.len())].clone(),
        };
        let (first, second) = (number(), number());
        match self.random.below(8) {
            0 => format!(" is between {first} and {second}"),
            1 => format!(" equals {first}"),
            2 => format!(" is not one of (0, {first})"),
            3 => format!(" is greater than {first}"),
            4 => format!(" is at most {first}"),
            5 => format!(" is at least {first}"),
            _ => format!(" is less than {first}"),
        }
    }
}
