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

/// What stands behind its columns.
pub fn options(random: &mut Random) -> String {
    let filter = match random.below(3) {
        0 => format!(", where: '{}'", FILTERS[random.below(FILTERS.len())].replace('\'', "''")),
        1 => format!(", where: {}", FILTERS[0]),
        _ => String::new(),
    };
    filter + ["", ", below: parent_id"][random.below(2)]
}
