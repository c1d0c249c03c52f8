//! Who connects: what it is, what it owns, what else than the application it acts for.

use super::facts::{Facts, PowerKind};
use super::{Finding, Severity};
use crate::diagnostic::count;
use crate::model::Model;
use crate::objects::quote::identifier;

/// `roles` is what was found of the roles of the application that it acts as.
pub(super) fn examine(model: &Model, facts: &Facts, roles: Vec<Finding>) -> Vec<Finding> {
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
    found.extend(roles.into_iter().filter(|finding| !is_accepted || finding.severity != Severity::Notice));
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
    let says = format!("`{login}` owns {} of the project", count(number, "table"));
    let means =
        "the owner can switch policies off, drop them, and truncate; one statement that somebody smuggles into a query is enough";
    let mends =
        "let another role own the tables and deploy, and give this login the application's role alone: ALTER TABLE … OWNER TO …";
    Some(Finding::new("login-owns", Severity::Danger, says, means).mended_by(mends))
}
