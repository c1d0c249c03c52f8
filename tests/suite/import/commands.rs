//! The command: what it prints and writes, when it ends with 1, and what it refuses.

use std::process::Command;

use super::ROLES;
use crate::cluster::{self, Database, lock_roles};
use crate::pages::temporary;

/// Arguments, exit code, and a piece of what is said.
type Case<'a> = (&'a [&'a str], i32, &'a str);

pub fn command() -> Result<(), String> {
    let folder = temporary("import_command")?;
    let (database, copy, another) = (Database::create("import_a")?, Database::create("import_b")?, Database::create("import_c")?);
    let script = "CREATE TABLE users (id integer PRIMARY KEY); \
        CREATE TABLE items (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users, status text); ALTER TABLE items ENABLE ROW LEVEL SECURITY; \
        CREATE POLICY own ON items USING (user_id = nullif(current_setting('app.user_id', true), '')::integer); \
        CREATE POLICY odd ON items FOR SELECT USING (status ~ '^x'); GRANT SELECT, INSERT, UPDATE, DELETE ON items TO imp_app;";
    for database in [&database, &copy, &another] {
        database.apply("postgres", &format!("{ROLES}{script}"))?;
    }
    another.apply("postgres", "CREATE POLICY more ON items FOR SELECT USING (true)")?;
    let host = cluster::host()?;
    let of = |database: &Database| format!("host={host} user=postgres dbname={}", database.name);
    let (url, copied, other) = (of(&database), of(&copy), of(&another));
    let outsider = format!("host={host} user=outsider dbname={}", copy.name);
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ok::<_, String>((output.status.code().unwrap_or(-1), said))
    };
    std::fs::write(folder.join("database.sql"), format!("{ROLES}{script}")).map_err(|error| error.to_string())?;
    let binaries = cluster::binaries()?.display().to_string();
    let cases: [Case<'_>; 14] = [
        (&["import", "--from-sql", "database.sql", "--postgres", &binaries], 0, "2 policies: 1 said in the language, 1 with SQL"),
        (&["import"], 2, "no database is named"),
        (&["import", "--database-url", &url, "--schema", "pubic"], 2, "did you mean `public`?"),
        (&["import", "--database-url", &url], 0, "2 policies: 1 said in the language, 1 with SQL"),
        (&["import", "--database-url", &url], 0, "  DROP POLICY own ON public.items;"),
        (&["import", "--database-url", &url, "--format", "json"], 0, "\"how\": \"sql\""),
        (&["import", "--database-url", &url, "--force"], 2, "--output"),
        (&["import", "--database-url", &url, "--output", "rules"], 0, "wrote 3 files to `rules`"),
        (&["import", "--database-url", &url, "--output", "rules"], 2, "exists"),
        (&["import", "--database-url", &url, "--prove", &url], 2, "the copy is the database itself"),
        (&["import", "--database-url", &url, "--prove", &other], 2, "the policies of the copy are not those of the database"),
        (&["import", "--database-url", &url, "--prove", &outsider], 2, "needs a superuser"),
        (&["import", "--database-url", &url, "--prove", &copied], 0, ", in 5 sessions, 1 of them with nobody signed in: "),
        (&["import", "--database-url", &url, "--prove", &copied], 0, " 0 of them allow more"),
    ];
    for (arguments, expected, piece) in cases {
        let _guard = lock_roles();
        let (code, said) = run(arguments)?;
        if code != expected || !said.contains(piece) {
            return Err(format!("{arguments:?} ends with {code}:\n{said}"));
        }
    }
    // What is written is a project as any other, and in its folder its identity is taken.
    let (code, said) = run(&["check", "rules"])?;
    if code != 0 {
        return Err(said);
    }
    // The copy is as it was.
    let left = copy.connect("postgres")?.query("SELECT FROM items", &[]).map_err(|error| error.to_string())?;
    let policies = copy.connect("postgres")?.query("SELECT FROM pg_policy", &[]).map_err(|error| error.to_string())?;
    if !left.is_empty() || policies.len() != 2 {
        return Err(format!("{} rows and {} policies are left", left.len(), policies.len()));
    }
    Ok(())
}
