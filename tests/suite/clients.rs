//! Applications that connect, as the README shows them: the programs of `tests/clients` with the real clients from their registries, on a server and through a
//! pooler. And that the README shows their text.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::Trial;

use crate::documentation::{blocks, readme};
use crate::site::{LOGIN, Site};
use crate::{root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("clients::node", node),
        trial("clients::python", python),
        trial("clients::rust", rust),
        trial("clients::the_readme_shows_their_text", shown),
    ]
}

/// Whether programs are installed. What continuous integration does not try, nobody does.
pub fn has(programs: &[&str], package: &str) -> Result<bool, String> {
    let is_there = |program: &&&str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    let Some(missing) = programs.iter().find(|program| !is_there(program)) else { return Ok(true) };
    skipped(format!("there is no {missing} (Debian: apt-get install {package})")).map(|()| false)
}

/// Says that something is not tried, for what reason: an error in continuous integration.
pub fn skipped(text: String) -> Result<(), String> {
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(text);
    }
    eprintln!("skipped: {text}");
    Ok(())
}

/// The programs of a folder of `tests` as a copy under `target`, into which packages may be installed.
pub fn copy(folder: &str) -> Result<PathBuf, String> {
    let (from, to) = (root().join("tests").join(folder), root().join("target").join(folder));
    std::fs::create_dir_all(&to).map_err(|error| error.to_string())?;
    for entry in std::fs::read_dir(&from).map_err(|error| error.to_string())?.flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).map_err(|error| error.to_string())?;
        }
    }
    Ok(to)
}

/// Does something once for each content of a file.
pub fn once(folder: &Path, file: &str, install: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let (stamp, wanted) = (folder.join("installed"), std::fs::read(folder.join(file)).map_err(|error| error.to_string())?);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    std::fs::write(stamp, wanted).map_err(|error| error.to_string())
}

pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(out.into_owned()) } else { Err(format!("{command:?}\n{out}\n{err}")) }
}

/// Tries programs on a server of their own: with a pool of one and of four, and through a pooler that gives connections by transaction.
fn tried(language: &str, names: [&str; 2], command: impl Fn(&str) -> Command) -> Result<(), String> {
    let site = Site::start(&format!("clients-{language}"), "user_items")?;
    site.must_say_its_role()?;
    let pooler = site.pooler("transaction", "DISCARD ALL")?;
    let urls = [(site.url(), "1"), (site.url(), "4")].into_iter().chain(pooler.iter().map(|pooler| (pooler.url(), "4")));
    for (url, pool) in urls {
        for name in names {
            let said = run(command(name).env("DATABASE_URL", &url).env("POOL", pool))?;
            if !said.contains(&format!("{name}: as it should be")) {
                return Err(format!("{name} says {said}"));
            }
        }
    }
    // That they notice anything: everybody sees everything.
    site.admin("CREATE POLICY everybody ON items USING (true)")?;
    for name in names {
        if run(command(name).env("DATABASE_URL", site.url()).env("POOL", "1")).is_ok() {
            return Err(format!("{name} does not notice that everybody sees everything"));
        }
    }
    Ok(())
}

fn node() -> Result<(), String> {
    if !has(&["node", "npm"], "nodejs npm")? {
        return Ok(());
    }
    let folder = copy("clients/node")?;
    once(&folder, "package-lock.json", || run(Command::new("npm").args(["ci", "--silent"]).current_dir(&folder)).map(drop))?;
    tried("node", ["pg", "drizzle"], |name| {
        let mut command = Command::new("node");
        command.args(["check.js", name]).current_dir(&folder);
        command
    })
}

fn python() -> Result<(), String> {
    if !has(&["python3"], "python3 python3-venv")? {
        return Ok(());
    }
    let folder = copy("clients/python")?;
    let program = folder.join("venv/bin/python");
    once(&folder, "requirements.txt", || {
        run(Command::new("python3").args(["-m", "venv", "--clear", "venv"]).current_dir(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"];
        run(Command::new(&program).args(pip).current_dir(&folder)).map(drop)
    })?;
    tried("python", ["psycopg", "sqlalchemy"], |name| {
        let mut command = Command::new(&program);
        command.args(["check.py", name]).current_dir(&folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    })
}

fn rust() -> Result<(), String> {
    let programs = rust_programs()?;
    tried("rust", ["postgres", "sqlx"], |name| Command::new(programs.join(name)))
}

/// The folder of the programs in Rust, when they are built.
pub fn rust_programs() -> Result<PathBuf, String> {
    // One build at a time.
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build_rust).clone()
}

fn build_rust() -> Result<PathBuf, String> {
    let target = root().join("target/clients/rust");
    let manifest = root().join("tests/clients/rust/Cargo.toml");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest).env("CARGO_TARGET_DIR", &target);
    run(&mut build)?;
    Ok(target.join("debug"))
}

/// Blocks whose info names a file are that file, without its first lines.
fn shown() -> Result<(), String> {
    let mut tried = 0;
    for (info, text) in blocks(&readme()?) {
        let Some(file) = info.split_once(' ').map(|(_, file)| file).filter(|file| file.starts_with("tests/clients/")) else {
            continue;
        };
        let content = std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
        if !content.ends_with(&text) {
            return Err(format!("{file} does not end with\n{text}"));
        }
        tried += 1;
    }
    if tried == 6 { Ok(()) } else { Err(format!("{tried} of the six programs are shown, to logins such as {LOGIN}")) }
}
