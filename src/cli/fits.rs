//! Which causes fit what a server did. In: what it did with a statement of somebody, and what is otherwise in it than the rules say. Out: how well one explains the other, so that what decides
//! stands first.

use crate::db::Found;
use crate::model::Operation;
use crate::sql;
use crate::verify::{self, Change, Difference};

/// What a server did that the rules do not say.
#[derive(Debug, Clone)]
pub(super) enum Symptom {
    /// It refused for want of a right, in its words, which name what the right is at; and what was to be done.
    Forbidden(String, Operation),
    /// It found no record, or a policy, a trigger or a look-up refused it.
    Hidden,
    /// It did what the rules deny.
    Allowed,
    /// It showed fields that the rules hide.
    Beyond,
}

/// What a cause is about, and which way it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fit {
    matter: Matter,
    way: Way,
    /// What a right is at, as the server's words name it.
    object: Option<String>,
    /// What a right to a table or a view allows.
    privilege: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    /// Which rows there are for somebody: policies, row-level security, what these ask, views.
    Rows,
    /// What is asked of what is written.
    Writing,
    /// Who may use what, and act as whom.
    Rights,
    /// Whom no policy holds.
    Powers,
    /// Other rules than those of the folder: whatever they say.
    Rules,
    /// Anything else.
    Other,
}

/// Whether there is more for somebody than the rules say, or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    More,
    Less,
    Either,
}

/// How badly what leads the other way explains something.
pub(super) const OTHER_WAY: u8 = 4;

impl Fit {
    fn new(matter: Matter, way: Way) -> Fit {
        Fit { matter, way, object: None, privilege: None }
    }

    /// Of other rules.
    pub(super) fn of_rules() -> Fit {
        Fit::new(Matter::Rules, Way::Either)
    }

    /// Of what nothing is known of.
    pub(super) fn unknown() -> Fit {
        Fit::new(Matter::Other, Way::Either)
    }

    /// Of a right that is missing.
    pub(super) fn of_lost_right(object: &str) -> Fit {
        Fit { object: Some(object.to_owned()), ..Fit::new(Matter::Rights, Way::Less) }
    }

    /// Of something that is otherwise than it was applied.
    pub(super) fn of_difference(difference: &Difference) -> Fit {
        let (was, now) = (difference.was.as_deref().unwrap_or_default(), difference.now.as_deref().unwrap_or_default());
        let is_gone = difference.change() == Change::Gone;
        let simply = if is_gone { Way::Less } else { Way::More };
        let of_change = match difference.change() {
            Change::Added => Way::More,
            Change::Gone => Way::Less,
            Change::Altered => Way::Either,
        };
        match difference.kind.as_str() {
            "policy" => {
                // One that narrows takes away while it is there, any other when it is gone.
                let narrows = if is_gone { was } else { now }.starts_with("restrictive");
                let way = if narrows == is_gone { Way::More } else { Way::Less };
                Fit::new(Matter::Rows, if difference.change() == Change::Altered { Way::Either } else { way })
            }
            "table" => Fit::new(Matter::Rows, if now.contains("without row-level security") { Way::More } else { Way::Either }),
            "function" => Fit::new(Matter::Rows, if is_gone { Way::Less } else { Way::Either }),
            "view" | "rule" | "child" => Fit::new(Matter::Rows, Way::Either),
            "trigger" => Fit::new(
                Matter::Writing,
                match difference.change() {
                    Change::Added => Way::Less,
                    Change::Gone => Way::More,
                    Change::Altered => Way::Either,
                },
            ),
            "grant" => {
                let right = verify::right(&difference.name);
                let object = right.map(|right| right.object().to_owned());
                let privilege = right.map(|right| right.privilege.to_owned());
                Fit { object, privilege, ..Fit::new(Matter::Rights, of_change) }
            }
            "schema" | "membership" | "login" | "admin" | "default privileges" => Fit::new(Matter::Rights, of_change),
            "role" | "power" => Fit::new(Matter::Powers, simply),
            _ => Fit::unknown(),
        }
    }

    /// Of something that the last step finds.
    pub(super) fn of_found(found: &Found) -> Fit {
        let (matter, way) = match sql::about_finding(found.number as usize).0 {
            "policies" if found.lets.contains(" takes rows away") => (Matter::Rows, Way::Less),
            "policies" if found.lets.contains(" adds rows") => (Matter::Rows, Way::More),
            "policies" => (Matter::Rows, Way::Either),
            "tables" | "relations" => (Matter::Rows, Way::More),
            "generated" | "functions" | "others" => (Matter::Rows, Way::Either),
            "grants" if found.closes.as_deref().is_some_and(|closes| closes.starts_with("GRANT ")) => {
                // `public.docs`, `crm`, `crm.f(integer)`
                let name = found.what.split('(').next().unwrap_or_default();
                return Fit::of_lost_right(name.rsplit('.').next().unwrap_or(name).trim_matches('"'));
            }
            "grants" => (Matter::Rows, Way::Either),
            "triggers" => (Matter::Writing, Way::Either),
            "privileges" | "sequences" | "schemas" => (Matter::Rights, Way::More),
            "roles" => (Matter::Powers, Way::More),
            _ => (Matter::Other, Way::Either),
        };
        Fit::new(matter, way)
    }

    /// How badly it explains what a server did; nothing where it does. `is_near`: whether it is said of the table that is asked about.
    pub(super) fn misses(&self, symptom: &Symptom, is_near: bool) -> u8 {
        let is_wide = matches!(symptom, Symptom::Allowed | Symptom::Beyond);
        match (symptom, self.matter) {
            _ if self.way == (if is_wide { Way::Less } else { Way::More }) => OTHER_WAY,
            (_, Matter::Rules) => u8::from(!is_near),
            (Symptom::Forbidden(words, operation), Matter::Rights) => {
                let is_it = self.object.as_ref().is_some_and(|object| is_named(words, object));
                u8::from(!is_it || !self.privilege.as_ref().is_none_or(|right| is_needed(right, *operation)))
            }
            (Symptom::Forbidden(..), Matter::Rows | Matter::Writing | Matter::Powers | Matter::Other) => 2,
            (Symptom::Hidden | Symptom::Allowed, Matter::Rows | Matter::Writing) => 0,
            (Symptom::Hidden | Symptom::Allowed, Matter::Powers) => u8::from(!is_wide),
            (Symptom::Hidden | Symptom::Allowed, Matter::Rights | Matter::Other) => 2,
            (Symptom::Beyond, Matter::Rights | Matter::Rows) => 0,
            (Symptom::Beyond, Matter::Writing | Matter::Powers | Matter::Other) => 2,
        }
    }
}

/// Whether what is done asks for a right. Whoever names a record by its key reads that.
fn is_needed(privilege: &str, operation: Operation) -> bool {
    let rows = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
    let own = match operation {
        Operation::Create => "INSERT",
        Operation::Read => "SELECT",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
    };
    !rows.contains(&privilege) || privilege == own || privilege == "SELECT"
}

/// Whether a sentence has a name as a word, with a schema before it or not.
pub(super) fn is_named(says: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let is_word = |at: usize| {
        let (before, behind) = (says[..at].chars().next_back(), says[at + name.len()..].chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    };
    !name.is_empty() && says.match_indices(name).any(|(at, _)| is_word(at))
}

#[cfg(test)]
mod tests {
    use super::{Fit, Symptom, is_named};
    use crate::model::Operation;
    use crate::verify::Difference;

    fn difference(kind: &str, name: &str, was: Option<&str>, now: Option<&str>) -> Fit {
        let (was, now) = (was.map(str::to_owned), now.map(str::to_owned));
        Fit::of_difference(&Difference {
            kind: kind.to_owned(),
            name: name.to_owned(),
            was,
            now,
            sort: None,
            columns: None,
            to_be_told: false,
        })
    }

    #[test]
    fn what_explains_a_symptom_comes_before_what_does_not() {
        let restrictive = difference("policy", "public.docs old", None, Some("restrictive ALL to PUBLIC"));
        let permissive = difference("policy", "public.docs open", None, Some("permissive ALL to PUBLIC"));
        let lost = difference("policy", "public.docs own", Some("permissive SELECT to app"), None);
        let right = difference("grant", "SELECT on public.docs (id) to app", Some("granted"), None);
        let others = difference("grant", "SELECT on public.users (id) to app", Some("granted"), None);
        let given = difference("grant", "SELECT on public.docs to app", None, Some("granted"));
        let open = difference(
            "table",
            "public.docs",
            Some("owned by a with row-level security, forced"),
            Some("owned by a without row-level security, forced"),
        );
        let power = difference("role", "app", Some(""), Some("BYPASSRLS"));
        let orders = |symptom: &Symptom, all: &[&Fit]| {
            let misses: Vec<u8> = all.iter().map(|fit| fit.misses(symptom, true)).collect();
            assert!(misses.is_sorted(), "{symptom:?}: {misses:?}");
            assert!(misses.first() < misses.last(), "{symptom:?}: {misses:?}");
        };
        orders(&Symptom::Hidden, &[&restrictive, &lost, &right, &permissive]);
        orders(&Symptom::Hidden, &[&restrictive, &others, &given]);
        let forbidden = Symptom::Forbidden("permission denied for table docs (42501)".to_owned(), Operation::Read);
        orders(&forbidden, &[&right, &others, &restrictive, &given]);
        orders(&Symptom::Allowed, &[&permissive, &open, &power, &given, &right, &restrictive]);
        orders(&Symptom::Beyond, &[&given, &permissive, &power, &right]);
    }

    #[test]
    fn a_name_is_a_word() {
        assert!(is_named("permission denied for table docs (42501)", "docs"));
        assert!(is_named("policy x on public.\"my docs\" is gone", "my docs"));
        assert!(!is_named("permission denied for table docs_old", "docs") && !is_named("a", ""));
    }
}
