//! A database dumped and restored into another, as operators do it. In: the database. Out: the other one, or none where the server came
//! without the programs for it.

use std::process::Command;

use crate::cluster::{DEPLOYER, Database, client_program, host};

/// By a superuser with the owners as they were, or by the deployer, who then owns everything.
pub fn restore(database: &Database, with_owners: bool) -> Result<Option<Database>, String> {
    let (Some(dump), Some(restore)) = (client_program("pg_dump")?, client_program("pg_restore")?) else { return Ok(None) };
    let restored = Database::create_with_collation("restored")?;
    let file = std::env::temp_dir().join(format!("rowgate-dump-{}-{}", std::process::id(), restored.name));
    let host = host()?;
    let mut save = Command::new(dump);
    save.args(["-h", &host, "-U", "postgres", "-Fc", "-f"]).arg(&file).arg(&database.name);
    run(&mut save)?;
    let mut load = Command::new(restore);
    let user = if with_owners { "postgres" } else { DEPLOYER };
    load.args(["-h", &host, "-U", user, "-d", &restored.name]).args((!with_owners).then_some("--no-owner")).arg(&file);
    // What a role may not restore, such as comments on what others own, is passed over.
    let loaded = load.output().map_err(|error| error.to_string())?;
    drop(std::fs::remove_file(&file));
    if with_owners && !loaded.status.success() {
        return Err(String::from_utf8_lossy(&loaded.stderr).into_owned());
    }
    Ok(Some(restored))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
