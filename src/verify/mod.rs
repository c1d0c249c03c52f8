//! What is in force in a database and was not applied, in words. In: facts as the record has them and as they are. Out: findings, each with what it means
//! and the statement that undoes it. It knows neither rules nor a server.

mod against;
mod others;
mod owners;
mod place;
mod roles;
mod together;

use std::fmt;

pub use against::{Fact, against};
pub use owners::new_owners;
use place::of_table;
pub use place::{Grant, of_grant as right};
pub use together::together;

/// A fact that is otherwise than it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about, as the record has it: `policy`, `grant`, …
    pub kind: String,
    /// Which one.
    pub name: String,
    /// What it was right after the last deployment; missing where it was not there.
    pub was: Option<String>,
    /// What it is; missing where it is gone.
    pub now: Option<String>,
    /// Of what sort the object is, as the server says: `materialized view`, `partition`; missing where its kind says enough.
    pub sort: Option<String>,
    /// Of a right to a whole table that was added: the columns to which the same one has the same right by the record, as SQL.
    pub columns: Option<String>,
    /// Whether nothing is applied on top of it before somebody has been told: it may let somebody do more, and the last step does not judge it.
    pub to_be_told: bool,
}

/// What came to be of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Added,
    /// It is otherwise.
    Altered,
    /// It is there no more.
    Gone,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Change::Added => "added",
            Change::Altered => "altered",
            Change::Gone => "gone",
        })
    }
}

/// A difference in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is otherwise: `policy rowgate_read_app_user on public.docs was altered`.
    pub says: String,
    /// What follows of it.
    pub means: String,
    /// The statements that undo it, where they are known.
    pub undo: Option<String>,
}

impl Difference {
    /// What came to be of it.
    pub fn change(&self) -> Change {
        match (&self.was, &self.now) {
            (None, _) => Change::Added,
            (_, None) => Change::Gone,
            _ => Change::Altered,
        }
    }

    /// Whether it is told and nothing more: logins of a role that every session has come and go.
    pub fn is_expected(&self) -> bool {
        self.kind == "login"
    }

    /// Whether that is what the last step says of something: what it is, and what about it.
    pub fn is_what_is_said_of(&self, what: &str, says: &str) -> bool {
        match self.kind.as_str() {
            "policy" | "trigger" => {
                let (table, name) = of_table(&self.name);
                what == table && says.starts_with(&format!("the {} {name} of these rules ", self.kind))
            }
            "table" => what == self.name && says.starts_with("row-level security is "),
            "function" => what.replace(", ", ",") == self.name && says.starts_with("the function of these rules "),
            "view" => what == self.name && says.starts_with("the masking view of these rules "),
            _ => false,
        }
    }

    /// How much weighs what came to be of it: the less, the more. Statements that undo differences work in this order: what belongs to somebody else is had back before
    /// rights at it are, what calls something goes before that, and rights to something before it goes itself.
    pub fn weight(&self) -> u8 {
        match (self.kind.as_str(), self.change()) {
            ("table" | "database" | "schema" | "sequence" | "role" | "power", _)
            | ("view" | "function", Change::Altered | Change::Gone) => 0,
            ("membership" | "admin" | "event trigger", _) => 1,
            ("policy" | "trigger" | "rule" | "cast" | "setting" | "child", _) => 2,
            ("view", _) => 5,
            ("function", _) => 6,
            ("default privileges" | "foreign key", _) => 7,
            ("login", _) => 8,
            (_, Change::Gone) => 4,
            _ => 3,
        }
    }

    /// It in words.
    pub fn explain(&self) -> Finding {
        let (was, now) = (self.was.as_deref().unwrap_or_default(), self.now.as_deref().unwrap_or_default());
        let change = self.change();
        let (subject, means, undo) = match self.kind.as_str() {
            "policy" => policy(&self.name, change),
            "trigger" => trigger(&self.name, change, was, now),
            "rule" => rule(&self.name, change),
            "table" => table(&self.name, change, was, now),
            "grant" => grant(&self.name, change, (was, now), self.columns.as_deref()),
            "default privileges" => others::default_privilege(&self.name, change, was, now),
            "role" => roles::role(&self.name, was, now),
            "membership" | "login" => roles::membership(&self.name, change),
            "admin" => roles::admin(&self.name, change),
            "power" => roles::power(&self.name, change),
            "setting" => roles::setting(&self.name, was, now),
            "view" => others::view(&self.name, self.sort.as_deref(), change, was, now),
            "child" => child(&self.name, self.sort.as_deref() == Some("partition"), change),
            "schema" => (
                format!("schema {}", self.name),
                "whoever owns a schema may replace all that is in it".to_owned(),
                was.strip_prefix("owned by ").map(|owner| format!("ALTER SCHEMA {} OWNER TO {owner}", self.name)),
            ),
            "function" => others::function(&self.name, change, was, now),
            "foreign key" => others::foreign_key(&self.name, change, was, now),
            "sequence" => others::sequence(&self.name, change, was, now),
            "event trigger" => others::event_trigger(&self.name, change, was, now),
            "cast" => others::cast(&self.name, change),
            "database" => others::database(was, now),
            other => (format!("{other} {}", self.name), String::new(), None),
        };
        let verb = match change {
            Change::Added => "was added",
            Change::Altered => "was altered",
            Change::Gone => "is gone",
        };
        Finding { says: format!("{subject} {verb}"), means, undo }
    }
}

/// What it is called, what follows, and what undoes it.
type Said = (String, String, Option<String>);

fn policy(name: &str, change: Change) -> Said {
    let (table, policy) = of_table(name);
    let means = match change {
        Change::Added => format!("rows of {table} are reached that no rule grants, or no longer reached that one does"),
        Change::Altered => format!("other rows of {table} are reached than the rules say"),
        Change::Gone => format!("rows of {table} that the rules grant are no longer reached"),
    };
    let undo = (change == Change::Added).then(|| format!("DROP POLICY {policy} ON {table}"));
    (format!("policy {policy} on {table}"), means, undo)
}

fn trigger(name: &str, change: Change, was: &str, now: &str) -> Said {
    let (table, trigger) = of_table(name);
    let is_switched = change == Change::Altered && word(was) != word(now);
    let means = match change {
        Change::Added => format!("something else happens when {table} is written to"),
        Change::Altered if word(now) == "disabled" => format!("{table} is written to without being asked by it"),
        Change::Altered => format!("it asks something else when {table} is written to, or not always"),
        Change::Gone => {
            format!("{table} is written to without being asked by it; or all writing is refused, where policies are tied to it")
        }
    };
    let undo = match change {
        Change::Added => Some(format!("DROP TRIGGER {trigger} ON {table}")),
        Change::Altered if is_switched => {
            let how = match word(was) {
                "always" => "ENABLE ALWAYS",
                "on" => "ENABLE REPLICA",
                "disabled" => "DISABLE",
                _ => "ENABLE",
            };
            Some(format!("ALTER TABLE {table} {how} TRIGGER {trigger}"))
        }
        _ => None,
    };
    (format!("trigger {trigger} on {table}"), means, undo)
}

fn word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn rule(name: &str, change: Change) -> Said {
    let (table, rule) = of_table(name);
    let undo = (change == Change::Added).then(|| format!("DROP RULE {rule} ON {table}"));
    (format!("rewrite rule {rule} on {table}"), format!("statements on {table} become other ones"), undo)
}

fn table(name: &str, change: Change, was: &str, now: &str) -> Said {
    let (mut means, mut undo) = (Vec::new(), Vec::new());
    if was.contains(" with row") && now.contains(" without row") {
        means.push("row-level security is off: whoever has a right to it reaches every row".to_owned());
        undo.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
    }
    if was.ends_with(", forced") && now.ends_with("not forced") {
        means.push("its owner, and views and functions of its owner, reach every row".to_owned());
        undo.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
    }
    let owner =
        |text: &str| text.strip_prefix("owned by ").and_then(|rest| rest.rsplit_once(" with")).map(|(owner, _)| owner.to_owned());
    if let (Some(before), Some(after)) = (owner(was), owner(now))
        && before != after
    {
        means.push(format!("it belongs to {after}, who may do anything with it"));
        undo.push(format!("ALTER TABLE {name} OWNER TO {before}"));
    }
    match change {
        Change::Added => means.push("it is reached through another one, and nothing is known of it".to_owned()),
        Change::Gone => means.push("what the rules say of it is said of nothing".to_owned()),
        Change::Altered => {}
    }
    (format!("table {name}"), means.join("; "), (!undo.is_empty()).then(|| undo.join("; ")))
}

fn grant(name: &str, change: Change, (was, now): (&str, &str), columns: Option<&str>) -> Said {
    let Some(grant) = right(name) else { return (format!("right {name}"), String::new(), None) };
    let (privilege, on, whom) = (grant.privilege, grant.said(), grant.grantee);
    let passed_on = now.contains("passed on") && !was.contains("passed on");
    let means = match change {
        Change::Added => format!("{whom} may {privilege} {on}{}", held_by(privilege)),
        Change::Gone => format!("{whom} may no longer {privilege} {on}"),
        Change::Altered if passed_on => format!("{whom} may give the right to {privilege} {on} to others"),
        Change::Altered => format!("{whom} may no longer give it to others"),
    };
    let statement = grant.statement();
    let undo = match change {
        // Taking a right to a table takes that to its columns along (manual, REVOKE).
        Change::Added => match columns {
            Some(columns) => {
                format!("REVOKE {statement} FROM {whom}; GRANT {privilege} ({columns}) ON {} TO {whom}", grant.place)
            }
            None => format!("REVOKE {statement} FROM {whom}"),
        },
        Change::Gone => format!("GRANT {statement} TO {whom}"),
        Change::Altered if passed_on => format!("REVOKE GRANT OPTION FOR {statement} FROM {whom}"),
        Change::Altered => format!("GRANT {statement} TO {whom} WITH GRANT OPTION"),
    };
    (format!("right of {whom} to {privilege} {on}"), means, Some(undo))
}

/// What may stand in the way of a right. Policies are about rows of tables, and not all that is done with these.
fn held_by(privilege: &str) -> &'static str {
    match privilege {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" => ", as far as policies do not stand in the way",
        "EXECUTE" => ", and what it does is done where it runs as somebody else with the rights of that one",
        "TRUNCATE" | "REFERENCES" | "TRIGGER" => ", and no policy is asked",
        _ => "",
    }
}

fn child(name: &str, is_partition: bool, change: Change) -> Said {
    let (child, parent) = name.split_once(" of ").unwrap_or((name, ""));
    let means = format!("its rows are read and written through {parent}, and by itself with what is granted on it");
    let undo = (change == Change::Added).then(|| match is_partition {
        true => format!("ALTER TABLE {parent} DETACH PARTITION {child}"),
        false => format!("ALTER TABLE {child} NO INHERIT {parent}"),
    });
    (format!("child {child} of {parent}"), means, undo)
}

#[cfg(test)]
mod tests {
    use super::Difference;

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
    fn what_is_undone_is_called_what_it_is() {
        let undone = |kind: &str, name: &str, sort: Option<&str>| {
            let (kind, name, sort) = (kind.to_owned(), name.to_owned(), sort.map(str::to_owned));
            Difference { kind, name, was: None, now: Some("x".to_owned()), sort, columns: None, to_be_told: false }
                .explain()
                .undo
                .unwrap_or_default()
        };
        assert_eq!(undone("view", "public.sums", Some("materialized view")), "DROP MATERIALIZED VIEW public.sums");
        assert_eq!(undone("view", "public.sums", None), "DROP VIEW public.sums");
        assert_eq!(undone("child", "a.may of a.all", Some("partition")), "ALTER TABLE a.all DETACH PARTITION a.may");
        assert_eq!(undone("child", "a.may of a.all", None), "ALTER TABLE a.may NO INHERIT a.all");
        // A procedure is no function to DROP FUNCTION.
        assert_eq!(undone("function", "a.f(integer)", None), "DROP ROUTINE a.f(integer)");
    }

    #[test]
    fn statements_undo_what_was_done() {
        let forced = "owned by owner with row-level security, forced";
        let cases = [
            (
                explained("policy", "public.\"my docs\" \"open door\"", None, Some("x")),
                "policy \"open door\" on public.\"my docs\" was added | DROP POLICY \"open door\" ON public.\"my docs\"",
            ),
            (
                explained("grant", "SELECT on public.docs (secret) to app_user", None, Some("granted")),
                "right of app_user to SELECT column secret of public.docs was added | REVOKE SELECT (secret) ON public.docs FROM app_user",
            ),
            (
                explained("grant", "USAGE on schema crm to PUBLIC", Some("granted"), None),
                "right of PUBLIC to USAGE schema crm is gone | GRANT USAGE ON SCHEMA crm TO PUBLIC",
            ),
            (
                explained("grant", "EXECUTE on function a.f(integer,text) to app", None, Some("granted")),
                "right of app to EXECUTE function a.f(integer,text) was added | REVOKE EXECUTE ON ROUTINE a.f(integer,text) FROM app",
            ),
            (
                explained("table", "public.docs", Some(forced), Some("owned by other without row-level security, not forced")),
                "table public.docs was altered | ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY; ALTER TABLE public.docs FORCE ROW LEVEL SECURITY; \
                 ALTER TABLE public.docs OWNER TO owner",
            ),
            (
                explained("trigger", "public.docs \"!rowgate_update\"", Some("always CREATE"), Some("disabled CREATE")),
                "trigger \"!rowgate_update\" on public.docs was altered | ALTER TABLE public.docs ENABLE ALWAYS TRIGGER \"!rowgate_update\"",
            ),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }
}
