//! How work grows with the number of rules: twice the rules, twice the work. It counts allocations, not seconds: the compiler's work is to make
//! values, and what is quadratic makes four times as many.

#[path = "../../benches/compile/project.rs"]
#[allow(dead_code)]
mod example;

use libtest_mimic::Trial;
use rowgate::encode::{self, Target};
use rowgate::objects::{Kind, State};
use rowgate::project::{self, Compiled};
use rowgate::sql;
use rowgate::{access, plan};

use crate::trial;

/// Few enough that all is done by this thread, whose allocations are counted.
const RULES: [usize; 3] = [400, 800, 1_600];
/// What twice the rules may cost: names grow longer, and lists by doubling.
const MAX_GROWTH: f64 = 2.2;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("scaling::twice_the_rules_are_twice_the_work", growth),
        trial("scaling::twice_the_roles_of_a_table_are_at_most_four_times_the_work", one_table),
        trial("scaling::twice_the_expectations_that_fail_are_twice_the_work", failing),
        trial("scaling::what_several_threads_make_is_complete", stretches),
        trial("scaling::what_several_threads_bind_is_complete", bound),
    ]
}

/// Tables are treated in stretches, side by side. What only some of them need, the function of step triggers, the masking schema, is there wherever
/// these stand; and each table gets what it gets alone.
fn stretches() -> Result<(), String> {
    const TABLES: usize = 900;
    let config = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles: { Clerk: { column: kind, equals: clerk }, Boss: { column: kind, equals: boss } }
masking: { schema: masked }
closed_tables: { users: closed }";
    let state_of = |tables: &[usize], special: usize, special_rules: &str| -> Result<State, String> {
        let mut schema = "version: 1\ntables:\n  users: { columns: { id: integer, kind: text } }\n".to_owned();
        let mut policy = String::new();
        for table in tables {
            schema.push_str(&format!("  t{table:04}: {{ columns: {{ id: integer, a: text, b: text }} }}\n"));
            let rules =
                if *table == special { special_rules } else { "rule \"a\" for Authenticated { where A is \"x\" allow read }" };
            policy.push_str(&format!("table t{table:04} {{ {rules} }}\n"));
        }
        let (model, sources) = crate::project::model_of(config, &schema, &policy)?;
        Ok(sql::generate(&model, &crate::project::encode(&model).0, &sources))
    };
    let all: Vec<usize> = (0..TABLES).collect();
    let masked = "rule \"a\" for Clerk { allow read (id, a), update (a) when A is \"x\" } rule \"b\" for Boss { allow read (id, b), update (b) }";
    let stepped = "rule \"a\" for Authenticated { allow read allow update (a) when B is \"x\" allow update (b) when A is \"x\" }";
    for (special, rules) in [0, TABLES / 2, TABLES - 1].into_iter().flat_map(|special| [(special, masked), (special, stepped)]) {
        let (many, alone) = (state_of(&all, special, rules)?, state_of(&[special], special, rules)?);
        for object in alone.objects.iter().filter(|object| object.kind() != Kind::FunctionGrant) {
            let same = many.objects.iter().any(|other| (other.id(), other.create()) == (object.id(), object.create()));
            if !same {
                return Err(format!(
                    "{:?} {} is missing or differs where table {special} needs it",
                    object.kind(),
                    object.id().name
                ));
            }
        }
        let policies = many.objects.iter().filter(|object| object.kind() == Kind::Policy).count();
        if policies < TABLES {
            return Err(format!("{policies} policies for {TABLES} tables"));
        }
    }
    Ok(())
}

/// Rules are bound in stretches, too. What is found in one of them counts for all: that access goes in a circle between the first table and the
/// last, that a condition is used, and that its error has been told.
fn bound() -> Result<(), String> {
    let config = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed }";
    for tables in [2, 900] {
        let last = tables - 1;
        let mut schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n".to_owned();
        let mut policy = "condition Used: A is \"x\"\ncondition Wrong: Nowhere is \"x\"\n".to_owned();
        for table in 0..tables {
            let other = if table == 0 { last } else { 0 };
            schema.push_str(&format!("  t{table:04}: {{ columns: {{ id: integer, a: text, other_id: {{ type: integer, references: t{other:04} }} }} }}\n"));
            let rules = match table {
                0 => "rule \"a\" for Authenticated { where can read Other allow read }",
                _ if table == last => {
                    "rule \"a\" for Authenticated { where can read Other and Used allow read }
                     rule \"b\" for Authenticated { where Wrong allow read } rule \"c\" for Authenticated { where Wrong allow read }"
                }
                _ => "rule \"a\" for Anyone { allow read }",
            };
            policy.push_str(&format!("table t{table:04} {{ {rules} }}\n"));
        }
        policy.push_str(&format!("never Authenticated can delete t{last:04} where Wrong\n"));
        let messages = crate::project::model_of(config, &schema, &policy).err().ok_or("a circle is bound")?;
        for (code, times) in [("RG1113", 2), ("RG1102", 1), ("RG1308", 0)] {
            let found = messages.matches(&format!("[{code}]")).count();
            if found != times {
                return Err(format!("{tables} tables: {found} times {code}\n{messages}"));
            }
        }
    }
    Ok(())
}

/// Roles with a rule each on one table. Rules of a table are compared with each other, so work may grow with their square, and no faster. Comparing allocates
/// nothing, so the time is measured that this thread was given.
fn one_table() -> Result<(), String> {
    const ROLES: [usize; 2] = [60, 360];
    let time = |roles: usize| -> Result<u64, String> {
        let texts = || example::texts_of(example::files_of_one_table(roles));
        let measured = || -> Result<u64, String> {
            let (texts, before) = (texts(), processor_time()?);
            let compiled = project::compile(texts, Vec::new());
            compiled.meaning.as_ref().ok_or("the rules have errors")?;
            Ok(processor_time()? - before)
        };
        // Others use the same processor, and their caches.
        Ok((0..2).map(|_| measured()).collect::<Result<Vec<_>, _>>()?.into_iter().min().unwrap_or_default())
    };
    let [few, many] = ROLES.map(time);
    let growth = many? as f64 / few? as f64;
    let quadratic = (ROLES[1] as f64 / ROLES[0] as f64).powi(2);
    // Much is linear, so what stays below the square is not the cube.
    if growth < quadratic { Ok(()) } else { Err(format!("six times the roles of a table take {growth:.1} times as long")) }
}

/// Nanoseconds that this thread has run.
fn processor_time() -> Result<u64, String> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").map_err(|error| error.to_string())?;
    text.split(' ').next().and_then(|text| text.parse().ok()).ok_or(text)
}

/// A stage and its allocations.
type Count = (&'static str, u64);

/// A test file of which nothing holds: each row is found in its text, whether the file lists it, in a list of either form, or does not. Looking for it allocates nothing, so the time is
/// measured that the command was given.
fn failing() -> Result<(), String> {
    const ROWS: [usize; 2] = [250, 1_000];
    let folder = crate::pages::temporary("scaling_failing")?;
    crate::commands::write(
        &folder,
        "rowgate.yaml",
        "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\nclosed_tables: { users: closed }\n",
    );
    crate::commands::write(
        &folder,
        "schema.yaml",
        "version: 1\ntables:\n  users: { columns: { id: integer } }\n  items: { columns: { id: integer, user_id: { type: integer, references: users } } }\n",
    );
    crate::commands::write(
        &folder,
        "items.policy",
        "table items { rule \"Own\" for Authenticated { where User equals Logged in User allow read, update, delete } }\n",
    );
    let time = |rows: usize, is_listed: bool| -> Result<f64, String> {
        let keys: Vec<String> = (1..=rows).map(|row| row.to_string()).collect();
        let below: String = keys.iter().map(|key| format!("          - {key}\n")).collect();
        let listed =
            format!("    cannot:\n      delete: {{ items: [{}] }}\n      read:\n        items:\n{below}", keys.join(", "));
        let rows: String = keys.iter().map(|key| format!("    - {{ id: {key}, user_id: 1 }}\n")).collect();
        let text = format!(
            "users: {{ Ann: 1 }}\nrows:\n  users: [{{ id: 1 }}]\n  items:\n{rows}scenarios:\n  - name: nothing holds\n    as: Ann\n    tables: [items]\n{}",
            if is_listed { &listed } else { "" }
        );
        crate::commands::write(&folder, "items.test.yaml", text);
        let script =
            format!("'{}' test --format json | grep -c '\"expected\": \"denied\"'; times", env!("CARGO_BIN_EXE_rowgate"));
        let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(&folder).output();
        let said = String::from_utf8_lossy(&output.map_err(|error| error.to_string())?.stdout).into_owned();
        let lines: Vec<&str> = said.lines().collect();
        let user = lines.last().and_then(|line| line.strip_prefix("0m")?.split_once("s ")?.0.parse::<f64>().ok());
        match (lines.first().and_then(|line| line.parse::<usize>().ok()), user) {
            (Some(failed), Some(user)) if failed == keys.len() * 3 => Ok(user),
            _ => Err(said),
        }
    };
    for is_listed in [false, true] {
        let found = ROWS.map(|rows| time(rows, is_listed));
        let [Ok(few), Ok(many)] = found else { return Err(format!("{found:?}")) };
        // Four times as many, and some that the machine does beside.
        if many > few * 6.0 {
            return Err(format!("{ROWS:?} rows, listed: {is_listed}: {few} s become {many} s"));
        }
    }
    Ok(())
}

fn growth() -> Result<(), String> {
    let counts: Vec<Vec<Count>> = RULES.iter().map(|&rules| count(rules)).collect::<Result<_, _>>()?;
    let mut problems = Vec::new();
    for pair in counts.windows(2) {
        for ((stage, before), (_, after)) in pair[0].iter().zip(&pair[1]) {
            if *before < 1_000 {
                problems.push(format!("{stage}: {before} allocations are too few to count"));
            }
            let growth = *after as f64 / *before as f64;
            if growth > MAX_GROWTH {
                problems.push(format!("{stage}: {before} allocations become {after}, {growth:.2} times as many"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn count(rules: usize) -> Result<Vec<Count>, String> {
    let texts = example::texts(rules);
    let mut counts = Vec::new();
    let compiled: Compiled = counted("compile", &mut counts, || project::compile(texts, Vec::new()));
    let meaning = compiled.meaning.as_ref().ok_or("the rules have errors")?;
    let model = &meaning.model;
    let access = counted("combine", &mut counts, || access::combine(model));
    counted("encode", &mut counts, || encode::encode(model, &access, Target::postgresql(model), &mut Vec::new()));
    let state: State = counted("generate", &mut counts, || compiled.state()).ok_or("no state")?;
    counted("render", &mut counts, || plan::desired_state(&state));
    counted("name indexes", &mut counts, || compiled.wanted_indexes());
    counted("plan", &mut counts, || plan::migration("all", &State::empty(), &state));
    Ok(counts)
}

fn counted<T>(stage: &'static str, counts: &mut Vec<Count>, work: impl FnOnce() -> T) -> T {
    let mut result = None;
    let info = allocation_counter::measure(|| result = Some(work()));
    counts.push((stage, info.count_total));
    result.expect("work gives a result")
}
