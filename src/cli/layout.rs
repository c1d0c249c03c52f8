//! What migration tools want: how files are called, what stands in them, and where they do not look. In: a layout, the names that its folder has, the two scripts
//! of a migration. Out: files, as paths and texts. It reads and writes nothing.
//!
//! A file runs as a whole or not at all, in each of them. Where the tool has a transaction of its own, the scripts have none and make sure that there is
//! one ([`Form::is_wrapped`]); where it has none, they have theirs.

use std::path::{Path, PathBuf};

use crate::config::Layout;
use crate::plan::Form;

/// The folder for what the tool is not to run. Some tools look into folders: those take other names than the files here have.
pub(super) const ASIDE: &str = "rowgate";

/// A migration before it is files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration<'a> {
    /// Its name: small letters, digits and underscores.
    pub(super) name: &'a str,
    /// Its number, or the time.
    pub(super) version: &'a str,
    pub(super) up: &'a str,
    pub(super) down: &'a str,
    /// What is run before it, outside of a transaction, which no tool is asked to do.
    pub(super) indexes: Option<&'a str>,
}

/// A file, by its path in the folder of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A text in a script that the tool would not leave as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unwritable {
    pub(super) text: String,
    pub(super) why: &'static str,
}

/// What is known of a tool.
struct Tool {
    up: Form,
    down: Form,
    versions: Versions,
    /// What a line is for the tool that begins with `--` and goes on so.
    marker: Option<&'static str>,
    /// Whether a carriage return at the end of a line is lost on the way.
    loses_returns: bool,
    files: fn(&Migration<'_>) -> Vec<File>,
    /// What is written, for people.
    told: &'static str,
}

/// What migrations are numbered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Versions {
    /// The time.
    Times,
    /// Small numbers, where the folder has such; else the time.
    AsThere,
    /// Small numbers.
    Numbers,
}

const WRAPPED: Form = Form { is_wrapped: true, is_cut: false };

/// psql, or whatever sends a file as it is. The names are those that golang-migrate began.
const PLAIN: Tool = Tool {
    up: Form { is_wrapped: false, is_cut: false },
    down: Form { is_wrapped: false, is_cut: false },
    versions: Versions::Times,
    marker: None,
    loses_returns: false,
    files: |migration| {
        let mut files = up_and_down(migration);
        files.extend(migration.indexes.map(|text| file(format!("{}.indexes.sql", stem(migration)), text)));
        files
    },
    told: "TIME_NAME.up.sql and .down.sql",
};

/// <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>, and `resolve_blocking` of `sqlx-core`: `VERSION_NAME.up.sql` and `.down.sql`; folders and names without an
/// underscore are passed over. Each file is one message in a transaction, with the note in `_sqlx_migrations`, unless it begins with `-- no-transaction`.
const SQLX: Tool = Tool {
    up: WRAPPED,
    down: WRAPPED,
    versions: Versions::AsThere,
    files: |migration| with_aside(up_and_down(migration), migration),
    told: "VERSION_NAME.up.sql and .down.sql",
    ..PLAIN
};

/// <https://supabase.com/docs/reference/cli/supabase-migration-new>, and `pkg/migration` and `pkg/parser` of its source: `TIME_NAME.sql`; everything
/// of that form is run, a file `….down.sql` as well, and other names are passed over with a notice. The file is cut at semicolons outside of quotes and sent as one batch without
/// BEGIN, in which PostgreSQL refuses LOCK TABLE. The cut takes any `end` for that of a body in SQL, that of `pending` too.
const SUPABASE: Tool = Tool {
    up: Form { is_wrapped: false, is_cut: true },
    files: |migration| {
        let up = file(format!("{}.sql", stem(migration)), migration.up);
        with_aside(vec![up, aside(&format!("{}.down.sql", stem(migration)), migration.down)], migration)
    },
    told: "TIME_NAME.sql; the way down: rowgate/TIME_NAME.down.sql",
    ..PLAIN
};

/// <https://github.com/amacneil/dbmate#creating-migrations>: one file with both ways, behind `-- migrate:up` and `-- migrate:down`, each of which is sent in one piece in a transaction, with the note
/// in `schema_migrations`, unless `transaction:false` stands behind it. Only names that begin with a digit and end with `.sql` are read.
const DBMATE: Tool = Tool {
    up: WRAPPED,
    down: WRAPPED,
    versions: Versions::AsThere,
    marker: Some("migrate:"),
    files: |migration| {
        let text = format!("-- migrate:up\n{}\n-- migrate:down\n{}", migration.up, migration.down);
        with_aside(vec![file(format!("{}.sql", stem(migration)), &text)], migration)
    },
    told: "VERSION_NAME.sql with both ways",
    ..PLAIN
};

/// <https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md> and `database/postgres/README.md` there: `VERSION_NAME.up.sql` and `.down.sql`. A file is sent in one piece, which is one
/// transaction for PostgreSQL. With `x-multi-statement` it would be cut in the middle of statements: then the first one fails. With `x-use-transaction` there is one around it.
const GOLANG_MIGRATE: Tool = Tool { told: "VERSION_NAME.up.sql and .down.sql", ..SQLX };

/// <https://pressly.github.io/goose/documentation/annotations>: one file with both ways behind `-- +goose Up` and `-- +goose Down`, in a transaction with the note in `goose_db_version` unless
/// `-- +goose NO TRANSACTION` says otherwise. What stands between `StatementBegin` and `StatementEnd` is sent in one piece. Only `*.sql` in the folder itself is read, by lines.
const GOOSE: Tool = Tool {
    up: WRAPPED,
    down: WRAPPED,
    versions: Versions::AsThere,
    marker: Some("+goose"),
    loses_returns: true,
    files: |migration| {
        let part =
            |way: &str, script: &str| format!("-- +goose {way}\n-- +goose StatementBegin\n{script}-- +goose StatementEnd\n");
        let text = format!("{}\n{}", part("Up", migration.up), part("Down", migration.down));
        with_aside(vec![file(format!("{}.sql", stem(migration)), &text)], migration)
    },
    told: "VERSION_NAME.sql with both ways",
};

/// <https://flywaydb.org/documentation/migrations>: `VVERSION__NAME.sql`, in folders below as well, each in a transaction of its own; `UVERSION__NAME.sql` is the way down of the editions
/// that have one, in a transaction as well (<https://www.red-gate.com/hub/product-learning/flyway/secrets-of-flyway-teams-undo>). A parser that knows quotes cuts it. `${…}` is filled in, unless a file beside it with
/// `.conf` behind its whole name says otherwise (<https://documentation.red-gate.com/fd/script-configuration-277578847.html>).
const FLYWAY: Tool = Tool {
    up: Form { is_wrapped: true, is_cut: true },
    down: Form { is_wrapped: true, is_cut: true },
    versions: Versions::AsThere,
    files: |migration| {
        let Migration { version, name, up, down, .. } = migration;
        let mut files = vec![file(format!("V{version}__{name}.sql"), up), file(format!("U{version}__{name}.sql"), down)];
        let filled_in = files.iter().filter(|file| file.text.contains("${"));
        let settings: Vec<File> =
            filled_in.map(|script| file(format!("{}.conf", script.path.display()), "placeholderReplacement=false\n")).collect();
        files.extend(settings);
        with_aside(files, migration)
    },
    told: "VVERSION__NAME.sql and UVERSION__NAME.sql",
    ..PLAIN
};

/// <https://docs.rs/refinery/latest/refinery/macro.embed_migrations.html>: `VNUMBER__NAME.sql`, in folders below as well; a number has 32 bits, so times are too long. Each file is sent in one piece in a
/// transaction, or all of them in one (`set_grouped`). There is no way down; a name with a dot is passed over.
const REFINERY: Tool = Tool {
    up: WRAPPED,
    versions: Versions::Numbers,
    files: |migration| {
        let stem = format!("V{}__{}", migration.version, migration.name);
        with_aside(vec![file(format!("{stem}.sql"), migration.up), aside(&format!("{stem}.down.sql"), migration.down)], migration)
    },
    told: "VNUMBER__NAME.sql; the way down: rowgate/VNUMBER__NAME.down.sql",
    ..PLAIN
};

/// <https://guides.rubyonrails.org/active_record_migrations.html>: `TIME_NAME.rb`, in folders below as well, with a class of that name in camel case. What `execute` is given is sent in one piece, in a transaction with the note in
/// `schema_migrations`, unless the class says `disable_ddl_transaction!`. A here-document in single quotes is taken as it stands, without carriage returns.
const RAILS: Tool = Tool {
    up: WRAPPED,
    down: WRAPPED,
    loses_returns: true,
    files: |migration| with_aside(vec![file(format!("{}.rb", stem(migration)), &ruby(migration))], migration),
    told: "TIME_rowgate_NAME.rb with both ways",
    ..PLAIN
};

/// <https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories>: a folder for each migration, of which `migration.sql` is read; files beside the
/// folders are passed over. `…/workflows/generating-down-migrations` keeps `down.sql` there, which `prisma db execute` runs. There is no transaction around it, and releases since 7.4 send statements one by one where they can read all of them
/// (<https://github.com/prisma/prisma-engines/pull/5847>).
const PRISMA: Tool = Tool {
    files: |migration| {
        let within = |name: &str, text: &str| file(format!("{}/{name}", stem(migration)), text);
        let mut files = vec![within("migration.sql", migration.up), within("down.sql", migration.down)];
        files.extend(migration.indexes.map(|text| within("indexes.sql", text)));
        files
    },
    told: "TIME_NAME/migration.sql; the way down: TIME_NAME/down.sql",
    ..PLAIN
};

fn tool(layout: Layout) -> &'static Tool {
    match layout {
        Layout::Plain => &PLAIN,
        Layout::Sqlx => &SQLX,
        Layout::Supabase => &SUPABASE,
        Layout::Dbmate => &DBMATE,
        Layout::GolangMigrate => &GOLANG_MIGRATE,
        Layout::Goose => &GOOSE,
        Layout::Flyway => &FLYWAY,
        Layout::Refinery => &REFINERY,
        Layout::Rails => &RAILS,
        Layout::Prisma => &PRISMA,
    }
}

/// How the two ways are written for the tool, up and down; what it does not run itself, psql does.
pub(super) fn forms(layout: Layout) -> [Form; 2] {
    [tool(layout).up, tool(layout).down]
}

/// The layouts, for `--help`.
pub(super) fn told() -> String {
    let line = |layout: Layout| format!("  {:<15} {}\n", layout.name(), tool(layout).told);
    format!(
        "Layouts, as in `migrations: {{ folder: db/migrations, layout: dbmate }}` of rowgate.yaml:\n{}\n\
         VERSION is the number behind the highest that is there, or the time where there are no numbers. In the folder `{ASIDE}` is what \
         the tool is not to run: the way down where it has none, and indexes.",
        Layout::ALL.map(line).concat()
    )
}

/// The name as the tool can take it, beside those that are there: Rails wants each class once, and none that Ruby has.
pub(super) fn name(layout: Layout, name: &str, there: &[String]) -> String {
    if layout != Layout::Rails {
        return name.to_owned();
    }
    let taken = |name: &str| {
        let of = |file: &String| file.strip_suffix(".rb").and_then(|stem| stem.split_once('_')).map(|(_, rest)| camel_case(rest));
        there.iter().filter_map(of).any(|class| class == camel_case(name))
    };
    let name = format!("rowgate_{name}");
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name)
}

/// The version behind those of the names that are there; `now` gives times, each later than the one before.
pub(super) fn version(layout: Layout, there: &[String], mut now: impl Iterator<Item = String>) -> String {
    let of = |name: &String| -> Option<String> {
        let digits = name.strip_prefix(['V', 'U']).unwrap_or(name);
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    let known: Vec<String> = there.iter().filter_map(of).collect();
    let numbers = known.iter().filter_map(|digits| Some((digits.parse::<u64>().ok()?, digits.len())));
    let next = |(number, width): (u64, usize)| format!("{:0width$}", number + 1);
    match (tool(layout).versions, numbers.max()) {
        (Versions::Numbers, highest) => highest.map_or_else(|| "1".to_owned(), next),
        (Versions::AsThere, Some(highest)) if highest.0 < FIRST_DATE => next(highest),
        _ => now.find(|time| !known.contains(time)).unwrap_or_default(),
    }
}

/// The least number that is a day and not a count: one of eight digits.
const FIRST_DATE: u64 = 10_000_000;

/// The files of a migration, the way up first.
pub(super) fn files(layout: Layout, migration: &Migration<'_>) -> Result<Vec<File>, Unwritable> {
    let tool = tool(layout);
    for script in [migration.up, migration.down] {
        if let Some(marker) = tool.marker.and_then(|marker| marker_in(script, marker)) {
            return Err(Unwritable { text: marker, why: "takes for an instruction of its own" });
        }
        if tool.loses_returns && script.contains('\r') {
            let line = script.lines().find(|line| line.contains('\r')).unwrap_or("\r");
            return Err(Unwritable { text: line.escape_default().to_string(), why: "would leave without its carriage return" });
        }
    }
    Ok((tool.files)(migration))
}

/// The line that a tool would take for its own: such can only stand in a text of several lines.
fn marker_in(script: &str, marker: &str) -> Option<String> {
    let starts = std::iter::once(0).chain(script.match_indices('\n').map(|(at, _)| at + 1));
    let remarks = starts.filter_map(|at| script[at..].strip_prefix("--"));
    let found = remarks.map(str::trim_start).find(|rest| rest.starts_with(marker))?;
    Some(format!("-- {}", found.lines().next().unwrap_or_default()))
}

fn stem(migration: &Migration<'_>) -> String {
    format!("{}_{}", migration.version, migration.name)
}

fn file(path: impl AsRef<Path>, text: &str) -> File {
    File { path: path.as_ref().to_owned(), text: text.to_owned() }
}

fn aside(name: &str, text: &str) -> File {
    file(Path::new(ASIDE).join(name), text)
}

fn up_and_down(migration: &Migration<'_>) -> Vec<File> {
    let stem = stem(migration);
    vec![file(format!("{stem}.up.sql"), migration.up), file(format!("{stem}.down.sql"), migration.down)]
}

/// With the indexes where the tool does not look: sqlx would take them for a migration of the same version.
fn with_aside(mut files: Vec<File>, migration: &Migration<'_>) -> Vec<File> {
    files.extend(migration.indexes.map(|text| aside(&format!("{}.indexes.sql", stem(migration)), text)));
    files
}

/// The version of its base class does not matter, since nothing but `execute` is called.
fn ruby(migration: &Migration<'_>) -> String {
    let Migration { name, up, down, .. } = migration;
    let has_line = |line: &str| [up, down].iter().any(|script| script.lines().any(|other| other == line));
    let candidates = std::iter::once("SQL".to_owned()).chain((2..).map(|number| format!("SQL{number}")));
    let end = candidates.into_iter().find(|end| !has_line(end)).unwrap_or_default();
    let method = |way: &str, script: &str| format!("  def {way}\n    execute <<'{end}'\n{script}{end}\n  end\n");
    format!(
        "# frozen_string_literal: true\n\nclass {} < ActiveRecord::Migration[ActiveRecord::Migration.current_version]\n{}\n{}end\n",
        camel_case(name),
        method("up", up),
        method("down", down)
    )
}

/// As Rails finds the class of a file.
fn camel_case(name: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('_').filter(|part| !part.is_empty()).map(word).collect()
}
