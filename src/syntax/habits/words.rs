//! The words and signs that other languages have, and what is written here. Tables alone.

/// Words for operations elsewhere, and here.
pub(super) const OPERATIONS: [(&str, &str); 12] = [
    ("insert", "create"),
    ("add", "create"),
    ("select", "read"),
    ("view", "read"),
    ("see", "read"),
    ("write", "create, update"),
    ("edit", "update"),
    ("change", "update"),
    ("modify", "update"),
    ("remove", "delete"),
    ("everything", "all"),
    ("anything", "all"),
];

/// Signs for comparisons, and their words; the longer ones first.
pub(super) const SIGNS: [(&str, &str); 13] = [
    ("==", "equals"),
    ("=", "equals"),
    ("!=", "is not"),
    ("<>", "is not"),
    ("<=", "is at most"),
    (">=", "is at least"),
    ("<", "is less than"),
    (">", "is greater than"),
    ("!", "not"),
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("|", "or"),
];

/// Words that are nearly an operator, and the operator.
pub(super) const NEARLY_OPERATORS: [(&str, &str); 15] = [
    ("does not equals", "does not equal"),
    ("equal to", "equals"),
    ("equal", "equals"),
    ("are", "is"),
    ("was", "is"),
    ("belongs to", "is"),
    ("includes", "contains"),
    ("include", "contains"),
    ("contain", "contains"),
    ("begins with", "starts with"),
    ("begin with", "starts with"),
    ("start with", "starts with"),
    ("end with", "ends with"),
    ("has some of", "has any of"),
    ("has one of", "has any of"),
];

/// What is found, one of what is expected there, the advice, and what to write instead.
pub(super) const WORDS: [(&str, &str, &str, Option<&str>); 28] = [
    ("if", "`when`", "write `when`", Some("when")),
    ("some", "`all`", "write `has any of`", Some("any")),
    ("one", "`all`", "write `has any of`", Some("any")),
    ("unless", "`when`", "write `when not (…)`", None),
    ("when", "`then`", "an `allow` has one `when`: join the conditions with `and`", None),
    ("else", "`and`", "what a grant does not allow is denied: write another `allow … when …` for the rest", None),
    ("deny", "`allow`", "what no rule allows is denied; to narrow what another rule allows, use `where`", None),
    ("forbid", "`allow`", "what no rule allows is denied; to narrow what another rule allows, use `where`", None),
    ("revoke", "`allow`", "what no rule allows is denied; to narrow what another rule allows, use `where`", None),
    ("grant", "`allow`", "write `allow`", Some("allow")),
    ("permit", "`allow`", "write `allow`", Some("allow")),
    ("nothing", "`delete`", "what no rule allows is denied: leave the `allow` out", None),
    ("look", "`and`", "`look up by …` stands before the first `where`", None),
    ("rule", "`table`", "rules stand within a table: `table <name> { rule … }`", None),
    ("allow", "`table`", "write `table <name> { rule \"…\" for <role> { allow … } }`", None),
    ("every", "`table`", "a rule names its table; only a boundary is `on every table with …`", None),
    ("role", "`table`", "roles are defined under `roles` in rowgate.yaml", None),
    ("{", "`for`", "say whom the rule is for: `for Authenticated`, `for Anyone` or a role", None),
    (";", "`}`", "take it out: nothing stands between what a rule says", Some("")),
    ("like", "`and`", "texts `contain`, `start with` or `end with` others; there are no patterns", None),
    ("in", "`and`", "write `is one of (…)`", None),
    ("in", "a role", "name the role that is held there: `Teacher in any Class`", None),
    (
        "except",
        "`with`",
        "a boundary is `on every table with <column>`, which the others have not; roles are excepted behind its condition: `where … except Boss`",
        None,
    ),
    ("for", "`when`", "whom a rule is for stands behind its name: `rule \"…\" for Boss { … }`", None),
    ("but", "a class of fields", "fields that are left out stand behind `except`, in parentheses: `read except (Notes)`", None),
    (
        "from",
        "`when`",
        "what was stands behind `when`, what will be behind `then`: `when … is \"draft\" then … is \"open\"`",
        None,
    ),
    ("no", "`empty`", "write `false`; that there is nothing is `is empty`", Some("false")),
    ("ignoring", "a comparison", "`ignoring case` stands behind the whole comparison", None),
];
