//! What the rules of one table show: roles that get nothing, rules that narrow each other, names that nothing uses.

pub const NOTHING: [(&str, &str); 3] = [
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" } rule "b" for Auditor { allow read } }"#,
        "no rule of `companies` grants Clerk anything",
    ),
    // One of its rules grants something.
    (r#"table companies { rule "a" for Clerk { where Plan is "x" } rule "b" for Clerk { allow read } }"#, ""),
    // The same role within something else is another.
    (
        r#"table teams { rule "a" for Viewer in any Team { where Public is true } rule "b" for Viewer of this record { allow read } }"#,
        "no rule of `teams` grants Viewer anything",
    ),
];

pub const ALTERNATIVES: [(&str, &str); 7] = [
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { where Plan is "y" allow read } }"#,
        "Clerk reaches only records that match both of these rules",
    ),
    // Told once, of the first two: by `delete` the first and the third are such, the second grants something else.
    (
        r#"table companies {
  rule "a" for Clerk, Auditor { where Plan is "x" allow read, delete }
  rule "b" for Clerk { where Plan is "y" allow create }
  rule "c" for Clerk { where Plan is "z" allow delete }
  rule "d" for Clerk { where Plan is "w" allow create, delete }
}"#,
        "Clerk reaches only records that match both of these rules",
    ),
    // Each role is looked at alone.
    (
        r#"table companies {
  rule "a" for Clerk, Auditor { where Plan is "x" allow read }
  rule "b" for Clerk { where Plan is "y" allow read }
  rule "c" for Auditor { where Plan is "z" allow read }
}"#,
        "Clerk reaches only records that match both of these rules; Auditor reaches only records that match both of these rules",
    ),
    // The same filter.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { where Plan is "x" allow read (name) } }"#,
        "",
    ),
    // Another operation.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { where Plan is "y" allow delete } }"#,
        "",
    ),
    // A rule without a grant is there to narrow, one without a filter does not.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" } rule "b" for Clerk { where Plan is "y" allow read } rule "c" for Clerk { allow read } }"#,
        "",
    ),
    // Roles widen.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Auditor { where Plan is "y" allow read } }"#,
        "",
    ),
];

pub const EMPTY: [(&str, &str); 2] = [
    (r#"boundary "None" on every table with nothing { where Company is empty }"#, "the boundary \"None\" holds on no table"),
    (r#"boundary "Some" on every table with company_id { where Company is not empty }"#, ""),
];

pub const UNUSED: [(&str, &str); 4] = [
    (
        r#"condition Open: Plan is "x"
table companies { condition Own: Owner is Logged in User
  rule "a" for Clerk { where Own allow read } }"#,
        "no rule uses the condition `Open`",
    ),
    // What only an unused one uses is as unused, whichever comes first.
    (
        r#"table companies { condition A: B
  condition B: C
  condition C: Plan is "x"
  rule "a" for Clerk { allow read } }"#,
        "no rule uses the condition `A`; no rule uses the condition `B`; no rule uses the condition `C`",
    ),
    (
        r#"table companies { condition Own: Owner is Logged in User
  rule "a" for Clerk { allow read } }
boundary "Own" on companies { where Own }"#,
        "",
    ),
    (
        r#"table companies { condition A: B
  condition B: Plan is "x"
  rule "a" for Clerk { allow read when A } }"#,
        "",
    ),
];
