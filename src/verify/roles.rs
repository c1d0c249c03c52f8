//! What became of roles: what they may do, whose they are, how their sessions begin. In: facts as the record has them and as they are. Out: what is said.

use super::place::{around, quoted};
use super::{Change, Said};
use crate::objects::quote;

/// A role of the application, or of ours.
pub(super) fn role(name: &str, was: &str, now: &str) -> Said {
    let has = |text: &str, power: &str| text.split(' ').any(|word| word == power);
    let gained = ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION", "LOGIN"]
        .into_iter()
        .filter(|power| has(now, power) && !has(was, power));
    let gained: Vec<&str> = gained.collect();
    if gained.is_empty() {
        let lost: Vec<&str> = was.split(' ').filter(|power| !power.is_empty() && !has(now, power)).collect();
        let undo = (!lost.is_empty()).then(|| format!("ALTER ROLE {} {}", quoted(name), lost.join(" ")));
        return (format!("role {name}"), "it may do less than it could when the rules were applied".to_owned(), undo);
    }
    let no: Vec<String> = gained.iter().map(|power| format!("NO{power}")).collect();
    let means = match gained.iter().find_map(|power| unbound(power)) {
        Some(means) => format!("no policy holds for it: {means}"),
        None if gained == ["LOGIN"] => "somebody may connect as it, without a login of their own".to_owned(),
        None => format!("it came to {}", gained.join(", ")),
    };
    (format!("role {name}"), means, Some(format!("ALTER ROLE {} {}", quoted(name), no.join(" "))))
}

/// What follows of a power that policies do not hold.
fn unbound(power: &str) -> Option<&'static str> {
    ["SUPERUSER", "BYPASSRLS"].contains(&power).then_some("it reaches every row that it has a right to")
}

/// `BYPASSRLS of web`: of somebody who can act for the application, or has a right at its tables.
pub(super) fn power(name: &str, change: Change) -> Said {
    let (power, role) = around(name, " of ");
    let means = match (change, power) {
        (Change::Gone, _) => format!("{role} may do less than it could when the rules were applied"),
        (_, "CREATEROLE") => format!("{role} may make itself a member of roles: before version 16 of all of them"),
        (_, "REPLICATION") => format!("{role} may read every change of every table"),
        _ => format!("no policy holds for {role}: {}", unbound(power).unwrap_or_default()),
    };
    let undo = if change == Change::Gone { power.to_owned() } else { format!("NO{power}") };
    (format!("{power} of {role}"), means, Some(format!("ALTER ROLE {role} {undo}")))
}

/// `web in auditor`
pub(super) fn membership(name: &str, change: Change) -> Said {
    let (member, role) = around(name, " in ");
    let (means, undo) = match change {
        Change::Gone => {
            (format!("{member} can no longer act as {role}, and lacks what {role} may do"), format!("GRANT {role} TO {member}"))
        }
        _ => (format!("{member} can act as {role}, and may do what {role} may do"), format!("REVOKE {role} FROM {member}")),
    };
    (format!("membership of {member} in {role}"), means, Some(undo))
}

/// `web in auditor`, which web may pass on.
pub(super) fn admin(name: &str, change: Change) -> Said {
    let (member, role) = around(name, " in ");
    let (means, undo) = match change {
        Change::Gone => {
            (format!("{member} may no longer let others act as {role}"), format!("GRANT {role} TO {member} WITH ADMIN OPTION"))
        }
        _ => (
            format!("{member} may let everybody act as {role}, itself too"),
            format!("REVOKE ADMIN OPTION FOR {role} FROM {member}"),
        ),
    };
    (format!("ADMIN option of {member} for {role}"), means, Some(undo))
}

/// `app.user_id of web in this database`, and what it is set to.
pub(super) fn setting(name: &str, was: &str, now: &str) -> Said {
    let (setting, whose) = around(name, " of ");
    let (role, is_here) = whose.strip_suffix(" in this database").map_or((whose, false), |role| (role, true));
    let value = |text: &str| text.split_once('=').map(|(_, value)| value.to_owned());
    let who =
        if role == "everybody" || role == "the server" { "every session".to_owned() } else { format!("every session of {role}") };
    let means = match (setting, value(now)) {
        ("session_replication_role", _) => format!("triggers are off, or on again, where {who} begins"),
        ("row_security", _) => format!("{who} fails, or no longer fails, where policies would hide rows"),
        ("role", Some(now)) => format!("{who} begins as {now}"),
        (_, Some(now)) => format!(
            "{who} begins with {setting} set to {}, and says by it who it is before the application does",
            quote::literal(&now)
        ),
        (_, None) => format!("{who} no longer begins with {setting} set"),
    };
    // Letters of a name that are not small are kept as they are.
    let setting = setting.split('.').map(quoted).collect::<Vec<_>>().join(".");
    let what = match value(was) {
        Some(was) => format!("SET {setting} = {}", quote::literal(&was)),
        None => format!("RESET {setting}"),
    };
    let of = if role == "everybody" { "ALL" } else { role };
    // The record does not say what the database is called.
    let undo = if role == "the server" {
        format!("ALTER SYSTEM {what}; SELECT pg_reload_conf()")
    } else if is_here {
        let statement = format!("ALTER ROLE {of} IN DATABASE %I {}", what.replace('%', "%%"));
        let body = format!("BEGIN EXECUTE format({}, current_database()); END", quote::literal(&statement));
        format!("DO {}", quote::literal(&body))
    } else {
        format!("ALTER ROLE {of} {what}")
    };
    (format!("setting {name}"), means, Some(undo))
}

#[cfg(test)]
mod tests {
    use crate::verify::Difference;

    fn explained(kind: &str, name: &str, was: Option<&str>, now: Option<&str>) -> String {
        let difference = Difference {
            kind: kind.to_owned(),
            name: name.to_owned(),
            was: was.map(Into::into),
            now: now.map(Into::into),
            sort: None,
            columns: None,
            to_be_told: false,
        };
        let finding = difference.explain();
        format!("{} | {}", finding.says, finding.undo.unwrap_or_default())
    }

    #[test]
    fn statements_undo_what_became_of_roles() {
        let cases = [
            (
                explained("setting", "role of \"a of b\"", None, Some("role=boss")),
                "setting role of \"a of b\" was added | ALTER ROLE \"a of b\" RESET role",
            ),
            (
                explained("setting", "app.user_id of everybody in this database", Some("app.user_id=it's 7%"), None),
                "setting app.user_id of everybody in this database is gone | DO 'BEGIN EXECUTE format(''ALTER ROLE ALL IN DATABASE %I \
                 SET app.user_id = ''''it''''''''s 7%%'''''', current_database()); END'",
            ),
            (
                explained("role", "app_user", Some(""), Some("BYPASSRLS")),
                "role app_user was altered | ALTER ROLE app_user NOBYPASSRLS",
            ),
            (
                explained("power", "BYPASSRLS of \"a b\"", None, Some("held")),
                "BYPASSRLS of \"a b\" was added | ALTER ROLE \"a b\" NOBYPASSRLS",
            ),
            (explained("power", "SUPERUSER of web", Some("held"), None), "SUPERUSER of web is gone | ALTER ROLE web SUPERUSER"),
            (
                explained("membership", "\"a in b\" in auditor", None, Some("held")),
                "membership of \"a in b\" in auditor was added | REVOKE auditor FROM \"a in b\"",
            ),
            (
                explained("admin", "web in auditor", None, Some("held")),
                "ADMIN option of web for auditor was added | REVOKE ADMIN OPTION FOR auditor FROM web",
            ),
            (
                explained("login", "web in app_user", Some("held"), None),
                "membership of web in app_user is gone | GRANT app_user TO web",
            ),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }
}
