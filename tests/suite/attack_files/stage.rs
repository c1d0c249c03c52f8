//! Plays an attack: makes the roles, the database and the tables of its project, then goes through its blocks. All that is wrong is told,
//! up to the first step that the others need.

use std::collections::BTreeMap;
use std::process::Command;

use rowgate::objects::State;
use rowgate::plan;
use rowgate::project::Compiled;

use super::format::{self, Action, Block, Deployment, Moment, Outcome};
use super::session::Session;
use crate::cluster::{self, DEPLOYER, Database, lock_roles};
use crate::{ddl, project, random};

/// The texts of a folder, with the names of its roles.
pub struct Project {
    pub config: String,
    pub schema: String,
    pub policy: String,
    pub next_policy: Option<String>,
    /// What a superuser does before there are tables.
    pub setup: Option<String>,
    /// The tables as the deployer makes them, where the schema file says less than there is.
    pub tables: Option<String>,
}

impl Project {
    fn compile(&self, policy: &str) -> Compiled {
        random::compile(&self.config, &self.schema, &[("main.policy".to_owned(), policy.to_owned())])
    }
}

/// Whether an attack goes on after a block.
enum Progress {
    On,
    /// What came is one of the right outcomes, and nothing is left to try.
    Over,
}

/// How something is deployed instead of as it should be; nothing where there is nothing to change about it.
pub type Fault<'a> = &'a dyn Fn(&State) -> Option<String>;

pub const NOTHING_TO_UNDO: &str = "there is nothing to undo";

struct Stage<'a> {
    project: &'a Project,
    fault: Option<Fault<'a>>,
    names: &'a str,
    database: Database,
    sessions: BTreeMap<String, Session>,
}

/// Runs all blocks in a database of their own.
pub fn play(project: &Project, blocks: &[Block], names: &str, fault: Option<Fault<'_>>) -> Result<(), String> {
    if blocks.iter().any(|block| matches!(block.action, Action::Restore { .. })) && cluster::client_program("pg_dump")?.is_none()
    {
        // Builds that come without it are tested where the distribution's are.
        return Ok(());
    }
    let database = Database::create(names)?;
    let roles = format!("CREATE ROLE {names}_app NOLOGIN; CREATE ROLE {names}_attacker LOGIN IN ROLE {names}_app");
    database.apply("postgres", &roles)?;
    let mut stage = Stage { project, fault, names, database, sessions: BTreeMap::new() };
    if !matches!(stage.prepare(blocks)?, Progress::On) {
        return Ok(());
    }
    let mut wrong = Vec::new();
    for block in blocks {
        let needed = !matches!(&block.action, Action::Run { expected, .. } if !expected.contains(&Outcome::Succeeds));
        match stage.step(block) {
            Ok(Progress::On) => {}
            Ok(Progress::Over) => break,
            Err(error) => {
                wrong.push(format!("attack.sql:{}: {}\n  {error}", block.line, block.sql.trim()));
                if needed {
                    break;
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

impl Stage<'_> {
    /// Makes the tables, unless the compiler refuses the project and may.
    fn prepare(&self, blocks: &[Block]) -> Result<Progress, String> {
        let compiled = self.project.compile(&self.project.policy);
        let messages = project::render(&compiled.diagnostics, &compiled.sources);
        let Some(meaning) = &compiled.meaning else {
            let may = |block: &Block| matches!(&block.action, Action::Deploy { expected: Deployment::MayBeRefusedByCheck(text), .. } if messages.contains(text));
            return if blocks.iter().any(may) { Ok(Progress::Over) } else { Err(messages) };
        };
        if let Some(setup) = &self.project.setup {
            self.database.apply("postgres", setup)?;
        }
        let tables = self.project.tables.clone().unwrap_or_else(|| ddl::create(&meaning.model.catalog));
        self.database.apply(DEPLOYER, &tables)?;
        Ok(Progress::On)
    }

    fn step(&mut self, block: &Block) -> Result<Progress, String> {
        match &block.action {
            Action::Deploy { next, expected } => return self.deploy(*next, expected),
            Action::Restore { owners } => self.restore(*owners)?,
            Action::LogIn(session) => drop(self.sessions.remove(session)),
            Action::Run { session, moment, expected } => self.run(session, *moment, &block.sql, expected)?,
        }
        Ok(Progress::On)
    }

    /// The role of a session: `attacker/2` is the second one of `{attacker}`.
    fn role(&self, session: &str) -> String {
        match session.split('/').next().unwrap_or_default() {
            "superuser" => "postgres".to_owned(),
            "deployer" => DEPLOYER.to_owned(),
            name => format!("{}_{name}", self.names),
        }
    }

    fn run(&mut self, name: &str, moment: Moment, sql: &str, expected: &[Outcome]) -> Result<(), String> {
        if !self.sessions.contains_key(name) {
            let session = Session::new(self.database.connect(&self.role(name))?)?;
            self.sessions.insert(name.to_owned(), session);
        }
        let session = self.sessions.get_mut(name).ok_or("no session")?;
        match moment {
            Moment::AtOnce => {
                // Roles belong to the whole server; who may make them says so one at a time.
                let _guard = name.starts_with("superuser").then(lock_roles);
                session.run(sql, expected)
            }
            Moment::Starts => session.start(sql.to_owned(), &mut self.database.connect("postgres")?),
            Moment::Ends => session.end(expected),
        }
    }

    fn deploy(&self, next: bool, expected: &Deployment) -> Result<Progress, String> {
        let state = |policy: &str| {
            let compiled = self.project.compile(policy);
            compiled.state().ok_or_else(|| project::render(&compiled.diagnostics, &compiled.sources))
        };
        let current = state(&self.project.policy)?;
        let script = if next {
            let policy = self.project.next_policy.as_ref().ok_or("there is no next.policy")?;
            plan::migration("next", &current, &state(policy)?).ok_or("there is nothing to migrate")?
        } else {
            match self.fault {
                Some(fault) => fault(&current).ok_or(NOTHING_TO_UNDO)?,
                None => plan::desired_state(&current),
            }
        };
        let before = self.policies()?;
        let failure = self.database.apply(DEPLOYER, &script).err();
        if failure.is_some() && self.policies()? != before {
            return Err("the deployment that failed left policies".to_owned());
        }
        match (expected, failure) {
            (Deployment::Succeeds | Deployment::MayFail(_) | Deployment::MayBeRefusedByCheck(_), None) => Ok(Progress::On),
            (Deployment::Fails(text), Some(error)) if error.contains(text) => Ok(Progress::On),
            (Deployment::MayFail(text), Some(error)) if error.contains(text) => Ok(Progress::Over),
            (Deployment::Fails(text), None) => Err(format!("the deployment succeeds; right: it fails and names `{text}`")),
            (_, Some(error)) => Err(format!("the deployment fails: {error}\n  right: {expected:?}")),
        }
    }

    fn policies(&self) -> Result<i64, String> {
        let mut admin = self.database.connect("postgres")?;
        let row = admin.query_one("SELECT count(*) FROM pg_policy WHERE polname LIKE 'rowgate%'", &[]);
        Ok(row.map_err(|error| error.to_string())?.get(0))
    }

    /// Replaces the database by a restored copy.
    fn restore(&mut self, owners: bool) -> Result<(), String> {
        self.sessions.clear();
        let restored = Database::create(&format!("{}restored", self.names))?;
        let file = std::env::temp_dir().join(format!("{}.dump", restored.name));
        let path = file.to_string_lossy().into_owned();
        let result =
            program("pg_dump", &["--username=postgres", "--format=custom", "--file", &path, "--dbname", &self.database.name])
                .and_then(|()| {
                    let how: &[&str] =
                        if owners { &["--username=postgres"] } else { &["--username", DEPLOYER, "--no-owner", "--no-comments"] };
                    program("pg_restore", &[how, &["--exit-on-error", "--dbname", &restored.name, &path]].concat())
                });
        drop(std::fs::remove_file(&file));
        self.database = restored;
        result
    }
}

fn program(name: &str, arguments: &[&str]) -> Result<(), String> {
    let program = cluster::client_program(name)?.ok_or(format!("the server came without {name}"))?;
    let output =
        Command::new(program).args(["--host", &cluster::host()?]).args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Each kind of expectation, not met: all of them are told, with their lines.
pub fn tells_what_is_wrong() -> Result<(), String> {
    let names = "attacktold";
    let project = Project {
        config: format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: {names}_app }}\n"
        ),
        schema: "version: 1\ntables: { users: { columns: { id: integer } } }".to_owned(),
        policy: "table users { rule \"own\" for Authenticated {\n where this record is Logged in User\n allow read } }"
            .to_owned(),
        next_policy: None,
        setup: None,
        tables: None,
    };
    let text = "-- x
--> deploy
--> superuser does
INSERT INTO users VALUES (1), (2)
--> attacker sees nothing
SET app.user_id = '1'; SELECT id FROM users
--> attacker sees
SELECT id FROM users
--= 2
--> attacker is refused 42501
SELECT id FROM users
--> superuser changes 1
DELETE FROM users WHERE id = 7
--> attacker is refused
SELECT misspelt FROM users
--> attacker is refused 42501 with \"for lunch\"
DELETE FROM users
--> attacker sees, or is refused 42501
SELECT id FROM users
--= 1
--> attacker/2 sees nothing
SELECT id FROM users
--> deploy fails with \"no such word\"
--> attacker sees nothing
SELECT 'never reached'
";
    let told = play(&project, &format::parse(text)?, names, None).err().unwrap_or_default();
    let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("attack.sql:")?.split(':').next()).collect();
    if lines == ["5", "7", "10", "12", "14", "16", "23"] { Ok(()) } else { Err(format!("{lines:?}\n{told}")) }
}
