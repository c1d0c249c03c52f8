//! Tables, rules, boundaries and conditions with a name, as other tools and other texts begin them; operations and fields in other words.

use rowgate::diagnostic::Code;

use super::Trap;
use super::sayings::{ROLES, THINGS, saying};

pub const TRAPS: &[Trap] = &[
    // Whom a rule is for.
    saying!("for is left out", "table things { rule \"a\" Boss { allow read } }", Syntax, "for "),
    saying!("to for for", "table things { rule \"a\" to Boss { allow read } }", Syntax, "for"),
    saying!("a colon behind the name of a rule", "table things { rule \"a\": for Boss { allow read } }", Syntax, ""),
    saying!("a colon behind for", "table things { rule \"a\" for: Boss { allow read } }", Syntax, ""),
    saying!("a rule without braces", "table things { rule \"a\" for Boss allow read }", Syntax, "in braces"),
    saying!("a rule beside its table", "rule \"a\" on things for Boss { allow read }", Syntax, "within its table"),
    saying!("roles in brackets", for "[Boss]", Syntax, "no brackets"),
    saying!("roles in parentheses", for "(Boss)", Syntax, "no parentheses"),
    saying!("a comma behind the last role", for "Boss,", Syntax, "take the comma out"),
    saying!("the word role", for "role Boss", UnknownRole, "Boss"),
    saying!("all but a role", for "not Boss", Syntax, "`boundary` with `except`"),
    saying!("a star for everybody", for "*", Syntax, "Anyone"),
    saying!("visitors", for "Visitors", UnknownRole, "Anyone"),
    saying!("who is logged in as a role", for "Logged in User", Syntax, "Authenticated"),
    saying!("a column as a role", for "Owner", UnknownRole, "`where Owner is Logged in User`"),
    saying!("two roles and no comma", for "Boss Teacher of Class", UnknownRole, "a comma stands between roles"),
    saying!("a role behind what it is within", for "Class Teacher", UnknownRole, "`Teacher of …`"),
    saying!("a role of something by an apostrophe", for "Class's Teacher", Syntax, "Teacher of Class"),
    saying!("a role of something by a point", for "Class.Teacher", Syntax, "Teacher of Class"),
    saying!("of any", for "Teacher of any Class", UnknownColumn, "in any Class"),
    Trap {
        name: "of a table",
        tables: "  apps: { columns: { id: uuid } }
  bindings: { columns: { id: uuid, user_id: { type: uuid, references: users }, app_id: { type: uuid, references: apps }, role: text } }
  docs: { columns: { id: uuid, from_id: { type: uuid, references: apps }, to_id: { type: uuid, references: apps } } }
",
        roles: "  Admin: { membership: Binding, equals: admin }
memberships:
  Binding: { table: bindings, user: user_id, within: app_id, role: role }
",
        policy: "table docs { rule \"a\" for Admin of App { allow read } }",
        code: Some(Code::UnknownColumn),
        help: "the record leads there by `From`, `To`",
    },
    saying!("of its own", for "Teacher of own Class", UnknownColumn, "Class"),
    // What may be done.
    saying!("reads", allow "reads", Syntax, "read"),
    saying!("get", allow "get", Syntax, "read"),
    saying!("destroy", allow "destroy", Syntax, "delete"),
    saying!("crud", allow "crud", Syntax, "all"),
    saying!("a star for all", allow "*", Syntax, "all"),
    saying!("full access", allow "full access", Syntax, "`allow all`"),
    saying!("none", allow "none", Syntax, "leave the `allow` out"),
    saying!("allow and nothing", allow "", Syntax, "operations stand behind `allow`"),
    saying!("allow to", allow "to read", Syntax, ""),
    saying!("an operation in quotes", allow "\"read\"", Syntax, "read"),
    saying!("operations in brackets", allow "[read, update]", Syntax, "no brackets"),
    saying!("operations in parentheses", allow "(read, update)", Syntax, "no parentheses"),
    saying!("operations with a slash", allow "read/update", Syntax, ","),
    saying!("a colon behind allow", allow ": read", Syntax, ""),
    saying!("can for allow", "table things { rule \"a\" for Boss { can read } }", Syntax, "allow"),
    saying!("no allow", "table things { rule \"a\" for Boss { read } }", Syntax, "behind `allow`"),
    saying!("if before allow", "table things { rule \"a\" for Boss { if Price is 1 allow read } }", Syntax, "where"),
    saying!("when before allow", "table things { rule \"a\" for Boss { when Price is 1 allow read } }", Syntax, "where"),
    saying!("a colon behind where", "table things { rule \"a\" for Boss { where: Price is 1 allow read } }", Syntax, ""),
    saying!("a colon behind when", allow "read when: Price is 1", Syntax, ""),
    saying!("using of SQL", allow "read using (Price is 1)", Syntax, "when"),
    saying!("with check of SQL", allow "create with check Price is 1", Syntax, "`when`"),
    saying!("provided", allow "read provided Price is 1", Syntax, "when"),
    saying!("and then", allow "read, update when Price is 1 and then Price is 2", Syntax, "`when … then …`"),
    saying!("after for then", allow "read, update when Price is 1 after Price is 2", Syntax, "then"),
    saying!("conditions with a comma", where "Price is 1, Is Public is true", Syntax, "joined by `and`"),
    saying!("conditions with but", where "Price is 1 but Is Public is true", Syntax, "and"),
    // Fields.
    saying!("fields in brackets", allow "read [title]", Syntax, "in parentheses"),
    saying!("a field in quotes", allow "read (\"title\")", Syntax, "title"),
    saying!("a star for the fields", allow "read (*)", Syntax, "all fields"),
    saying!("a field behind its table", allow "read (things.title)", Syntax, ""),
    saying!("fields joined by and", allow "read (title and price)", UnknownColumn, "title, price"),
    saying!("fields beside each other", allow "read (title price)", UnknownColumn, "title, price"),
    saying!("without a field", allow "read without (title)", Syntax, "except"),
    // Tables and the rest.
    saying!("a colon behind a table", "table things: { rule \"a\" for Boss { allow read } }", Syntax, ""),
    saying!("a table in quotes", "table \"things\" { rule \"a\" for Boss { allow read } }", Syntax, "things"),
    saying!("a table without braces", "table things rule \"a\" for Boss { allow read }", Syntax, "in braces"),
    saying!("a table without the word", "things { rule \"a\" for Boss { allow read } }", Syntax, "table "),
    saying!("a model", "model things { rule \"a\" for Boss { allow read } }", Syntax, "table"),
    saying!("a policy for a rule", "table things { policy \"a\" for Boss { allow read } }", Syntax, "rule"),
    saying!("a role for a rule", "table things { Boss { allow read } }", Syntax, "stands in a rule"),
    saying!("allow for a rule", "table things { allow read for Boss }", Syntax, "stands in a rule"),
    saying!("a statement of SQL", "CREATE POLICY a ON things FOR SELECT USING (true)", Syntax, "`rowgate import`"),
    saying!("a sentence", "Boss reads things", Syntax, "a file has these"),
    saying!("the end is missing", "table things { rule \"a\" for Boss { allow read }", Syntax, "ends with `}`"),
    saying!(
        "a boundary for a table",
        "boundary \"b\" for things { where Price is 1 }\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "write `on`"
    ),
    saying!(
        "a boundary without where",
        "boundary \"b\" on things { Price is 1 }\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "where "
    ),
    saying!(
        "a boundary that allows",
        "boundary \"b\" on things { allow read when Price is 1 }\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "it limits"
    ),
    saying!(
        "a boundary for operations joined by and",
        "boundary \"b\" on things for read and update { where Price is 1 }\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "commas stand between the operations"
    ),
    saying!(
        "except for",
        "boundary \"b\" on things { where Price is 1 except for Boss }\ntable things { rule \"a\" for Authenticated { allow read } }",
        Syntax,
        ""
    ),
    saying!(
        "a condition without a colon",
        "condition Cheap Price is 1\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "a colon stands between"
    ),
    saying!(
        "a condition in braces",
        "condition Cheap { Price is 1 }\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "a colon stands between"
    ),
    saying!(
        "a condition with where",
        "condition Cheap: where Price is 1\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        ""
    ),
    saying!(
        "a condition in quotes",
        "condition \"Cheap\": Price is 1\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "Cheap"
    ),
    saying!(
        "never without can",
        "table things { rule \"a\" for Boss { allow read } }\nnever Teacher reads things",
        Syntax,
        "`never Boss can read posts where …`"
    ),
];
