//! What a random project's membership says beside who belongs to what. Out: keys of the configuration.

use crate::random::Random;

/// Which memberships count: by themselves, or by what the token, the session or the user's row says, which may be missing.
const FILTERS: [&str; 7] = [
    "Active is not false",
    "Role is Claim \"word\"",
    "Role is not Session's Note",
    "Active is true or Rank is at least Session's Rank",
    "Rank is at most User's Level",
    "Session's Note is empty or Role is Session's Note",
    "Claim \"words\" contains Role or Active is false",
];

/// When a row counts for the user, where no column alone says so.
const HOLDERS: [&str; 7] = [
    "User is Logged in User or any Team's Folders by Team where (Owner is Logged in User)",
    "any Team's Folders by Team where (Owner is Logged in User and not Id is empty) or Rank is User's Level",
    "User is Logged in User or Role is \"viewer\" and Rank is at least User's Level",
    "this record's User's Manager is Logged in User or User is Logged in User",
    "User is Logged in User and Role is not Session's Note or User is User's Manager",
    "User is not Logged in User and no Team's Folders by Team where (Owner is Logged in User)",
    "User is Logged in User or Role is \"viewer\" and any record of settings where (Open is true)",
];

/// Whom its rows count for.
pub fn holder(random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("holder: '{}'", HOLDERS[random.below(HOLDERS.len())].replace('\'', "''")),
        _ => "user: user_id".to_owned(),
    }
}

/// What stands behind its columns.
pub fn options(random: &mut Random) -> String {
    let filter = match random.below(3) {
        0 => format!(", where: '{}'", FILTERS[random.below(FILTERS.len())].replace('\'', "''")),
        1 => format!(", where: {}", FILTERS[0]),
        _ => String::new(),
    };
    filter + ["", ", below: parent_id"][random.below(2)]
}
