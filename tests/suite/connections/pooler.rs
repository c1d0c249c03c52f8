//! Through PgBouncer in transaction mode, where the next transaction may be on another connection, which others have used before.

use std::process::{Child, Command, Stdio};

use super::server::{Server, rowgate};
use crate::pages::temporary;
use crate::site::Pooler;

pub fn through() -> Result<(), String> {
    let server = Server::start("pooler")?;
    server.set(None, &["host all all all trust"])?;
    let database = format!("ann = user=postgres dbname=ann host={} port={}", server.socket().display(), server.port);
    let Some(pooler) = Pooler::start(server.socket(), &database, "transaction", "DISCARD ALL")? else { return Ok(()) };
    let folder = temporary("connections_pooler")?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowgate"));
        command.args(arguments).current_dir(&folder).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let project = command(&["init"]).output().map_err(|error| error.to_string())?;
    assert!(project.status.success());
    let deploy = command(&["build"]).output().map_err(|error| error.to_string())?;
    let tables = "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE items (id integer PRIMARY KEY, user_id integer REFERENCES users, \
                  title text); CREATE ROLE app_user; ALTER ROLE deployer NOCREATEROLE; INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1, 1, 'a'), (2, 2, 'b')";
    let direct = format!("host={} port={} user=postgres dbname=ann", server.socket().display(), server.port);
    let mut admin = rowgate::db::connect_in(&direct, &server.around(&[])).map_err(|error| error.to_string())?;
    for script in [tables, &String::from_utf8_lossy(&deploy.stdout)] {
        admin.batch_execute(script).map_err(|error| rowgate::db::describe_error(&error))?;
    }
    let url = format!("postgres://postgres@127.0.0.1:{}/ann", pooler.port);
    let asks = ["as", "1", "--database-url", &url];
    // One after the other, and side by side: whoever is served by one connection of the server must not meet what another left.
    for _ in 0..2 {
        let children: Vec<Child> =
            (0..6).map(|_| command(&asks).spawn().map_err(|error| error.to_string())).collect::<Result<_, _>>()?;
        for child in children {
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            if !output.status.success() || !said.contains("items  1 row") {
                return Err(format!("{said}\n{error}"));
            }
        }
    }
    let pulls: Vec<Child> = (0..6)
        .map(|_| command(&["pull", "--output", "-", "--database-url", &url]).spawn().map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    for child in pulls {
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if !String::from_utf8_lossy(&output.stdout).contains("references: users") {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    // What a pooler does not pass on is said.
    let refused = rowgate(&format!("{url}?options=-c%20work_mem%3D77kB"), &server.around(&[]));
    match refused {
        Err(error) if error.help().unwrap_or_default().contains("the pooler does not pass this on") => Ok(()),
        // Later versions do.
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
