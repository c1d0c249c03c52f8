//! A throw-away PostgreSQL server: made when the first test asks, on a socket in a folder of its own, gone when this process is, however
//! it ends.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use rowgate::db::{self, Client};

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();

/// Roles belong to the whole server, so only one test at a time may change them.
static ROLES: Mutex<()> = Mutex::new(());

/// The role that deploys in the tests: no superuser, may create roles.
pub const DEPLOYER: &str = "deployer";

/// A server, and the folder of its socket.
pub struct Cluster {
    pub folder: PathBuf,
    /// The keeper ends the server when its standard input closes, which the kernel does when this process ends.
    keeper: Mutex<Option<(Child, ChildStdin)>>,
}

/// A database of its own, dropped when this is.
pub struct Database {
    pub name: String,
    /// The server that it is on, where that is not the common one.
    pub elsewhere: Option<&'static dyn Elsewhere>,
}

/// A server of its own, whose roles may be other ones.
pub trait Elsewhere: Sync {
    /// Connects as a role by what it is called on the common server: `postgres` is the superuser.
    fn connect(&self, role: &str, database: &str) -> Result<Client, String>;

    /// Where it listens.
    fn host(&self) -> String;

    /// A script for a session of the superuser, in which whoever deploys acts, as far as they may.
    fn as_deployer(&self, script: &str) -> String;
}

impl Database {
    /// Makes an empty database that the deployer owns.
    pub fn create(name: &str) -> Result<Database, String> {
        let mut admin = connect("postgres", "postgres")?;
        let name = format!("{}_{}", name.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>(), unique());
        admin
            .batch_execute(&format!("CREATE DATABASE \"{name}\" OWNER {DEPLOYER}"))
            .map_err(|error| db::describe_error(&error))?;
        Ok(Database { name, elsewhere: None })
    }

    /// The same with a collation that does not order texts by their bytes, where the server has one.
    pub fn create_with_collation(name: &str) -> Result<Database, String> {
        let mut admin = connect("postgres", "postgres")?;
        let name = format!("{name}_{}", unique());
        let icu = format!("CREATE DATABASE {name} OWNER {DEPLOYER} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        if admin.batch_execute(&icu).is_err() {
            let plain = format!("CREATE DATABASE {name} OWNER {DEPLOYER}");
            admin.batch_execute(&plain).map_err(|error| db::describe_error(&error))?;
        }
        Ok(Database { name, elsewhere: None })
    }

    /// What it is called on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connects as a role of the server.
    pub fn connect(&self, role: &str) -> Result<Client, String> {
        match self.elsewhere {
            Some(server) => server.connect(role, &self.name),
            None => connect(role, &self.name),
        }
    }

    /// How a command connects as a role, which on a platform's server has the name that it has there.
    pub fn url(&self, role: &str) -> Result<String, String> {
        let host = self.elsewhere.map_or_else(host, |server| Ok(server.host()))?;
        Ok(format!("host={host} user={role} dbname={}", self.name))
    }

    /// Runs the script of a project as who deploys it.
    pub fn apply_rules(&self, script: &str) -> Result<(), String> {
        match self.elsewhere {
            Some(server) => self.apply("postgres", &server.as_deployer(script)),
            None => self.apply(DEPLOYER, script),
        }
    }

    /// Runs a script as a role; one script at a time on the whole server, because scripts make roles.
    pub fn apply(&self, role: &str, script: &str) -> Result<(), String> {
        let mut client = self.connect(role)?;
        let _guard = lock_roles();
        client.batch_execute(script).map_err(|error| {
            let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.sql", self.name));
            drop(std::fs::write(&kept, script));
            format!("{}\nthe script is kept in {}", db::describe_error(&error), kept.display())
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let admin = match self.elsewhere {
            Some(server) => server.connect("postgres", "postgres"),
            None => connect("postgres", "postgres"),
        };
        if let Ok(mut admin) = admin {
            drop(admin.batch_execute(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)));
        }
    }
}

/// Held while roles of the server change.
pub fn lock_roles() -> MutexGuard<'static, ()> {
    ROLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub fn unique() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn connect(role: &str, database: &str) -> Result<Client, String> {
    let cluster = CLUSTER.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let url = format!("host={} user={role} dbname={database}", cluster.folder.display());
    db::connect(&url).map_err(|error| error.to_string())
}

/// Where the server listens.
pub fn host() -> Result<String, String> {
    let cluster = CLUSTER.get_or_init(start).as_ref().map_err(Clone::clone)?;
    Ok(cluster.folder.display().to_string())
}

/// A client program that came with the server.
pub fn client_program(name: &str) -> Result<Option<PathBuf>, String> {
    let program = find_binaries()?.join(name);
    Ok(program.is_file().then_some(program))
}

/// The folder of the server's programs.
pub fn binaries() -> Result<PathBuf, String> {
    find_binaries()
}

/// Ends the server and waits until it is gone.
pub fn stop() {
    if let Some(Ok(cluster)) = CLUSTER.get() {
        cluster.stop();
    }
}

impl Cluster {
    /// Starts a server that follows this one, and only reads, by `pg_basebackup`.
    pub fn standby(&self, name: &str) -> Result<Cluster, String> {
        let following = Home::new(name)?;
        let copied = following
            .command("pg_basebackup")
            .args(["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--username=postgres", "-h"])
            .arg(&self.folder)
            .arg("-D")
            .arg(following.folder.join("data"))
            .output()
            .map_err(|error| format!("pg_basebackup: {error}"))?;
        if !copied.status.success() {
            return Err(format!("pg_basebackup failed: {}", String::from_utf8_lossy(&copied.stderr)));
        }
        let cluster = following.serve("-c listen_addresses=")?;
        wait_until_ready(&cluster.folder, None)?;
        Ok(cluster)
    }

    /// Ends the server and waits until it is gone.
    pub fn stop(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some((mut child, stdin)) = keeper {
            drop(stdin);
            drop(child.wait());
        }
    }
}

fn start() -> Result<Cluster, String> {
    start_another("", None)
}

/// Starts a server beside the common one, for what concerns a whole server; it listens on a port of this machine if one is given.
pub fn start_another(name: &str, port: Option<u16>) -> Result<Cluster, String> {
    let options = port.map_or("-c listen_addresses=".to_owned(), |port| format!("-c listen_addresses=127.0.0.1 -c port={port}"));
    start_with(name, port, &options)
}

/// The same with settings of its own, as options of the server.
pub fn start_with(name: &str, port: Option<u16>, options: &str) -> Result<Cluster, String> {
    let home = Home::new(name)?;
    let initdb = home
        .command("initdb")
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"])
        .arg(home.folder.join("data"))
        .output()
        .map_err(|error| format!("initdb: {error}"))?;
    if !initdb.status.success() {
        return Err(format!("initdb failed: {}", String::from_utf8_lossy(&initdb.stderr)));
    }
    let cluster = home.serve(options)?;
    let mut client = wait_until_ready(&cluster.folder, port)?;
    let roles = format!("CREATE ROLE {DEPLOYER} LOGIN CREATEROLE; CREATE ROLE outsider LOGIN");
    client.batch_execute(&roles).map_err(|error| db::describe_error(&error))?;
    Ok(cluster)
}

/// Where a server is to live, and as whom.
struct Home {
    binaries: PathBuf,
    folder: PathBuf,
    account: Option<(u32, u32)>,
}

impl Home {
    fn new(name: &str) -> Result<Home, String> {
        let (binaries, account) = (find_binaries()?, unprivileged_account()?);
        let folder = std::env::temp_dir().join(format!("rowgate-{}{name}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).map_err(|error| error.to_string())?;
        }
        Ok(Home { binaries, folder, account })
    }

    /// A program of the server, as the server's account.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        self.as_account(&mut command);
        command
    }

    fn as_account(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8").env_remove("PGDATA").env_remove("PGPORT");
    }

    /// Starts the server on what is in the folder `data`.
    fn serve(self, options: &str) -> Result<Cluster, String> {
        // INT is a fast shutdown. The folder is removed by whoever may: the keeper runs as the server's account.
        let folder = self.folder.display();
        let script = format!(
            "'{}/postgres' -D '{folder}/data' -k '{folder}' {options} -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c jit=off \
             -c max_connections=40 -c log_min_messages=fatal >'{folder}/log' 2>&1 & server=$!; cat >/dev/null; kill -INT $server; wait $server; \
             rm -rf '{folder}'",
            self.binaries.display(),
        );
        let mut command = Command::new("sh");
        self.as_account(&mut command);
        command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut keeper = command.spawn().map_err(|error| format!("sh: {error}"))?;
        let stdin = keeper.stdin.take().ok_or("the keeper has no standard input")?;
        Ok(Cluster { keeper: Mutex::new(Some((keeper, stdin))), folder: self.folder })
    }
}

fn wait_until_ready(folder: &Path, port: Option<u16>) -> Result<Client, String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let url = format!("host={} port={} user=postgres dbname=postgres", folder.display(), port.unwrap_or(5432));
    loop {
        match db::connect(&url) {
            Ok(client) => return Ok(client),
            Err(error) if Instant::now() > deadline => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("the server did not start: {error}\n{log}"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// The folder of `initdb` and `postgres`: of ROWGATE_POSTGRES_BIN, on PATH, or the newest where distributions put them.
fn find_binaries() -> Result<PathBuf, String> {
    let has_both = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut candidates: Vec<PathBuf> = std::env::var_os("ROWGATE_POSTGRES_BIN").into_iter().map(PathBuf::from).collect();
    if candidates.is_empty() {
        candidates.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        for parent in ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"] {
            let mut versions: Vec<PathBuf> =
                std::fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
            versions.sort();
            candidates.extend(versions.into_iter().rev());
        }
    }
    let found = candidates.into_iter().find(has_both).ok_or(
        "no PostgreSQL server: `initdb` and `postgres` are neither on PATH nor where distributions put them\n\
         help: `tests/run` installs it, or set ROWGATE_POSTGRES_BIN to the folder that has both",
    )?;
    // A link on PATH leads away from the libraries that are found relative to the program.
    let real = found.join("postgres").canonicalize().map_err(|error| error.to_string())?;
    Ok(real.parent().map(Path::to_owned).unwrap_or(found))
}

/// The server refuses to run as root, so root runs it as another account: `postgres` where there is one, or `nobody`.
pub fn unprivileged_account() -> Result<Option<(u32, u32)>, String> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let account = ["postgres", "nobody"].iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
    account.map(Some).ok_or("there is no account `postgres` or `nobody` to run the server as".to_owned())
}
