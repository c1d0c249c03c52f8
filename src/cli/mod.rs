//! The command line: one file per command. In: arguments and a folder. Out: results on stdout, messages on stderr, files, an exit
//! code: 0 clean, 1 findings, 2 could not run.

mod actors;
mod advice;
mod apply;
mod r#as;
mod beforehand;
mod beside;
mod build;
mod causes;
mod cells;
mod check;
mod columns;
mod compared;
mod completions;
mod csv;
mod database;
mod decided;
mod deployment;
mod diff;
mod doctor;
mod effects;
mod error;
mod explain;
mod explained;
mod fits;
mod from_sql;
mod help;
mod import;
mod in_force;
mod init;
mod key;
mod layout;
mod live;
pub mod loader;
mod look;
mod looked;
mod matrix;
mod migrate;
mod named;
mod names;
mod not_asked;
mod not_reported;
mod notes;
mod output;
mod parts;
mod patience;
mod people;
mod plan;
mod proof;
mod pull;
mod question;
mod reach;
mod refused;
mod report;
mod reported;
mod revision;
mod samples;
mod scratch;
mod seen;
mod set;
mod shell;
mod show;
mod table_view;
mod test;
mod upward;
mod verify;
mod who;
mod why;
mod would;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::catalog::TableId;
use crate::diagnostic::{Diagnostic, Sources};
use crate::model::Model;
use crate::project::Compiled;
pub use error::Error;
pub use named::Named;
use output::{Color, Format, Output};

/// Rules that read like English, compiled into PostgreSQL row-level security.
#[derive(Debug, Parser)]
#[command(name = "rowgate", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 clean, 1 findings or stale output, 2 could not run.\n\
    Start with `rowgate init my_project`, then `rowgate build my_project`.")]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to colour messages.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a small project to start from.
    Init(init::Arguments),
    /// Write the schema file of a database or of files of SQL, or bring it up to date.
    ///
    /// What somebody added to the file stays: labels, classes, derived columns, remarks, references without a constraint, the order of things. What the
    /// database says otherwise is replaced, and what it has no more is taken out. Nothing is changed in the database.
    Pull(pull::Arguments),
    /// Write the policies and grants of a database as rules.
    ///
    /// What the language says exactly is said in it, the rest is `sql "…"` with the reason, and what cannot be that is left out, which denies. Nothing is meant to be wider, but where a policy
    /// denied by ending the statement with an error, and at the edge of a moment (see the README); `--prove` tries it. The old policies are named for removal. Nothing is changed in the database.
    Import(import::Arguments),
    /// Check the rules against the schema.
    Check(check::Arguments),
    /// Run the scenarios of the test files.
    ///
    /// Everything is tried: each operation on each row of each table that a scenario is about; what it does not list must not be possible. The rules are asked, in memory; or a
    /// server, with --postgres or --database-url, as the roles that the application has.
    Test(test::Arguments),
    /// Print or write the SQL of the whole desired state.
    Build(build::Arguments),
    /// Write the step from the last recorded state to the present one, up and down.
    Migrate(migrate::Arguments),
    /// Print what a change of the rules gives and takes, or what the next migration would change.
    ///
    /// With --since, the rules of a revision of git are compared with the present ones: for each role, operation and table, what it was, what it is, and
    /// whether somebody may do more than before. Without, the SQL of the last migration is compared with that of the present rules.
    Diff(diff::Arguments),
    /// Print what would change in a database.
    ///
    /// The database says itself what was applied to it last: every script keeps a record beside the look-ups. Nothing is changed.
    Plan(plan::Arguments),
    /// Bring a database to what the rules say, in one transaction.
    ///
    /// It asks before it changes something, on a terminal; elsewhere it needs --yes. It does not begin on a database in which what it made is otherwise, or
    /// somebody was given more beside the rules, before --repair says so. Either all of it happens or nothing.
    Apply(apply::Arguments),
    /// Tell whether what is in force in a database is what was applied, and what was applied is what the rules say.
    ///
    /// Every difference comes with what it means and the statement that undoes it. Nothing is changed.
    Verify(verify::Arguments),
    /// Look at a running database as the application uses it.
    ///
    /// The connection has to be the application's: its login, and through its pooler, if it has one. Looked at is who the login is and can act as,
    /// how a session begins, what a pooler leaves behind, and whether what is in force is what the rules say. Nothing is changed.
    Doctor(doctor::Arguments),
    /// Explain the codes of diagnostics, or list them all.
    Explain(explain::Arguments),
    /// Tell why somebody can or cannot reach a record of the test files or of a database.
    Why(why::Arguments),
    /// Tell everybody who can reach a record of the test files or of a database and through what, or who holds a role.
    ///
    /// Asked are the names under `users`, whoever else has a row in the user table, and sessions that nobody is signed in to.
    Who(who::Arguments),
    /// Show what somebody sees and may do, on the rows of the test files or in a database.
    ///
    /// Without a database, the rules are asked about the rows of the test files. With one, the server is asked, in a transaction that is rolled
    /// back: nothing stays but numbers that were drawn from sequences. The connection has to be allowed to act as the application's roles.
    As(r#as::Arguments),
    /// Print what each role may do with each table and field.
    ///
    /// Each role is looked at alone, with all that it includes. `always` and `when` speak of the rows that are there; whoever holds several roles
    /// may do what they allow together.
    Matrix(matrix::Arguments),
    /// Write all that there is to say of the rules as one page, for whoever reviews them.
    ///
    /// Roles, what each may do, rules with their texts, their SQL and their tests, in one HTML file that loads nothing. It goes to standard output, or to
    /// the file that --output names. --sign-off writes the record of a review instead.
    Report(report::Arguments),
    /// Print what a stage of the compiler makes of the project.
    Show(show::Arguments),
    /// Print a completion script for a shell.
    Completions(completions::Arguments),
}

/// The project that a command is about.
#[derive(Debug, Args)]
struct ProjectArgument {
    /// The project's folder [default: the nearest one upward from here with a rowgate.yaml]
    #[arg(value_name = "PROJECT")]
    project: Option<PathBuf>,
}

/// How messages are printed.
#[derive(Debug, Args)]
struct FormatArgument {
    /// How messages are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What a command that could run has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Clean,
    Findings,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == scratch::KEEPER) {
        return scratch::keep();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, not failures; clap prints each where it belongs.
            let code = if error.use_stderr() { 2 } else { 0 };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let output = Output::new(cli.color);
    let result = match cli.command {
        Command::Init(arguments) => init::run(&arguments, &output),
        Command::Pull(arguments) => pull::run(&arguments, &output),
        Command::Import(arguments) => import::run(&arguments, &output),
        Command::Check(arguments) => check::run(&arguments, &output),
        Command::Test(arguments) => test::run(&arguments, &output),
        Command::Build(arguments) => build::run(&arguments, &output),
        Command::Migrate(arguments) => migrate::run(&arguments, &output),
        Command::Diff(arguments) => diff::run(&arguments, &output),
        Command::Plan(arguments) => plan::run(&arguments, &output),
        Command::Apply(arguments) => apply::run(&arguments, &output),
        Command::Verify(arguments) => verify::run(&arguments, &output),
        Command::Doctor(arguments) => doctor::run(&arguments, &output),
        Command::Explain(arguments) => explain::run(&arguments, &output),
        Command::Why(arguments) => why::run(&arguments, &output),
        Command::Who(arguments) => who::run(&arguments, &output),
        Command::As(arguments) => r#as::run(&arguments, &output),
        Command::Matrix(arguments) => matrix::run(&arguments, &output),
        Command::Report(arguments) => report::run(&arguments, &output),
        Command::Show(arguments) => show::run(&arguments, &output),
        Command::Completions(arguments) => completions::run(&arguments, &output),
    };
    match result {
        Ok(Verdict::Clean) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        Err(error) => {
            output.error(&error);
            ExitCode::from(2)
        }
    }
}

/// The table with a name that somebody typed.
fn table(model: &Model, name: &str) -> Result<TableId, Error> {
    let all = || model.catalog.tables().map(|(_, table)| table.name.to_string());
    model.catalog.named(name).ok_or_else(|| Error::unknown(Named::Table, name, all()))
}

/// Reads and compiles a project. `None` when there are errors, which are then printed; of warnings, which are about the rules and not about what is done with them, it is said how many there are.
fn compile(project: &ProjectArgument, output: &Output) -> Result<Option<(PathBuf, Compiled)>, Error> {
    compile_and(project, output, Output::warnings)
}

/// The same where warnings are what one looks for.
fn compile_and_warn(project: &ProjectArgument, output: &Output) -> Result<Option<(PathBuf, Compiled)>, Error> {
    compile_and(project, output, Output::diagnostics)
}

/// Prints messages where there are errors, and what is wanted of them else.
fn compile_and(
    project: &ProjectArgument,
    output: &Output,
    say: fn(&Output, &[Diagnostic], &Sources),
) -> Result<Option<(PathBuf, Compiled)>, Error> {
    let root = loader::find(project.project.as_deref())?;
    match loader::compile(&root)? {
        Ok(compiled) => {
            say(output, &compiled.diagnostics, &compiled.sources);
            let is_whole = compiled.meaning.is_some();
            Ok(is_whole.then_some((root, compiled)))
        }
        Err(failed) => {
            output.diagnostics(&failed.diagnostics, &failed.sources);
            Ok(None)
        }
    }
}
