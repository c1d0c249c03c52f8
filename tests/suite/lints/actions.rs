//! Who gets a role by an action: what it gives, by whom its record is written, and what is said of it.

use rowgate::diagnostic::{Code, Diagnostic};

use super::{CONFIG, OTHERS, compile_with};

/// Whoever is signed in invites, and may say as what.
const INVITE: &str = r#"table invitations { rule "Invite" for Authenticated { allow read, create } }"#;
/// Those in charge invite, and may say as what.
const ADMINS: &str = r#"table invitations { rule "Invite" for Admin of Team { allow read, create } }"#;
const VIEWERS: &str = r#"table invitations { rule "Invite" for Admin of Team { allow read, create when Rank is "viewer" } }"#;
const NONE: &str = r#"table invitations { rule "Read" for Admin of Team { allow read } }"#;

const JOIN: &str = "members: { id: 9, user_id: Logged in User, team_id: Team, rank: Rank, accepted: true }";
const TO_ME: &str = "Email equals User's Email and Used is false";

/// The rules, how the action finds its record, what it asks, what it makes, and the warning.
const CASES: [(&str, &str, &str, &str, &str); 13] = [
    (INVITE, "token", TO_ME, JOIN, "users can make themselves `Admin`, `Owner`, `Root` or `Viewer` by `join`"),
    // An admin could become the owner, who may more; and is a viewer already.
    (ADMINS, "token", TO_ME, JOIN, "whoever is `Admin` can make themselves `Owner` or `Root` by `join`"),
    // Who invites says no more than may be said; or the action asks it.
    (VIEWERS, "token", TO_ME, JOIN, ""),
    (INVITE, "token", "Used is false and Rank is \"viewer\"", JOIN, ""),
    (
        INVITE,
        "token",
        "Used is false and any Team's Members where (User is this record's By and Rank is this record's Rank)",
        JOIN,
        "",
    ),
    (
        INVITE,
        "token",
        "Used is false and Rank is not \"owner\"",
        JOIN,
        "users can make themselves `Admin`, `Root` or `Viewer` by `join`",
    ),
    // Nobody writes it: whoever knows the token has it from somebody; a number can be guessed, unless the record says whose it is.
    (NONE, "token", "Used is false", JOIN, ""),
    (NONE, "id", "Used is false", JOIN, "users can make themselves `Admin`, `Owner`, `Root` or `Viewer` by `join`"),
    (NONE, "id", TO_ME, JOIN, ""),
    // For somebody else, as what the action says, or not yet counting.
    (INVITE, "token", TO_ME, "members: { id: 9, user_id: By, team_id: Team, rank: Rank, accepted: true }", ""),
    (
        INVITE,
        "token",
        TO_ME,
        "members: { id: 9, user_id: Logged in User, team_id: Team, rank: '\"viewer\"', accepted: true }",
        "",
    ),
    (INVITE, "token", TO_ME, "members: { id: 9, user_id: Logged in User, team_id: Team, rank: Rank }", ""),
    (INVITE, "token", TO_ME, "members: { id: 9, user_id: Logged in User, team_id: Team, rank: Rank, accepted: false }", ""),
];

/// What becomes of the own row: a role that is taken from what the user writes there, or from what nobody does.
const OWN_ROW: [(&str, &str); 2] = [
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) } }"#,
        "users can make themselves `Junior` or `Senior` by `promote`",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (email) } }"#, ""),
];

pub(super) fn gains() -> Result<(), String> {
    let mut wrong = Vec::new();
    for (rules, by, asked, made, expected) in CASES {
        let action = format!(
            "  join: {{ on: invitations, by: {by}, where: '{}', set: {{ used: true }}, create: {{ {made} }} }}\n",
            asked.replace('\'', "''")
        );
        wrong.extend(told(&action, rules, expected)?);
    }
    for (rules, expected) in OWN_ROW {
        let action = "  promote: { on: users, by: id, where: this record is Logged in User and Active is empty, set: { active: true, grade: Name } }\n";
        wrong.extend(told(action, rules, expected)?);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// What is told instead of what is expected.
fn told(action: &str, rules: &str, expected: &str) -> Result<Option<String>, String> {
    let config = format!("{CONFIG}guards: {{ schema: guard }}\nactions:\n{action}");
    let compiled = compile_with(&config, &format!("{OTHERS}{rules}"));
    if compiled.meaning.is_none() {
        return Err(format!("{action}{}", crate::project::render(&compiled.diagnostics, &compiled.sources)));
    }
    let of_code = |one: &&Diagnostic| one.code == Code::EditableRole && one.title.contains(" by `");
    let titles: Vec<&str> = compiled.diagnostics.iter().filter(of_code).map(|one| one.title.as_str()).collect();
    let told = titles.join("; ");
    Ok((told != expected).then(|| format!("{rules}\n{action}  fires    {told}\n  expected {expected}")))
}
