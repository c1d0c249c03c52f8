//! Deployments that the server has no room for in one transaction: applied in several, in an order in which nobody meets what neither the old rules nor the
//! new ones allow, interrupted, and gone on with.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::cluster::{self, Cluster, DEPLOYER};
use crate::commands::{expect, rowgate, write};
use crate::{ddl, project, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("parts::what_is_too_large_goes_in_several_transactions", several)]
}

/// So many tables that one transaction takes more locks than a small server has room for.
const TABLES: usize = 240;

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: parts_user }
lookup: { role: parts_lookup }
closed_tables: { users: accounts are elsewhere }
";

struct Small {
    cluster: Cluster,
    folder: PathBuf,
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

impl Small {
    fn url(&self, role: &str) -> String {
        format!("host={} user={role} dbname=postgres", self.cluster.folder.display())
    }

    fn connect(&self, role: &str) -> Result<Client, String> {
        db::connect(&self.url(role)).map_err(|error| error.to_string())
    }

    fn ends(&self, code: i32, arguments: &[&str]) -> Result<(String, String), String> {
        let url = self.url(DEPLOYER);
        let (found, out, err) = rowgate(&self.folder, &[arguments, &["--database-url", &url]].concat())?;
        expect(found == code, &format!("{arguments:?} ended with {found}:\n{err}"))?;
        Ok((out, err))
    }

    fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        self.start_at(&self.url(DEPLOYER), arguments)
    }

    fn start_at(&self, url: &str, arguments: &[&str]) -> Result<Child, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowgate"));
        command.args(arguments).args(["--database-url", url]).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().map_err(|error| error.to_string())
    }

    /// Tables with an odd number, and with an even one.
    fn rules(&self, odd: &str, even: &str) {
        let table = |number: usize| {
            let rule = if number % 2 == 1 { odd } else { even };
            format!("table t{number} {{ rule \"t{number}\" for Authenticated {{ {rule} }} }}\n")
        };
        write(&self.folder, "main.policy", (1..=TABLES).map(table).collect::<String>());
    }
}

/// Everything may be read, or nothing; the rest stays, so that there is something to lock.
const OPEN: &str = "allow read, create, update (title), delete when Owner is Logged in User allow read";
const CLOSED: &str = "allow read, create, update (title), delete when Owner is Logged in User";

fn several() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parts");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let schema = |number: usize| {
        format!(
            "  t{number}: {{ columns: {{ id: integer, owner_id: {{ type: integer, references: users }}, title: text }}, indexes: [owner_id] }}\n"
        )
    };
    let schema: String = (1..=TABLES).map(schema).collect();
    write(&folder, "rowgate.yaml", CONFIG);
    write(
        &folder,
        "schema.yaml",
        format!("version: 1\ntables:\n  users: {{ columns: {{ id: integer, name: text }} }}\n{schema}"),
    );
    let options = "-c listen_addresses= -c max_locks_per_transaction=10";
    let small = Small { cluster: cluster::start_with("-parts", None, options)?, folder };
    let result = steps(&small);
    small.cluster.stop();
    result
}

fn steps(small: &Small) -> Result<(), String> {
    small.rules(OPEN, CLOSED);
    let catalog = project::model(&project::compile(&small.folder)?)?.catalog.clone();
    let mut deployer = small.connect("postgres")?;
    deployer
        .batch_execute(&format!(
            "GRANT ALL ON SCHEMA public TO {DEPLOYER}; GRANT CREATE ON DATABASE postgres TO {DEPLOYER}; SET ROLE {DEPLOYER}"
        ))
        .map_err(failed)?;
    // Not in one transaction either.
    for statement in ddl::create(&catalog).split_inclusive(";\n") {
        deployer.batch_execute(statement).map_err(failed)?;
    }
    let rows =
        "INSERT INTO users VALUES (1, 'Ann'); INSERT INTO t1 VALUES (1, NULL, 'odd'); INSERT INTO t2 VALUES (1, NULL, 'even')";
    deployer.batch_execute(rows).map_err(failed)?;
    first(small, &ddl::create(&catalog))?;
    small.rules(OPEN, CLOSED);
    interrupted(small)?;
    crossed(small)?;
    interrupted_where_something_widens(small)?;
    // What does both has to happen at one instant.
    small.rules("allow read when Title is \"a\"", "allow read when Title is \"b\"");
    let (_, err) = small.ends(2, &["apply", "--yes", "--allow-widening"])?;
    expect(err.contains("nothing was applied: it takes some") && err.contains("max_locks_per_transaction"), &err)?;
    small.rules(CLOSED, OPEN);
    small.ends(0, &["verify"])?;
    replaced(small)
}

/// Policies of others give way at one instant: where that takes more than one transaction, none does.
fn replaced(small: &Small) -> Result<(), String> {
    let mut owner = small.connect(DEPLOYER)?;
    for number in 1..=TABLES {
        owner.batch_execute(&format!("CREATE POLICY old ON t{number} USING (title = 'old')")).map_err(failed)?;
    }
    small.rules(OPEN, CLOSED);
    let (_, err) = small.ends(2, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    expect(err.contains("nothing was applied: it takes some"), &err)?;
    let left = "SELECT count(*) FROM pg_policy WHERE polname = 'old'";
    let left: i64 = owner.query_one(left, &[]).map_err(failed)?.get(0);
    expect(left == i64::try_from(TABLES).unwrap_or_default(), &format!("{left} of them are left"))
}

/// Before there are rules, even tables are open to the application and odd ones, which come first, are not; then it is the other way round. Whoever reads one of each sees rows of
/// both at no instant.
fn first(small: &Small, tables: &str) -> Result<(), String> {
    let mut admin = small.connect("postgres")?;
    admin.batch_execute(&format!("CREATE DATABASE first OWNER {DEPLOYER}")).map_err(failed)?;
    admin.batch_execute("CREATE ROLE parts_user").map_err(failed)?;
    let url = |role: &str| small.url(role).replace("dbname=postgres", "dbname=first");
    let mut owner = db::connect(&url(DEPLOYER)).map_err(|error| error.to_string())?;
    for statement in tables.split_inclusive(";\n") {
        owner.batch_execute(statement).map_err(failed)?;
    }
    for number in (2..=TABLES).step_by(2) {
        owner.batch_execute(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON t{number} TO parts_user")).map_err(failed)?;
    }
    let rows =
        "INSERT INTO users VALUES (1, 'Ann'); INSERT INTO t1 VALUES (1, NULL, 'odd'); INSERT INTO t2 VALUES (1, NULL, 'even')";
    owner.batch_execute(rows).map_err(failed)?;
    small.rules(OPEN, CLOSED);
    let mut reader = db::connect(&url("postgres")).map_err(|error| error.to_string())?;
    reader.batch_execute("SET ROLE parts_user; SET app.user_id = 1").map_err(failed)?;
    // What may not be read at all is not seen.
    let mut seen =
        |from: &str| reader.query_one(&format!("SELECT count(*) FROM {from}"), &[]).map_or(0, |row| row.get::<_, i64>(0));
    expect(seen("t1") == 0 && seen("t2") == 1, "even tables are open")?;
    let mut child = small.start_at(&url(DEPLOYER), &["apply", "--yes"])?;
    let mut statements = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        expect(seen("t1, t2") == 0, "rows of both were seen at once")?;
        statements += 1;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    expect(output.status.success() && said.contains("applied part 3 of ") && statements > 100, &said)?;
    expect(seen("t1") == 1 && seen("t2") == 0, "odd tables are open")
}

/// Starts a deployment, and kills it behind a part.
fn killed_behind(small: &Small, part: &str, arguments: &[&str]) -> Result<(), String> {
    let mut child = small.start(arguments)?;
    let stderr = child.stderr.take().ok_or("no standard error")?;
    let mut seen = Vec::new();
    for line in BufReader::new(stderr).lines() {
        let line = line.map_err(|error| error.to_string())?;
        seen.push(line);
        if seen.last().is_some_and(|line| line.starts_with(&format!("applied part {part} of "))) {
            break;
        }
    }
    drop(child.kill());
    drop(child.wait());
    expect(seen.iter().any(|line| line.contains("no room for all locks at once")), &seen.join("\n"))
}

/// The first deployment is killed behind a part, and goes on.
fn interrupted(small: &Small) -> Result<(), String> {
    killed_behind(small, "3", &["apply", "--yes"])?;
    let (out, err) = small.ends(1, &["plan", "--exit-code"])?;
    expect(err.contains("was begun and is not through") && !out.is_empty(), &err)?;
    let (_, err) = small.ends(1, &["verify"])?;
    expect(err.contains("the rules say something else by now") && err.contains("nothing is otherwise"), &err)?;
    let (_, err) = small.ends(0, &["apply", "--yes"])?;
    expect(err.contains("applied "), &err)?;
    let (_, err) = small.ends(0, &["verify"])?;
    expect(err.contains("nothing is otherwise than it was applied"), &err)?;
    let (_, err) = small.ends(0, &["plan"])?;
    expect(err.contains("nothing to do"), &err)
}

/// What began with rules in force is not taken for a first deployment when it goes on: it says what it gives, and has to be allowed.
fn interrupted_where_something_widens(small: &Small) -> Result<(), String> {
    small.rules(OPEN, CLOSED);
    killed_behind(small, "1", &["apply", "--yes", "--allow-widening"])?;
    let (out, err) = small.ends(2, &["apply", "--yes"])?;
    expect(out.contains("wider: Authenticated read t1") && err.contains("--allow-widening"), &err)?;
    // For other rules, some tables are neither as the texts of before say nor as the present ones do.
    small.rules(CLOSED, CLOSED);
    let (_, err) = small.ends(2, &["apply", "--yes"])?;
    expect(err.contains("what it gives and takes is not known"), &err)?;
    small.rules(CLOSED, OPEN);
    small.ends(0, &["apply", "--yes", "--allow-widening"])?;
    Ok(())
}

/// Half of the tables close, half open: whoever reads one of each sees rows of both at no instant.
fn crossed(small: &Small) -> Result<(), String> {
    let mut reader = small.connect("postgres")?;
    reader.batch_execute("SET ROLE parts_user; SET app.user_id = 1").map_err(failed)?;
    let mut seen = |from: &str| -> Result<i64, String> {
        Ok(reader.query_one(&format!("SELECT count(*) FROM {from}"), &[]).map_err(failed)?.get(0))
    };
    expect(seen("t1")? == 1 && seen("t2")? == 0, "odd tables are open")?;
    small.rules(CLOSED, OPEN);
    let mut child = small.start(&["apply", "--yes", "--allow-widening"])?;
    let mut statements = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        expect(seen("t1, t2")? == 0, "rows of both were seen at once")?;
        statements += 1;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    expect(output.status.success() && said.contains("applied part 2 of "), &said)?;
    expect(statements > 100, &format!("only {statements} statements meanwhile"))?;
    expect(seen("t1")? == 0 && seen("t2")? == 1, "even tables are open")?;
    small.ends(0, &["verify"])?;
    Ok(())
}
