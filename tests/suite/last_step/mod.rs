//! The last step of a script. For each thing that it finds: a small project, the thing as an earlier owner of the database left it, the script
//! fails and names it, and the statement that it names closes it. What is accepted or harmless passes.

mod findings;
mod harmless;
mod notices;

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::State;
use rowgate::project::Compiled;
use rowgate::{plan, sql};

use crate::cluster::{DEPLOYER, Database, lock_roles};
use crate::{ddl, random};

pub fn trials() -> Vec<Trial> {
    [findings::trials(), harmless::trials(), notices::trials()].into_iter().flatten().collect()
}

/// `@` is the application's role; every role of a trial begins with its name, because roles belong to the whole server. Two database roles
/// are exact only apart, steps have a trigger, bans are looked up under a negation, notes are masked, changes are recorded.
const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: \"@\" }
roles: { Lead: { database_role: \"@_lead\" } }
closed_tables: { users: closed, bans: closed, log: closed }
lookup: { schema: rowgate, role: \"@_lookup\" }
masking: { schema: masked, role: \"@_masking\" }
guards: { schema: guard }
audit: { table: log, of: [items] }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer } }
  items: { columns: { id: integer, user_id: { type: integer, references: users }, name: text, price: integer } }
  bans: { columns: { id: integer, item_id: { type: integer, references: items }, user_id: { type: integer, references: users } } }
  notes: { columns: { id: integer, text: text, secret: boolean } }
  log:
    columns:
      { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb,
        changed: 'text[]', address: text }
";

const POLICY: &str = "
table items {
  rule \"own\" for Authenticated {
    where User equals Logged in User and no Bans where (User equals Logged in User)
    allow read, create
    allow update (name) when Price is 1
    allow update (price) when Price is 2
  }
  rule \"lead\" for Lead { allow read (id, name) }
}
table notes { rule \"open\" for Authenticated { allow read (id) allow read when Secret is false } }
";

/// A database with the project's tables, and the project.
struct Place {
    role: String,
    database: Database,
    admin: Client,
    deployer: Client,
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

impl Place {
    fn new(role: &str) -> Result<Place, String> {
        let database = Database::create(role)?;
        let (admin, mut deployer) = (database.connect("postgres")?, database.connect(DEPLOYER)?);
        let compiled = compiled(role, "", |config| config.to_owned());
        let meaning = compiled.meaning.as_ref().ok_or("errors")?;
        deployer.batch_execute(&ddl::create(&meaning.model.catalog)).map_err(text)?;
        Ok(Place { role: role.to_owned(), database, admin, deployer })
    }

    /// As a superuser, with `@` for the application's role.
    fn execute(&mut self, statements: &str) -> Result<(), String> {
        self.admin.batch_execute(&statements.replace('@', &self.role)).map_err(|error| format!("{statements}: {}", text(error)))
    }

    /// As the deployer. An error leaves nothing behind.
    fn apply(&mut self, script: &str) -> Result<(), String> {
        let outcome = self.deployer.batch_execute(script).map_err(text);
        if outcome.is_err() {
            self.deployer.batch_execute("ROLLBACK").map_err(text)?;
        }
        outcome
    }

    fn version(&mut self) -> Result<i32, String> {
        let row = self.admin.query_one("SELECT current_setting('server_version_num')::integer", &[]).map_err(text)?;
        Ok(row.get(0))
    }
}

/// The project with more configuration behind it, and some of it changed.
fn compiled(role: &str, more: &str, change: impl Fn(&str) -> String) -> Compiled {
    let config = format!("{}{more}", change(CONFIG)).replace('@', role);
    let compiled = random::compile(&config, SCHEMA, &[("rules.policy".to_owned(), POLICY.to_owned())]);
    assert!(compiled.meaning.is_some(), "{:?}", compiled.diagnostics);
    compiled
}

/// The whole script, or its last step alone in a transaction.
fn script(compiled: &Compiled, whole: bool) -> Result<String, String> {
    let state = compiled.state().ok_or("errors")?;
    let check = state.check.as_ref().map(plan::check_statement).ok_or("there is nothing to check")?;
    let last = || format!("BEGIN; SET LOCAL search_path = pg_catalog;\n{};\nCOMMIT;", check);
    Ok(if whole { plan::desired_state(&state) } else { last() })
}

/// What a first deployment says is in the way before it is begun, as the last step has its lines.
fn foreseen(place: &mut Place, project: &Compiled) -> Result<String, String> {
    let (meaning, state) = (project.meaning.as_ref().ok_or("errors")?, project.state().ok_or("errors")?);
    let nothing = State::empty();
    let closed = plan::needs(&plan::changes(&nothing, &state)).closed;
    let query = sql::in_the_way(&meaning.model, &meaning.encoding, &state.objects, &closed);
    let found = db::ask_last_step(&mut place.deployer, &query).map_err(|error| error.to_string())?;
    let closes = |found: &db::Found| found.closes.as_ref().map(|closes| format!("; close it: {closes}")).unwrap_or_default();
    Ok(found.iter().map(|found| format!("{}: {}{}\n", found.what, found.lets, closes(found))).collect())
}

/// Nothing else changes roles meanwhile.
fn alone<T>(body: impl FnOnce() -> T) -> T {
    let _guard = lock_roles();
    body()
}
