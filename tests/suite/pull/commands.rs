//! The command: what it writes, when it ends with 1, and that it writes nothing where it cannot.

use std::process::Command;

use crate::cluster::{self, DEPLOYER, Database};
use crate::pages::temporary;

/// Arguments, variables, exit code, and a piece of what is said.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32, &'a str);

pub fn command() -> Result<(), String> {
    let folder = temporary("pull_command")?;
    let database = Database::create("pull_command")?;
    database.apply(
        DEPLOYER,
        "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL); CREATE VIEW people AS SELECT * FROM users",
    )?;
    let (host, name) = (cluster::host()?, database.name.clone());
    let url = format!("host={host} user={DEPLOYER} dbname={name}");
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .map_err(|error| error.to_string())?;
        Ok::<_, String>((
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        ))
    };
    let file = folder.join("schema.yaml");
    let of_file = || std::fs::read_to_string(&file).unwrap_or_default();
    let by_variables = [("PGHOST", host.as_str()), ("PGUSER", DEPLOYER), ("PGDATABASE", name.as_str())];
    let by_url = [("DATABASE_URL", url.as_str())];
    let broken = folder.join("broken.yaml");
    std::fs::write(&broken, "version: 1\ntables: { a: b }\n").map_err(|error| error.to_string())?;
    let cases: [Case<'_>; 18] = [
        (&["pull"], &by_url, 2, "there is no rowgate.yaml"),
        (&["pull", "--output", "-"], &by_url, 0, "  users:\n    columns:\n      id: integer\n      email: text not null\n"),
        (&["pull", "--output", "-"], &[], 2, "no database is named"),
        (&["pull", "--output", "-"], &by_variables, 0, "left out, as a schema file cannot say it: views: people"),
        (&["pull", "--output", "schema.yaml", "--check"], &by_url, 1, "+  users:"),
        (&["pull", "--output", "schema.yaml", "--schema", "pubic"], &by_url, 2, "did you mean `public`?"),
        (&["pull", "--output", "schema.yaml", "--table", "x*"], &by_url, 2, "no table that was asked for"),
        (&["pull", "--output", "schema.yaml"], &[("DATABASE_URL", "host=/nowhere")], 2, "cannot connect to the socket"),
        (&["pull", "--output", "broken.yaml"], &by_url, 1, "RG"),
        (&["init"], &[], 0, "schema.yaml"),
        (&["pull", "--check"], &by_url, 1, "-  items:"),
        (&["pull", "--check"], &by_url, 1, "the database has it no more: table items"),
        (&["pull", "--check"], &by_url, 1, "schema.yaml\n+++ database\n@@"),
        (&["pull"], &by_url, 0, "the database has it no more: table items"),
        (&["pull", "--check"], &by_url, 0, "says what the database says"),
        (&["pull"], &by_variables, 0, "says what the database says"),
        (&["pull", ".", "--table", "public.u*"], &by_url, 0, "says what the database says"),
        (
            &["pull", "--output", "-", "--database-url", &format!("host={host} user=outsider dbname={name}")],
            &[],
            2,
            "`outsider` may act as the owner of no table",
        ),
    ];
    for (arguments, variables, expected, piece) in cases {
        let before = of_file();
        let (code, said) = run(arguments, variables)?;
        if code != expected || !said.contains(piece) {
            return Err(format!("{arguments:?} ends with {code}:\n{said}"));
        }
        let writes = expected == 0 && arguments.iter().all(|argument| !["--check", "-"].contains(argument));
        if !writes && of_file() != before {
            return Err(format!("{arguments:?} wrote"));
        }
    }
    // Who may not read the catalog is told so, and nothing is written.
    let before = of_file();
    database.apply("postgres", "REVOKE SELECT ON pg_catalog.pg_constraint FROM PUBLIC")?;
    let (code, said) = run(&["pull"], &by_url)?;
    if code != 2 || !said.contains("permission denied for table pg_constraint") || of_file() != before {
        return Err(said);
    }
    Ok(())
}
