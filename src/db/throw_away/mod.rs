//! A PostgreSQL server that lives as long as one command. In: where its programs are, or nothing. Out: connections of its superuser. It listens on a socket in a folder
//! that only its account may enter, and both are gone afterwards, however the command ends.

mod programs;

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Client, ConnectError, connect};

/// As long as it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts the server, waits until its standard input is closed (by whoever started it, or by the kernel), and takes everything away. INT is a fast shutdown (manual 19.5).
const KEEPER: &str = "\"$1/postgres\" -D \"$2/data\" -k \"$2\" -c listen_addresses= -c port=5432 -c fsync=off -c full_page_writes=off \
     -c synchronous_commit=off -c autovacuum=off -c jit=off -c max_locks_per_transaction=1024 >\"$2/log\" 2>&1 & server=$!\n\
     cat >/dev/null\nkill -INT $server\nwait $server\nrm -rf \"$2\"";

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No programs of a server.
    #[error("there is no PostgreSQL server here: `initdb` and `postgres` are not {0}")]
    NoPrograms(String),
    /// No account that a server may run as.
    #[error("a PostgreSQL server does not run as root, and there is no account `postgres` or `nobody` to run it as")]
    NoAccount,
    /// No folder for it, or a program that cannot be run.
    #[error("{what}: {source}")]
    System {
        /// The folder or program.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A server that does not start.
    #[error("the throw-away server did not start:\n{0}")]
    NotStarted(String),
}

/// A running server.
pub struct ThrowAway {
    folder: PathBuf,
    /// It ends the server when its standard input closes.
    keeper: Option<(Child, ChildStdin)>,
}

impl ThrowAway {
    /// Starts one from the programs of a folder, or from those that are found.
    pub fn start(binaries: Option<&Path>) -> Result<ThrowAway, ServerError> {
        let binaries = programs::find(binaries)?;
        let account = account()?;
        let mut server = ThrowAway { folder: folder(account)?, keeper: None };
        let command = |program: &Path| {
            let mut command = Command::new(program);
            act_as(&mut command, account);
            for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
                command.env_remove(name);
            }
            command.current_dir(&server.folder).env("LC_ALL", "C");
            command
        };
        let failed = |what: &str| {
            let what = what.to_owned();
            move |source| ServerError::System { what, source }
        };
        let made = command(&binaries.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(server.folder.join("data"))
            .output()
            .map_err(failed("initdb"))?;
        if !made.status.success() {
            return Err(ServerError::NotStarted(String::from_utf8_lossy(&made.stderr).trim_end().to_owned()));
        }
        let mut keeper = command(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "sh"])
            .args([&binaries, &server.folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed("sh"))?;
        server.keeper = keeper.stdin.take().map(|input| (keeper, input));
        server.wait_until_ready()?;
        Ok(server)
    }

    /// A session of the superuser, who is called `postgres`.
    pub fn connect(&self) -> Result<Client, ConnectError> {
        let folder = self.folder.display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
        connect(&format!("host='{folder}' port=5432 user=postgres dbname=postgres"))
    }

    fn wait_until_ready(&mut self) -> Result<(), ServerError> {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = self.connect() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if Instant::now() > deadline || log.contains("FATAL: ") && !log.contains("starting up") {
                return Err(ServerError::NotStarted(format!("{error}\n{log}").trim_end().to_owned()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.keeper.take() {
            drop(input);
            drop(child.wait());
        }
        // Where there was no keeper yet, or it could not.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A user's and a group's number.
type Account = (u32, u32);

/// A new folder that the account alone may enter.
#[cfg(unix)]
fn folder(account: Option<Account>) -> Result<PathBuf, ServerError> {
    use std::os::unix::fs::{DirBuilderExt, chown};
    let failed = |folder: &Path| {
        let what = folder.display().to_string();
        move |source| ServerError::System { what, source }
    };
    // The name of a socket has no more than some 100 bytes (unix(7)).
    let parent = Some(std::env::temp_dir()).filter(|parent| parent.as_os_str().len() < 60).unwrap_or_else(|| "/tmp".into());
    let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let folder = parent.join(format!("rowgate-{}-{moment}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(failed(&folder))?;
    if let Some((user, group)) = account {
        chown(&folder, Some(user), Some(group)).map_err(failed(&folder))?;
    }
    Ok(folder)
}

#[cfg(unix)]
fn act_as(command: &mut Command, account: Option<Account>) {
    use std::os::unix::process::CommandExt;
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    // What a terminal sends to the command is not meant for the server, which ends in its own way.
    command.process_group(0);
}

/// Who else the server runs as: it refuses to run as root.
#[cfg(unix)]
fn account() -> Result<Option<Account>, ServerError> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let found = ["postgres", "nobody"].iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
    found.map(Some).ok_or(ServerError::NoAccount)
}

#[cfg(not(unix))]
fn folder(_: Option<Account>) -> Result<PathBuf, ServerError> {
    Err(ServerError::NotStarted("it needs a system with Unix sockets: pull from a database instead".to_owned()))
}

#[cfg(not(unix))]
fn act_as(_: &mut Command, _: Option<Account>) {}

#[cfg(not(unix))]
fn account() -> Result<Option<Account>, ServerError> {
    Ok(None)
}
