//! What the rules mean, from the evaluator, against what the compiler combines them to: every user, every old row, every new row of a small table
//! with three nullable truth values, for many random sets of rules. No server is asked; what PostgreSQL does with predicates, columns and
//! triggers is simple enough to be said in a few lines.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Decimal, Evaluator, Number, Row, Session};
use rowgate::access::{self, Grant, Predicate};
use rowgate::catalog::TableId;
use rowgate::diagnostic::{Code, Severity};
use rowgate::encode::{self, Encoding, Target};
use rowgate::model::{Model, Operation};

use crate::random::Random;
use crate::{folders, project, root, times, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("meaning::what_the_compiler_calls_exact_is_exact", exact),
        trial("meaning::many_alternatives_are_decided", alternatives),
        trial("meaning::what_a_server_lacks_is_an_error", lacking),
        trial("meaning::a_rule_for_two_roles_is_two_grants", two_roles),
        trial("meaning::a_policy_names_the_rules_that_grant_or_narrow_it", named),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles:
  Clerk: { column: kind, equals: clerk }
  Boss: { column: kind, equals: boss, includes: [Clerk] }
closed_tables: { users: closed }
masking: { schema: masked }
";

const SCHEMA: &str = "
version: 1
enums: { kind: [clerk, boss, guest] }
tables:
  users: { columns: { id: integer, kind: kind } }
  things: { columns: { a: boolean, b: boolean, c: boolean, id: integer } }
";

/// Conditions that multiply to many cases are exact where one grant contains the other, and are not where none does.
fn alternatives() -> Result<(), String> {
    let nine = |letter: char| (0..9).map(|id| format!("{letter} starts with \"{id}\"")).collect::<Vec<_>>().join(" or ");
    let schema = SCHEMA.replace("a: boolean, b: boolean", "x: text, y: text, a: boolean, b: boolean");
    let both = format!("({}) and ({})", nine('X'), nine('Y'));
    let apart = format!("({}) and A is true", nine('X'));
    for (grants, inexact) in [
        (format!("allow read (a) when {both} allow read (a)"), false),
        (format!("allow read when {both} allow read (a) when {both} and A is true"), false),
        (format!("allow read allow update when {both} allow update when {both} and A is true"), false),
        (format!("allow read (a) when {both} allow read when {apart}"), true),
        (format!("allow read allow update when {both} allow update when {apart}"), true),
    ] {
        let policy = format!("table things {{ rule \"a\" for Authenticated {{ {grants} }} }}");
        let (model, _) = project::model_of(CONFIG, &schema, &policy)?;
        let (encoding, diagnostics) = project::encode(&model);
        let table = model.catalog.named("things").ok_or("no table")?;
        let mut granted = encoding.tables[&table].permissions["app_user"].values();
        let is_told_apart = granted.any(|permission| permission.apart.is_some());
        if is_told_apart != inexact || !diagnostics.is_empty() {
            return Err(format!("{grants}\n  has single grants: {is_told_apart}; {diagnostics:?}"));
        }
    }
    Ok(())
}

/// What a trigger or a masking view would tell apart is refused where there is none, and said to be.
fn lacking() -> Result<(), String> {
    let writing = "rule \"a\" for Authenticated { allow read allow update (a) when B is true allow update (c) when B is false }";
    let reading = "rule \"a\" for Authenticated { allow read (id, b) allow read (a) when B is true }";
    let whole = Target { masking_views: true, triggers: true };
    for (rules, target, code) in [
        (writing, whole, None),
        (writing, Target { triggers: false, ..whole }, Some(Code::WriteFieldsNotExact)),
        (writing, Target { masking_views: false, ..whole }, None),
        (reading, whole, None),
        (reading, Target { triggers: false, ..whole }, None),
        (reading, Target { masking_views: false, ..whole }, Some(Code::ReadFieldsNotExact)),
    ] {
        let (model, _) = project::model_of(CONFIG, SCHEMA, &format!("table things {{ {rules} }}"))?;
        let mut diagnostics = Vec::new();
        encode::encode(&model, &access::combine(&model), target, &mut diagnostics);
        let found: Vec<Code> = diagnostics.iter().map(|one| one.code).collect();
        if found != Vec::from_iter(code) {
            return Err(format!("{rules} with {target:?}: {diagnostics:?}"));
        }
    }
    Ok(())
}

/// A step begins and ends under one role, also where one rule is for two; under one that includes the other it is a step.
fn two_roles() -> Result<(), String> {
    let schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n  groups: { columns: { id: integer } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups }, role: text } }
  things: { columns: { id: integer, group_id: { type: integer, references: groups } } }\n";
    let policy = r#"table things { rule "a" for Admin of Group, Owner of Group { allow read, update } }"#;
    for (includes, expected) in [("", [true, false]), (", includes: [Admin]", [true, true])] {
        let config = format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }}
memberships: {{ Group: {{ table: members, user: user_id, within: group_id, role: role }} }}
roles: {{ Admin: {{ membership: Group, equals: admin }}, Owner: {{ membership: Group, equals: owner{includes} }} }}
closed_tables: {{ users: closed, groups: closed, members: closed }}\n"
        );
        let (model, _) = project::model_of(&config, schema, policy)?;
        let table = |name: &str| model.catalog.named(name).ok_or(format!("there is no table {name}"));
        let text = |text: &str| Datum::Text(text.to_owned());
        let mut data = Data::default();
        // The user is an admin of the groups 1 and 3, and the owner of group 2.
        let member = |id, group, role| vec![number(id), number(1), number(group), text(role)];
        data.insert(table("members")?, vec![member(1, 1, "admin"), member(2, 2, "owner"), member(3, 3, "admin")]);
        let session = Session {
            database_role: "app_user".to_owned(),
            identity: number(1),
            claims: serde_json::Value::Null,
            settings: std::collections::BTreeMap::default(),
            now: 0,
        };
        let evaluator = Evaluator::new(&model, &data, &session);
        let thing = |group| vec![number(1), number(group)];
        let found = [3, 2].map(|group| table("things").is_ok_and(|table| evaluator.update(table, &thing(1), &thing(group))));
        if found != expected {
            return Err(format!("{includes}: {found:?}"));
        }
    }
    Ok(())
}

/// All truth values of a, b and c, and a key.
fn rows() -> Vec<Row> {
    let values = [Datum::Boolean(true), Datum::Boolean(false), Datum::Null];
    let mut rows = Vec::new();
    for a in &values {
        for b in &values {
            rows.extend(values.iter().map(|c| vec![a.clone(), b.clone(), c.clone(), number(1)]));
        }
    }
    rows
}

fn condition(random: &mut Random, depth: usize) -> String {
    const LEAVES: [&str; 8] =
        ["A is true", "A is false", "B is true", "B is not true", "C is true", "A is empty", "B is not empty", "C is false"];
    match random.below(if depth == 0 { 1 } else { 4 }) {
        0 => LEAVES[random.below(LEAVES.len())].to_owned(),
        1 => format!("not ({})", condition(random, depth - 1)),
        2 => format!("({} and {})", condition(random, depth - 1), condition(random, depth - 1)),
        _ => format!("({} or {})", condition(random, depth - 1), condition(random, depth - 1)),
    }
}

fn fields(random: &mut Random) -> &'static str {
    ["", "", " (A)", " (A, B)", " (B, C)", " except (A, Id)", " (A, B, C)"][random.below(7)]
}

fn policy(random: &mut Random) -> String {
    let mut text = "table things {\n".to_owned();
    for index in 0..1 + random.below(4) {
        let role = ["Anyone", "Authenticated", "Clerk", "Boss"][random.below(4)];
        text.push_str(&format!("  rule \"{index}\" for {role} {{\n"));
        if random.below(3) > 0 {
            text.push_str(&format!("    where {}\n", condition(random, 1)));
        }
        for _ in 0..random.below(3) {
            let mut operations = vec![format!("update{}", fields(random))];
            for word in ["read", "create"] {
                if random.below(2) == 0 {
                    operations.push(format!("{word}{}", fields(random)));
                }
            }
            if random.below(3) == 0 {
                operations.push("delete".to_owned());
            }
            text.push_str(&format!("    allow {}", operations.join(", ")));
            if random.below(3) == 0 {
                text.push_str(&format!(" when {}", condition(random, 1)));
                if random.below(2) == 0 {
                    text.push_str(&format!(" then {}", condition(random, 1)));
                }
            }
            text.push('\n');
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

/// The model and what the database is told, and whether the compiler calls it exact.
fn combine(policy: &str) -> (Model, Encoding, bool) {
    let (model, _) = project::model_of(CONFIG, SCHEMA, policy).unwrap();
    let (encoding, diagnostics) = project::encode(&model);
    let exact = !diagnostics.iter().any(|one| one.severity() == Severity::Error);
    (model, encoding, exact)
}

/// What PostgreSQL does with the combined permissions.
struct Server<'a> {
    evaluator: &'a Evaluator<'a>,
    encoding: &'a Encoding,
    table: TableId,
    /// What is known already, by where predicate and row stand.
    known: RefCell<HashMap<(*const Predicate, *const Row), bool>>,
}

impl Server<'_> {
    fn admits(&self, predicate: &Predicate, row: &Row) -> bool {
        let holds = || self.evaluator.condition(&predicate.to_condition(), self.table, row) == Some(true);
        *self.known.borrow_mut().entry((predicate, row)).or_insert_with(holds)
    }

    /// Policies first, then columns, then the view or the trigger, where there is one.
    fn permits(&self, operation: Operation, old: Option<&Row>, new: Option<&Row>, columns: &[u32]) -> bool {
        let granted = self.encoding.tables[&self.table].permissions.get("app_user");
        let Some(permission) = granted.and_then(|granted| granted.get(&operation)) else { return false };
        let policies = old.is_none_or(|row| self.admits(&permission.using, row))
            && new.is_none_or(|row| self.admits(&permission.check, row));
        let Some(grants) = &permission.apart else {
            let granted = |column| permission.columns.as_ref().is_none_or(|granted| granted.contains(column));
            return policies && columns.iter().all(granted);
        };
        let before = |grant: &Grant| old.is_none_or(|row| self.admits(&grant.before, row));
        let after = |grant: &Grant| new.is_none_or(|row| self.admits(&grant.after, row));
        let allowed: Vec<&Grant> = grants.iter().filter(|grant| before(grant) && after(grant)).collect();
        policies && !allowed.is_empty() && columns.iter().all(|&column| allowed.iter().any(|step| step.names(column)))
    }
}

/// The first difference between the two, in words.
fn difference(model: &Model, encoding: &Encoding) -> Option<String> {
    let &table = model.tables.keys().next()?;
    let users = model.identity.user_key.table;
    let rows = rows();
    let mut data = Data::default();
    data.insert(users, (0..3).map(|kind| vec![number(kind + 1), Datum::Enum(kind)]).collect());
    data.insert(table, rows.clone());
    for identity in [Datum::Null, number(1), number(2), number(3)] {
        let session = Session {
            database_role: "app_user".to_owned(),
            identity: identity.clone(),
            claims: serde_json::Value::Null,
            settings: std::collections::BTreeMap::default(),
            now: 0,
        };
        let evaluator = Evaluator::new(model, &data, &session);
        let server = Server { evaluator: &evaluator, encoding, table, known: RefCell::default() };
        for old in &rows {
            let readable = evaluator.read_fields(table, old);
            for column in 0..4 {
                let said = readable.contains(&column);
                if said != server.permits(Operation::Read, Some(old), None, &[column]) {
                    return Some(format!("{identity:?} reads column {column} of {old:?}: {said} is meant"));
                }
                // Only what has no default can be told from what was not supplied.
                if !old[column as usize].is_null() {
                    let said = evaluator.create(table, old, &BTreeSet::from([column]));
                    if said != server.permits(Operation::Create, None, Some(old), &[column]) {
                        return Some(format!("{identity:?} creates {old:?} with column {column}: {said} is meant"));
                    }
                }
            }
            let said = evaluator.delete(table, old);
            if said != server.permits(Operation::Delete, Some(old), None, &[]) {
                return Some(format!("{identity:?} deletes {old:?}: {said} is meant"));
            }
            for new in &rows {
                // The columns are a, b, c, id.
                let changed: Vec<u32> =
                    (0..3u32).filter(|&column| !old[column as usize].is_stored_as(&new[column as usize])).collect();
                let said = evaluator.update(table, old, new);
                if said != server.permits(Operation::Update, Some(old), Some(new), &changed) {
                    return Some(format!("{identity:?} changes {old:?} to {new:?}: {said} is meant"));
                }
            }
        }
    }
    None
}

fn number(value: usize) -> Datum {
    Datum::Number(Number::Exact(Decimal::parse(&value.to_string()).unwrap()))
}

fn exact() -> Result<(), String> {
    let seed = std::env::var("ROWGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random::new(seed);
    let (mut plain, mut with_steps, mut refused) = (0, 0, 0);
    let projects = times(300, 750);
    for _ in 0..projects {
        let policy = policy(&mut random);
        let (model, encoding, is_exact) = combine(&policy);
        if !is_exact {
            refused += 1;
            continue;
        }
        if let Some(found) = difference(&model, &encoding) {
            return Err(format!("{policy}\n{found}"));
        }
        let permissions = encoding.tables.values().flat_map(|table| table.permissions.values()).flat_map(|by| by.values());
        if permissions.into_iter().any(|permission| permission.apart.is_some()) { with_steps += 1 } else { plain += 1 }
    }
    // Nothing here has a volatile default or a generated column, and masking is on.
    if refused > 0 || plain < projects / 4 || with_steps < projects / 4 {
        return Err(format!("{plain} plain, {with_steps} with steps, {refused} refused"));
    }
    Ok(())
}

/// What stands above a policy, and in its comment: the rules of the roles that grant the operation, and those that narrow it, and no others.
fn named() -> Result<(), String> {
    let mut counted = [0, 0];
    for folder in ["policies", "tests/cases"].iter().flat_map(|name| folders(&root().join(name))) {
        let compiled = project::compile(&folder)?;
        let Some(meaning) = &compiled.meaning else { continue };
        let model = &meaning.model;
        for (id, of_table) in &meaning.encoding.tables {
            let rules = model.tables.get(id).map_or(&[][..], |rules| rules);
            for (operation, permission) in of_table.permissions.values().flatten() {
                let listed = |rule: &rowgate::model::Rule| permission.sources.iter().any(|source| source.span == rule.span);
                let grants = |rule: &rowgate::model::Rule| rule.grants.iter().any(|grant| grant.operation == *operation);
                for rule in rules.iter().filter(|rule| listed(rule)) {
                    if !grants(rule) && rule.filters.is_empty() {
                        return Err(format!(
                            "{}: {} names \"{}\", which neither grants nor narrows it",
                            folder.display(),
                            operation.word(),
                            rule.name
                        ));
                    }
                    counted[usize::from(grants(rule))] += 1;
                }
            }
        }
    }
    if counted.iter().all(|count| *count > 10) { Ok(()) } else { Err(format!("only {counted:?} rules")) }
}
