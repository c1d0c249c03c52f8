//! Which roles of the application a login acts as, and how it comes to act as one. In: facts. Out: findings, each with the statement that mends it.

use super::facts::{Facts, KeptOut, RoleFacts};
use super::{Finding, Severity};
use crate::model::Model;
use crate::objects::quote::identifier;

/// What follows where no session of the login has the role that policies are for.
const NOTHING: &str = "the policies are for these roles: the application's statements find nothing, or fail";

/// Of a login that may be any of the application's: whether it acts as some role.
pub(super) fn as_any(model: &Model, facts: &Facts) -> Vec<Finding> {
    let (login, wanted) = (&facts.login.name, &model.identity.signed_in_role);
    let missing: Vec<&RoleFacts> = facts.roles.iter().filter(|role| !role.exists).collect();
    let mut found: Vec<Finding> = missing.iter().map(|role| is_missing(&role.name)).collect();
    let usable = || facts.roles.iter().filter(|role| is_usable(role));
    if usable().next().is_none() {
        if missing.is_empty() {
            let names: Vec<String> = facts.roles.iter().map(|role| format!("`{}`", role.name)).collect();
            let says = format!("`{login}` can act as no role of the application ({})", names.join(", "));
            let is_member = facts.roles.iter().any(|role| role.name == *wanted && role.is_member);
            let mends = grant(wanted, login, is_member);
            found.push(Finding::new("login-without-role", Severity::Failure, says, NOTHING).mended_by(mends));
        }
        return found;
    }
    // A session that begins as one of them needs no inheritance.
    let begins_right = usable().any(|role| role.is_inherited || role.name == facts.login.begins_as);
    if !begins_right {
        // Which role the application says, it is allowed to.
        let role = usable().find(|role| role.name == *wanted).or_else(|| usable().next());
        found.extend(role.map(|role| inherits_nothing(login, &role.name)));
    }
    found
}

/// Of a login by which a session is to act as one role: whether it connects at all, and acts as that.
pub(super) fn as_one(facts: &Facts, role: &str) -> Vec<Finding> {
    let login = &facts.login.name;
    let mut found: Vec<Finding> = facts.login.kept_out.iter().map(|&why| kept_out(why, facts)).collect();
    let Some(asked) = facts.roles.iter().find(|known| known.name == role) else { return found };
    if !asked.exists {
        found.push(is_missing(role));
        return found;
    }
    let others: Vec<String> = facts
        .roles
        .iter()
        .filter(|other| other.name != role && is_usable(other))
        .map(|other| format!("`{}`", other.name))
        .collect();
    let inherited: Vec<&str> = facts.roles.iter().filter(|other| other.is_inherited).map(|other| other.name.as_str()).collect();
    match (asked.is_settable, asked.is_inherited) {
        (false, false) => {
            let says = match (asked.is_member, others.is_empty()) {
                (true, _) => format!("`{login}` is a member of `{role}` that may neither act as it nor has its rights"),
                (false, true) => {
                    format!("`{login}` can act as no role of the application, and so not as `{role}`, which this session has")
                }
                (false, false) => {
                    format!("`{login}` acts as {}, and may not act as `{role}`, which this session has", others.join(" and "))
                }
            };
            let means =
                format!("the policies that decide here are for `{role}`: statements through this login find nothing, or fail");
            let mends = grant(role, login, asked.is_member);
            found.push(Finding::new("login-without-role", Severity::Failure, says, means).mended_by(mends));
        }
        (true, false) if facts.login.begins_as == role => {}
        (true, false) if inherited.is_empty() => found.push(inherits_nothing(login, role)),
        (true, false) => {
            let others = inherited.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
            let says = format!("`{login}` inherits {others}, and not `{role}`: a session has to say that it acts as it");
            let means = format!("statements that begin without SET LOCAL ROLE are decided by what {others} may");
            let mends = format!("begin each transaction of somebody like this with SET LOCAL ROLE {}", identifier(role));
            found.push(Finding::new("login-inherits-nothing", Severity::Notice, says, means).mended_by(mends));
        }
        (false, true) => {
            let says = format!("`{login}` has the rights of `{role}`, and may not SET ROLE to it");
            let means = "a session that says which role it acts as fails with that, and does nothing";
            let mends = format!("leave SET ROLE out, or {}", grant(role, login, true));
            found.push(Finding::new("login-inherits-only", Severity::Notice, says, means).mended_by(mends));
        }
        (true, true) => {}
    }
    found
}

fn is_usable(role: &RoleFacts) -> bool {
    role.is_inherited || role.is_settable
}

/// What lets a login act as a role. Who is a member already keeps what is not said again (manual, GRANT).
fn grant(role: &str, login: &str, is_member: bool) -> String {
    let with = if is_member { " WITH SET TRUE" } else { "" };
    format!("GRANT {} TO {}{with}", identifier(role), identifier(login))
}

fn is_missing(role: &str) -> Finding {
    let says = format!("there is no role `{role}`");
    let means = "the rules have not been applied to this server, and nobody can act as the role";
    Finding::new("role-missing", Severity::Failure, says, means).mended_by("apply what `rowgate build` prints")
}

fn inherits_nothing(login: &str, role: &str) -> Finding {
    let says = format!("`{login}` inherits no role of the application: a session has to say which it acts as");
    let means = "statements outside of a transaction that began with SET LOCAL ROLE find nothing, or fail";
    let mends = format!("begin each transaction with SET LOCAL ROLE {}, or let the login inherit it", identifier(role));
    Finding::new("login-inherits-nothing", Severity::Notice, says, means).mended_by(mends)
}

fn kept_out(why: KeptOut, facts: &Facts) -> Finding {
    let (login, role) = (&facts.login.name, identifier(&facts.login.name));
    let (says, means, mends) = match why {
        KeptOut::NoLogin => {
            (format!("`{login}` is a role that does not log in"), "nobody connects as it", format!("ALTER ROLE {role} LOGIN"))
        }
        KeptOut::Expired => (
            format!("the password of `{login}` is no longer valid"),
            "whoever connects with it is refused, whatever the rules say",
            format!("ALTER ROLE {role} VALID UNTIL 'infinity'"),
        ),
        KeptOut::NoConnect => (
            format!("`{login}` may not connect to the database `{}`", facts.database),
            "no statement comes to this database through it",
            format!("GRANT CONNECT ON DATABASE {} TO {role}", identifier(&facts.database)),
        ),
    };
    Finding::new("login-kept-out", Severity::Failure, says, means).mended_by(mends)
}
