//! What a database may have before rowgate comes: triggers of the application, partitions, privileges by default, policies and views of others.
//! None of it changes an answer; a deployment may refuse what it cannot answer for, and is tried without it then.

use super::super::generate::Project;
use super::super::schema::{RULED, key};
use crate::random::Random;

/// One thing that is there already.
pub struct Surrounding {
    pub name: &'static str,
    /// Before the tables are made, and when they are there; both as the deployer.
    pub before: fn(&Place<'_>) -> String,
    pub after: fn(&Place<'_>) -> String,
    /// What the table is like with it.
    pub makes: Makes,
}

/// What a test has to know of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    Nothing,
    /// A trigger makes texts uniform before they are stored.
    Uniform,
    /// A trigger fills the columns that are marked so.
    Filled,
    /// It is in partitions, by its key.
    Partitioned,
    /// It is in partitions by what may change: a record that would move may be refused, and keys are unique in each part alone.
    Moving,
    /// Some of its rows are in a child: keys are unique in each part alone.
    Parted,
}

/// Where it is.
pub struct Place<'a> {
    pub table: &'static str,
    pub project: &'a Project,
    pub role: String,
    pub unrelated: String,
}

const fn surrounding(name: &'static str, after: fn(&Place<'_>) -> String) -> Surrounding {
    Surrounding { name, before: |_| String::new(), after, makes: Makes::Nothing }
}

const fn shaping(name: &'static str, makes: Makes, after: fn(&Place<'_>) -> String) -> Surrounding {
    Surrounding { makes, ..surrounding(name, after) }
}

pub static UNIFORM: Surrounding = shaping("a trigger that makes texts uniform", Makes::Uniform, normaliser);
pub static FILLED: Surrounding = shaping("a trigger that fills a column", Makes::Filled, filler);
pub static COLLATION: Surrounding = surrounding("a collation that ignores case", collation);
pub static PARTITIONED: Surrounding = shaping("partitions by key", Makes::Partitioned, |place| partitions(place, "id", "RANGE"));
pub static MOVING: Surrounding =
    shaping("partitions by what changes", Makes::Moving, |place| partitions(place, parent(place.table), "LIST"));

/// What most deployments take.
static TAKEN: [Surrounding; 5] = [
    Surrounding {
        before: |place| format!("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {}", place.role),
        ..surrounding("privileges by default", |_| String::new())
    },
    surrounding("privileges on all tables", |place| format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}", place.role)),
    surrounding("a policy for an unrelated role", |place| {
        format!("CREATE POLICY others ON {} TO {} USING (true)", place.table, place.unrelated)
    }),
    surrounding("row security that is on", |place| format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", place.table)),
    surrounding("a view of the owner", |place| format!("CREATE VIEW public.everything AS SELECT * FROM {}", place.table)),
];

/// What the last step should name.
static REFUSED: [Surrounding; 4] = [
    surrounding("a policy for everybody", |place| format!("CREATE POLICY others ON {} USING (true)", place.table)),
    surrounding("a restrictive policy for everybody", |place| {
        format!("CREATE POLICY fewer ON {} AS RESTRICTIVE USING (id > 2)", place.table)
    }),
    surrounding("privileges of the logins", |place| {
        format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}", super::login(&place.role))
    }),
    shaping("a child by inheritance", Makes::Parted, |place| format!("CREATE TABLE public.heir () INHERITS ({})", place.table)),
];

/// What is there for a project: often nothing.
pub fn random(random: &mut Random) -> Vec<(&'static Surrounding, &'static str)> {
    let count = [0, 1, 1, 2][random.below(4)];
    let mut picked: Vec<(&Surrounding, &str)> = Vec::new();
    for _ in 0..count {
        let one = match random.below(12) {
            0 => &REFUSED[random.below(REFUSED.len())],
            number @ 1..=4 => [&UNIFORM, &COLLATION, &PARTITIONED, &MOVING][number - 1],
            _ => &TAKEN[random.below(TAKEN.len())],
        };
        push(&mut picked, one, RULED[random.below(RULED.len())]);
    }
    picked
}

/// What stands beside a project with many steps: what makes its values others than those that a statement assigns.
pub fn of_steps(random: &mut Random, project: &Project) -> Vec<(&'static Surrounding, &'static str)> {
    let mut picked: Vec<(&Surrounding, &str)> = Vec::new();
    let filled = project.schema.tables.iter().filter(|table| table.columns.iter().any(|column| column.filled));
    filled.for_each(|table| push(&mut picked, &FILLED, table.name));
    for (one, percent) in [(&UNIFORM, 75), (&COLLATION, 50), (&MOVING, 30)] {
        if random.below(100) < percent {
            push(&mut picked, one, RULED[random.below(RULED.len())]);
        }
    }
    picked
}

/// Each once, but for what fills; a table is made over once.
pub fn push(picked: &mut Vec<(&'static Surrounding, &'static str)>, one: &'static Surrounding, on: &'static str) {
    let is_shape = |makes: Makes| matches!(makes, Makes::Partitioned | Makes::Moving | Makes::Parted);
    let clash = |(other, table): &(&Surrounding, &str)| {
        (other.name == one.name && (*table == on || one.makes != Makes::Filled))
            || (*table == on && is_shape(one.makes) && is_shape(other.makes))
    };
    if !picked.iter().any(clash) {
        picked.push((one, on));
        // What makes a table over comes before what is made for it, and a column's type does not change under a trigger.
        picked.sort_by_key(|(one, _)| (!is_shape(one.makes), one.name != COLLATION.name));
    }
}

/// The key of another row that a row points at.
pub fn parent(table: &str) -> &'static str {
    match table {
        "folders" => "team_id",
        "items" => "folder_id",
        _ => "item_id",
    }
}

/// The table in two partitions. What pointed at it does so no more.
fn partitions(place: &Place<'_>, by: &str, how: &str) -> String {
    let table = place.table;
    let columns = &place.project.schema.table(table).columns;
    let r#type = columns.iter().find(|column| column.name == by).map_or("integer", |column| column.r#type);
    let (unique, first) = match how {
        "RANGE" => ("PRIMARY KEY (id)".to_owned(), "FROM (MINVALUE) TO (3)".to_owned()),
        _ => (format!("UNIQUE (id, {by})"), format!("IN ('{}')", key(r#type, 1))),
    };
    format!(
        "CREATE TABLE public.whole (LIKE {table} INCLUDING DEFAULTS) PARTITION BY {how} ({by}); DROP TABLE {table} CASCADE;
         ALTER TABLE public.whole RENAME TO {table}; ALTER TABLE {table} ADD {unique};
         CREATE TABLE public.{table}_first PARTITION OF {table} FOR VALUES {first}; CREATE TABLE public.{table}_rest PARTITION OF {table} DEFAULT"
    )
}

/// Counts how often a record is changed.
fn filler(place: &Place<'_>) -> String {
    let table = place.table;
    format!(
        "CREATE FUNCTION public.stamp_{table}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
           NEW.stamp := coalesce(OLD.stamp, 0) + 1; RETURN NEW; END $$;
         CREATE TRIGGER stamp BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.stamp_{table}();
         ALTER TABLE {table} ENABLE ALWAYS TRIGGER stamp"
    )
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

/// For each column a trigger: of an update only what it assigns, so that no other field changes.
fn normaliser(place: &Place<'_>) -> String {
    let table = place.table;
    let trigger = |name: &str| {
        format!(
            "CREATE FUNCTION public.uniform_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
               NEW.{name} := CASE NEW.{name} WHEN 'A' THEN 'a' WHEN 'aB' THEN 'ab' ELSE NEW.{name} END; RETURN NEW; END $$;
             CREATE TRIGGER uniform_{name} BEFORE INSERT OR UPDATE OF {name} ON {table} FOR EACH ROW EXECUTE FUNCTION public.uniform_{name}();"
        )
    };
    texts(place).into_iter().map(trigger).collect()
}
