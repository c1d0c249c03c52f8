//! Random conditions with the longer operators: ranges, texts without case, what lists have in common, lists and moments of the token. In: the generator of conditions, a table. Out: a condition's text.

use super::conditions::{Conditions, Path, paths, says_nothing};

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
            "mood" => &["\"sad\" and \"fine\"", "\"fine\" and \"fine\""],
            _ => return None,
        };
        Some(format!("{} {verb} {}", path.text, self.pick(ranges)))
    }

    /// A comparison of texts `ignoring case`, or none where the table has no text.
    pub fn ignoring_case(&mut self, table: &str) -> Option<String> {
        let is_text = |path: &Path| matches!(path.r#type, "text" | "varchar(20)" | "ext.citext");
        let path = self.path_of(table, |path| is_text(path) && path.entity.is_none());
        let other = self.path_of(table, |path| is_text(path) && path.entity.is_none());
        // A value is not compared with itself.
        let other = other.filter(|other| path.as_ref().is_none_or(|path| !says_nothing(&path.text, &other.text)));
        let list = self.path_of(table, |path| matches!(path.r#type, "text[]" | "ext.citext[]"));
        const TEXTS: [&str; 5] = ["\"A\"", "\"aB\"", "\"B\"", "\"\"", "\"A_B\""];
        const OTHERS: [&str; 3] = ["User's `kind`", "Claim \"word\"", "\"AB\""];
        let part = match other.filter(|_| self.random.below(2) == 0) {
            Some(other) => other.text,
            None => self.pick(&TEXTS).to_owned(),
        };
        let comparison = match (self.random.below(6), path, list) {
            (0, _, Some(list)) => format!("{} {} {part}", list.text, self.pick(&["contains", "does not contain"])),
            (1, _, _) => format!("Claim \"words\" {} {part}", self.pick(&["contains", "does not contain"])),
            (2, Some(path), _) => {
                let verb = self.pick(&["contains", "does not contain", "starts with", "does not start with", "ends with"]);
                format!("{} {verb} {part}", path.text)
            }
            (3, Some(path), _) => {
                let verb = self.pick(&["is one of", "is not one of"]);
                format!("{} {verb} ({part}, {}, {})", path.text, self.pick(&OTHERS), self.pick(&TEXTS))
            }
            (4, Some(path), _) => format!("{} {} {part}", path.text, self.pick(&["equals", "is not"])),
            (_, Some(path), _) => format!("{} {} {}", path.text, self.pick(&["equals", "is not"]), self.pick(&OTHERS)),
            _ => return None,
        };
        Some(format!("{comparison} ignoring case"))
    }

    /// A text that is a key beside one of the user's, in a project whose keys are texts.
    pub fn member_ignoring_case(&mut self, table: &str) -> Option<String> {
        let key = self.path_of(table, |path| path.entity == Some("teams") && matches!(path.r#type, "text" | "ext.citext"))?;
        let verb = self.pick(&["is one of", "is not one of"]);
        Some(format!("{} {verb} User's Team ignoring case", key.text))
    }

    /// What a list has of another, or none where the table has no list.
    pub fn has(&mut self, table: &str) -> Option<String> {
        let verb = self.pick(&["has any of", "has all of", "has none of"]);
        let array = self.path_of(table, |path| matches!(path.r#type, "text[]" | "integer[]" | "jsonb" | "ext.citext[]"));
        if self.random.below(6) == 0 {
            let of = self.pick(&["(\"a\", \"b\")", "(\"a\")", "(\"50%\", User's `kind`)", "Claim \"others\""]);
            return Some(format!("Claim \"words\" {verb} {of}"));
        }
        let keys = self.path_of(table, |path| path.entity == Some("teams"));
        if let Some(key) = keys.filter(|_| self.random.below(6) == 0) {
            return Some(format!("User's Team {verb} ({})", key.text));
        }
        let array = array?;
        let wanted = array.r#type;
        let is_like = |path: &Path| path.elements.is_none() || array.elements.is_none() || path.elements == array.elements;
        let other = self.path_of(table, |path| path.r#type == wanted && is_like(path));
        let of: &[&str] = match wanted {
            "text[]" | "ext.citext[]" => {
                &["(\"a\", \"b\")", "(\"A\")", "(\"ab\", \"\", \"a b\")", "Claim \"words\"", "(Claim \"word\", \"a\")"]
            }
            "integer[]" => &["(1)", "(2, 3)", "(1, User's `level`)", "Claim \"numbers\"", "Claim \"words\""],
            _ => &["(\"a\", 1)", "(\"a\")", "(1, 2)", "(true)"],
        };
        let of = match other
            .filter(|other| wanted != "jsonb" && !says_nothing(&other.text, &array.text) && self.random.below(3) == 0)
        {
            Some(other) => other.text,
            None => self.pick(of).to_owned(),
        };
        let case = if wanted.contains("text") && self.random.below(3) == 0 { " ignoring case" } else { "" };
        Some(format!("{} {verb} {of}{case}", array.text))
    }

    /// What an array of keys has of the record's keys and of the user's.
    pub fn of_keys(&mut self, table: &str) -> Option<String> {
        let array = self.path_of(table, |path| path.elements.is_some())?;
        let key = self.path_of(table, |path| path.entity.is_some() && path.entity == array.elements);
        let (contains, one_of, has) = (
            self.pick(&["contains", "does not contain"]),
            self.pick(&["is one of", "is not one of"]),
            self.pick(&["has any of", "has all of", "has none of"]),
        );
        let of_user = if array.elements == Some("users") { "Logged in User" } else { "User's Team" };
        Some(match (self.random.below(5), key) {
            (0, Some(key)) => format!("{} {contains} {}", array.text, key.text),
            (1, Some(key)) => format!("{} {one_of} {}", key.text, array.text),
            (2, Some(key)) => format!("{} {has} ({})", array.text, key.text),
            (3, _) => format!("{of_user} {one_of} {}", array.text),
            _ if of_user == "User's Team" => format!("{} {has} {of_user}", array.text),
            _ => format!("{} {contains} {of_user}", array.text),
        })
    }

    /// Lists of the token that have a value, and moments of the token.
    pub fn of_token(&mut self, table: &str) -> Option<String> {
        let verb = self.pick(&["is one of", "is not one of"]);
        let is_time = |path: &Path| matches!(path.r#type, "date" | "timestamp" | "timestamptz");
        let time = self.path_of(table, is_time);
        let value = self.path_of(table, |path| super::conditions::can_be_compared(path.r#type) && path.r#type != "interval");
        const ORDER: [&str; 5] = ["is before", "is after", "is not before", "is not after", "is"];
        match (self.random.below(6), time, value) {
            (0, ..) => Some(format!(
                "Claim \"moment\" {} {}",
                self.pick(&ORDER),
                self.pick(&["now", "today", "2 days ago", "date \"2026-01-31\""])
            )),
            (1, Some(time), _) => Some(format!("{} {} Claim \"moment\"", time.text, self.pick(&ORDER))),
            (2, Some(time), _) => Some(format!("{} {verb} Claim \"moments\"", time.text)),
            (3, ..) => Some(format!("{} {verb} Claim \"words\"", self.pick(&["\"a\"", "User's `kind`", "Claim \"word\""]))),
            (4, ..) if self.schema.table("teams").columns[0].r#type != "uuid" => {
                Some(format!("User's Team {verb} Claim \"numbers\""))
            }
            (_, _, Some(value)) => {
                let claim = if super::conditions::family(value.r#type) == "number" { "numbers" } else { "words" };
                Some(format!("{} {verb} Claim \"{claim}\"", value.text))
            }
            _ => None,
        }
    }
}
