//! While rules change, the application goes on: every statement sees what the rules of before or those of after allow, never something else, and nobody
//! waits for long.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use postgres::SimpleQueryMessage;
use postgres::error::SqlState;
use rowgate::db::{self, Client};
use rowgate::objects::State;
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::commands::expect;
use crate::random::{self, Random};
use crate::{ddl, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("hammer::no_statement_meets_half_of_a_migration", hammer),
        trial("hammer::a_table_that_is_held_for_a_second_is_waited_for_and_no_other_is", held),
    ]
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

/// When a document is read, changed, made or removed, and when a note is: each of the states has one of each.
const OF_DOCS: [&str; 7] = [
    "",
    "when Owner is Logged in User",
    "when any Team's Members where (User is Logged in User and Role is \"admin\")",
    "when Title is \"open\"",
    "when no Notes where (Body is \"secret\")",
    "when Team is one of User's Team",
    "when Owner is Logged in User and Title is not \"open\"",
];
const OF_NOTES: [&str; 7] = [
    "",
    "when Doc's Owner is Logged in User",
    "when can read Doc",
    "when Body is not \"secret\"",
    "when Doc's Team is one of User's Team",
    "when any Doc's Team's Members where (User is Logged in User and Role is \"admin\")",
    "when can update Doc",
];

/// Rules by chance; sometimes nobody may do a thing at all.
fn rules(random: &mut Random) -> String {
    let mut of_table = |table: &str, title: &str, conditions: &[&str]| {
        let mut grants = format!("allow read {}\n", conditions[random.below(conditions.len())]);
        for step in [title, "create", "delete"] {
            if random.below(4) > 0 {
                grants.push_str(&format!("allow {step} {}\n", conditions[random.below(conditions.len())]));
            }
        }
        format!("table {table} {{ rule \"{table}\" for Authenticated {{\n{grants}}} }}\n")
    };
    let docs = of_table("docs", "update (title)", &OF_DOCS);
    docs + &of_table("notes", "update (body)", &OF_NOTES)
}

const ROWS: &str = "
INSERT INTO users (id, name) SELECT n, 'user ' || n FROM generate_series(1, 4) AS n;
INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'admin'), (2, 2, 1, 'member'), (3, 3, 2, 'admin');
INSERT INTO docs (id, team_id, owner_id, title) SELECT n, 1 + n % 2, 1 + n % 4, CASE WHEN n % 3 = 0 THEN 'open' ELSE 'kept' END FROM generate_series(1, 68) AS n;
INSERT INTO notes (id, doc_id, body) SELECT n, 1 + n % 60, CASE WHEN n % 5 = 0 THEN 'secret' ELSE 'plain' END FROM generate_series(1, 120) AS n;
";

/// Each of them is one statement, which changes nothing that another one sees: what is made or removed is rolled back.
const STATEMENTS: [&str; 11] = [
    "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM docs",
    "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM notes",
    "SELECT coalesce(string_agg(format('%s:%s', docs.id, notes.id), ',' ORDER BY docs.id, notes.id), '') FROM docs JOIN notes ON notes.doc_id = docs.id",
    "WITH changed AS (UPDATE docs SET title = title RETURNING id) SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM changed",
    "UPDATE notes SET body = body WHERE doc_id % 3 = 0",
    "WITH gone AS (DELETE FROM docs WHERE id > 60 RETURNING id) SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM gone",
    "DELETE FROM notes WHERE id % 2 = 0",
    "INSERT INTO docs (id, team_id, owner_id, title) VALUES (1000 + current_setting('app.user_id')::integer, 1, current_setting('app.user_id')::integer, 'open')",
    "INSERT INTO docs (id, team_id, owner_id, title) VALUES (1010 + current_setting('app.user_id')::integer, 2, 3, 'kept')",
    "INSERT INTO notes (id, doc_id, body) VALUES (1000 + current_setting('app.user_id')::integer, 3, 'secret')",
    "INSERT INTO notes (id, doc_id, body) VALUES (1010 + current_setting('app.user_id')::integer, 4, 'plain')",
];

const USERS: i32 = 4;
const STATES: usize = 12;
const WORKERS: usize = 8;

/// How many migrations there are: as many as `ROWGATE_MIGRATIONS` says.
fn migrations() -> usize {
    std::env::var("ROWGATE_MIGRATIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(20)
}

/// Nobody waits longer for a table than one deployment takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// One run of a script comes through where a table is held longer than any of its tries waits, and meanwhile statements on the other table, which it has locked already, get on.
fn held() -> Result<(), String> {
    let compiled = |when: &str| {
        let rules = format!(
            "table docs {{ rule \"docs\" for Authenticated {{ allow read {when} }} }} \
             table notes {{ rule \"notes\" for Authenticated {{ allow read {} }} }}",
            when.replace("Owner", "Doc's Owner")
        );
        random::compile(CONFIG, SCHEMA, &[("docs.policy".to_owned(), rules)])
    };
    let (first, second) = (compiled(""), compiled("when Owner is Logged in User"));
    let states = [first.state().ok_or("no state")?, second.state().ok_or("no state")?];
    let database = Database::create("held")?;
    database.apply(DEPLOYER, &ddl::create(&first.meaning.as_ref().ok_or("no meaning")?.model.catalog))?;
    database.apply(DEPLOYER, ROWS)?;
    database.apply(DEPLOYER, &plan::desired_state(&states[0]))?;
    let script = plan::migration("next", &states[0], &states[1]).ok_or("nothing to do")?;
    let failed = |error: db::DatabaseError| db::describe_error(&error);
    let (mut holder, mut reader) = (database.connect("postgres")?, database.connect("postgres")?);
    holder.batch_execute("BEGIN; SELECT FROM notes").map_err(failed)?;
    let (longest, applied) = std::thread::scope(|scope| {
        let deployer = scope.spawn(|| database.apply(DEPLOYER, &script));
        let (began, mut longest) = (Instant::now(), Duration::ZERO);
        while began.elapsed() < Duration::from_millis(1_000) {
            let asked = Instant::now();
            reader.batch_execute("SELECT FROM docs").map_err(failed)?;
            longest = longest.max(asked.elapsed());
        }
        holder.batch_execute("COMMIT").map_err(failed)?;
        Ok::<_, String>((longest, deployer.join().map_err(|_| "the deployer failed".to_owned())?))
    })?;
    applied?;
    // The longest try waits for half a second; a busy machine takes its time besides.
    expect(longest < Duration::from_millis(900), &format!("another table was not to be read for {longest:?}"))?;
    // The second rules are in force: a quarter of the documents are the user's own.
    let seen = ask(&mut session(&database, 1)?, STATEMENTS[0])?;
    expect(seen.split(',').count() == 17, &seen)
}

fn hammer() -> Result<(), String> {
    let mut random = Random::new(std::env::var("ROWGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
    let (mut states, mut catalog) = (Vec::new(), String::new());
    while states.len() < STATES {
        let compiled = random::compile(CONFIG, SCHEMA, &[("docs.policy".to_owned(), rules(&mut random))]);
        let meaning = compiled.meaning.as_ref().ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
        catalog = ddl::create(&meaning.model.catalog);
        states.push(compiled.state().ok_or("no state")?);
    }
    let database = Database::create("hammer")?;
    database.apply(DEPLOYER, &catalog)?;
    database.apply(DEPLOYER, ROWS)?;
    let expected = expected(&database, &states)?;
    let way = way(&states, &mut random);
    let (done, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (statements, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let counts = (&statements, &refused);
    let result = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (database, expected, way, done, is_over) = (&database, &expected, way.as_slice(), &done, &is_over);
                scope.spawn(move || Worker { expected, way, done, is_over, counts }.work(database, worker))
            })
            .collect();
        let migrated = migrate(&database, &states, &way, &done);
        is_over.store(true, Ordering::SeqCst);
        let found: Result<Vec<()>, String> =
            workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker failed".to_owned())?).collect();
        migrated.and(found)
    });
    result?;
    let [number, refused] = [statements, refused].map(AtomicUsize::into_inner);
    eprintln!("{number} statements, {refused} of them refused, during {} migrations between {STATES} states", way.len() - 1);
    expect(number > way.len() * 10 && refused * 50 > number, &format!("only {number} statements were tried, {refused} refused"))
}

/// The states that are in force one after the other. The last one was made last.
fn way(states: &[State], random: &mut Random) -> Vec<usize> {
    let mut way = vec![states.len() - 1];
    while way.len() <= migrations() {
        let (from, to) = (way[way.len() - 1], random.below(states.len()));
        if plan::migration("next", &states[from], &states[to]).is_some() {
            way.push(to);
        }
    }
    way
}

/// What each statement answers to each user under each state. The last state is in force afterwards.
type Expected = Vec<Vec<Vec<String>>>;

fn expected(database: &Database, states: &[State]) -> Result<Expected, String> {
    let mut all: Expected = Vec::new();
    for (index, state) in states.iter().enumerate() {
        let script = match index {
            0 => Some(plan::desired_state(state)),
            _ => plan::migration("next", &states[index - 1], state),
        };
        script.map_or(Ok(()), |script| database.apply(DEPLOYER, &script))?;
        let mut of_state = Vec::new();
        for user in 1..=USERS {
            let mut client = session(database, user)?;
            let answers: Result<Vec<String>, String> = STATEMENTS.iter().map(|statement| ask(&mut client, statement)).collect();
            of_state.push(answers?);
        }
        all.push(of_state);
    }
    let is_told_apart = |&statement: &usize| {
        (0..USERS as usize).any(|user| all.iter().any(|state| state[user][statement] != all[0][user][statement]))
    };
    match (0..STATEMENTS.len()).find(|statement| !is_told_apart(statement)) {
        Some(statement) => Err(format!("no two states are told apart by {}", STATEMENTS[statement])),
        None => Ok(all),
    }
}

fn session(database: &Database, user: i32) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    client
        .batch_execute(&format!("SET ROLE hammer_user; SET app.user_id = {user}"))
        .map_err(|error| db::describe_error(&error))?;
    Ok(client)
}

/// What is answered, how many rows are changed, or that it is refused.
fn ask(client: &mut Client, statement: &str) -> Result<String, String> {
    let is_rolled_back = !statement.starts_with("SELECT") && !statement.contains("(UPDATE docs");
    let failed = |error: db::DatabaseError| format!("{statement}: {}", db::describe_error(&error));
    if is_rolled_back {
        client.batch_execute("BEGIN").map_err(failed)?;
    }
    let answer = client.simple_query(statement);
    if is_rolled_back {
        client.batch_execute("ROLLBACK").map_err(failed)?;
    }
    match answer {
        Ok(messages) => Ok(messages.iter().map(as_text).collect::<Vec<_>>().concat()),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(REFUSED.to_owned()),
        Err(error) => Err(failed(error)),
    }
}

fn as_text(message: &SimpleQueryMessage) -> String {
    match message {
        SimpleQueryMessage::Row(row) => row.get(0).unwrap_or_default().to_owned(),
        SimpleQueryMessage::CommandComplete(rows) => format!(" of {rows}"),
        _ => String::new(),
    }
}

const REFUSED: &str = "refused";

/// `done` is how many migrations are committed, or about to be.
fn migrate(database: &Database, states: &[State], way: &[usize], done: &AtomicUsize) -> Result<(), String> {
    for (step, pair) in way.windows(2).enumerate() {
        let script = plan::migration("next", &states[pair[0]], &states[pair[1]]).ok_or("nothing to do")?;
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

struct Worker<'a> {
    expected: &'a Expected,
    way: &'a [usize],
    done: &'a AtomicUsize,
    is_over: &'a AtomicBool,
    /// How many statements were answered, and how many of them with a refusal.
    counts: (&'a AtomicUsize, &'a AtomicUsize),
}

impl Worker<'_> {
    /// Asks until it is over. An answer has to be that of a state that was in force between the statement's beginning and its end.
    fn work(&self, database: &Database, worker: usize) -> Result<(), String> {
        let user = worker % USERS as usize;
        let mut client = session(database, user as i32 + 1)?;
        for statement in (0..STATEMENTS.len()).cycle().skip(worker) {
            if self.is_over.load(Ordering::SeqCst) {
                return Ok(());
            }
            let text = STATEMENTS[statement];
            let (before, began) = (self.done.load(Ordering::SeqCst), Instant::now());
            let answer = match ask(&mut client, text) {
                Ok(answer) => answer,
                // Two writers of the same rows, or one that a migration has to pass.
                Err(error) if error.contains("deadlock detected") => continue,
                Err(error) => return Err(error),
            };
            let after = self.done.load(Ordering::SeqCst);
            expect(began.elapsed() < LONGEST, &format!("{text} took {:?}", began.elapsed()))?;
            // While the step is under way that was the k-th to begin, what k - 1 or k led to is in force.
            let mut possible = self.way[before / 2..=after.div_ceil(2)].iter();
            let is_allowed = possible.any(|&state| self.expected[state][user][statement] == answer);
            expect(is_allowed, &format!("user {user}, {text}: {answer}, between {before} and {after}"))?;
            self.counts.0.fetch_add(1, Ordering::SeqCst);
            self.counts.1.fetch_add(usize::from(answer == REFUSED), Ordering::SeqCst);
        }
        Ok(())
    }
}
