//! While rules change, the application goes on: every statement sees what the rules of before or those of after allow, never something else, and nobody
//! waits for long.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::State;
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::commands::expect;
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("hammer::no_statement_meets_half_of_a_migration", hammer)]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: hammer_user }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role } }
roles: { Admin: { membership: Team, equals: admin } }
lookup: { role: hammer_lookup }
closed_tables: { users: closed, teams: closed, members: closed }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, name: text } }
  teams: { columns: { id: integer } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text } }
  docs: { columns: { id: integer, team_id: { type: integer, references: teams }, owner_id: { type: integer, references: users }, title: text } }
  notes: { columns: { id: integer, doc_id: { type: integer, references: docs }, body: text } }
";

/// What is migrated between, in a circle: each step opens something and closes something else, of one table or of both.
const VARIANTS: [&str; 5] = [
    "table docs { rule \"a\" for Authenticated { where Owner is Logged in User allow read, update (title) } }
     table notes { rule \"b\" for Authenticated { where Doc's Owner is Logged in User allow read } }",
    "table docs { rule \"a\" for Admin of Team { allow read, update (title) } }
     table notes { rule \"b\" for Authenticated { where can read Doc allow read } }",
    "table docs { rule \"a\" for Authenticated { allow read when Title is \"open\" allow update (title) when Owner is Logged in User then Title is not empty } }
     table notes { rule \"b\" for Admin of Doc's Team { allow read } }",
    "table docs { rule \"a\" for Authenticated { where no Notes where (Body is \"secret\") allow read, update (title) } }
     table notes { rule \"b\" for Authenticated { where Body is not \"secret\" allow read } }",
    "table docs { rule \"a\" for Authenticated { where Team is one of User's Team allow read, update (title, owner_id) when Owner is Logged in User } }
     table notes { rule \"b\" for Authenticated { where Doc's Team is one of User's Team allow read } }",
];

const ROWS: &str = "
INSERT INTO users (id, name) SELECT n, 'user ' || n FROM generate_series(1, 4) AS n;
INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'admin'), (2, 2, 1, 'member'), (3, 3, 2, 'admin');
INSERT INTO docs (id, team_id, owner_id, title) SELECT n, 1 + n % 2, 1 + n % 4, CASE WHEN n % 3 = 0 THEN 'open' ELSE 'kept' END FROM generate_series(1, 60) AS n;
INSERT INTO notes (id, doc_id, body) SELECT n, 1 + n % 60, CASE WHEN n % 5 = 0 THEN 'secret' ELSE 'plain' END FROM generate_series(1, 120) AS n;
";

/// Each of them is one statement, which changes nothing that another one sees.
const STATEMENTS: [&str; 4] = [
    "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM docs",
    "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM notes",
    "SELECT coalesce(string_agg(format('%s:%s', docs.id, notes.id), ',' ORDER BY docs.id, notes.id), '') FROM docs JOIN notes ON notes.doc_id = docs.id",
    "WITH changed AS (UPDATE docs SET title = title RETURNING id) SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM changed",
];

const USERS: i32 = 4;
const MIGRATIONS: usize = 40;
const WORKERS: usize = 8;

/// Nobody waits longer for a table than one deployment takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn hammer() -> Result<(), String> {
    let (mut states, mut catalog) = (Vec::new(), String::new());
    for rules in VARIANTS {
        let compiled = random::compile(CONFIG, SCHEMA, &[("docs.policy".to_owned(), rules.to_owned())]);
        let meaning = compiled.meaning.as_ref().ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
        catalog = ddl::create(&meaning.model.catalog);
        states.push(compiled.state().ok_or("no state")?);
    }
    let database = Database::create("hammer")?;
    database.apply(DEPLOYER, &catalog)?;
    database.apply(DEPLOYER, ROWS)?;
    let expected = expected(&database, &states)?;
    let (done, is_over, statements) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicUsize::new(0));
    let result = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (database, expected, done, is_over, statements) = (&database, &expected, &done, &is_over, &statements);
                scope.spawn(move || work(database, expected, worker, done, is_over, statements))
            })
            .collect();
        let migrated = migrate(&database, &states, &done);
        is_over.store(true, Ordering::SeqCst);
        let found: Result<Vec<()>, String> =
            workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker failed".to_owned())?).collect();
        migrated.and(found)
    });
    result?;
    let number = statements.load(Ordering::SeqCst);
    expect(number > MIGRATIONS * 4, &format!("only {number} statements were tried"))
}

/// What each statement answers to each user under each variant. The last variant is in force afterwards.
type Expected = Vec<Vec<Vec<String>>>;

fn expected(database: &Database, states: &[State]) -> Result<Expected, String> {
    let mut all = Vec::new();
    for (index, state) in states.iter().enumerate() {
        let script = match index {
            0 => plan::desired_state(state),
            _ => plan::migration("next", &states[index - 1], state).ok_or("nothing to do")?,
        };
        database.apply(DEPLOYER, &script)?;
        let mut of_variant = Vec::new();
        for user in 1..=USERS {
            let mut client = session(database, user)?;
            let answers: Result<Vec<String>, String> = STATEMENTS.iter().map(|statement| ask(&mut client, statement)).collect();
            of_variant.push(answers?);
        }
        all.push(of_variant);
    }
    let is_told_apart = |statement: usize| all.iter().any(|variant| variant[0][statement] != all[0][0][statement]);
    expect((0..STATEMENTS.len()).all(is_told_apart), "the variants are not told apart")?;
    Ok(all)
}

fn session(database: &Database, user: i32) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    client
        .batch_execute(&format!("SET ROLE hammer_user; SET app.user_id = {user}"))
        .map_err(|error| db::describe_error(&error))?;
    Ok(client)
}

fn ask(client: &mut Client, statement: &str) -> Result<String, String> {
    let row = client.query_one(statement, &[]).map_err(|error| format!("{statement}: {}", db::describe_error(&error)))?;
    Ok(row.get(0))
}

/// From the last variant on, in a circle. `done` is how many are committed, or about to be.
fn migrate(database: &Database, states: &[State], done: &AtomicUsize) -> Result<(), String> {
    for step in 0..MIGRATIONS {
        let (from, to) = (&states[(step + states.len() - 1) % states.len()], &states[step % states.len()]);
        let script = plan::migration("next", from, to).ok_or("nothing to do")?;
        done.store(2 * step + 1, Ordering::SeqCst);
        // It gives up where it does not get its locks, and is run again.
        while let Err(error) = database.apply(DEPLOYER, &script) {
            if !error.contains("lock timeout") {
                return Err(error);
            }
        }
        done.store(2 * step + 2, Ordering::SeqCst);
    }
    Ok(())
}

/// Asks until it is over. An answer has to be that of a variant that was in force between the statement's beginning and its end.
fn work(
    database: &Database,
    expected: &Expected,
    worker: usize,
    done: &AtomicUsize,
    is_over: &AtomicBool,
    statements: &AtomicUsize,
) -> Result<(), String> {
    let user = worker % USERS as usize;
    let mut client = session(database, user as i32 + 1)?;
    for statement in (0..STATEMENTS.len()).cycle().skip(worker) {
        if is_over.load(Ordering::SeqCst) {
            return Ok(());
        }
        let (before, began) = (done.load(Ordering::SeqCst), Instant::now());
        let answer = match ask(&mut client, STATEMENTS[statement]) {
            Ok(answer) => answer,
            // Two writers of the same rows, or one that a migration has to pass.
            Err(error) if error.contains("deadlock detected") => continue,
            Err(error) => return Err(error),
        };
        let after = done.load(Ordering::SeqCst);
        expect(began.elapsed() < LONGEST, &format!("{} took {:?}", STATEMENTS[statement], began.elapsed()))?;
        // While the step is under way that was the k-th to begin, k - 1 or k are in force.
        let variants = expected.len();
        let in_force = |step: usize| (step + variants - 1) % variants;
        let mut possible = (before / 2..=after.div_ceil(2)).map(in_force);
        let is_allowed = possible.any(|variant| expected[variant][user][statement] == answer);
        expect(is_allowed, &format!("user {user}, {}: {answer}, between {before} and {after}", STATEMENTS[statement]))?;
        statements.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}
