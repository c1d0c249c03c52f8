//! What commands say on a terminal: nothing is wider than it, and nothing is lost but the ends of long values; with names that are not ASCII. Elsewhere nothing is cut.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use unicode_width::UnicodeWidthStr;

use crate::commands::{expect, rowgate, write};
use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::{cluster, project};

/// The snapshots that these tests pin.
pub const SNAPSHOTS: [&str; 3] = ["a_terminal_of_44", "a_terminal_of_80", "a_terminal_of_200"];

type Body = fn() -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 3] =
        [("rows_and_answers_fit", fit), ("what_a_database_says_fits", of_a_database), ("nothing_is_cut_elsewhere", elsewhere)];
    let trial = |(name, body)| crate::trial(format!("terminal::{name}"), body).with_ignored_flag(!has_terminals());
    all.into_iter().map(trial).collect()
}

const SCHEMA: &str = "version: 1
tables:
  staff: { columns: { id: integer, name: text, kind: text } }
  patients:
    columns:
      id: uuid
      given_name: text
      family_name: text
      date_of_birth: date
      insurance_number: text
      attending_id: { type: integer, references: staff }
      ward: text
      diagnosis: text
      is_released: { type: boolean, nullable: false }
";

const RULES: &str = "table patients {
  rule \"Physicians and nurses see whom they attend\" for Nurse, Médecin chef {
    where Attending equals Logged in User and (Ward does not equal \"the closed ward for long stays\" or Is Released equals false)
    allow read, update (ward, diagnosis)
    allow create (id, given_name, family_name, date_of_birth, attending_id, ward) when Is Released equals false
  }
  rule \"Chiefs delete\" for Médecin chef { allow read, delete when Is Released equals true or Diagnosis is empty }
}
";

const ROWS: &str = "users: { Ann: 1, 山田花子: 2, Ødegård: 3 }
rows:
  staff: [{ id: 1, name: Ann, kind: nurse }, { id: 2, name: 山田花子, kind: chief }]
  patients:
    - id: 00000000-0000-4000-8000-000000000001
      given_name: Jörg
      family_name: Müller-Lüdenscheid
      date_of_birth: 1950-01-01
      insurance_number: A123456789
      attending_id: 1
      ward: 集中治療室
      diagnosis: \"What was found when the patient came here,\\nin two lines, with a letter \\e[2J that would clear the screen\"
      is_released: false
    - { id: 00000000-0000-4000-8000-000000000002, given_name: 花子, family_name: 山田, attending_id: 2, ward: \"12\", diagnosis: \"\", is_released: true }
scenarios:
  - name: Ann sees whom she attends and nobody else, and may do nothing with them
    as: Ann
    tables: [patients]
    can: { read: { patients: [00000000-0000-4000-8000-000000000001] } }
";

fn write_project(folder: &Path, role: &str) {
    let config = format!(
        "version: 1
identity: {{ provider: setting, setting: app.user_id, user_table: staff, signed_in_role: {role} }}
roles: {{ Nurse: {{ column: kind, equals: nurse }}, Médecin chef: {{ column: kind, equals: chief }} }}
closed_tables: {{ staff: accounts are made by the personnel office alone and never by the application }}
"
    );
    write(folder, "rowgate.yaml", config);
    write(folder, "schema.yaml", SCHEMA);
    write(folder, "rules.policy", RULES);
    write(folder, "rows.test.yaml", ROWS);
}

/// Whether there is a program that makes a terminal for another one.
fn has_terminals() -> bool {
    let status = Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// What a command says on a terminal of this width.
fn at(folder: &Path, width: usize, command: &str) -> Result<String, String> {
    let shell = format!("'{}' {command} --color never", env!("CARGO_BIN_EXE_rowgate"));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &shell, "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("COLUMNS", width.to_string())
        .env_remove("DATABASE_URL")
        .output()
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

fn is_within(text: &str, width: usize) -> Result<(), String> {
    // What is to be copied stays whole.
    let long = text.lines().filter(|line| !line.starts_with("  CREATE INDEX ")).find(|line| line.width() > width);
    long.map_or(Ok(()), |line| Err(format!("wider than {width}: {line}\n{text}")))
}

const RELEASED: &str = "patients 00000000-0000-4000-8000-000000000002";

fn fit() -> Result<(), String> {
    let folder = temporary("terminal")?;
    write_project(&folder, "app_user");
    let commands = [
        "as Ann",
        "matrix",
        &format!("who read {RELEASED}"),
        "who --role Nurse",
        &format!("why delete {RELEASED} --as 山田花子"),
        &format!("why read {RELEASED} --as Ann"),
        "test",
        "test --coverage",
    ];
    for (width, commands) in [(200, &commands[..2]), (80, &commands[..]), (44, &commands[..4])] {
        let mut text = String::new();
        for command in commands {
            let said = at(&folder, width, command)?;
            is_within(&said, width)?;
            text.push_str(&format!("$ rowgate {command}\n{}\n\n", said.trim_end()));
        }
        assert_snapshot("commands", &format!("a_terminal_of_{width}"), text.trim_end());
    }
    Ok(())
}

fn of_a_database() -> Result<(), String> {
    let folder = temporary("terminal_database")?;
    write_project(&folder, "terminal_user");
    let compiled = project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let database = project::deploy(&folder, &compiled, &files.first().ok_or("no rows")?.1)?;
    let url = format!("'host={} user=postgres dbname={}'", cluster::host()?, database.name());
    write(&folder, "lines.sql", "SELECT * FROM patients\nas 山田花子\nSELECT given_name, diagnosis FROM patients\n");
    let all = "\"SELECT * FROM patients WHERE ward <> '12' ORDER BY given_name\"";
    for (command, wanted) in [
        ("as Ann", "  diagnosis:        What was found when the patient came here,⏎in two lines,"),
        (&format!("as Ann --sql {all}")[..], "  ward:             集中治療室"),
        ("as Ann --shell < lines.sql", "  given_name  diagnosis\n  花子"),
        (
            &format!("as Ann --explain {all}"),
            "      for Médecin chef: \"Chiefs delete\"; Médecin chef: \"Physicians and nurses\n        see whom they attend\"; ",
        ),
        (&format!("why read {RELEASED} --as Ann"), "denied   by the rules and by the database"),
        (&format!("who read {RELEASED}"), "  2  Médecin chef"),
    ] {
        let (command, input) =
            command.split_once(" < ").map_or((command, String::new()), |(begin, end)| (begin, format!(" < {end}")));
        let said = at(&folder, 80, &format!("{command} --database-url {url}{input}"))?;
        is_within(&said, 80)?;
        expect(said.contains(wanted), &format!("{command}: not {wanted}\n{said}"))?;
    }
    Ok(())
}

fn elsewhere() -> Result<(), String> {
    let folder = temporary("terminal_pipe")?;
    write_project(&folder, "app_user");
    let (_, said, _) = rowgate(&folder, &["as", "Ann", "--table", "patients"])?;
    let is_whole = said.contains("in two lines, with a letter ⟨U+001B⟩[2J that would clear the screen  false");
    expect(is_whole && !said.contains('…'), &said)?;
    let (_, said, _) = rowgate(&folder, &["matrix", "--table", "patients"])?;
    expect(said.contains("(Ward does not equal \"the closed ward for long stays\" or Is Released equals false)"), &said)
}
