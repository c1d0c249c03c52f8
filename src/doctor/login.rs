//! Who connects: what it is, what it owns, which roles it acts as.

use super::facts::{Facts, PowerKind, RoleFacts};
use super::{Finding, Severity};
use crate::model::Model;
use crate::objects::quote::identifier;

pub(super) fn examine(model: &Model, facts: &Facts) -> Vec<Finding> {
    let login = &facts.login;
    if login.is_superuser || login.bypasses {
        // Such a role can act as every other, so that there is nothing else to say of it.
        return vec![bypasses(facts)];
    }
    let is_accepted = model.accepted.logins.contains(&login.name);
    let mut found = Vec::new();
    found.extend(owns(facts));
    found.extend(facts.powers.iter().map(|power| {
        let (which, means) = match power.kind {
            PowerKind::Bypasses => {
                ("which bypasses row-level security", "a statement that switches the role sees and changes every row")
            }
            PowerKind::Serves => (
                "which reads what no application role may",
                "a statement that switches the role sees what look-ups and masking views read",
            ),
            PowerKind::Owns => (
                "which owns tables of the project",
                "a statement that switches the role can switch the policies off, or drop the tables",
            ),
        };
        let says = format!("`{}` can act as `{}`, {which}", login.name, power.role);
        if is_accepted {
            // As in the last step: who else uses the login than an API that chooses the role is for the project to answer.
            let says = format!("{says}; `accepted` in rowgate.yaml has the login");
            return Finding::new("login-acts-as", Severity::Notice, says, means);
        }
        let revoke = format!("REVOKE {} FROM {}", identifier(&power.role), identifier(&login.name));
        Finding::new("login-acts-as", Severity::Danger, says, means).mended_by(revoke)
    }));
    // A login that is accepted because it acts as several roles says which by design.
    found.extend(roles(model, facts).into_iter().filter(|finding| !is_accepted || finding.severity != Severity::Notice));
    found
}

fn bypasses(facts: &Facts) -> Finding {
    let (login, name) = (&facts.login, identifier(&facts.login.name));
    let (what, statement) = if login.is_superuser {
        ("is a superuser", format!("ALTER ROLE {name} NOSUPERUSER"))
    } else {
        ("has BYPASSRLS", format!("ALTER ROLE {name} NOBYPASSRLS"))
    };
    let says = format!("`{}` {what}: no policy is asked for what it does", login.name);
    let means = "whoever uses the application through this login sees and changes every row, whatever the rules say";
    let mends = format!("connect as a login of its own, or {statement}");
    Finding::new("login-bypasses", Severity::Danger, says, means).mended_by(mends)
}

fn owns(facts: &Facts) -> Option<Finding> {
    let login = &facts.login.name;
    let number = facts.tables.iter().filter_map(|table| table.found.as_ref()).filter(|table| table.owner == *login).count();
    if number == 0 {
        return None;
    }
    let tables = if number == 1 { "1 table".to_owned() } else { format!("{number} tables") };
    let says = format!("`{login}` owns {tables} of the project");
    let means =
        "the owner can switch policies off, drop them, and truncate; one statement that somebody smuggles into a query is enough";
    let mends =
        "let another role own the tables and deploy, and give this login the application's role alone: ALTER TABLE … OWNER TO …";
    Some(Finding::new("login-owns", Severity::Danger, says, means).mended_by(mends))
}

/// Which roles of the application the login acts as.
fn roles(model: &Model, facts: &Facts) -> Vec<Finding> {
    let (login, wanted) = (&facts.login.name, &model.identity.signed_in_role);
    let missing: Vec<&RoleFacts> = facts.roles.iter().filter(|role| !role.exists).collect();
    let mut found: Vec<Finding> = missing
        .iter()
        .map(|role| {
            let says = format!("there is no role `{}`", role.name);
            let means = "the rules have not been applied to this server, and nobody can act as the role";
            Finding::new("role-missing", Severity::Failure, says, means).mended_by("apply what `rowgate build` prints")
        })
        .collect();
    let usable = || facts.roles.iter().filter(|role| role.is_inherited || role.is_settable);
    if usable().next().is_none() {
        if missing.is_empty() {
            let names: Vec<String> = facts.roles.iter().map(|role| format!("`{}`", role.name)).collect();
            let says = format!("`{login}` can act as no role of the application ({})", names.join(", "));
            let means = "the policies are for these roles: the application's statements find nothing, or fail";
            let mends = format!("GRANT {} TO {}", identifier(wanted), identifier(login));
            found.push(Finding::new("login-without-role", Severity::Failure, says, means).mended_by(mends));
        }
        return found;
    }
    // A session that begins as one of them needs no inheritance.
    let begins_right = usable().any(|role| role.is_inherited || role.name == facts.login.begins_as);
    if !begins_right {
        let says = format!("`{login}` inherits no role of the application: a session has to say which it acts as");
        let means = "statements outside of a transaction that began with SET LOCAL ROLE find nothing, or fail";
        let mends = format!("begin each transaction with SET LOCAL ROLE {}, or let the login inherit it", identifier(wanted));
        found.push(Finding::new("login-inherits-nothing", Severity::Notice, says, means).mended_by(mends));
    }
    found
}
