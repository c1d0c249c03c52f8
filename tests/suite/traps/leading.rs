//! References that are asked as if they led to many rows, rows that are asked as if there were one, conditions for all tables; each help is a sentence that compiles.

use rowgate::diagnostic::Code;

use super::Trap;
use super::sayings::{ROLES, THINGS, saying};

/// Of a project's name and its key, only one leads to the project.
const TASKS: &str = "  projects: { columns: { id: uuid, owner_id: { type: uuid, references: users } } }
  tasks: { columns: { id: uuid, project: text, project_id: { type: uuid, references: projects }, plan_id: uuid, owned: text } }
";

macro_rules! path {
    ($name:literal, $condition:literal, $code:ident, $help:literal) => {
        Trap {
            name: $name,
            tables: TASKS,
            roles: "",
            policy: concat!(
                "table tasks { rule \"a\" for Authenticated { where ",
                $condition,
                " is Logged in User allow read } }"
            ),
            code: Some(Code::$code),
            help: $help,
        }
    };
}

pub const TRAPS: &[Trap] = &[
    path!("a name that nearly leads on", "Projec Id's Owner", UnknownColumn, "Project Id"),
    path!("a name near one that leads nowhere", "Plann Id's Owner", UnknownColumn, "`Plan Id` comes near, but leads to no table"),
    path!("a label that fits a text and a reference", "Project's Owner", AmbiguousLabel, "`project_id`"),
    saying!(
        "an operation behind what is set",
        allow "read, create (id, title) setting Owner to Logged in User, update (title)",
        Syntax,
        " allow"
    ),
    saying!("any of a reference", where r#"any Owner where (Status is "x")"#, UnknownTable, r#"Owner's Status is "x""#),
    saying!("none of a reference", where r#"no Owner where (Status is "x")"#, UnknownTable, r#"not Owner's Status is "x""#),
    saying!("any at the end of a path", where r#"any Class's Teacher where (Status is "x")"#, UnknownTable, r#"Class's Teacher's Status is "x""#),
    saying!("any of a reference with two conditions", where r#"any Owner where (Status is "x" and Points is 3)"#, UnknownTable, "each condition by itself"),
    saying!("so many of a reference", where r#"at least 1 Owner where (Status is "x")"#, UnknownTable, "Owner's …"),
    saying!(
        "a role of any one row",
        r#"table shares { rule "a" for Teacher of any Thing's Class { allow read } }"#,
        UnknownColumn,
        "Thing"
    ),
    saying!(
        "a role of several rows",
        for "Teacher of any Shares's Class",
        UnknownColumn,
        r#"where any Shares where (any Class's Enrollments where (User is Logged in User and Role is "teacher"))"#
    ),
    saying!(
        "a role in what somebody is a member of",
        for "Teacher of Owner's Class",
        UnknownColumn,
        r#"where any Owner's Enrollments where (any Class's Enrollments where (User is Logged in User and Role is "teacher"))"#
    ),
    saying!(
        "what the helps for roles say",
        r#"table things { rule "a" for Authenticated { where any Owner's Enrollments where (any Class's Enrollments where (User is Logged in User and Role is "teacher")) allow read } }"#
    ),
    saying!(
        "rows of each row above",
        r#"table users { rule "a" for Authenticated { where any Lead at any level's Shares where (User is Logged in User) allow read } }"#,
        Syntax,
        " where (any Shares where (User is Logged in User))"
    ),
    saying!(
        "a field of each row above",
        r#"table users { rule "a" for Authenticated { where Lead at any level's Status is "x" or Points is 3 allow read } }"#,
        Syntax,
        r#"any Lead at any level where (Status is "x")"#
    ),
    saying!("set to in a grant", allow "read, create set Title to \"x\"", Syntax, "setting"),
    saying!("operations without a comma", allow "read update (title)", Syntax, ", "),
    saying!("a path of many, with an apostrophe", where "any Shares' User is Logged in User", Syntax, "inside parentheses"),
    saying!("not equal to a text", where r#"Title is not equal to "x""#, Syntax, "is not"),
    saying!("equal to a number", where "Price is equal to 3", UnknownColumn, "3"),
    saying!("between without is", where "Price between 1 and 3", Syntax, "is between"),
    saying!("a number with a power", where "Price is 1e3", Syntax, "1000"),
    saying!("a text that a backslash does not close", where r#"Title is "\""#, Syntax, "a backslash is written"),
    saying!("the former value of this record", allow "read, update (title) then this record's former Title is \"x\"", UnknownColumn, "the former Title"),
    saying!(
        "at all levels",
        r#"table users { rule "a" for Authenticated { where any Lead at all levels where (Points is 3) allow read } }"#,
        UnknownTable,
        "Lead at any level"
    ),
    saying!("a number that is not compared", where "number of Shares", UnknownCondition, "is less than 3"),
    saying!("a statement in backticks", where "`owner_id is Logged in User`", UnknownCondition, "owner_id is Logged in User"),
    saying!("a column of another row, by of", where "Teacher of Class is Logged in User", UnknownColumn, "Class's Teacher"),
    // An edit would break the other table's rule.
    Trap {
        name: "a condition of all tables that fits one",
        tables: "  boxes: { columns: { id: uuid, name: text } }\n  crates: { columns: { id: uuid, names: text } }\n",
        roles: "",
        policy: r#"condition Open: Name is "open"
table boxes { rule "a" for Authenticated { where Open allow read } }
table crates { rule "a" for Authenticated { where Open allow read } }"#,
        code: Some(Code::UnknownColumn),
        help: "Names",
    },
];
