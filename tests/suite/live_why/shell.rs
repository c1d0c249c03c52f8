//! Statements line by line: from standard input, and at a terminal, where there is a program that makes one; nothing of what they do stays.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use libtest_mimic::Trial;

use super::Live;
use crate::commands::expect;

/// Runs a program with lines for its standard input, each after a while; its exit code, and what it says.
fn with_lines(live: &Live, mut command: Command, lines: &[&str], pause: u64) -> Result<(i32, String), String> {
    command.current_dir(&live.folder).env("TERM", "xterm").env("NO_COLOR", "1").env_remove("DATABASE_URL");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    for line in lines {
        sleep(Duration::from_millis(pause));
        // Whoever has ended reads no more.
        drop(input.write_all(line.as_bytes()).and_then(|()| input.flush()));
    }
    sleep(Duration::from_millis(pause));
    drop(input);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code().unwrap_or(-1), text))
}

fn owners(live: &Live) -> Result<String, String> {
    let mut client = live.database.connect("postgres")?;
    let query = "SELECT string_agg(concat(id, ':', owner_id), ' ' ORDER BY id) FROM notes";
    client.query_one(query, &[]).map(|row| row.get(0)).map_err(|error| error.to_string())
}

pub(super) fn from_input() -> Result<(), String> {
    let live = Live::new("shell")?;
    let url = live.url("postgres")?;
    let run = |lines: &[&str], more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowgate"));
        command.args(["as", "Ann", "--shell", "--database-url", &url]).args(more);
        with_lines(&live, command, lines, 0)
    };
    let before = owners(&live)?;
    let (code, out) = run(
        &["select id from notes\n", "\n", "DELETE FROM notes\n", "select id from notes;\n", "as Bob\n", "select id from notes\n"],
        &[],
    )?;
    let of_ann = "select id from notes  1 row\n  id\n  1\n";
    let wanted = format!(
        "{of_ann}DELETE FROM notes  1 row, undone\n{}select id from notes  1 row\n  id\n  3\n",
        of_ann.replacen("notes", "notes;", 1)
    );
    expect(code == 0 && out.starts_with(&wanted), &format!("{code}\n{out}\nand not\n{wanted}"))?;
    let (code, out) = run(&["DROP TABLE notes\n", "quit\n", "select 1\n"], &[])?;
    expect(code == 1 && out.starts_with("DROP TABLE notes  refused: only statements") && !out.contains("select 1"), &out)?;
    let (code, out) = run(&["select 1 AS one"], &["--format", "json"])?;
    expect(code == 0 && out.contains("\"one\":\"1\""), &out)?;
    // What follows would be done as somebody else, until there is somebody again.
    let (code, out) = run(&["as 99x\n", "delete from notes\n", "as Bob\n", "select id from notes\n"], &[])?;
    let is_told = out.contains("`99x` is no name under `users`")
        && out.contains("delete from notes  refused: it was not run, because the line above that says who goes on names nobody")
        && out.contains("select id from notes  1 row\n  id\n  3\n");
    expect(code == 1 && is_told && !out.contains("undone"), &format!("{code}\n{out}"))?;
    let (code, out) = run(&["select id from notes\n", "as 99x\n"], &[])?;
    expect(code == 1 && out.contains("1 row"), &format!("{code}\n{out}"))?;
    expect(owners(&live)? == before, "something stays")
}

/// What makes a terminal for another program.
fn maker() -> bool {
    let status = Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

pub(super) fn trial() -> Trial {
    crate::trial("live_why::a_terminal_completes_names_and_goes_on", at_a_terminal).with_ignored_flag(!maker())
}

fn at_a_terminal() -> Result<(), String> {
    let live = Live::new("shell_terminal")?;
    let shell = format!("'{}' as Ann --shell --database-url '{}'", env!("CARGO_BIN_EXE_rowgate"), live.url("postgres")?);
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &shell, "/dev/null"]);
    // A name and a beginning are completed, somebody unknown is told, the last statement comes again, and a line is given up.
    let lines = [
        "sel\tid from not\t\r",
        "DELETE FROM nowhere\r",
        "as 99x\r",
        "as Bo\t\r",
        "\u{1b}[A\u{1b}[A\u{1b}[A\u{1b}[A\r",
        "half a line\u{3}",
        "quit\r",
    ];
    let (code, out) = with_lines(&live, command, &lines, 500)?;
    let is_there = |text: &str| out.contains(text);
    let answers = is_there("SELECT id from notes  1 row") && is_there("Ann> ") && is_there("Bob> ");
    expect(code == 0 && answers && is_there("\"nowhere\" does not exist"), &format!("{code}\n{out}"))?;
    expect(out.matches("SELECT id from notes  1 row").count() == 2, &format!("the last one does not come again\n{out}"))?;
    let left: Vec<_> =
        std::fs::read_dir(&live.folder).map_err(|error| error.to_string())?.flatten().map(|entry| entry.file_name()).collect();
    expect(!left.iter().any(|name| name.to_string_lossy().contains("history")), "a history is written")
}
