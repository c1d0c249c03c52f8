//! A random project as parts that can be taken away one by one, which is how a mismatch is made small.

use super::conditions::{Conditions, paths};
use super::schema::{Moments, RULED, Schema, row};
use super::{presets, steps};
use crate::random::Random;

/// A rule as its parts.
#[derive(Clone)]
pub struct Rule {
    pub table: &'static str,
    pub name: String,
    pub roles: String,
    /// How it wants other rows to be asked for.
    pub look_up: &'static str,
    pub filters: Vec<String>,
    pub allows: Vec<String>,
}

/// Where the identity comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provider {
    Setting,
    Function,
    Postgrest,
}

/// A project and the rows of its tables.
#[derive(Clone)]
pub struct Project {
    pub schema: Schema,
    pub config: String,
    pub provider: Provider,
    /// What the project has in its database besides its tables.
    pub prelude: String,
    pub named: Vec<String>,
    pub rules: Vec<Rule>,
    pub boundaries: Vec<String>,
    /// It is about steps: see `steps`.
    pub has_steps: bool,
    /// By table, in the schema's order; the values in the order of the columns.
    pub rows: Vec<Vec<Vec<Option<String>>>>,
}

impl Project {
    /// A project for the worker of this number, whose roles and schemas are its own.
    pub fn random(random: &mut Random, moments: &Moments, worker: usize, hostile: bool) -> Project {
        let has_steps = hostile && random.below(4) == 0;
        let schema = Schema::random(random, hostile, has_steps);
        let provider = match hostile {
            true => [Provider::Setting, Provider::Setting, Provider::Function, Provider::Postgrest][random.below(4)],
            false => Provider::Setting,
        };
        let mut conditions = Conditions { random, schema: &schema, named: Vec::new(), outer: Vec::new() };
        let mut named = Vec::new();
        for index in 0..conditions.random.below(3) {
            named.push(format!("condition Named {index}: {}", conditions.general()));
        }
        conditions.named = (0..named.len()).map(|index| format!("Named {index}")).collect();
        let membership = [super::memberships::holder(conditions.random), super::memberships::options(conditions.random)];
        let config = config(conditions.random, worker, &membership, (provider, schema.has_auth_id())) + super::said::CONFIG;
        let prelude = match provider {
            Provider::Function => {
                let (with_path, is_wary) = (conditions.random.below(3) > 0, conditions.random.below(2) == 0);
                prelude(schema.user_key, with_path, is_wary)
            }
            _ => String::new(),
        };
        let mut rules = Vec::new();
        for table in RULED {
            let count = 1 + conditions.random.below(4);
            rules.extend(match has_steps {
                true => steps::rules(&mut conditions, table),
                false => (0..count).map(|index| rule(&mut conditions, table, index)).collect(),
            });
        }
        let mut boundaries = Vec::new();
        if conditions.random.below(3) == 0 {
            let is_general = conditions.random.below(4) == 0;
            let table = RULED[conditions.random.below(3)];
            let except = conditions.pick(&[
                "",
                " except Boss",
                " except Boss, Support",
                " except Authenticated",
                " except permission \"see\"",
            ]);
            let operations = ["", "", " for update", " for create, delete", " for read", " for update, delete"];
            let operations = operations[conditions.random.below(operations.len())];
            let condition = if is_general { conditions.session() } else { conditions.condition(table, 1) };
            let table = if is_general { "every table" } else { table };
            boundaries.push(format!("boundary \"B\" on {table}{operations} {{ where {condition}{except} }}"));
        }
        for table in RULED {
            if !has_steps && conditions.random.below(4) == 0 {
                presets::add(&mut conditions, table, provider, &mut rules);
            }
        }
        let counts = [4, 3, 6, 4, 6, 5, 2];
        let rows = schema.tables.iter().zip(counts);
        let rows = rows.map(|(table, count)| (1..=count).map(|n| row(random, moments, &schema, table, n)).collect()).collect();
        let mut conditions = Conditions { random, schema: &schema, named: Vec::new(), outer: Vec::new() };
        super::former::add(&mut conditions, &mut rules, has_steps);
        super::user_rows::add(&mut conditions, &mut rules);
        Project { schema, config, provider, prelude, named, rules, boundaries, has_steps, rows }
    }

    /// The policy file.
    pub fn policy(&self) -> String {
        let mut text: String = self.named.iter().map(|named| format!("{named}\n")).collect();
        for table in RULED {
            text.push_str(&format!("table {table} {{\n"));
            for rule in self.rules.iter().filter(|rule| rule.table == table) {
                text.push_str(&format!("  rule \"{}\" for {} {{\n", rule.name, rule.roles));
                text.push_str(&format!("    {}\n", rule.look_up));
                rule.filters.iter().for_each(|filter| text.push_str(&format!("    where {filter}\n")));
                rule.allows.iter().for_each(|allow| text.push_str(&format!("    allow {allow}\n")));
                text.push_str("  }\n");
            }
            text.push_str("}\n");
        }
        self.boundaries.iter().for_each(|boundary| text.push_str(&format!("{boundary}\n")));
        text
    }

    /// Every project that has one part less, the largest parts first.
    pub fn smaller(&self) -> Vec<Project> {
        let mut all = Vec::new();
        let mut push = |change: &dyn Fn(&mut Project)| {
            let mut smaller = self.clone();
            change(&mut smaller);
            all.push(smaller);
        };
        (0..self.boundaries.len()).for_each(|index| push(&|project| drop(project.boundaries.remove(index))));
        for index in 0..self.rules.len() {
            // A table without rules would be an error.
            if self.rules.iter().filter(|rule| rule.table == self.rules[index].table).count() > 1 {
                push(&|project| drop(project.rules.remove(index)));
            }
            if !self.rules[index].look_up.is_empty() {
                push(&|project| project.rules[index].look_up = "");
            }
            for filter in 0..self.rules[index].filters.len() {
                push(&|project| drop(project.rules[index].filters.remove(filter)));
            }
            for allow in 0..self.rules[index].allows.len() {
                push(&|project| drop(project.rules[index].allows.remove(allow)));
            }
        }
        (0..self.named.len()).for_each(|index| push(&|project| drop(project.named.remove(index))));
        all
    }
}

/// An identity function's own path, or none: what it calls is then the caller's choice, and a deployment may refuse it.
pub const WITH_PATH: &str = "SET search_path = pg_catalog, pg_temp";
pub const WITHOUT_PATH: &str = "PARALLEL UNSAFE";

/// The function that says who is signed in; with a path of its own, or with that of whoever calls it. One that is wary tells it to sessions alone.
fn prelude(user_key: &str, with_path: bool, is_wary: bool) -> String {
    let path = if with_path || super::hostile::is_left_out("without a path") { WITH_PATH } else { WITHOUT_PATH };
    let wary = if is_wary { "WHERE current_user !~ '_(lookup|masking)_'" } else { "" };
    format!(
        "DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
         CREATE FUNCTION app.me() RETURNS {user_key} STABLE LANGUAGE sql {path} AS $$ SELECT nullif(current_setting('app.user_id', true), '')::{user_key} {wary} $$;"
    )
}

fn config(
    random: &mut Random,
    worker: usize,
    [holder, options]: &[String; 2],
    (provider, has_auth_id): (Provider, bool),
) -> String {
    let identity = match provider {
        Provider::Setting => "  provider: setting\n  setting: app.user_id\n  claims: app.claims",
        Provider::Function => "  provider: function\n  function: app.me\n  claims: app.claims",
        Provider::Postgrest => "  provider: postgrest",
    };
    let includes = ["", ", includes: [Viewer]", ", includes: [Clerk]"];
    let admin = if random.below(2) == 0 { "equals: admin" } else { "path: rank, at_least: 3" };
    let zone = ["UTC", "Europe/Vienna", "America/New_York"][random.below(3)];
    format!(
        "version: 1
time_zone: {zone}
whole_rows: {}
identity:
{identity}
  user_table: users
  user_key: {}
  signed_in_role: diff_user_{worker}
  anonymous_role: diff_anon_{worker}
memberships:
  Team: {{ table: members, {holder}, within: team_id, role: role, permissions: permissions{options} }}
roles:
  Clerk: {{ column: kind, equals: clerk }}
  Boss: {{ column: level, at_least: 2, includes: [Clerk{}] }}
  Viewer: {{ membership: Team, equals: viewer }}
  Editor: {{ membership: Team, path: permissions, contains: edit{} }}
  Admin: {{ membership: Team, {admin}, includes: [Editor, Viewer] }}
  Root: {{ membership: Team, equals: admin, global: true{} }}
  Token: {{ claim: words, contains: a }}
  Support: {{ database_role: diff_support_{worker}{} }}
closed_tables: {{ users: c, teams: c, members: c, settings: c }}
masking: {{ schema: masked, role: diff_masking_{worker} }}
lookup: {{ schema: rowgate, role: diff_lookup_{worker} }}
",
        random.below(3) == 0,
        if has_auth_id { "auth_id" } else { "id" },
        ["", ", Editor", ", 'permission \"see\"'"][random.below(3)],
        includes[random.below(2)],
        includes[random.below(3)],
        includes[random.below(3)],
    )
}

fn rule(conditions: &mut Conditions<'_>, table: &'static str, index: usize) -> Rule {
    let count = 1 + conditions.random.below(2);
    let mut roles: Vec<String> = (0..count).map(|_| role(conditions, table)).collect();
    roles.dedup();
    let filters = (0..[0, 1, 1, 2][conditions.random.below(4)]).map(|_| conditions.condition(table, 2)).collect();
    let allows = (0..1 + conditions.random.below(2)).map(|_| allow(conditions, table)).collect();
    let look_up = ["", "", "look up by row", "look up by list"][conditions.random.below(4)];
    Rule { table, name: format!("{table} {index}"), roles: roles.join(", "), look_up, filters, allows }
}

fn role(conditions: &mut Conditions<'_>, table: &str) -> String {
    const PLAIN: [&str; 10] = [
        "Anyone",
        "Authenticated",
        "Authenticated",
        "Clerk",
        "Boss",
        "Root",
        "Token",
        "Support",
        "Authenticated",
        "permission \"see\"",
    ];
    let schema = conditions.schema;
    let scopes: Vec<_> = paths(schema, schema.table(table), 2).into_iter().filter(|path| path.entity == Some("teams")).collect();
    match conditions.random.below(3) {
        0 => {
            let name = conditions.pick(&["Viewer", "Editor", "Admin", "permission \"edit\"", "permission \"see\""]);
            if conditions.random.below(3) == 0 {
                return format!("{name} in any Team");
            }
            let scope = &scopes[conditions.random.below(scopes.len())];
            format!("{name} of {}", scope.text)
        }
        _ => PLAIN[conditions.random.below(PLAIN.len())].to_owned(),
    }
}

fn allow(conditions: &mut Conditions<'_>, table: &str) -> String {
    // Nothing asks whether a record may be created, so its access may be that of another record of its table.
    if table == "items" && conditions.random.below(6) == 0 {
        let operation = conditions.pick(&["read", "update", "delete"]);
        return format!("create{} when can {operation} `next_id`", fields(conditions, table, true));
    }
    let mut operations = Vec::new();
    if conditions.random.below(4) > 0 {
        operations.push(format!("read{}", fields(conditions, table, true)));
    }
    if conditions.random.below(3) > 0 {
        operations.push(format!("update{}", fields(conditions, table, false)));
    }
    if conditions.random.below(2) == 0 {
        operations.push(format!("create{}", fields(conditions, table, true)));
    }
    if conditions.random.below(3) == 0 || operations.is_empty() {
        operations.push("delete".to_owned());
    }
    let has_update = operations.iter().any(|operation| operation.starts_with("update"));
    let mut text = operations.join(", ");
    if conditions.random.below(2) == 0 {
        text.push_str(&format!(" when {}", conditions.condition(table, 1)));
    }
    if has_update && conditions.random.below(4) == 0 {
        text.push_str(&format!(" then {}", conditions.condition(table, 1)));
    }
    text
}

/// A list of fields. Whoever reads or makes rows knows their keys here, or the test could not tell them apart.
pub fn fields(conditions: &mut Conditions<'_>, table: &str, with_key: bool) -> String {
    let columns = &conditions.schema.table(table).columns;
    let mut picked: Vec<&str> = Vec::new();
    for column in columns {
        let keep = if column.name == "id" { with_key } else { conditions.random.below(2) == 0 };
        if keep {
            picked.push(&column.name);
        }
    }
    let class = conditions.random.below(2);
    let class = ["even", "odd"]
        .into_iter()
        .cycle()
        .skip(class)
        .take(2)
        .find(|class| columns.iter().any(|column| column.class() == *class));
    let key = columns.iter().find(|column| column.name == "id").filter(|_| with_key);
    match (conditions.random.below(7), class) {
        (5, Some(class)) => match (key, conditions.random.below(2)) {
            (Some(_), 0) => format!(" key and {class} fields"),
            (Some(_), _) => format!(" {class} fields and (`id`)"),
            _ => format!(" {class} fields"),
        },
        (6, Some(class)) => format!(" except {class} fields"),
        (0 | 1, _) if !picked.is_empty() => {
            format!(" ({})", picked.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
        (2, _) => {
            let others: Vec<String> = columns
                .iter()
                .filter(|column| column.name != "id" && !picked.contains(&column.name.as_str()))
                .map(|column| format!("`{}`", column.name))
                .collect();
            if others.is_empty() { String::new() } else { format!(" except ({})", others.join(", ")) }
        }
        _ => String::new(),
    }
}
