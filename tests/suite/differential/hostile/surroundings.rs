//! What a database may have before rowgate comes: triggers of the application, privileges by default, policies and views of others. None of
//! it changes an answer; a deployment may refuse what it cannot answer for, and is tried without it then.

use super::super::generate::Project;
use super::super::schema::RULED;
use crate::random::Random;

/// One thing that is there already.
pub struct Surrounding {
    pub name: &'static str,
    /// Before the tables are made, and when they are there; both as the deployer.
    pub before: fn(&Place<'_>) -> String,
    pub after: fn(&Place<'_>) -> String,
    /// Its trigger makes texts uniform before they are stored.
    pub normalises: bool,
}

/// Where it is.
pub struct Place<'a> {
    pub table: &'static str,
    pub project: &'a Project,
    pub role: String,
    pub unrelated: String,
}

const fn surrounding(name: &'static str, after: fn(&Place<'_>) -> String) -> Surrounding {
    Surrounding { name, before: |_| String::new(), after, normalises: false }
}

pub const ALL: [Surrounding; 7] = [
    Surrounding { normalises: true, ..surrounding("a trigger that makes texts uniform", normaliser) },
    Surrounding {
        before: |place| format!("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {}", place.role),
        ..surrounding("privileges by default", |_| String::new())
    },
    surrounding("privileges on all tables", |place| format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}", place.role)),
    surrounding("a policy for an unrelated role", |place| {
        format!("CREATE POLICY others ON {} TO {} USING (true)", place.table, place.unrelated)
    }),
    surrounding("a collation that ignores case", collation),
    surrounding("row security that is on", |place| format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", place.table)),
    surrounding("a view of the owner", |place| format!("CREATE VIEW public.everything AS SELECT * FROM {}", place.table)),
];

/// What is there for a project: often nothing.
pub fn random(random: &mut Random) -> Vec<(&'static Surrounding, &'static str)> {
    let count = [0, 1, 1, 2][random.below(4)];
    let mut picked: Vec<(&Surrounding, &str)> = Vec::new();
    for _ in 0..count {
        let one = &ALL[random.below(ALL.len())];
        if !picked.iter().any(|(other, _)| other.name == one.name || (one.normalises && other.normalises)) {
            picked.push((one, RULED[random.below(RULED.len())]));
        }
    }
    picked
}

/// The columns whose values a trigger changes: see `Decisions::stored`.
fn texts<'a>(place: &'a Place<'_>) -> Vec<&'a str> {
    let columns = place.project.schema.table(place.table).columns.iter();
    columns.filter(|column| column.r#type == "text" && column.references.is_none()).map(|column| column.name.as_str()).collect()
}

/// Only of columns that no condition asks about: what is meant there is letter by letter, and the schema file knows no collation.
fn collation(place: &Place<'_>) -> String {
    let project = place.project;
    let conditions = |allow: &String| allow.split_once(" when ").or(allow.split_once(" then ")).map(|(_, rest)| rest.to_owned());
    let rules =
        project.rules.iter().flat_map(|rule| rule.filters.iter().cloned().chain(rule.allows.iter().filter_map(conditions)));
    let asked: String = rules.chain(project.boundaries.iter().cloned()).chain(project.named.iter().cloned()).collect();
    let columns =
        texts(place).into_iter().filter(|name| !asked.contains(&format!("`{name}`")) && !asked.contains(&format!("\"{name} ")));
    let alter: String = columns
        .map(|name| format!("ALTER TABLE {} ALTER COLUMN {name} TYPE text COLLATE public.no_case;", place.table))
        .collect();
    if alter.is_empty() {
        return alter;
    }
    format!("CREATE COLLATION public.no_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); {alter}")
}

fn trigger(place: &Place<'_>, event: &str) -> String {
    let columns = texts(place);
    if columns.is_empty() {
        return String::new();
    }
    let assignments: String = columns
        .iter()
        .map(|name| format!("NEW.{name} := CASE NEW.{name} WHEN 'A' THEN 'a' WHEN 'aB' THEN 'ab' ELSE NEW.{name} END; "))
        .collect();
    format!(
        "CREATE FUNCTION public.uniform() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN {assignments} RETURN NEW; END $$;
         CREATE TRIGGER uniform BEFORE {event} ON {} FOR EACH ROW EXECUTE FUNCTION public.uniform()",
        place.table
    )
}

/// Of an update only what it assigns, so that no other field changes.
fn normaliser(place: &Place<'_>) -> String {
    trigger(place, &format!("INSERT OR UPDATE OF {}", texts(place).join(", ")))
}
