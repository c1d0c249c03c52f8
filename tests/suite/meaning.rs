//! The meaning of rules, written down a second time and as plainly as possible, against what the compiler combines them to: every user, every
//! old row, every new row of a small table with three nullable truth values, for many random sets of rules. Whatever the compiler
//! calls exact has to be exact; and it must not cry wolf too often.

use libtest_mimic::Trial;
use rowgate::access::{self, AccessMatrix, Predicate};
use rowgate::catalog::{self, TableId};
use rowgate::diagnostic::{Severity, Sources};
use rowgate::model::{self, Atom, Comparison, Condition, Grant, Model, Operation, Rule, Subject, Value};
use rowgate::{project, syntax};

use crate::random::Random;
use crate::trial;

/// Sets of rules to try.
const PROJECTS: usize = 1_500;

pub fn trials() -> Vec<Trial> {
    vec![trial("meaning::what_the_compiler_calls_exact_is_exact", exact)]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles:
  Clerk: { column: kind, equals: clerk }
  Boss: { column: kind, equals: boss, includes: [Clerk] }
closed_tables: { users: closed }
";

const SCHEMA: &str = "
version: 1
enums: { kind: [clerk, boss, guest] }
tables:
  users: { columns: { id: integer, kind: kind } }
  things: { columns: { id: integer, a: boolean, b: boolean, c: boolean } }
";

/// The truth values of a, b and c.
type Row = [Option<bool>; 3];

/// Nobody, or a user with a kind.
type User = Option<&'static str>;

const USERS: [User; 4] = [None, Some("clerk"), Some("boss"), Some("guest")];

fn rows() -> Vec<Row> {
    const VALUES: [Option<bool>; 3] = [Some(true), Some(false), None];
    let mut rows = Vec::new();
    for a in VALUES {
        for b in VALUES {
            rows.extend(VALUES.map(|c| [a, b, c]));
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

/// The model and the matrix, and whether the compiler calls it exact.
fn combine(policy: &str) -> (Model, AccessMatrix, bool) {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let config_file = sources.add("rowgate.yaml", CONFIG);
    let config = project::load_config(&sources, config_file, &mut diagnostics).unwrap();
    let schema_file = sources.add("schema.yaml", SCHEMA);
    let policy_file = sources.add("things.policy", policy);
    let catalog = catalog::load(&sources, schema_file, &mut diagnostics).unwrap();
    let files = [syntax::parse_file(&sources, policy_file, &mut diagnostics)];
    let input = model::Input { sources: &sources, config: &config, config_file, catalog, files: &files };
    let model = model::bind(input, &mut diagnostics).unwrap();
    let is_error =
        |diagnostics: &[rowgate::diagnostic::Diagnostic]| diagnostics.iter().any(|one| one.severity() == Severity::Error);
    assert!(!is_error(&diagnostics), "{policy}\n{diagnostics:?}");
    let matrix = access::combine(&model, &mut diagnostics);
    let exact = !is_error(&diagnostics);
    (model, matrix, exact)
}

/// What is true, false or unknown of a row and a user.
struct World<'a> {
    model: &'a Model,
    user: User,
    row: Row,
}

impl World<'_> {
    fn value(&self, value: &Value) -> Option<String> {
        match value {
            Value::Record(path) => {
                let name = &self.model.catalog.column(path.column).name;
                self.row[["a", "b", "c"].iter().position(|known| known == name)?].map(|value| value.to_string())
            }
            Value::User(_) => self.user.map(str::to_owned),
            Value::Literal(literal) => Some(literal.text.clone()),
            other => panic!("{other:?} is not among the conditions"),
        }
    }

    fn atom(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Compare { left, operator, right } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Some((left == right) == (*operator == Comparison::Equal))
            }
            Atom::OneOf { value, list, negated } => {
                let value = self.value(value)?;
                Some(list.iter().any(|item| self.value(item).as_ref() == Some(&value)) != *negated)
            }
            Atom::Empty { value, negated } => Some(self.value(value).is_none() != *negated),
            Atom::SignedIn => Some(self.user.is_some()),
            other => panic!("{other:?} is not among the conditions"),
        }
    }

    /// Kleene's logic, by its truth tables.
    fn condition(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Not(inner) => self.condition(inner).map(|value| !value),
            Condition::Atom(atom) => self.atom(atom),
            Condition::All(parts) => self.decide(parts, false),
            Condition::Any(parts) => self.decide(parts, true),
        }
    }

    /// One part with the value `decisive` decides; otherwise an unknown one leaves it open.
    fn decide(&self, parts: &[Condition], decisive: bool) -> Option<bool> {
        let values: Vec<Option<bool>> = parts.iter().map(|part| self.condition(part)).collect();
        if values.contains(&Some(decisive)) {
            Some(decisive)
        } else if values.contains(&None) {
            None
        } else {
            Some(!decisive)
        }
    }

    fn admits(&self, condition: Option<&Condition>) -> bool {
        condition.is_none_or(|condition| self.condition(condition) == Some(true))
    }

    fn predicate(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Always => true,
            Predicate::Never => false,
            Predicate::All(parts) => parts.iter().all(|part| self.predicate(part)),
            Predicate::Any(parts) => parts.iter().any(|part| self.predicate(part)),
            Predicate::Atom(atom) => self.atom(atom) == Some(true),
        }
    }

    fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => true,
            Subject::Authenticated => self.user.is_some(),
            Subject::Role(id) => match self.model.role(id).name.as_str() {
                "Clerk" => matches!(self.user, Some("clerk" | "boss")),
                _ => self.user == Some("boss"),
            },
        }
    }

    /// The user holds the role, and the row matches every rule of it.
    fn reach(&self, subject: Subject, rules: &[Rule]) -> bool {
        let own = rules.iter().filter(|rule| rule.roles.iter().any(|role| role.subject == subject));
        self.holds(subject) && own.flat_map(|rule| &rule.filters).all(|filter| self.condition(filter) == Some(true))
    }
}

/// Every grant of an operation, with the role that it is for.
fn grants(rules: &[Rule], operation: Operation) -> Vec<(Subject, &Grant)> {
    let all = rules
        .iter()
        .flat_map(|rule| rule.roles.iter().flat_map(move |role| rule.grants.iter().map(|grant| (role.subject, grant))));
    all.filter(|(_, grant)| grant.operation == operation).collect()
}

fn names(grant: &Grant, column: u32) -> bool {
    grant.fields.as_ref().is_none_or(|fields| fields.contains(&column))
}

/// What the specification says.
struct Meaning<'a> {
    model: &'a Model,
    rules: &'a [Rule],
    user: User,
}

impl Meaning<'_> {
    fn world(&self, row: Row) -> World<'_> {
        World { model: self.model, user: self.user, row }
    }

    fn granting(&self, operation: Operation, row: Row) -> Vec<&Grant> {
        let world = self.world(row);
        let reached =
            |(subject, grant): &(Subject, &Grant)| world.reach(*subject, self.rules) && world.admits(grant.when.as_ref());
        grants(self.rules, operation).into_iter().filter(reached).map(|(_, grant)| grant).collect()
    }

    fn read_field(&self, row: Row, column: u32) -> bool {
        self.granting(Operation::Read, row).iter().any(|grant| names(grant, column))
    }

    fn read(&self, row: Row) -> bool {
        (0..4).any(|column| self.read_field(row, column))
    }

    fn create(&self, row: Row, supplied: &[u32]) -> bool {
        let granting = self.granting(Operation::Create, row);
        !granting.is_empty() && supplied.iter().all(|&column| granting.iter().any(|grant| names(grant, column)))
    }

    fn delete(&self, row: Row) -> bool {
        self.read(row) && !self.granting(Operation::Delete, row).is_empty()
    }

    fn update(&self, old: Row, new: Row, changed: &[u32]) -> bool {
        let (before, after) = (self.world(old), self.world(new));
        let allows = |(subject, grant): &(Subject, &Grant)| {
            before.reach(*subject, self.rules)
                && before.admits(grant.when.as_ref())
                && after.reach(*subject, self.rules)
                && after.admits(grant.then.as_ref())
        };
        let granting: Vec<&Grant> =
            grants(self.rules, Operation::Update).into_iter().filter(allows).map(|(_, grant)| grant).collect();
        self.read(old)
            && self.read(new)
            && !granting.is_empty()
            && changed.iter().all(|&column| granting.iter().any(|grant| names(grant, column)))
    }
}

/// What PostgreSQL does with the combined permissions.
struct Server<'a> {
    model: &'a Model,
    matrix: &'a AccessMatrix,
    table: TableId,
    user: User,
}

impl Server<'_> {
    fn permits(&self, operation: Operation, old: Option<Row>, new: Option<Row>, columns: &[u32]) -> bool {
        let granted = self.matrix.tables[&self.table].permissions.get("app_user");
        let Some(permission) = granted.and_then(|granted| granted.get(&operation)) else { return false };
        let world = |row| World { model: self.model, user: self.user, row };
        old.is_none_or(|row| world(row).predicate(&permission.using))
            && new.is_none_or(|row| world(row).predicate(&permission.check))
            && columns.iter().all(|column| permission.columns.as_ref().is_none_or(|granted| granted.contains(column)))
    }
}

/// The first difference between the two, in words.
fn difference(model: &Model, matrix: &AccessMatrix) -> Option<String> {
    let (&table, rules) = model.tables.iter().next()?;
    let rows = rows();
    for user in USERS {
        let meaning = Meaning { model, rules, user };
        let server = Server { model, matrix, table, user };
        for &old in &rows {
            for column in 0..4 {
                let said = meaning.read_field(old, column);
                if said != server.permits(Operation::Read, Some(old), None, &[column]) {
                    return Some(format!("{user:?} reads column {column} of {old:?}: {said} is meant"));
                }
                let said = meaning.create(old, &[column]);
                if said != server.permits(Operation::Create, None, Some(old), &[column]) {
                    return Some(format!("{user:?} creates {old:?} with column {column}: {said} is meant"));
                }
            }
            let said = meaning.delete(old);
            if said != server.permits(Operation::Delete, Some(old), None, &[]) {
                return Some(format!("{user:?} deletes {old:?}: {said} is meant"));
            }
            for &new in &rows {
                // Columns in the order of their names: a, b, c, id.
                let changed: Vec<u32> = (0..3u32).filter(|&column| old[column as usize] != new[column as usize]).collect();
                let said = meaning.update(old, new, &changed);
                if said != server.permits(Operation::Update, Some(old), Some(new), &changed) {
                    return Some(format!("{user:?} changes {old:?} to {new:?}: {said} is meant"));
                }
            }
        }
    }
    None
}

fn exact() -> Result<(), String> {
    let mut random = Random::new(1);
    let (mut called_exact, mut with_several_updates, mut false_alarms) = (0, 0, 0);
    for _ in 0..PROJECTS {
        let policy = policy(&mut random);
        let (model, matrix, is_exact) = combine(&policy);
        let found = difference(&model, &matrix);
        match (is_exact, found) {
            (true, Some(found)) => return Err(format!("{policy}\n{found}")),
            (true, None) => {
                called_exact += 1;
                let updates = model.tables.values().map(|rules| grants(rules, Operation::Update).len()).sum::<usize>();
                with_several_updates += usize::from(updates > 1);
            }
            (false, None) => false_alarms += 1,
            (false, Some(_)) => {}
        }
    }
    if with_several_updates < PROJECTS / 20 || false_alarms > PROJECTS / 10 {
        return Err(format!("{called_exact} exact, {with_several_updates} with several updates, {false_alarms} false alarms"));
    }
    Ok(())
}
