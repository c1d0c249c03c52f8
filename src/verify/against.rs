//! A database against what the server prints of the same state made elsewhere. In: the facts of both. Out: differences in what the rules make. What others made
//! is not looked at: whether the rules allow it is the last step's to say.

use std::collections::{BTreeMap, BTreeSet};

use super::Difference;

/// Something that a server says is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, as the record has it.
    pub kind: String,
    /// Which one.
    pub name: String,
    /// What is said of it outright.
    pub attributes: String,
    /// The expression as the server prints it.
    pub print: Option<String>,
}

/// What is otherwise here than where it was made. `grantees` are the roles that the rules give rights to, `schemas` those that only they put something into, `maker` is
/// who made it there; all but the last as SQL.
pub fn against(
    made: &[Fact],
    here: &[Fact],
    grantees: &[String],
    schemas: &[String],
    maker: &str,
) -> (Vec<Difference>, BTreeSet<(String, String)>) {
    let is_made = |fact: &&Fact| is_made(fact, grantees, schemas);
    let by_name: BTreeMap<(&str, &str), &Fact> =
        here.iter().map(|fact| ((fact.kind.as_str(), fact.name.as_str()), fact)).collect();
    // Who deployed here may be another than who asks: whoever owns what the record and the look-ups are in.
    let schema = |fact: &&Fact| fact.kind == "schema" && schemas.contains(&fact.name);
    let deployers: BTreeSet<&str> = here.iter().filter(schema).map(|fact| owner(&fact.attributes).0).collect();
    let mut differences = Vec::new();
    let mut compared = BTreeSet::new();
    for fact in made.iter().filter(is_made) {
        compared.insert((fact.kind.clone(), fact.name.clone()));
        let found = by_name.get(&(fact.kind.as_str(), fact.name.as_str())).copied();
        let is_same = found.is_some_and(|found| {
            let ((made_by, was), (owned_by, is)) = (owner(&fact.attributes), owner(&found.attributes));
            // Tables are the application's, which the state says nothing of.
            let is_whose = fact.kind == "table" || made_by == owned_by || made_by == maker && deployers.contains(owned_by);
            was == is && is_whose && fact.print == found.print
        });
        if !is_same {
            differences.push(Difference {
                kind: fact.kind.clone(),
                name: fact.name.clone(),
                was: Some(said(fact)),
                now: found.map(said),
                sort: None,
                columns: None,
                to_be_told: false,
            });
        }
    }
    (differences, compared)
}

/// Whether the rules make it.
fn is_made(fact: &Fact, grantees: &[String], schemas: &[String]) -> bool {
    match fact.kind.as_str() {
        "policy" | "trigger" | "table" | "schema" => true,
        "function" | "view" => {
            schemas.iter().any(|schema| fact.name.strip_prefix(schema.as_str()).is_some_and(|rest| rest.starts_with('.')))
        }
        "grant" => super::right(&fact.name).is_some_and(|right| grantees.iter().any(|role| role == right.grantee)),
        _ => false,
    }
}

/// Who owns it, where that is said, and the rest.
fn owner(attributes: &str) -> (&str, &str) {
    match attributes.strip_prefix("owned by ") {
        Some(rest) => super::place::first_word(rest),
        None => ("", attributes),
    }
}

fn said(fact: &Fact) -> String {
    [fact.attributes.as_str(), fact.print.as_deref().unwrap_or_default()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Fact, against};

    fn fact(kind: &str, name: &str, attributes: &str, print: &str) -> Fact {
        let print = (!print.is_empty()).then(|| print.to_owned());
        Fact { kind: kind.to_owned(), name: name.to_owned(), attributes: attributes.to_owned(), print }
    }

    #[test]
    fn what_is_made_is_compared_and_nothing_else() {
        let made = [
            fact("schema", "rowgate", "owned by maker", ""),
            fact("policy", "docs p", "permissive", "using a"),
            fact("function", "rowgate.f()", "owned by maker", "1"),
            fact("function", "app.f()", "owned by maker", "stands in"),
            fact("table", "docs", "owned by maker with row-level security", ""),
            fact("grant", "SELECT on docs to app", "granted", ""),
            fact("grant", "USAGE on schema public to PUBLIC", "granted", ""),
        ];
        let here = |policy: &str, owner: &str, flag: &str| {
            vec![
                fact("schema", "rowgate", "owned by \"another one\"", ""),
                fact("policy", "docs p", "permissive", policy),
                fact("policy", "docs other", "permissive", ""),
                fact("function", "rowgate.f()", &format!("owned by {owner}"), "1"),
                fact("function", "app.f()", "owned by somebody", "real"),
                fact("table", "docs", &format!("owned by owner {flag} row-level security"), ""),
                fact("grant", "SELECT on docs to app", "granted", ""),
            ]
        };
        let found = |policy: &str, owner: &str, flag: &str| {
            let here = here(policy, owner, flag);
            let (found, _) = against(&made, &here, &["app".to_owned()], &["rowgate".to_owned()], "maker");
            found.into_iter().map(|one| one.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("using a", "\"another one\"", "with"), "");
        assert_eq!(found("using b", "\"another one\"", "with"), "docs p");
        assert_eq!(found("using a", "web", "with"), "rowgate.f()");
        assert_eq!(found("using a", "\"another one\"", "without"), "docs");
    }
}
