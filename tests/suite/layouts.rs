//! Migrations in the layouts of other tools: names and texts of all, and what becomes of a database when the tools run them: those that a registry has are run, the
//! others are followed by what their documentation says they send.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use rowgate::db;

use crate::clients::{copy, has, once, run, rust_programs};
use crate::cluster::{self, DEPLOYER};
use crate::commands::{edit, expect, rowgate, write};
use crate::deploying::Site;
use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::trial;

const LAYOUTS: [&str; 10] =
    ["plain", "sqlx", "supabase", "dbmate", "golang-migrate", "goose", "flyway", "refinery", "rails", "prisma"];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("layouts::names_and_texts_are_those_of_the_tool", texts),
        trial("layouts::numbers_go_on_and_names_are_not_taken_twice", numbers),
        trial("layouts::what_a_tool_would_change_is_not_written", unwritable),
        trial("layouts::dbmate_goes_up_and_down", with_dbmate),
        trial("layouts::sqlx_goes_up_and_down", with_sqlx),
        trial("layouts::refinery_goes_up_one_by_one", || with_refinery("one-by-one")),
        trial("layouts::refinery_goes_up_in_one_transaction", || with_refinery("in-one")),
        trial("layouts::rails_goes_up_and_down", with_rails),
        trial("layouts::prisma_goes_up_and_down", with_prisma),
        trial("layouts::a_file_in_one_message_is_one_transaction", in_one_message),
        trial("layouts::a_part_in_the_transaction_of_another_is_whole", in_parts),
        trial("layouts::a_file_that_is_cut_at_semicolons_is_whole", when_cut),
        trial("layouts::without_a_transaction_nothing_is_changed", without_a_transaction),
    ]
}

/// Says which tool the project's migrations are for.
pub fn set_layout(folder: &Path, layout: &str) {
    edit(
        folder,
        "rowgate.yaml",
        "version: 1\n",
        &format!("version: 1\nmigrations: {{ folder: db/migrations, layout: {layout} }}\n"),
    );
}

/// The files that a migration is, by their paths in the folder of migrations, the way up first.
pub fn migrate(folder: &Path, arguments: &[&str]) -> Result<Vec<PathBuf>, String> {
    let (code, out, err) = rowgate(folder, &[&["migrate"], arguments].concat())?;
    expect(code == 0, &err)?;
    Ok(out.lines().map(|line| folder.join(line.trim_start_matches("<folder>/").trim_start_matches("./"))).collect())
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The scripts without what is in their middle.
fn without_middle(text: &str) -> String {
    let mut shown = String::new();
    let mut end = None;
    for line in text.lines() {
        let is_end = end.is_some_and(|end| line.starts_with(end));
        if end.is_none() || is_end && line != "$rowgate$;" {
            shown.push_str(&format!("{line}\n"));
        }
        if is_end {
            end = None;
        }
        let begun = match line {
            "BEGIN;" => Some("COMMIT;"),
            line if line.starts_with("-- Whoever runs this") => Some("-- What comes next"),
            line if line.starts_with("-- What comes next") => Some("$rowgate$;"),
            _ => continue,
        };
        shown.push_str("…\n");
        end = begun;
    }
    shown
}

fn texts() -> Result<(), String> {
    let mut shown = String::new();
    for layout in LAYOUTS {
        let folder = temporary(&format!("layouts_{layout}"))?;
        rowgate(&folder, &["init"])?;
        edit(&folder, "schema.yaml", "    indexes: [user_id]\n", "");
        set_layout(&folder, layout);
        let files = migrate(&folder, &["--indexes", "First rules!"])?;
        expect(folder.join("db/migrations/state.json").is_file(), layout)?;
        for path in files {
            let name = path.strip_prefix(folder.join("db/migrations")).map_err(|error| error.to_string())?.display().to_string();
            let time: String = name.chars().filter(char::is_ascii_digit).take(14).collect();
            let name = if time.len() == 14 { name.replace(&time, "TIME") } else { name };
            shown.push_str(&format!("=== {layout}: {name}\n"));
            match name.contains("indexes") {
                true => shown.push_str("…\n"),
                false => shown.push_str(&without_middle(&text(&path)?)),
            }
        }
        // What is there is known as ours, and what would be written again is nothing.
        let (code, _, err) = rowgate(&folder, &["migrate", "again"])?;
        expect(code == 0 && err.contains("nothing to do"), &err)?;
        expect(rowgate(&folder, &["diff", "--exit-code"])?.0 == 0, "no difference to what was written")?;
        std::fs::remove_file(folder.join("db/migrations/state.json")).map_err(|error| error.to_string())?;
        let (code, _, err) = rowgate(&folder, &["migrate", "again"])?;
        expect(code == 2 && err.contains("has migrations and no state.json"), &format!("{layout}: {err}"))?;
    }
    assert_snapshot("commands", "migrations_have_the_layout_of_a_tool", &shown);
    Ok(())
}

fn numbers() -> Result<(), String> {
    for (layout, there, expected) in [
        ("sqlx", "0007_users.up.sql", "0008_first.up.sql"),
        ("golang-migrate", "000009_users.up.sql", "000010_first.up.sql"),
        ("goose", "00001_users.sql", "00002_first.sql"),
        ("flyway", "older/V3_1__users.sql", "V4__first.sql"),
        ("refinery", "older/V41__users.sql", "V42__first.sql"),
        ("dbmate", "20250101_users.sql", "2"),
        ("supabase", "0001_users.sql", "2"),
        ("rails", "20250101000000_rowgate_first.rb", "2"),
    ] {
        let folder = temporary(&format!("layouts_numbers_{layout}"))?;
        rowgate(&folder, &["init"])?;
        set_layout(&folder, layout);
        write(&folder, &format!("db/migrations/{there}"), "SELECT 1;\n");
        let files = migrate(&folder, &["first"])?;
        let name = files[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
        expect(name == expected || expected == "2" && name.starts_with('2') && name.len() > 20, &format!("{layout}: {name}"))?;
        expect(layout != "rails" || name.ends_with("_rowgate_first_2.rb"), &name)?;
        // The next one is behind it.
        edit(&folder, "items.policy", "create, read, update, delete", "create, read");
        let next = migrate(&folder, &["first"])?;
        expect(next[0].file_name() > files[0].file_name(), &format!("{next:?} behind {files:?}"))?;
    }
    Ok(())
}

fn unwritable() -> Result<(), String> {
    for (layout, rule, told) in [
        ("dbmate", "\\n--  migrate:down\\n", "`-- migrate:down`"),
        ("goose", "\\n-- +goose StatementEnd\\n", "`-- +goose StatementEnd`"),
        ("goose", "a\\r\\nb", "carriage return"),
        ("rails", "a\\r\\nb", "carriage return"),
        ("sqlx", "a\\r\\nb\\n-- migrate:down\\n", ""),
        ("rails", "\\nSQL\\n${x} #{x} \\\\", ""),
        ("flyway", "${x}", ""),
    ] {
        let folder = temporary(&format!("layouts_unwritable_{layout}"))?;
        rowgate(&folder, &["init"])?;
        set_layout(&folder, layout);
        // Texts of several lines stand in the configuration alone.
        edit(
            &folder,
            "rowgate.yaml",
            "closed_tables:",
            &format!("roles: {{ Odd: {{ column: name, equals: \"{rule}\" }} }}\nclosed_tables:"),
        );
        edit(
            &folder,
            "items.policy",
            "allow create,",
            "allow delete when User's Name is not empty\n  }\n  rule \"odd\" for Odd {\n    allow create,",
        );
        let (code, out, err) = rowgate(&folder, &["migrate", "first"])?;
        if told.is_empty() {
            expect(code == 0, &format!("{layout}: {err}"))?;
            expect(layout != "flyway" || out.matches(".sql.conf\n").count() == 1, &out)?;
            expect(
                layout != "rails" || text(&folder.join(out.trim().trim_start_matches("<folder>/")))?.contains("<<'SQL2'\n"),
                &out,
            )?;
        } else {
            expect(code == 2 && err.contains(told) && err.contains(layout), &format!("{layout}: {err}"))?;
            expect(!folder.join("db").exists(), "nothing was written")?;
        }
    }
    Ok(())
}

/// A database that a tool changes, in which nothing is yet.
fn site(layout: &str, name: &str) -> Result<Site, String> {
    let site = Site::new(name)?;
    set_layout(&site.folder, layout);
    // Functions for the application have bodies in SQL, in which semicolons and `END` are bare.
    edit(&site.folder, "rowgate.yaml", "version: 1\n", "version: 1\nguards: { schema: guard }\n");
    Ok(site)
}

impl Site {
    /// A program that is told by its environment where the database is.
    pub fn tool(&self, command: &mut Command) -> Result<String, String> {
        let _roles = cluster::lock_roles();
        run(command.env("PGHOST", cluster::host()?).env("PGUSER", DEPLOYER).env("PGDATABASE", self.database.name()))
    }

    /// The folder that the tool reads.
    pub fn migrations(&self) -> PathBuf {
        self.folder.join("db/migrations")
    }

    fn own(&self, name: &str, text: &str) {
        write(&self.folder, &format!("db/migrations/{name}"), text);
    }

    /// Nothing of the rules is there, and nothing of what the team made beside them.
    fn is_empty(&self) -> Result<(), String> {
        let mut client = self.database.connect("postgres")?;
        let asked = "SELECT concat_ws(' ', (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_class WHERE relrowsecurity), (SELECT count(*) FROM pg_namespace WHERE nspname IN ('rowgate', 'guard')),
           (SELECT count(*) FROM pg_class WHERE relname IN ('notes', 'later')))";
        let row = client.query_one(asked, &[]).map_err(|error| db::describe_error(&error))?;
        let found: String = row.get(0);
        expect(found == "0 0 0 0", &format!("policies, tables with row security, schemas, tables of the team: {found}"))?;
        let (_, err) = self.ends(0, &["plan"])?;
        expect(err.contains("the database has nothing of these rules"), &err)
    }

    /// Two migrations, each run as `up` does it; behind each, the database is as the rules say. With what the first and the second were written as.
    fn two_steps(&self, between: impl Fn(), up: impl Fn(&[PathBuf]) -> Result<(), String>) -> Result<[Vec<PathBuf>; 2], String> {
        let first = migrate(&self.folder, &["first"])?;
        between();
        up(&first)?;
        let (_, err) = self.ends(0, &["verify"])?;
        expect(err.contains("deployment 1: \"Migration: first\""), &err)?;
        edit(
            &self.folder,
            "docs.policy",
            "delete }",
            "delete }\n  rule \"Public\" for Authenticated { allow read when Public is true }",
        );
        let second = migrate(&self.folder, &["second"])?;
        up(&second)?;
        let (_, err) = self.ends(0, &["verify"])?;
        expect(err.contains("deployment 2: \"Migration: second\""), &err)?;
        Ok([first, second])
    }
}

fn with_dbmate() -> Result<(), String> {
    if !has(&["node", "npm"], "nodejs npm")? {
        return Ok(());
    }
    let folder = copy("migration_tools/dbmate")?;
    once(&folder, "package-lock.json", || run(Command::new("npm").args(["ci", "--silent"]).current_dir(&folder)).map(drop))?;
    let site = site("dbmate", "with_dbmate")?;
    let url = format!("postgres://{DEPLOYER}@/{}?host={}&sslmode=disable", site.database.name(), cluster::host()?);
    let dbmate = |what: &str| {
        let mut command = Command::new("node");
        command.arg(folder.join("node_modules/dbmate/dist/cli.js")).args(["--url", &url, "--no-dump-schema", "--migrations-dir"]);
        site.tool(command.arg(site.migrations()).arg(what))
    };
    let own = |number: u32, table: &str| {
        site.own(
            &format!("000{number}_{table}.sql"),
            &format!("-- migrate:up\nCREATE TABLE {table} (id integer);\n-- migrate:down\nDROP TABLE {table};\n"),
        );
    };
    own(1, "notes");
    site.two_steps(|| own(3, "later"), |_| dbmate("migrate").map(drop))?;
    for _ in 0..4 {
        dbmate("rollback")?;
    }
    site.is_empty()
}

fn with_sqlx() -> Result<(), String> {
    let site = site("sqlx", "with_sqlx")?;
    let program = rust_programs()?.join("migrate");
    let sqlx = |way: &str| site.tool(Command::new(&program).args(["sqlx", way]).arg(site.migrations())).map(drop);
    let own = |number: u32, table: &str| {
        site.own(&format!("000{number}_{table}.up.sql"), &format!("CREATE TABLE {table} (id integer);\n"));
        site.own(&format!("000{number}_{table}.down.sql"), &format!("DROP TABLE {table};\n"));
    };
    own(1, "notes");
    site.two_steps(|| own(3, "later"), |_| sqlx("up"))?;
    sqlx("down")?;
    site.is_empty()
}

/// In one transaction, the team's table is made behind ours, by a name that has to be found.
fn with_refinery(way: &str) -> Result<(), String> {
    let site = site("refinery", &format!("refinery_{}", way.replace('-', "_")))?;
    let program = rust_programs()?.join("migrate");
    let up = || site.tool(Command::new(&program).args(["refinery", way]).arg(site.migrations())).map(drop);
    let own =
        |number: u32, table: &str| site.own(&format!("V{number}__{table}.sql"), &format!("CREATE TABLE {table} (id integer);\n"));
    own(1, "notes");
    let steps = site.two_steps(|| own(3, "later"), |_| up())?;
    for step in steps.iter().rev() {
        site.deployer(&text(&step[1])?)?;
    }
    site.deployer("DROP TABLE notes, later")?;
    site.is_empty()
}

fn with_rails() -> Result<(), String> {
    let is_there = Command::new("ruby").args(["-e", "require 'active_record'; require 'pg'"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no Active Record (Debian: apt-get install ruby-activerecord ruby-pg)");
        return Ok(());
    }
    let site = site("rails", "with_rails")?;
    let program = crate::root().join("tests/migration_tools/rails/migrate.rb");
    let rails = |arguments: &[&str]| {
        let mut command = Command::new("ruby");
        site.tool(command.arg(&program).arg(arguments[0]).arg(site.migrations()).args(&arguments[1..])).map(drop)
    };
    site.own(
        "20200101000000_make_notes.rb",
        "class MakeNotes < ActiveRecord::Migration[6.0]\n  def change\n    create_table :notes\n  end\nend\n",
    );
    site.two_steps(|| (), |_| rails(&["up"]))?;
    rails(&["down", "3"])?;
    site.is_empty()
}

fn with_prisma() -> Result<(), String> {
    if !has(&["node", "npm"], "nodejs npm")? {
        return Ok(());
    }
    let folder = copy("migration_tools/prisma")?;
    // Scripts of packages would fetch the engines that are programs.
    let install = || run(Command::new("npm").args(["ci", "--silent", "--ignore-scripts"]).current_dir(&folder)).map(drop);
    once(&folder, "package-lock.json", install)?;
    let site = site("prisma", "with_prisma")?;
    let prisma = |arguments: &[&str]| {
        let mut command = Command::new("node");
        command
            .current_dir(&folder)
            .arg("node_modules/prisma/build/index.js")
            .args(arguments)
            .args(["--schema", "schema.prisma"]);
        // Programs that are named are not fetched; the engine of the package is used in their places. Nobody is told of new releases.
        let unused = folder.join("package.json");
        command
            .env("PRISMA_SCHEMA_ENGINE_BINARY", &unused)
            .env("PRISMA_QUERY_ENGINE_LIBRARY", &unused)
            .env("CHECKPOINT_DISABLE", "1");
        site.tool(command.env("MIGRATIONS", site.migrations()))
    };
    let own =
        |name: &str, table: &str| site.own(&format!("{name}/migration.sql"), &format!("CREATE TABLE {table} (id integer);\n"));
    site.own("migration_lock.toml", "provider = \"postgresql\"\n");
    // Of a database that has tables Prisma wants to be told what it starts from.
    site.own("20190101000000_base/migration.sql", "-- the tables that are there\n");
    prisma(&["migrate", "resolve", "--applied", "20190101000000_base"])?;
    own("20200101000000_notes", "notes");
    let steps = site.two_steps(|| own("20200102000000_later", "later"), |_| prisma(&["migrate", "deploy"]).map(drop))?;
    for step in steps.iter().rev() {
        prisma(&["db", "execute", "--file", &step[1].display().to_string()])?;
    }
    site.deployer("DROP TABLE notes, later")?;
    site.is_empty()
}

/// golang-migrate sends a file as it is; so does whoever runs what no tool does.
fn in_one_message() -> Result<(), String> {
    for layout in ["golang-migrate", "plain", "prisma"] {
        let site = site(layout, &format!("one_message_{}", layout.replace('-', "_")))?;
        let steps = site.two_steps(|| (), |files| site.deployer(&text(&files[0])?))?;
        for step in steps.iter().rev() {
            site.deployer(&text(&step[1])?)?;
        }
        site.is_empty()?;
    }
    Ok(())
}

/// goose sends what stands between its marks, in a transaction in which it then notes the version, by a name without a schema.
fn in_parts() -> Result<(), String> {
    let site = site("goose", "in_parts")?;
    site.deployer("CREATE TABLE goose_db_version (id integer)")?;
    let part = |file: &Path, which: usize| -> Result<(), String> {
        let all = text(file)?;
        let body =
            all.split("-- +goose StatementBegin\n").nth(which).and_then(|rest| rest.split("-- +goose StatementEnd\n").next());
        let body = body.ok_or("no part")?;
        site.deployer(&format!("BEGIN;\n{body}INSERT INTO goose_db_version VALUES (1);\nCOMMIT"))
    };
    let steps = site.two_steps(|| (), |files| part(&files[0], 1))?;
    for step in steps.iter().rev() {
        part(&step[0], 2)?;
    }
    site.is_empty()
}

/// A script at its semicolons outside of quotes and remarks.
fn cut(script: &str) -> Vec<String> {
    let (mut statements, mut statement, mut rest) = (Vec::new(), String::new(), script);
    while let Some(letter) = rest.chars().next() {
        let dollars = rest.strip_prefix('$').and_then(|behind| {
            let tag = &behind[..behind.find('$')?];
            tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| format!("${tag}$"))
        });
        let end = match letter {
            '\'' | '"' => Some(letter.to_string()),
            '-' if rest.starts_with("--") => Some("\n".to_owned()),
            _ => dollars,
        };
        let length = end.map_or(letter.len_utf8(), |end| {
            let begin = if end == "\n" { 2 } else { end.len() };
            rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
        });
        if letter == ';' {
            statements.push(std::mem::take(&mut statement));
        } else {
            statement.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    statements
}

/// Runs statements one after the other on one connection.
fn one_by_one<'a>(site: &Site, statements: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut client = site.database.connect(DEPLOYER)?;
    let _roles = cluster::lock_roles();
    for statement in statements {
        client.batch_execute(statement).map_err(|error| format!("{}\n{statement}", db::describe_error(&error)))?;
    }
    Ok(())
}

/// Supabase and Flyway cut files, the latter in a transaction in which it then notes the version.
fn when_cut() -> Result<(), String> {
    for layout in ["supabase", "flyway"] {
        let site = site(layout, &format!("when_cut_{layout}"))?;
        site.deployer("CREATE TABLE flyway_schema_history (id integer)")?;
        let up = |file: &Path| {
            let statements = cut(&text(file)?);
            let statements = statements.iter().map(String::as_str);
            match layout {
                "supabase" => one_by_one(&site, statements),
                _ => one_by_one(
                    &site,
                    ["BEGIN"].into_iter().chain(statements).chain(["INSERT INTO flyway_schema_history VALUES (1)", "COMMIT"]),
                ),
            }
        };
        let steps = site.two_steps(|| (), |files| up(&files[0]))?;
        expect(text(&steps[0][0])?.contains("BEGIN ATOMIC"), "there is no semicolon to be taken for an end")?;
        for step in steps.iter().rev() {
            match layout {
                "supabase" => site.deployer(&text(&step[1])?)?,
                _ => one_by_one(
                    &site,
                    ["BEGIN"].into_iter().chain(cut(&text(&step[1])?).iter().map(String::as_str)).chain(["COMMIT"]),
                )?,
            }
        }
        site.is_empty()?;
    }
    Ok(())
}

/// Where a tool is told not to use a transaction, the first statements see it.
fn without_a_transaction() -> Result<(), String> {
    for layout in ["sqlx", "golang-migrate", "flyway", "refinery"] {
        let site = site(layout, &format!("none_{}", layout.replace('-', "_")))?;
        let files = migrate(&site.folder, &["first"])?;
        match one_by_one(&site, cut(&text(&files[0])?).iter().map(String::as_str)) {
            Err(error) if error.contains("this has to run in one transaction") => {}
            other => return Err(format!("{layout}: {other:?}")),
        }
        site.is_empty()?;
    }
    Ok(())
}
