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

pub const ALTERNATIVES: [(&str, &str); 13] = [
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
    // Another operation, which is limited all the same.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { where Plan is "y" allow delete } }"#,
        "the `where` of \"a\" also limits what \"b\" grants to Clerk",
    ),
    // The founder is refused.
    (
        r#"table companies { rule "Members see it" for Authenticated { where this record is User's Company allow read } rule "Anybody founds one" for Authenticated { allow create when Owner equals Logged in User } }"#,
        "the `where` of \"Members see it\" also limits what \"Anybody founds one\" grants to Authenticated",
    ),
    // Readers see only their own.
    (
        r#"table companies { rule "Department reads" for Clerk { allow read } rule "Author writes" for Clerk { where Owner equals Logged in User allow update } }"#,
        "the `where` of \"Author writes\" also limits what \"Department reads\" grants to Clerk",
    ),
    (
        r#"table companies { rule "Own" for Clerk { where Owner equals Logged in User allow all } rule "Public" for Clerk { allow read when Plan is "x" } }"#,
        "the `where` of \"Own\" also limits what \"Public\" grants to Clerk",
    ),
    // What is granted says the same itself, or more.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { allow create when Plan is "x" and Owner equals Logged in User } }"#,
        "",
    ),
    // The record after an update would not.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { allow update when Plan is "x" then Plan is "y" } }"#,
        "the `where` of \"a\" also limits what \"b\" grants to Clerk",
    ),
    // The access of another record is the same where it is written the same.
    (
        r#"table docs { rule "a" for Lead of Group { where can read Company allow read } rule "b" for Lead of Group { allow update when can read Company } rule "c" for Helper of Group { where can read Company allow read } rule "d" for Helper of Group { allow update when can update Company } }
table companies { rule "a" for Clerk { allow read, update } }"#,
        "the `where` of \"c\" also limits what \"d\" grants to Helper",
    ),
    // A rule without a grant is there to narrow, one without a filter does not.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" } rule "b" for Clerk { where Plan is "x" allow read } rule "c" for Clerk { allow delete } }"#,
        "",
    ),
    // Roles widen.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Auditor { where Plan is "y" allow read } }"#,
        "",
    ),
];

pub const EMPTY: [(&str, &str); 5] = [
    (r#"boundary "None" on every table with nothing { where Company is empty }"#, "the boundary \"None\" holds on no table"),
    // Who is excepted is everybody who may do anything.
    (
        r#"table companies { rule "a" for Clerk { allow read } } boundary "x" on companies { where Plan is "x" except Authenticated }"#,
        "the boundary \"x\" binds nobody",
    ),
    (
        r#"table companies { rule "a" for Clerk, Anyone { allow read } } boundary "x" on companies { where Plan is "x" except Authenticated }"#,
        "",
    ),
    (r#"table companies { rule "a" for Boss { allow read } } boundary "x" on companies { where Plan is "x" except Boss }"#, ""),
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

pub const COVERED: [(&str, &str); 21] = [
    (
        r#"table companies { rule "a" for Clerk { allow all } rule "b" for Clerk { allow read when Plan is "x" } }"#,
        "\"b\" adds nothing to what \"a\" grants",
    ),
    // Of two that say the same, the second.
    (
        r#"table companies { rule "a" for Clerk { allow read } rule "b" for Clerk { allow read } }"#,
        "\"b\" adds nothing to what \"a\" grants",
    ),
    // More fields, another operation, another end of a step.
    (
        r#"table companies { rule "a" for Clerk { allow read (name) } rule "b" for Clerk { allow read (name, plan) } }"#,
        "\"a\" adds nothing to what \"b\" grants",
    ),
    (r#"table companies { rule "a" for Clerk { allow read (name) } rule "b" for Clerk { allow read (plan) } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { allow read } rule "b" for Clerk { allow read, delete } rule "c" for Clerk { allow create } }"#,
        "\"a\" adds nothing to what \"b\" grants",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read, update when Plan is "x" } rule "b" for Clerk { allow update when Plan is "x" then Plan is "y" } }"#,
        "",
    ),
    // One of its roles gains by it.
    (
        r#"table companies { rule "a" for Clerk { allow read } rule "b" for Clerk, Auditor { allow read } }"#,
        "\"a\" adds nothing to what \"b\" grants",
    ),
    // It narrows, and that is told.
    (r#"table companies { rule "a" for Clerk { allow all } rule "b" for Clerk { where Plan is "x" allow read } }"#, ""),
    // A rule of a role that whoever holds the other holds: included, signed in, by a membership.
    (
        r#"table companies { rule "a" for Clerk { allow read } rule "b" for Boss { allow read when Plan is "x" } }"#,
        "\"b\" adds nothing to what \"a\" grants",
    ),
    (
        r#"table companies { rule "a" for Boss { allow read } rule "b" for Clerk { allow read } }"#,
        "\"a\" adds nothing to what \"b\" grants",
    ),
    (r#"table companies { rule "a" for Auditor { allow read } rule "b" for Clerk { allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Authenticated { allow read } rule "b" for Auditor { allow read (name) } }"#,
        "\"b\" adds nothing to what \"a\" grants",
    ),
    (r#"table companies { rule "a" for Authenticated { allow read (name) } rule "b" for Auditor { allow read (plan) } }"#, ""),
    (r#"table companies { rule "a" for Authenticated { allow read } rule "b" for Auditor { allow read, delete } }"#, ""),
    (
        r#"table teams { rule "a" for Viewer of this record { allow read } rule "b" for Admin of this record { allow read } }"#,
        "\"b\" adds nothing to what \"a\" grants",
    ),
    (r#"table teams { rule "a" for Owner of this record { allow read } rule "b" for Viewer of this record { allow read } }"#, ""),
    // Without its filter, another rule of the role would grant more.
    (
        r#"table companies { rule "a" for Authenticated { allow read } rule "b" for Boss { where Plan is "x" allow read } rule "c" for Boss { allow delete when Plan is "x" } }"#,
        "",
    ),
    // Two of one rule.
    (
        r#"table companies { rule "a" for Clerk { allow read allow read when Plan is "x" } }"#,
        "this adds nothing: \"a\" lets everybody read whom this lets",
    ),
    (r#"table companies { rule "a" for Clerk { allow read allow read, update when Plan is "x" } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { allow read, update (name) allow update } }"#,
        "this adds nothing: \"a\" lets everybody update whom this lets",
    ),
    // It says how rows are looked up.
    (r#"table companies { rule "a" for Clerk { allow all } rule "b" for Clerk { look up by row allow read } }"#, ""),
];

pub const NEVER: [(&str, &str); 36] = [
    // `open` is never empty, and of a squad that may be missing it is.
    (r#"table squads { rule "a" for Clerk { where Open is empty allow read } }"#, "no record matches the `where` of \"a\""),
    (
        r#"table squads { rule "a" for Clerk { allow read allow delete when Open is empty } }"#,
        "this can never be used: what stands behind `when` is true of no record that the rule is about",
    ),
    (r#"table squads { rule "a" for Clerk { where Open is empty or Owner is empty allow read } }"#, ""),
    (r#"table squads { rule "a" for Clerk { where Open is not empty allow read } }"#, ""),
    (r#"table squad_members { rule "a" for Clerk { where Squad's Open is empty allow read } }"#, ""),
    // What a boundary asks is asked after a step, too: only whom it excepts can take it.
    (
        r#"table companies { rule "a" for Clerk { allow read, update (plan) then Plan is not empty } } boundary "b" on companies for update { where Plan is empty except Staff }"#,
        "only whom the boundary \"b\" excepts can use this: it excludes what stands behind `then`",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read, update (plan) then Plan is not empty } } boundary "b" on companies for update { where Plan is empty except Clerk }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Boss { allow read, update (plan) then Plan is not empty } } boundary "b" on companies for update { where Plan is empty except Clerk }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read, update (plan) then Plan is not empty } } boundary "b" on companies for delete { where Plan is empty except Staff }"#,
        "",
    ),
    // All values that there are.
    (
        r#"table users { rule "a" for Clerk { where Kind is not "clerk" and Kind is not "boss" and Kind is not one of ("auditor", "guest") allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (
        r#"table users { rule "a" for Clerk { where Kind is not "clerk" and Kind is not "boss" and Kind is not "guest" allow read } }"#,
        "",
    ),
    (
        r#"table users { rule "a" for Clerk { where Kind is not one of ("clerk", "boss", "auditor", "guest") or Kind is empty allow read } }"#,
        "",
    ),
    (
        r#"table users { rule "a" for Clerk { where Active is not true and Active is not false allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (
        r#"table users { rule "a" for Clerk { where Kind is not one of ("clerk", "boss") allow read when Kind is not one of ("guest", "auditor") } }"#,
        "this can never be used: what stands behind `when` is true of no record that the rule is about",
    ),
    (
        r#"table users { rule "a" for Clerk { where Lead's Kind is not one of ("clerk", "boss") and Kind is not one of ("guest", "auditor") allow read } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" and Plan is "y" allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Id is greater than 10 and Id is less than 5 allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (r#"table companies { rule "a" for Clerk { where Id is greater than 4 and Id is less than 5 allow read } }"#, ""),
    (r#"table companies { rule "a" for Clerk { where Id is at least 5 and Id is at most 5 allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { where Id is at least 5 and Id is less than 5 allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (r#"table companies { rule "a" for Clerk { where Plan is one of ("x", "y") and Plan is not "x" allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read allow delete when Plan is one of ("y", "z") } }"#,
        "this can never be used: what stands behind `when` is true of no record that the rule is about",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read allow update (name) when Name is "a" then Name is "y" and Name is "z" } }"#,
        "this can never be used: what stands behind `then` is true of no record that the rule is about",
    ),
    // A part of an alternative.
    (
        r#"table companies { rule "a" for Clerk { where Name is "a" or (Plan is "x" and Plan is "y") allow read } }"#,
        "these exclude each other: Plan equals \"x\" and Plan equals \"y\"",
    ),
    (
        r#"table companies { rule "a" for Clerk { where any Docs where (Title is "x" and Title is empty) allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    // A rule of the role that only narrows; a boundary, but for those whom it excepts.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" } rule "b" for Clerk { allow read when Plan is "y" } }"#,
        "this can never be used: other rules of the role, or boundaries, leave no record",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read when Plan is "y" } rule "b" for Auditor { allow read when Plan is "z" } } boundary "x" on companies { where Plan is "x" except Auditor }"#,
        "this can never be used: other rules of the role, or boundaries, leave no record",
    ),
    // A boundary for some operations leaves the others alone; one for updates is asked before and after.
    (
        r#"table companies { rule "a" for Clerk { allow read when Plan is "y" } } boundary "x" on companies for create, update { where Plan is "x" }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read, create when Plan is "y" } } boundary "x" on companies for create { where Plan is "x" }"#,
        "this can never be used: other rules of the role, or boundaries, leave no record",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read, update (plan) when Name is "n" then Plan is "y" } } boundary "x" on companies for update { where Plan is "x" }"#,
        "this can never be used: other rules of the role, or boundaries, leave no record",
    ),
    // Who holds a role is signed in; who holds `Anyone` may be nobody.
    (
        r#"table companies { rule "a" for Authenticated { allow read when Logged in User is empty } }"#,
        "this can never be used: nobody is to be signed in, and who holds the role is",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Logged in User is empty and Plan is "x" allow read } }"#,
        "this can never be used: nobody is to be signed in, and who holds the role is",
    ),
    (r#"table companies { rule "a" for Anyone { allow read when Logged in User is empty } }"#, ""),
    (
        r#"table companies { rule "a" for Anyone { allow read when Logged in User is empty and Owner equals Logged in User } }"#,
        "this can never be used: what stands behind `when` is true of no record that the rule is about",
    ),
    // Where a rule of the role narrows what another grants, that is told.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" allow read } rule "b" for Clerk { allow delete when Plan is "y" } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { where can read Owner and not can read Owner allow read } } table users { rule "a" for Clerk { allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
];

const SOME: &str = "`plan` may be updated, and not everybody who does could read the record any more";

pub const FROZEN: [(&str, &str); 18] = [
    // What it does not list, it does not change.
    (r#"table companies { rule "a" for Clerk { allow read, update (name) when Plan is "x" then Plan is "y" } }"#, ""),
    // Others read what is marked, and not everybody who marks is one of them.
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is empty } rule "s" for Staff { allow read } rule "c" for Authenticated { allow update (plan) when Owner is Logged in User and Plan is empty then Plan is not empty } }"#,
        SOME,
    ),
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is "draft" } rule "s" for Boss { allow read } rule "c" for Staff { allow update (plan) when Plan is "draft" then Plan is "review" } }"#,
        SOME,
    ),
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is empty } rule "s" for Staff { allow read } rule "c" for Authenticated { allow update (plan) when Owner is Logged in User } }"#,
        SOME,
    ),
    // Whoever marks reads it by being who may mark.
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is empty allow read when Owner is Logged in User } rule "s" for Staff { allow read } rule "c" for Authenticated { allow update (plan) when Owner is Logged in User and Plan is empty then Plan is not empty } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is empty } rule "s" for Staff { allow read } rule "c" for Staff { allow update (plan) when Plan is empty then Plan is not empty } }"#,
        "",
    ),
    // Two values to read by: one of them may follow the other.
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is "x" allow read when Plan is "y" } rule "s" for Staff { allow read } rule "c" for Authenticated { allow update (plan) when Plan is "x" then Plan is "y" } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Authenticated { allow read when Plan is empty } rule "s" for Staff { allow read } rule "c" for Authenticated { allow update (name) when Owner is Logged in User } }"#,
        "",
    ),
    // Who it is to be given to reads it, and who gives it away does not.
    (
        r#"table companies { rule "a" for Clerk { allow read, update (owner_id) when Owner is Logged in User then Owner is not empty } }"#,
        "`owner_id` may be updated, and whoever does could not read the record any more",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (owner_id) when Owner is Logged in User then Owner is not empty } }"#,
        "",
    ),
    // Beside a boundary, beside what else a rule grants, beside another rule's filter.
    (
        r#"table companies { rule "a" for Clerk { allow read, update (plan) when Plan is empty then Plan is not empty } } boundary "b" on companies { where Plan is empty }"#,
        "`plan` may be updated, and whoever does could not read the record any more",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Plan is empty allow all allow update (plan) then Plan is not empty } }"#,
        "`plan` may be updated, and whoever does could not read the record any more",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Plan is empty allow read } rule "b" for Clerk { allow update (plan) when Owner equals Logged in User then Plan is not empty } }"#,
        "`plan` may be updated, and whoever does could not read the record any more",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read when Plan is empty } rule "b" for Clerk { allow update when Owner equals Logged in User then Plan is "x" } }"#,
        "`plan` may be updated, and whoever does could not read the record any more",
    ),
    (
        r#"table companies { rule "a" for Anyone { where Plan is empty allow read } rule "b" for Clerk { allow update (plan) when Name is "x" then Plan is not empty } }"#,
        "`plan` may be updated, and whoever does could not read the record any more",
    ),
    // Whoever marks may read what is marked.
    (
        r#"table companies { rule "a" for Anyone { where Plan is empty allow read } rule "b" for Clerk { allow read, update (plan) when Owner equals Logged in User } }"#,
        "",
    ),
    // All fields, and no word of this one.
    (r#"table companies { rule "a" for Clerk { where Plan is empty allow read, update } }"#, ""),
    (r#"table companies { rule "a" for Clerk { where Plan is empty allow read, update (name) } }"#, ""),
];

pub const RECURSIVE: [(&str, &str); 4] = [
    (
        r#"table companies { rule "a" for Clerk { allow read, create when sql "(SELECT count(*) FROM public.companies c WHERE c.owner_id = companies.owner_id) < 3" } }"#,
        "the SQL here reads `companies`, whose policy it is part of",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read when sql "EXISTS (SELECT FROM teams t WHERE t.company_id = companies.id)" } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read when sql "EXISTS (SELECT FROM teams t WHERE t.company_id = companies.id)" } }
table teams { rule "a" for Clerk { allow read when sql "company_id IN (SELECT id FROM companies)" } }"#,
        "the SQL here reads `teams`, whose own SQL leads back to `companies`; the SQL here reads `companies`, whose own SQL leads back to `teams`",
    ),
    (r#"table companies { rule "a" for Clerk { allow read when sql "companies.plan = 'from companies'" } }"#, ""),
];

/// Fields that are listed and stay.
pub const KEPT: [(&str, &str); 10] = [
    (
        r#"table teams { rule "a" for Authenticated { allow read allow update (owner_id) when Owner is Logged in User } }"#,
        "`owner_id` may be updated, and no step changes it",
    ),
    (
        r#"table teams { rule "a" for Authenticated { where Owner is Logged in User allow update (name, owner_id) } rule "b" for Clerk { allow read } }"#,
        "`owner_id` may be updated, and no step changes it",
    ),
    (
        r#"table teams { rule "a" for Authenticated { allow read allow update (owner_id) when Owner is Logged in User then Owner is not empty } }"#,
        "",
    ),
    // What is not listed was not thought of.
    (r#"table teams { rule "a" for Authenticated { where Owner is Logged in User allow read, update except (name) } }"#, ""),
    (r#"table teams { rule "a" for Authenticated { where Owner is Logged in User allow read, update (name) } }"#, ""),
    // Another way to begin, and another one to end.
    (
        r#"table teams { rule "a" for Authenticated { allow read allow update (owner_id) when Owner is Logged in User or Public is true } }"#,
        "",
    ),
    (
        r#"table teams { rule "a" for Authenticated { allow read allow update (owner_id) when Owner is empty then Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table teams { rule "a" for Clerk { allow read allow update (owner_id) when Owner is empty then Owner is empty and Public is true or Owner is empty and Name is empty } }"#,
        "`owner_id` may be updated, and no step changes it",
    ),
    // A boundary, also one that excepts others.
    (
        r#"table teams { rule "a" for Clerk { allow read, update (owner_id) } } boundary "b" on teams for update { where Owner is Logged in User except Auditor }"#,
        "`owner_id` may be updated, and no step changes it",
    ),
    (
        r#"table teams { rule "a" for Clerk { allow read, update (owner_id) } } boundary "b" on teams for update { where Owner is Logged in User except Clerk }"#,
        "",
    ),
];

/// Limits on what is beneath a place.
pub const OWN_PLACE: [(&str, &str); 5] = [
    (
        r#"table group_members { rule "a" for Clerk { allow read allow create when number of records of group_members where (Group or its Above at any level is this record's Group) is less than 5 } }"#,
        "this counts what is beneath the record's own Group, and limits nothing above it",
    ),
    (
        r#"table group_members { rule "a" for Clerk { allow read allow update (group_id) then no record of group_members where (Group or its Above at any level is this record's Group) } }"#,
        "this counts what is beneath the record's own Group, and limits nothing above it",
    ),
    (
        r#"table group_members { rule "a" for Clerk { allow read allow create when no Group or its Above at any level as Upper where (at least 5 records of group_members where (Group or its Above at any level is Upper)) } }"#,
        "",
    ),
    (
        r#"table group_members { rule "a" for Clerk { allow read allow create when number of records of group_members where (Group is this record's Group) is less than 5 } }"#,
        "",
    ),
    (
        r#"table group_members { rule "a" for Clerk { allow read when number of records of group_members where (Group or its Above at any level is this record's Group) is less than 5 } }"#,
        "",
    ),
];
