//! `User's …` where the row has a user of its own, and what the session says twice.

use rowgate::diagnostic::Code;

use super::Trap;

const SHARES: &str = "  docs: { columns: { id: uuid, owner_id: { type: uuid, references: users } } }
  shares: { columns: { id: uuid, doc_id: { type: uuid, references: docs }, user_id: { type: uuid, references: users }, level: text, until: timestamptz } }
  bans: { columns: { id: uuid, user_id: { type: uuid, references: users }, doc_id: { type: uuid, references: docs } } }
";

const fn inside(name: &'static str, policy: &'static str, help: &'static str) -> Trap {
    Trap { name, tables: SHARES, roles: "", policy, code: Some(Code::UserOfSession), help }
}

const fn right(name: &'static str, policy: &'static str) -> Trap {
    Trap { name, tables: SHARES, roles: "", policy, code: None, help: "" }
}

pub const TRAPS: [Trap; 19] = [
    inside(
        "none of the rows has a user who is something",
        r#"table docs { rule "a" for Authenticated { where no Shares where (User's Status is "boss") allow read } }"#,
        "`… as Row where (Row's User's Status …)`",
    ),
    inside(
        "some of the rows has a user with a number",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (User's Points is 2) allow read } }"#,
        "Share's User's Points",
    ),
    inside(
        "the user of rows is compared with a record further out",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (User's Lead is this record's Owner) allow read } }"#,
        "Share's User's Lead",
    ),
    inside(
        "the user of rows has nothing",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (User's Email is empty) allow read } }"#,
        "Share's User's Email",
    ),
    inside(
        "the user of rows is one of several",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (User's Name is one of ("a", "b")) allow read } }"#,
        "Share's User's Name",
    ),
    inside(
        "the leads of the user of rows",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (User's Lead at any level is this record's Owner) allow read } }"#,
        "Share's User's Lead",
    ),
    inside(
        "rows of the user of rows",
        r#"table docs { rule "a" for Authenticated { where any Shares as Share where (no User's Bans) allow read } }"#,
        "Share's User's Bans",
    ),
    inside(
        "the user of rows in a condition with a name",
        r#"condition Shared With Low: any Shares as Share where (User's Status is "low")
table docs { rule "a" for Authenticated { where Shared With Low allow read allow delete when Shared With Low } }"#,
        "Share's User's Status",
    ),
    inside(
        "the user of rows in a boundary",
        r#"table docs { rule "a" for Authenticated { allow read } } boundary "b" on docs { where any Shares as Share where (User's Status is "low") }"#,
        "Share's User's Status",
    ),
    inside(
        "the user of the record has nothing",
        r#"table shares { rule "a" for Authenticated { where User's Email is empty allow read } }"#,
        "this record's User's Email",
    ),
    inside(
        "the user of the record has something",
        r#"table shares { rule "a" for Authenticated { where User's Email is not empty allow read } }"#,
        "this record's User's Email",
    ),
    inside(
        "the leads of the user of the record",
        r#"table shares { rule "a" for Authenticated { where User's Lead at any level is "11111111-1111-1111-1111-111111111111" allow read } }"#,
        "this record's User's Lead",
    ),
    inside(
        "rows of the user of the record",
        r#"table shares { rule "a" for Authenticated { where no User's Bans where (Doc is not empty) allow read } }"#,
        "this record's User's Bans",
    ),
    right(
        "the user of rows that are the user's",
        r#"table docs { rule "a" for Authenticated { where any Shares where (User is Logged in User and User's Status is "low") allow read } }"#,
    ),
    right(
        "the user of rows is compared with what they have",
        r#"table docs { rule "a" for Authenticated { where any Shares where (User's Status is Level) allow read } }"#,
    ),
    right(
        "the user is asked beside the rows",
        r#"table docs { rule "a" for Authenticated { where User's Status is "low" and any Shares where (Level is "x") allow read } }"#,
    ),
    right(
        "rows of the user that are tied to the record",
        r#"table shares { rule "a" for Authenticated { where no User's Bans where (Doc is this record's Doc) allow read } }"#,
    ),
    right(
        "how many rows the user has",
        r#"table shares { rule "a" for Authenticated { allow read, create when fewer than 3 User's Shares allow delete when fewer than 3 User's Bans } }"#,
    ),
    right(
        "the user of the record in a condition with a name",
        r#"condition Reachable: User's Email is not empty
table shares { rule "a" for Authenticated { where Reachable allow read } }"#,
    ),
];

/// The claim that says who is signed in, where tokens do: by provider, what it is called, and what else it is compared with.
pub fn the_claim_that_the_identity_is_taken_from() -> Result<(), String> {
    let cases = [
        ("provider: supabase", "Claim \"sub\" is Logged in User", true),
        ("provider: supabase", "Logged in User is Claim \"/sub\"", true),
        ("provider: supabase", "Claim \"sub\" is User's Id", true),
        ("provider: supabase", "Logged in User is one of (Claim \"sub\", Claim \"act\")", true),
        ("provider: neon", "Claim \"sub\" is Logged in User", true),
        ("provider: postgrest", "Claim \"sub\" is Logged in User", true),
        ("provider: postgrest, claim: uid", "Claim \"uid\" is Logged in User", true),
        ("provider: postgrest, claim: uid", "Claim \"sub\" is Logged in User", false),
        ("provider: supabase", "Claim \"sub\" is Owner", false),
        ("provider: supabase", "Claim \"sub\" is User's Auth Id", false),
    ];
    for (provider, condition, is_told) in cases {
        let trap = Trap { name: "", tables: SHARES, roles: "", policy: "", code: is_told.then_some(Code::UserAlone), help: "" };
        let policy = format!("table docs {{ rule \"a\" for Authenticated {{ where {condition} allow read }} }}");
        let identity = format!("{provider}, user_table: users, signed_in_role: app_user");
        let compiled = super::compile_as(&trap, &identity, &policy);
        let codes: Vec<Code> = compiled.diagnostics.iter().map(|one| one.code).collect();
        if codes != trap.code.into_iter().collect::<Vec<_>>() {
            return Err(format!("{provider}: {condition}\n{}", crate::project::render(&compiled.diagnostics, &compiled.sources)));
        }
    }
    Ok(())
}

/// Where people are called by texts, what one is called may be the beginning of another's.
pub fn a_part_of_a_text_is_the_identity() -> Result<(), String> {
    const PEOPLE: &str = "  people: { columns: { id: text, unit: text } }\n  files: { columns: { id: uuid, name: text, tags: 'text[]', owner_id: { type: text, references: people } } }\n";
    let cases = [
        ("Name starts with Logged in User", true),
        ("Name contains Logged in User", true),
        ("not Name ends with User's Id", true),
        ("Name starts with Logged in User ignoring case", true),
        ("Name starts with User's Unit", false),
        ("Tags contains Logged in User", false),
    ];
    for (condition, is_told) in cases {
        let trap =
            Trap { name: "", tables: PEOPLE, roles: "", policy: "", code: is_told.then_some(Code::Incomparable), help: "" };
        let policy = format!("table files {{ rule \"a\" for Authenticated {{ where {condition} allow read }} }}");
        let identity =
            "provider: setting, setting: app.user_id, claims: app.claims, user_table: people, signed_in_role: app_user";
        let mut compiled = super::compile_as(&trap, identity, &policy);
        // The attributes of the traps reference other users.
        compiled.diagnostics.retain(|one| one.code == Code::Incomparable);
        if compiled.diagnostics.is_empty() == is_told {
            return Err(format!("{condition}\n{}", crate::project::render(&compiled.diagnostics, &compiled.sources)));
        }
    }
    Ok(())
}
