//! `rowgate pull --from-sql`: files make the schema file that the database gives which they make, what cannot be run is told by file and line, and the server is gone
//! afterwards, however the command ends.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rowgate::pull;

use super::{load, read};
use crate::cluster::{self, DEPLOYER, Database};
use crate::commands::{expect, write};
use crate::ddl;
use crate::pages::temporary;
use crate::root;

/// A folder to work in, and one for what is thrown away, whose name is short enough for a socket.
struct Place {
    folder: PathBuf,
    thrown: PathBuf,
}

impl Place {
    fn new(name: &str) -> Result<Place, String> {
        let thrown = std::env::temp_dir().join(format!("rg-{}-{}", std::process::id(), cluster::unique()));
        std::fs::create_dir_all(&thrown).map_err(|error| error.to_string())?;
        // Whose server it is may remove what is its own there, as in any folder for what is temporary.
        std::fs::set_permissions(&thrown, std::fs::Permissions::from_mode(0o1777)).map_err(|error| error.to_string())?;
        Ok(Place { folder: temporary(name)?, thrown })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowgate"));
        command.args(arguments).current_dir(&self.folder).env_clear().env("TMPDIR", &self.thrown);
        // Where the suite finds its server, the command does.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("PGPORT", "1").env("PGDATA", "/nowhere");
        command
    }

    /// Exit code, output and messages; nothing may be left behind.
    fn run(&self, arguments: &[&str]) -> Result<(i32, String, String), String> {
        let binaries = cluster::binaries()?;
        let binaries = binaries.display().to_string();
        let named = if arguments.contains(&"--postgres") { Vec::new() } else { vec!["--postgres", &binaries] };
        let output = self.command(&[arguments, &named].concat()).output().map_err(|error| error.to_string())?;
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        expect(self.left().is_empty(), &format!("{arguments:?} leaves {:?}: {err}", self.left()))?;
        Ok((output.status.code().unwrap_or(-1), out, err))
    }

    fn left(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.thrown).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.thrown));
    }
}

/// What an example's files give is what its database gives: as one file, as `pg_dump` writes it, and as migrations beside rowgate's own.
pub fn same_as_database() -> Result<(), String> {
    let place = Place::new("pull_from_sql_same")?;
    let folder = root().join("policies/patterns");
    let text = std::fs::read_to_string(folder.join("schema.yaml")).map_err(|error| error.to_string())?;
    let script = ddl::create(&load(&text)?);
    let database = Database::create("pull_from_sql")?;
    database.apply(DEPLOYER, &script)?;
    let wanted = pull::new_file(&read(&database, DEPLOYER, &[], &[])?);
    write(&place.folder, "one.sql", &script);
    let mut files = vec!["one.sql"];
    if let Some(program) = cluster::client_program("pg_dump")? {
        let host = cluster::host()?;
        let dumped = Command::new(program)
            .args(["--schema-only", "--no-owner", "-h", &host, "-U", "postgres", &database.name])
            .output()
            .map_err(|error| error.to_string())?;
        write(&place.folder, "dumped.sql", dumped.stdout);
        files.push("dumped.sql");
    }
    write(&place.folder, "steps/1_tables.up.sql", &script);
    write(&place.folder, "steps/1_tables.down.sql", "DROP SCHEMA public CASCADE;");
    write(&place.folder, "steps/2_rules.up.sql", format!("-- {}\nDROP SCHEMA public CASCADE;", rowgate::plan::MIGRATION_HEAD));
    files.push("steps");
    for file in files {
        let (code, out, err) = place.run(&["pull", "--from-sql", file, "--output", "-"])?;
        expect(code == 0 && out == wanted, &format!("{file} ends with {code}:\n{out}\n{err}"))?;
        let is_told = err.contains("1 migration of rowgate's own passed over");
        expect(is_told == (file == "steps"), &err)?;
    }
    Ok(())
}

/// Up, in order, in the transactions that a tool has, with rows; then `--check` has an opinion.
pub fn migrations() -> Result<(), String> {
    let place = Place::new("pull_from_sql_migrations")?;
    write(
        &place.folder,
        "db/1_users.sql",
        "-- migrate:up\nCREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);\n-- migrate:down\nDROP TABLE users;\n",
    );
    write(
        &place.folder,
        "db/2_mood.sql",
        "CREATE TYPE mood AS ENUM ('dull');\nCREATE TEMP TABLE kept ON COMMIT DROP AS SELECT 1 AS one;\nALTER TABLE users ADD mood mood;\n\
         DO $$ BEGIN IF NOT EXISTS (SELECT FROM kept) THEN RAISE 'gone'; END IF; END $$;\n",
    );
    write(
        &place.folder,
        "db/3_more.sql",
        "-- migrate:up transaction:false\nALTER TYPE mood ADD VALUE 'bright';\nCREATE INDEX CONCURRENTLY ON users (name);\nALTER TABLE users ALTER mood SET DEFAULT 'bright';\n",
    );
    write(
        &place.folder,
        "db/10_rows.sql",
        "BEGIN;\nCOPY users (id, name) FROM stdin;\n1\tit's; me\n\\.\n\nALTER TABLE users ADD email text;\nCOMMIT;\nALTER TABLE users ALTER email SET NOT NULL;\n",
    );
    write(&place.folder, "db/seeds/1.sql", "SELECT 1/0;");
    let wrong = place.run(&["pull", "--from-sql", "db", "--output", "-"])?;
    expect(
        wrong.0 == 2 && wrong.2.contains("db/10_rows.sql:8: column \"email\" of relation \"users\" contains null values"),
        &wrong.2,
    )?;
    expect(wrong.2.contains("the folder `db/seeds` is passed over"), &wrong.2)?;
    write(
        &place.folder,
        "db/10_rows.sql",
        "COPY users (id, name) FROM stdin;\n1\tit's; me\n\\.\n\nUPDATE users SET name = name;",
    );
    let right = place.run(&["pull", "--from-sql", "db", "--output", "schema.yaml"])?;
    let text = std::fs::read_to_string(place.folder.join("schema.yaml")).map_err(|error| error.to_string())?;
    let has_all = [
        "mood: [dull, bright]",
        "mood: { type: mood, default: \"'bright'\" }",
        "indexes: [name]",
        "ran 4 files on a server that is thrown away",
    ];
    let said = format!("{text}{}", right.2);
    for piece in has_all {
        expect(right.0 == 0 && said.contains(piece), &format!("{piece}: {said}"))?;
    }
    let checked = place.run(&["pull", "--from-sql", "db", "--output", "schema.yaml", "--check"])?;
    expect(checked.0 == 0, &checked.2)?;
    write(&place.folder, "db/11_more.sql", "ALTER TABLE users ADD born date;");
    let stale = place.run(&["pull", "--from-sql", "db", "--output", "schema.yaml", "--check"])?;
    expect(
        stale.0 == 1 && stale.1.contains("+      born: date") && stale.2.contains("rowgate pull --from-sql db"),
        &format!("{stale:?}"),
    )
}

/// What is wrong with files is told by file and line, and what to do.
pub fn refused() -> Result<(), String> {
    let place = Place::new("pull_from_sql_refused")?;
    write(&place.folder, "table.sql", "-- one\nCREATE TABLE a (id int);\n\nCREATE TABLE b (\n  id int,\n  at tmestamp\n);\n");
    write(&place.folder, "role.sql", "CREATE TABLE a (id int);\nGRANT SELECT ON a TO \"Web App\";\n");
    write(&place.folder, "auth.sql", "CREATE TABLE a (\n  id uuid REFERENCES auth.users\n);\n");
    write(&place.folder, "platform.sql", "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);\n");
    write(&place.folder, "extension.sql", "\n\nCREATE EXTENSION nothing_like_it;\n");
    write(&place.folder, "psql.sql", "SELECT 1;\n\\i other.sql\n");
    write(&place.folder, "empty/notes.md", "");
    write(&place.folder, "own.sql", format!("-- {}\nSELECT 1/0;", rowgate::plan::MIGRATION_HEAD));
    write(&place.folder, "live.sql", "CREATE TABLE a (id int);\nGRANT SELECT ON a TO \"a$(b)`c`\";\n");
    let url = "host=/nowhere";
    for (arguments, code, pieces) in [
        (&["table.sql"][..], 2, &["table.sql:6: type \"tmestamp\" does not exist", "begin with an empty database"][..]),
        (&["role.sql"], 2, &["role.sql:2: role \"Web App\" does not exist", "`--role \"Web App\"` makes it first"]),
        (&["role.sql", "--role", "Web App"], 0, &["ran 1 file"]),
        (&["live.sql"], 2, &["`--role \"a\\$(b)\\`c\\`\"` makes it first"]),
        (&["own.sql"], 2, &["1 migration of rowgate's own", "`own.sql` has no file of SQL that leads upward"]),
        (&["own.sql", "--from-sql", "platform.sql"], 0, &["1 migration of rowgate's own", "ran 1 file"]),
        (&["auth.sql"], 2, &["auth.sql:1: schema \"auth\" does not exist", "name it before with --from-sql"]),
        (&["platform.sql", "--from-sql", "auth.sql"], 0, &["ran 2 files"]),
        (&["extension.sql"], 2, &["extension.sql:3: ", "install the extension for this server"]),
        (&["psql.sql"], 2, &["psql.sql:2: `\\i other.sql` is for psql", "name the files that it reads"]),
        (&["empty"], 2, &["`empty` has no file of SQL that leads upward", "db/structure.sql"]),
        (&["nothing"], 2, &["cannot read `nothing`"]),
        (&["table.sql", "--postgres", "/nowhere"], 2, &["`initdb` and `postgres` are not in `/nowhere`", "--postgres"]),
        (&["table.sql", "--database-url", url], 2, &["--from-sql and --database-url are two databases"]),
    ] {
        let all = [&["pull", "--output", "-", "--from-sql"], arguments].concat();
        let (found, out, err) = place.run(&all)?;
        let is_told = pieces.iter().all(|piece| err.contains(piece));
        expect(found == code && is_told, &format!("{arguments:?} ends with {found}:\n{out}{err}"))?;
    }
    // Whose a table is, files do not say, and the schema file goes on saying.
    let both = ["pull", "--output", "schema.yaml", "--from-sql", "platform.sql", "--from-sql", "auth.sql"];
    place.run(&both)?;
    let file = place.folder.join("schema.yaml");
    let read = || std::fs::read_to_string(&file).map_err(|error| error.to_string());
    let marked = read()?.replace("  auth.users:\n", "  auth.users:\n    external: true\n");
    expect(marked.contains("external"), &marked)?;
    write(&place.folder, "schema.yaml", &marked);
    let (code, _, err) = place.run(&both)?;
    expect(code == 0 && read()? == marked, &format!("{}{err}", read()?))
}

/// A command that is killed leaves no server.
pub fn killed() -> Result<(), String> {
    let place = Place::new("pull_from_sql_killed")?;
    write(&place.folder, "slow.sql", "SELECT pg_sleep(600);");
    let binaries = cluster::binaries()?.display().to_string();
    let mut child = place
        .command(&["pull", "--output", "-", "--from-sql", "slow.sql", "--postgres", &binaries])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let until = |is_so: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(90);
        while !is_so() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        is_so()
    };
    let runs = |folder: &Path| folder.join(".s.PGSQL.5432").exists();
    let is_up = until(&|| place.left().iter().any(|folder| runs(folder)));
    child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
    expect(is_up, "the server did not start")?;
    expect(until(&|| place.left().is_empty()), "the server is still there")
}
