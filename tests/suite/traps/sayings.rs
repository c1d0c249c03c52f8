//! What people say in English, and how it is written here: lists of values, amounts, moments, roles, operations, children.

use rowgate::diagnostic::Code;

use super::Trap;

pub(super) const THINGS: &str = "  classes: { columns: { id: uuid, name: text, teacher_id: { type: uuid, references: users } } }
  enrollments: { columns: { id: uuid, class_id: { type: uuid, references: classes }, user_id: { type: uuid, references: users }, role: text } }
  shares: { columns: { id: uuid, user_id: { type: uuid, references: users }, thing_id: { type: uuid, references: things } } }
  things: { columns: { id: uuid, title: text, grade: level, price: integer, tags: 'text[]', meta: jsonb, sent_at: timestamptz, due: date, is_public: boolean, not_available: boolean, a: text, b: text, owner_id: { type: uuid, references: users }, lead_id: { type: uuid, references: users }, class_id: { type: uuid, references: classes } } }
";

pub(super) const ROLES: &str = "  Teacher: { membership: Class, equals: teacher }
  Student: { membership: Class, equals: student }
  Boss: { column: status, equals: boss }
memberships:
  Class: { table: enrollments, user: user_id, within: class_id, role: role }
";

macro_rules! saying {
    ($name:literal, where $condition:literal, $code:ident, $help:literal) => {
        saying!($name, concat!("table things { rule \"a\" for Boss { where ", $condition, " allow read } }"), $code, $help)
    };
    ($name:literal, allow $grants:literal, $code:ident, $help:literal) => {
        saying!($name, concat!("table things { rule \"a\" for Boss { allow ", $grants, " } }"), $code, $help)
    };
    ($name:literal, for $roles:literal, $code:ident, $help:literal) => {
        saying!($name, concat!("table things { rule \"a\" for ", $roles, " { allow read } }"), $code, $help)
    };
    ($name:literal, $policy:expr) => {
        Trap { name: $name, tables: THINGS, roles: ROLES, policy: $policy, code: None, help: "" }
    };
    ($name:literal, $policy:expr, $code:ident, $help:literal) => {
        Trap { name: $name, tables: THINGS, roles: ROLES, policy: $policy, code: Some(Code::$code), help: $help }
    };
}

pub(super) use saying;

pub const TRAPS: &[Trap] = &[
    saying!("one or the other", where r#"Title is "a" or "b""#, Syntax, r#"is one of ("a", "b")"#),
    saying!("one or the other in parentheses", where r#"(Title is "a" or "b") and Price is 1"#, Syntax, r#"is one of ("a", "b")"#),
    saying!("three of them and something else", where r#"Title is "a", "b" or "c" and Price is 1"#, Syntax, r#"is one of ("a", "b", "c")"#),
    saying!("not the one and not the other", where r#"Title is not "a" and not "b""#, Syntax, r#"is not one of ("a", "b")"#),
    saying!("either or", where r#"Title is either "a" or "b""#, Syntax, r#"is one of ("a", "b")"#),
    saying!("neither nor", where r#"Title is neither "a" nor "b""#, Syntax, r#"is not one of ("a", "b")"#),
    saying!("one of without parentheses", where r#"Title is not one of "a", "b""#, Syntax, r#"is not one of ("a", "b")"#),
    saying!("one number or the other", where "Price is 1 or 2", Syntax, "is one of (1, 2)"),
    saying!("is in", where r#"Title is in ("a", "b")"#, Syntax, "is one of"),
    saying!("is not in", where r#"Title is not in ("a", "b")"#, Syntax, "is not one of"),
    saying!("contains one or the other", where r#"Price is 1 and Tags contains "a" or "b""#, Syntax, r#"(Tags contains "a" or Tags contains "b")"#),
    saying!("contains neither", where r#"Tags does not contain "a" or "b""#, Syntax, r#"(Tags does not contain "a" and Tags does not contain "b")"#),
    saying!("does not have any of", where r#"Tags does not have any of ("a")"#, Syntax, "has none of"),
    saying!("signs of C", where r#"Title is "a" && Price is 1"#, Syntax, "and"),
    saying!("equal to", where "Owner is equal to Logged in User", UnknownColumn, "Logged in User"),
    saying!("not equal to", where "Owner is not equal to User", UnknownColumn, "Logged in User"),
    saying!("more than", where "number of Shares is more than 3", UnknownColumn, "greater than 3"),
    saying!("not more than", where "Price is not more than 3", UnknownColumn, "at most 3"),
    saying!("less or equal", where "Price is less than or equal to 3", Syntax, "at most"),
    saying!("at most so many of the user", where "at most 3 User's Shares", Syntax, "fewer than 4"),
    saying!("a number without of", where "number Shares is less than 3", UnknownColumn, "number of Shares"),
    saying!("by whom in backticks", where "no Shares by `thing_id`", Syntax, "Thing Id"),
    saying!("by different ones", where "at least 2 Shares by different Users", NotARelation, "unique key"),
    saying!("the user of the session", where "Owner is User", UnknownColumn, "Logged in User"),
    saying!("whose user it is", where "Owner belongs to User", UnknownCondition, "is Logged in User"),
    saying!("users without an apostrophe", where "Lead is Users Lead", UnknownColumn, "User's Lead"),
    saying!("children in a path", where "Class's Enrollments is Logged in User", UnknownColumn, "any Class's Enrollments where (User is Logged in User)"),
    saying!("children that contain", where "Shares contains Logged in User", UnknownColumn, "any Shares where (User is Logged in User)"),
    saying!("children of the same one", where "any Enrollments where (User is Logged in User)", NotARelation, "Class's Enrollments"),
    saying!("children of the user", where "any Enrollments where (User is Logged in User)", NotARelation, "User's Enrollments"),
    saying!("a named row has not what the record has", where "any record of shares as S where (User is S's Owner)", UnknownColumn, "this record's Owner"),
    saying!("another letter is no near one", where r#"Grade is "F""#, LiteralMismatch, ""),
    saying!("true of all", where "true", UnknownCondition, "leave it out"),
    saying!("a truth with is", where "Public", UnknownCondition, "Is Public is true"),
    saying!("a truth with not", where "not Available", UnknownCondition, "Not Available is true"),
    saying!("in the past", where "Sent At is in the past", UnknownColumn, "before now"),
    saying!("a day in the past", where "Due is in the past", UnknownColumn, "before today"),
    saying!("tomorrow", where "Due is tomorrow", UnknownColumn, "in 1 day"),
    saying!("an hour ago", where "Sent At is after an hour ago", UnknownColumn, "1 hour ago"),
    saying!("older than", where "Sent At is older than 7 days", UnknownColumn, "before 7 days ago"),
    saying!("within", where "Sent At is within the last 3 days", UnknownColumn, "after 3 days ago"),
    saying!("an age", where "Sent At is less than 7 days old", Syntax, "after 7 days ago"),
    saying!("days without ago", where "Sent At is after 7 days", Syntax, "`7 days ago` for a moment that has passed"),
    saying!("a part of a document", where r#"Meta's Tenant is "x""#, NotARelation, "meta ->> 'part'"),
    saying!("a key within a text", where "Title starts with Logged in User", Incomparable, "split_part"),
    saying!("keys of two tables", where "Class is Owner", DifferentKeys, "User's Class"),
    saying!("roles joined by or", for "Teacher or Student of Class", Syntax, " of Class,"),
    saying!("roles with a scope each", for "Teacher of Class and Student of Class", Syntax, ","),
    saying!("any of a role", for "any Teacher of Class", Syntax, "take it out"),
    saying!("all of a role", for "all Teachers of Class", UnknownRole, "Teacher"),
    saying!("a condition beside the role", for "Boss when Price is 1", Syntax, "in the braces of the rule"),
    saying!(
        "in any of nothing",
        r#"table things { rule "a" for Boss { allow read } } boundary "b" on things { where Price is 1 except Teacher in any }"#,
        Syntax,
        "in any Team"
    ),
    saying!(
        "except in any",
        r#"table things { rule "a" for Boss { allow read } } boundary "b" on things { where Price is 1 except in any Class }"#,
        Syntax,
        "Teacher in any Class"
    ),
    saying!(
        "a condition behind the rule",
        r#"table things { rule "a" for Boss { allow read } when Price is 1 }"#,
        Syntax,
        "in the braces of the rule"
    ),
    saying!("operations joined by and", allow "read and update", Syntax, ", update"),
    saying!("operations with a comma and and", allow "read, and update", Syntax, "update"),
    saying!("fields of two operations", allow "read (title) and update (title)", Syntax, ", update"),
    saying!("everything", allow "everything", Syntax, "all"),
    saying!("only when", allow "read only when Price is 1", Syntax, "take it out"),
    saying!("all except one", allow "all except delete", Syntax, "create, read, update"),
    saying!("all fields", allow "read all fields", UnknownColumn, "leave it out"),
    saying!("a preset with a sign", allow r#"create (title) setting A = "x""#, Syntax, " to"),
    saying!("a preset with is", allow r#"create (title) setting A is "x""#, Syntax, "to"),
    saying!("presets with a comma", allow r#"create (title) setting A to "x", B to "y""#, Syntax, " and"),
    saying!(
        "a condition with a sign",
        "condition Own = Price is 1\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        ":"
    ),
    saying!(
        "a boundary on all tables",
        "boundary \"b\" on all tables { where Id is not empty }\ntable things { rule \"a\" for Boss { allow read } }",
        UnknownTable,
        "on every table`"
    ),
];
