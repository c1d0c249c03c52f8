//! `rowgate plan`, `apply` and `verify` on a server, as a user would call them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use serde_json::Value;

use crate::cluster::{self, DEPLOYER, Database};
use crate::commands::{edit, expect, rowgate, write};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("deploying::an_afternoon_from_nothing_to_a_repaired_database", afternoon),
        trial("deploying::files_and_apply_keep_one_record", files_and_apply),
        trial("deploying::a_database_without_a_record_is_adopted", adopted),
        trial("deploying::nothing_to_do_is_not_passed_where_the_rules_do_not_hold", still_asked),
        trial("deploying::what_the_schema_file_gives_is_not_applied_in_passing", by_schema),
        trial("deploying::what_the_database_fills_in_is_not_changed_in_passing", by_default),
        trial("deploying::a_record_of_somebody_else_is_not_believed", forged),
        trial("deploying::a_table_that_is_held_is_waited_for_and_given_up", held),
        trial("deploying::who_is_overtaken_is_told_to_begin_again", overtaken),
        trial("deploying::what_is_cut_off_leaves_the_old_state", cut_off),
        trial("deploying::errors_say_what_to_do", errors),
    ]
}

/// A project of its own, with roles of its own, beside a database with its tables.
pub struct Site {
    pub database: Database,
    pub folder: PathBuf,
}

const TABLES: &str = "
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE docs (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES users, title text, public boolean NOT NULL DEFAULT false);
CREATE INDEX ON docs (owner_id);
INSERT INTO users VALUES (1, 'Ann'), (2, 'Ben');
INSERT INTO docs VALUES (1, 1, 'of Ann', false), (2, 2, 'of Ben', false), (3, 2, 'of Ben, public', true);
";

const SCHEMA: &str = "version: 1

tables:
  docs:
    columns:
      id: integer
      owner_id: { type: integer, nullable: false, references: users }
      title: text
      public: { type: boolean, nullable: false, default: 'false' }
    indexes: [owner_id]

  users:
    columns:
      id: integer
      name: text
";

const RULES: &str = "table docs {
  rule \"Own\" for Authenticated { where Owner is Logged in User allow read, create, update (title), delete }
}
";

impl Site {
    pub fn new(name: &str) -> Result<Site, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("deploying-{name}"));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let config = format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: {name}_user }}\n\
             lookup: {{ role: {name}_lookup }}\nclosed_tables: {{ users: accounts are elsewhere }}\n"
        );
        write(&folder, "rowgate.yaml", config);
        write(&folder, "schema.yaml", SCHEMA);
        write(&folder, "docs.policy", RULES);
        let database = Database::create(name)?;
        database.apply(DEPLOYER, TABLES)?;
        Ok(Site { database, folder })
    }

    pub fn url(&self) -> Result<String, String> {
        Ok(format!("host={} user={DEPLOYER} dbname={}", cluster::host()?, self.database.name()))
    }

    /// A command beside the database: exit code, results, messages.
    pub fn run(&self, arguments: &[&str]) -> Result<(i32, String, String), String> {
        let url = self.url()?;
        let mut all = arguments.to_vec();
        all.extend(["--database-url", &url]);
        // One deployment at a time on the whole server: the test's roles are made by it.
        let _roles = cluster::lock_roles();
        rowgate(&self.folder, &all)
    }

    /// The same, which has to end with this code.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> Result<(String, String), String> {
        let (found, out, err) = self.run(arguments)?;
        expect(found == code, &format!("{arguments:?} ended with {found}:\n{out}\n{err}"))?;
        Ok((out, err))
    }

    pub fn deployer(&self, script: &str) -> Result<(), String> {
        self.database.apply(DEPLOYER, script)
    }

    /// The application's role.
    pub fn role(&self) -> String {
        let folder = self.folder.file_name().unwrap_or_default().to_string_lossy();
        format!("{}_user", folder.trim_start_matches("deploying-"))
    }

    /// The keys of the documents that somebody sees.
    pub fn seen_by(&self, user: i32) -> Result<Vec<i32>, String> {
        let mut client = self.database.connect("postgres")?;
        client.batch_execute(&format!("SET ROLE {}; SET app.user_id = {user}", self.role())).map_err(failed)?;
        let rows = client.query("SELECT id FROM docs ORDER BY id", &[]).map_err(failed)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn afternoon() -> Result<(), String> {
    let site = Site::new("afternoon")?;
    let (out, err) = site.ends(0, &["plan"])?;
    expect(out.contains("+ policy") && err.contains("the database has nothing of these rules"), &format!("{out}\n{err}"))?;
    expect(site.run(&["plan", "--exit-code"])?.0 == 1, "a plan with changes ends with 1 when asked")?;
    // Nobody can say yes.
    let (_, err) = site.ends(2, &["apply"])?;
    expect(err.contains("nothing was applied") && err.contains("--yes"), &err)?;
    site.ends(0, &["apply", "--yes", "--title", "first"])?;
    expect(site.seen_by(2)? == [2, 3] && site.seen_by(1)? == [1], "own documents are seen")?;
    let (_, err) = site.ends(0, &["verify"])?;
    expect(err.contains("deployment 1: \"first\", by deployer") && err.contains("nothing is otherwise"), &err)?;
    let (_, err) = site.ends(0, &["apply", "--yes"])?;
    expect(err.contains("nothing to do"), &err)?;
    // The record is none of the project's tables.
    let (out, err) = site.ends(0, &["pull", "--check"])?;
    expect(err.contains("says what the database says"), &format!("{out}{err}"))?;
    // The rules change.
    edit(
        &site.folder,
        "docs.policy",
        "delete }",
        "delete }\n  rule \"Public\" for Authenticated { allow read when Public is true }",
    );
    edit(
        &site.folder,
        "docs.policy",
        "where Owner is Logged in User allow read, create, update (title), delete",
        "allow read, create, update (title), delete when Owner is Logged in User",
    );
    let (out, err) = site.ends(1, &["verify"])?;
    expect(out.is_empty() && err.contains("the rules say something else by now"), &format!("{out}\n{err}"))?;
    let (out, _) = site.ends(0, &["plan"])?;
    expect(out.contains("~ policy  widens  public.docs rowgate_read_afternoon_user\n") && !out.contains("delete"), &out)?;
    let (script, _) = site.ends(0, &["apply", "--dry-run"])?;
    expect(script.starts_with("-- Generated by rowgate") && script.ends_with("COMMIT;\n"), &script)?;
    expect(site.seen_by(1)? == [1], "a dry run changes nothing")?;
    // What lets somebody do more is not applied in passing.
    let (out, err) = site.ends(2, &["apply", "--yes"])?;
    let gives = "wider: Authenticated read docs\n  was:   when Owner equals Logged in User\n  is:    when Owner equals Logged in User\n      or when Public equals true\n";
    expect(out.contains(gives) && err.contains("--allow-widening"), &format!("{out}\n{err}"))?;
    expect(site.seen_by(1)? == [1], "nothing was applied")?;
    site.ends(0, &["apply", "--yes", "--allow-widening"])?;
    expect(site.seen_by(1)? == [1, 3], "public documents are seen")?;
    // Somebody opens doors.
    site.deployer("ALTER POLICY rowgate_read_afternoon_user ON docs USING (true); CREATE POLICY door ON docs USING (true); GRANT TRUNCATE ON docs TO PUBLIC")?;
    let (out, _) = site.ends(1, &["verify"])?;
    for line in [
        "policy rowgate_read_afternoon_user on public.docs was altered",
        "undo:  DROP POLICY door ON public.docs",
        "undo:  REVOKE TRUNCATE ON public.docs FROM PUBLIC",
    ] {
        expect(out.matches(line).count() == 1, &out)?;
    }
    let (out, _) = site.ends(1, &["verify", "--format", "json"])?;
    let value: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    expect(value["differences"].as_array().is_some_and(|all| all.len() == 3), &out)?;
    let (_, err) = site.ends(1, &["apply", "--yes"])?;
    expect(err.contains("3 differences") && err.contains("--repair"), &err)?;
    // What is of others is named, and stays: nobody but who made it knows what it is for.
    let (_, err) = site.ends(2, &["apply", "--yes", "--repair"])?;
    expect(err.contains("the policy door is not of these rules") && err.contains("DROP POLICY door ON public.docs"), &err)?;
    site.deployer("DROP POLICY door ON docs; REVOKE TRUNCATE ON docs FROM PUBLIC")?;
    expect(site.seen_by(1)? == [1, 2, 3], "the other door is open")?;
    site.ends(0, &["apply", "--yes", "--repair"])?;
    expect(site.seen_by(1)? == [1, 3], "it is closed")?;
    site.ends(0, &["verify"])?;
    // What the application itself made is told until somebody takes it as it is.
    site.deployer("CREATE VIEW titles AS SELECT title FROM docs")?;
    site.ends(1, &["verify"])?;
    site.ends(0, &["apply", "--yes", "--repair"])?;
    site.ends(0, &["verify"])?;
    Ok(())
}

fn files_and_apply() -> Result<(), String> {
    let site = Site::new("files_apply")?;
    let (code, out, err) = rowgate(&site.folder, &["migrate", "first"])?;
    expect(code == 0, &err)?;
    let up = |out: &str| {
        let line = out.lines().find(|line| line.ends_with(".up.sql")).unwrap_or_default();
        std::fs::read_to_string(site.folder.join(line.trim_start_matches("<folder>/")))
            .map_err(|error| format!("{line}: {error}"))
    };
    site.deployer(&up(&out)?)?;
    let (_, err) = site.ends(0, &["verify"])?;
    expect(err.contains("\"Migration: first\""), &err)?;
    edit(&site.folder, "docs.policy", "update (title), ", "");
    let (_, out, _) = rowgate(&site.folder, &["migrate", "second"])?;
    let second = up(&out)?;
    // Of what it was made, the database does not know: what it gives may be more.
    let (_, err) = site.ends(2, &["apply", "--yes"])?;
    expect(err.contains("a file brought the database here") && err.contains("more than before is not known"), &err)?;
    site.ends(0, &["apply", "--yes", "--allow-widening", "--title", "by hand"])?;
    // The file begins where the database is no more.
    match site.deployer(&second) {
        Err(error) if error.contains("this is not the next step") && error.contains("\"by hand\"") => {}
        other => return Err(format!("{other:?}")),
    }
    site.ends(0, &["verify"])?;
    Ok(())
}

fn adopted() -> Result<(), String> {
    let site = Site::new("adopted")?;
    site.ends(0, &["apply", "--yes"])?;
    // As a script of an earlier version would have left it.
    site.deployer(
        "DROP TABLE rowgate.applied, rowgate.object, rowgate.source, rowgate.scope, rowgate.fact; DROP FUNCTION rowgate.facts(boolean)",
    )?;
    let (_, err) = site.ends(2, &["apply", "--yes"])?;
    expect(err.contains("no record") && err.contains("--adopt"), &err)?;
    let (_, err) = site.ends(2, &["verify"])?;
    expect(err.contains("no record"), &err)?;
    // By which rules it was open so far, nobody knows.
    let (_, err) = site.ends(2, &["apply", "--yes", "--adopt"])?;
    expect(err.contains("which rules were there is not known") && err.contains("--allow-widening"), &err)?;
    site.ends(0, &["apply", "--yes", "--adopt", "--allow-widening"])?;
    site.ends(0, &["verify"])?;
    expect(site.seen_by(1)? == [1], "the rules hold")
}

fn still_asked() -> Result<(), String> {
    let site = Site::new("still_asked")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    let cases = [
        (
            "CREATE VIEW all_docs AS SELECT * FROM docs; GRANT SELECT ON users TO still_asked_user; REVOKE SELECT ON users FROM still_asked_user; CREATE POLICY open ON docs USING (true)",
            "DROP VIEW all_docs; DROP POLICY open ON docs",
            "beyond the rules: public.docs",
        ),
        (
            "CREATE TABLE notes (); GRANT SELECT ON notes TO still_asked_user",
            "DROP TABLE notes",
            "beyond the rules: public.notes",
        ),
    ];
    for (open, close, told) in cases {
        admin.batch_execute(open).map_err(failed)?;
        for arguments in [&["apply", "--yes"][..], &["apply", "--dry-run"]] {
            let (out, err) = site.ends(1, arguments)?;
            let is_told = out.contains(told) && out.contains("  undo:  ") && err.contains("the policies do not hold: 1 finding");
            expect(is_told, &format!("{open}: {out}\n{err}"))?;
        }
        admin.batch_execute(close).map_err(failed)?;
        site.ends(0, &["apply", "--yes"])?;
    }
    Ok(())
}

/// Rules name fields by classes: another class of a field gives as a rule does.
fn by_schema() -> Result<(), String> {
    let site = Site::new("by_schema")?;
    edit(&site.folder, "schema.yaml", "id: integer\n      owner_id", "id: { type: integer, class: open }\n      owner_id");
    edit(&site.folder, "docs.policy", "allow read, create, update (title), delete", "allow read open fields");
    site.ends(0, &["apply", "--yes"])?;
    // What no rule depends on changes nothing of it.
    edit(&site.folder, "schema.yaml", "    indexes: [owner_id]\n", "");
    let (_, err) = site.ends(0, &["apply", "--yes"])?;
    expect(err.contains("nothing to do"), &err)?;
    edit(&site.folder, "schema.yaml", "title: text", "title: { type: text, class: open }");
    let (out, err) = site.ends(2, &["apply", "--yes"])?;
    let is_told = out.contains("the schema file says something else of docs.title") && err.contains("--allow-widening");
    expect(is_told, &format!("{out}{err}"))?;
    let mut client = site.database.connect("postgres")?;
    let sees = "SELECT has_column_privilege('by_schema_user', 'docs', 'title', 'SELECT')";
    expect(!client.query_one(sees, &[]).map_err(failed)?.get::<_, bool>(0), "it was applied in passing")?;
    site.ends(0, &["apply", "--yes", "--allow-widening"])?;
    expect(client.query_one(sees, &[]).map_err(failed)?.get::<_, bool>(0), "it was not applied")
}

/// Who creates a record gives what their rule names, and the database the rest: what that is, is no small thing.
fn by_default() -> Result<(), String> {
    let site = Site::new("by_default")?;
    edit(&site.folder, "docs.policy", "allow read, create, update (title), delete", "allow read, create (id, owner_id, title)");
    site.ends(0, &["apply", "--yes"])?;
    let defaults = ["false", "true"].map(|value| format!("default: '{value}'"));
    edit(&site.folder, "schema.yaml", &defaults[0], &defaults[1]);
    site.deployer("ALTER TABLE docs ALTER public SET DEFAULT true")?;
    let (out, err) = site.ends(2, &["apply", "--yes"])?;
    let is_told = out.contains("the schema file says something else of docs.public") && err.contains("--allow-widening");
    expect(is_told, &format!("{out}{err}"))?;
    let (_, err) = site.ends(0, &["apply", "--yes", "--allow-widening"])?;
    expect(err.contains("applied "), &err)
}

/// Somebody who may make schemas writes a record before there is one, of what was applied elsewhere, with a function of their own.
fn forged() -> Result<(), String> {
    let site = Site::new("forged")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    admin
        .batch_execute(&format!(
            "CREATE ROLE forged_guest LOGIN; GRANT CREATE ON DATABASE {} TO forged_guest; ALTER TABLE rowgate.applied OWNER TO forged_guest",
            site.database.name()
        ))
        .map_err(failed)?;
    let url = site.url()?.replace(&format!("user={DEPLOYER}"), "user=postgres");
    let refused = |what: &str| {
        for command in [&["apply", "--yes"][..], &["verify"], &["plan"]] {
            let (_, err) = site.ends(2, command)?;
            expect(
                err.contains("was not read: forged_guest made it") && err.contains("connect as forged_guest"),
                &format!("{what}: {err}"),
            )?;
            // Nor by a superuser, who may act as everybody.
            let (code, _, err) = rowgate(&site.folder, &[command, &["--database-url", &url]].concat())?;
            expect(code == 2 && err.contains("was not read: forged_guest made it"), &format!("{what}: {err}"))?;
        }
        Ok::<_, String>(())
    };
    refused("a table of the record")?;
    admin
        .batch_execute(
            "ALTER TABLE rowgate.applied OWNER TO deployer; ALTER FUNCTION rowgate.facts(boolean) OWNER TO forged_guest",
        )
        .map_err(failed)?;
    refused("its function")?;
    admin
        .batch_execute("ALTER FUNCTION rowgate.facts(boolean) OWNER TO deployer; ALTER SCHEMA rowgate OWNER TO forged_guest")
        .map_err(failed)?;
    refused("its schema")?;
    // Who owns the tables, and whose rights one has, is believed.
    admin.batch_execute("ALTER SCHEMA rowgate OWNER TO deployer").map_err(failed)?;
    site.ends(0, &["verify"])?;
    let (code, _, err) = rowgate(&site.folder, &["verify", "--database-url", &url])?;
    expect(code == 0, &err)?;
    admin.batch_execute("DROP OWNED BY forged_guest; DROP ROLE forged_guest").map_err(failed)
}

fn held() -> Result<(), String> {
    let site = Site::new("held")?;
    let mut holder = site.database.connect(DEPLOYER)?;
    holder.batch_execute("BEGIN; LOCK TABLE docs IN ROW SHARE MODE").map_err(failed)?;
    let (_, err) = site.ends(2, &["apply", "--yes", "--tries", "2"])?;
    expect(err.contains("again in 0.25 s (try 1 of 2)") && err.contains("2 times") && err.contains("lock timeout"), &err)?;
    let let_go = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(800));
        holder.batch_execute("ROLLBACK").map_err(failed)
    });
    site.ends(0, &["apply", "--yes"])?;
    let_go.join().map_err(|_| "the holder failed")??;
    site.ends(0, &["verify"])?;
    Ok(())
}

/// Somebody else deploys while one waits for a table.
fn overtaken() -> Result<(), String> {
    let site = Site::new("overtaken")?;
    site.ends(0, &["apply", "--yes"])?;
    edit(&site.folder, "docs.policy", "update (title), ", "");
    let mut holder = site.database.connect(DEPLOYER)?;
    holder.batch_execute("BEGIN; LOCK TABLE docs IN ROW SHARE MODE").map_err(failed)?;
    let (_, found) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| site.ends(2, &["apply", "--yes", "--tries", "100"]));
        let another = || {
            let mut other = site.database.connect(DEPLOYER)?;
            let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'docs'::regclass AND NOT granted)";
            for _ in 0..600 {
                if other.query_one(waits, &[]).map_err(failed)?.get(0) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let deploys = "INSERT INTO rowgate.applied (number, title, state, program, server, database)
                SELECT number + 1, 'another', 'of others', program, server, database FROM rowgate.applied";
            // Waits for the try that is under way, and overtakes the next one.
            other.batch_execute(deploys).map_err(failed)
        };
        let done = another();
        let let_go = holder.batch_execute("ROLLBACK").map_err(failed);
        let waited = waiting.join().map_err(|_| "the deployment panicked".to_owned())?;
        done.and(let_go)?;
        waited
    })?;
    expect(found.contains("\"another\"") && found.contains("somebody else deployed") && found.contains("run it again"), &found)
}

/// The connection is cut at one statement after the other.
fn cut_off() -> Result<(), String> {
    let site = Site::new("cut_off")?;
    site.ends(0, &["apply", "--yes"])?;
    edit(&site.folder, "docs.policy", "Owner is Logged in User", "Owner is Logged in User or Public is true");
    let (script, _) = site.ends(0, &["apply", "--dry-run"])?;
    let before = catalog(&site)?;
    let mut cut = 0;
    for (at, _) in script.match_indices(";\n\n") {
        let part = &script[..=at];
        let mut client = site.database.connect(DEPLOYER)?;
        {
            let _roles = cluster::lock_roles();
            client.batch_execute(part).map_err(failed)?;
        }
        let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).map_err(failed)?.get(0);
        let mut admin = site.database.connect("postgres")?;
        admin.execute("SELECT pg_terminate_backend($1, 5000)", &[&pid]).map_err(failed)?;
        expect(catalog(&site)? == before, &format!("after {part}"))?;
        cut += 1;
    }
    expect(cut >= 8, &format!("only {cut} places to cut at"))?;
    expect(site.seen_by(1)? == [1], "the old rules hold")?;
    site.ends(0, &["apply", "--yes", "--allow-widening"])?;
    site.ends(0, &["verify"])?;
    expect(site.seen_by(1)? == [1, 3], "the new rules hold")
}

/// What the record says, the policies, and that nothing is locked.
fn catalog(site: &Site) -> Result<String, String> {
    let mut admin: Client = site.database.connect("postgres")?;
    let row = admin
        .query_one(
            "SELECT concat((SELECT string_agg(format('%s %s %s', polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), ',' ORDER BY polname) FROM pg_policy),
               (SELECT string_agg(applied::text, ',') FROM rowgate.applied), (SELECT count(*) FROM rowgate.object), (SELECT count(*) FROM rowgate.fact),
               (SELECT count(*) FROM pg_locks WHERE relation = 'docs'::regclass))",
            &[],
        )
        .map_err(failed)?;
    Ok(row.get(0))
}

fn errors() -> Result<(), String> {
    let site = Site::new("apply_errors")?;
    // Who deploys may not do it.
    let mut admin = site.database.connect("postgres")?;
    admin.batch_execute("CREATE ROLE apply_errors_guest LOGIN").map_err(failed)?;
    let url = site.url()?.replace(&format!("user={DEPLOYER}"), "user=apply_errors_guest");
    let (code, _, err) = rowgate(&site.folder, &["apply", "--yes", "--database-url", &url])?;
    expect(code == 2 && err.contains("rights are missing") && err.contains("GRANT deployer TO apply_errors_guest"), &err)?;
    site.ends(0, &["apply", "--yes"])?;
    let (code, _, err) = rowgate(&site.folder, &["verify", "--database-url", &url])?;
    expect(code == 2 && err.contains("permission denied") && err.contains("the record is read by the role that deploys"), &err)?;
    admin.batch_execute("DROP ROLE apply_errors_guest").map_err(failed)?;
    // A schema file of another database.
    let other = Site::new("apply_unlike")?;
    edit(&other.folder, "schema.yaml", "title: text", "heading: text");
    edit(&other.folder, "docs.policy", "(title)", "(heading)");
    let (_, err) = other.ends(2, &["apply", "--yes"])?;
    expect(err.contains("column \"heading\"") && err.contains("`rowgate pull --check` shows it"), &err)?;
    // A record that somebody wrote into.
    site.deployer("DELETE FROM rowgate.object WHERE kind = 'policy'")?;
    let (_, err) = site.ends(2, &["plan"])?;
    expect(err.contains("its objects are not those of the state that was applied"), &err)?;
    write(&site.folder, "docs.policy", "table docs { rule }");
    site.ends(1, &["apply", "--yes"])?;
    Ok(())
}
