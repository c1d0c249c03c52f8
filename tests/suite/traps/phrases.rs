//! Phrases of people who have read the language page once: articles, the record's own name, whether something is there, how many rows there are.

use rowgate::diagnostic::Code;

use super::Trap;
use super::sayings::{ROLES, THINGS, saying};

pub const TRAPS: &[Trap] = &[
    saying!("an article before a column", where "the Owner is Logged in User", UnknownColumn, "Owner"),
    saying!("its column", where "its Owner is Logged in User", UnknownColumn, "Owner"),
    saying!("an article before a path", for "Teacher of the Class", UnknownColumn, "Class"),
    saying!("the record by its name", for "Teacher of Thing's Class", UnknownColumn, ""),
    saying!("the record by its name and a word", where "Thing is Price", UnknownColumn, "named by themselves"),
    saying!("a value of an enum without quotes", where "Grade is high", UnknownColumn, "\"high\""),
    saying!("between and to", where "Price is between 1 to 5", UnknownColumn, "between 1 and 5"),
    saying!("a number with its unit", where "Price is at most 5kg", Syntax, "5"),
    saying!("a pattern of a beginning", where r#"Title is like "A%""#, Syntax, r#"starts with "A""#),
    saying!("a pattern of what is within", where r#"Title is not like "%A%""#, Syntax, r#"does not contain "A""#),
    saying!("a pattern of an end in any case", where r#"Title ilike "%A""#, Syntax, r#"ends with "A" ignoring case"#),
    saying!("is set", where "Class is set", UnknownColumn, "not empty"),
    saying!("is not set", where "Class is not set", UnknownColumn, "empty"),
    saying!("is missing", where "Class is missing", UnknownColumn, "empty"),
    saying!("is not missing", where "Class is not missing", UnknownColumn, "not empty"),
    saying!("there are no rows", where "there are no Shares", UnknownCondition, "no Shares"),
    saying!("it has rows", where "it has any Shares", UnknownCondition, "any Shares"),
    saying!("has some rows", where "has some Shares", UnknownCondition, "any Shares"),
    saying!("the old value", allow "read, update (price) then Price is at most the old Price", UnknownColumn, "the former Price"),
    saying!("on or after a day", where r#"Due is on or after date "2026-01-31""#, Syntax, "is not before"),
    saying!("before or on a day", where r#"Due is before or on date "2026-01-31""#, Syntax, "is not after"),
    saying!("a list has a value", where r#"Tags has "a""#, Syntax, "contains"),
    saying!("a list contains any of them", where r#"Tags contains any of ("a", "b")"#, Syntax, "has any of"),
    saying!("is in a list", where r#""a" is in Tags"#, UnknownColumn, "one of Tags"),
    saying!("the same as", where "Owner is the same as Lead", Syntax, "is"),
    saying!("different from", where "Owner is different from Lead", UnknownColumn, "not Lead"),
    saying!("but not a field", allow "read but not price", Syntax, "read except (Notes)"),
    saying!("all columns but one", allow "read all columns except (price)", Syntax, ""),
    saying!("the user can read it", where "User can read Class", Syntax, ""),
    saying!("is readable", where "Class is readable", UnknownColumn, "can read …"),
    saying!("from one to the other", allow r#"read, update (title) from "a" to "b""#, Syntax, "behind `then`"),
    saying!("is no", where "Is Public is no", Syntax, "false"),
    saying!("where once more", where "Price is 1 and where Price is 2", Syntax, ""),
    saying!("for behind allow", allow "read for Boss", Syntax, "behind its name"),
    saying!("a name without quotes", r#"table things { rule Own things for Boss { allow read } }"#, Syntax, "\"Own things\""),
    saying!("a comma at the end", allow "read, delete,", Syntax, ""),
];
