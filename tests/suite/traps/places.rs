//! Words that are right elsewhere: a clause outside its rule, a condition among roles, a moment counted from another one.

use rowgate::diagnostic::Code;

use super::Trap;
use super::sayings::{ROLES, THINGS, saying};

pub const TRAPS: &[Trap] = &[
    saying!(
        "a where before the rule",
        r#"table things { where Price is 1 rule "a" for Boss { allow read } }"#,
        Syntax,
        "in the braces of the rule"
    ),
    saying!(
        "a when before the rule",
        r#"table things { when Price is 1 rule "a" for Boss { allow read } }"#,
        Syntax,
        "in the braces of the rule"
    ),
    saying!("a role that is left out", for "Teacher of Class except Student", Syntax, "boundary"),
    saying!(
        "a condition that is left out",
        r#"table things { rule "a" for Boss { allow read } } boundary "b" on things { where Price is 1 except Owner is Logged in User }"#,
        Syntax,
        "by `or`"
    ),
    saying!(
        "a condition behind unless",
        r#"table things { rule "a" for Boss { allow read } } boundary "b" on things { where Price is 1 unless Owner is Logged in User }"#,
        Syntax,
        "or"
    ),
    saying!("then in a where", where r#"Title is "a" then Title is "b""#, Syntax, "allow update when … then …"),
    saying!("so long after a moment", where "now is before 4 hours after Sent At", Syntax, "counted from now"),
    saying!("so long after a moment, first", where "4 hours after Sent At is after now", Syntax, "counted from now"),
    saying!("so long before today", where "Due is before 18 years before today", Syntax, "18 years ago"),
    saying!("so long before now", where "Sent At is after 4 hours before now", Syntax, "4 hours ago"),
    saying!("so long after now", where "Sent At is after 4 hours from now", Syntax, "in 4 hours"),
    saying!("a grant until a time", allow "read, update (title) before 24 hours", Syntax, "when"),
    saying!("the user in a class", where "User is in Class", UnknownColumn, "Class is one of User's Class"),
    saying!("the user is a role", where "User is Teacher of Class", UnknownColumn, "for Teacher of Class"),
    saying!("a role as a condition", where "Teacher of Class", UnknownCondition, "for Teacher of Class"),
    saying!("a role of the user's own", for "Teacher of User's Class", UnknownColumn, "in any Class"),
    saying!("a preset with to", allow "create (title), update (title) to Logged in User", Syntax, "setting"),
    saying!("a preset with set to", allow "create (title) with A set to \"a\"", Syntax, "setting A to"),
    saying!("case insensitive", where "Title is \"a\" case insensitive", Syntax, "ignoring case"),
    saying!("a comparison that is false", where "Title contains \"a\" is false", Syntax, "does not contain"),
    saying!("a role in something", for "Teacher in Class", Syntax, "of"),
    saying!("false or empty", where "Is Public is false or empty", UnknownCondition, "… is empty"),
    saying!("no value", where "no Sent At", UnknownTable, "Sent At is empty"),
    saying!("a date without quotes", where "Due is after 2026-01-31", Syntax, "date \"2026-01-31\""),
    saying!("one of two columns", where "Owner or Lead is Logged in User", UnknownCondition, "Logged in User is one of (Owner, Lead)"),
    saying!("a text is the key", where "Title is Id", Incomparable, "with one that is a text"),
    saying!("the name of the owner is the user", where "Owner's Name is Logged in User", Incomparable, "Owner"),
    Trap {
        name: "another key of the same table",
        tables: "  orgs: { columns: { id: integer, slug: text }, unique: [[slug]] }
  members: { columns: { id: uuid, user_id: { type: uuid, references: users }, org: { type: text, references: orgs.slug } } }
  docs: { columns: { id: uuid, org_id: { type: integer, references: orgs } } }
",
        roles: "  Nobody: { column: name, equals: \"-\" }
memberships:
  Org: { table: members, user: user_id, within: org }
",
        policy: r#"table docs { rule "a" for Authenticated { where Org is User's Org allow read } }"#,
        code: Some(Code::Incomparable),
        help: "Org's Slug",
    },
];
