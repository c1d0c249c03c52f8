//! Who came to own something. In: all differences. Out: by role, the statement that has it back. What is told of a role only because it owns, goes with that.

use std::collections::BTreeMap;

use super::others::owned;
use super::place::around;
use super::{Change, Difference};

/// Who owns something that belonged to somebody else, as SQL, and what gives the first such thing back.
pub fn new_owners(differences: &[Difference]) -> BTreeMap<&str, String> {
    let mut found = BTreeMap::new();
    for difference in differences {
        let (was, now) = (difference.was.as_deref().unwrap_or_default(), difference.now.as_deref().unwrap_or_default());
        let (before, owner) = (owned(was).0, owned(now).0);
        if !before.is_empty() && !owner.is_empty() && before != owner {
            let undo = difference.explain().undo;
            if let Some(undo) = undo {
                found.entry(owner).or_insert(undo);
            }
        }
    }
    found
}

impl Difference {
    /// Of a power that a role has, or of who may act as it, where that was not there: the role, as SQL.
    pub fn whose_power(&self) -> Option<&str> {
        let between = match self.kind.as_str() {
            "power" => " of ",
            "membership" | "admin" => " in ",
            _ => return None,
        };
        (self.change() == Change::Added).then(|| around(&self.name, between).1)
    }
}

impl Difference {
    /// Of somebody who came to be a member of a role: who, and of which one, as SQL.
    pub fn new_member(&self) -> Option<(&str, &str)> {
        (self.kind == "membership" && self.change() == Change::Added).then(|| around(&self.name, " in "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Difference;
    use super::new_owners;

    fn of(kind: &str, name: &str, was: Option<&str>, now: &str) -> Difference {
        Difference {
            kind: kind.to_owned(),
            name: name.to_owned(),
            was: was.map(str::to_owned),
            now: Some(now.to_owned()),
            sort: None,
            columns: None,
            to_be_told: false,
        }
    }

    #[test]
    fn whoever_came_to_own_is_known_by_the_statement_that_has_it_back() {
        let differences = [
            of(
                "table",
                "public.docs",
                Some("owned by deployer with row-level security, forced"),
                "owned by \"a of b\" with row-level security, forced",
            ),
            of(
                "table",
                "public.teams",
                Some("owned by deployer with row-level security, forced"),
                "owned by deployer without row-level security, forced",
            ),
            of("power", "SUPERUSER of \"a of b\"", None, "held"),
            of("membership", "\"x in y\" in \"a of b\"", None, "held"),
            of("power", "SUPERUSER of deployer", None, "held"),
        ];
        let owners = new_owners(&differences);
        assert_eq!(
            owners.into_iter().collect::<Vec<_>>(),
            [("\"a of b\"", "ALTER TABLE public.docs OWNER TO deployer".to_owned())]
        );
        let whose: Vec<_> = differences.iter().map(Difference::whose_power).collect();
        assert_eq!(whose, [None, None, Some("\"a of b\""), Some("\"a of b\""), Some("deployer")]);
    }
}
