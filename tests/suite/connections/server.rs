//! A server with TLS that the tests can change: its certificate, and whom it lets in. And what psql does with it in an environment, to compare with.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rowgate::db::{self, Client, ConnectError, Surroundings};

use super::certificates::{Certificates, restrict};
use crate::cluster::{self, Cluster};
use crate::pages::temporary;

/// The password of every role but `empty`.
pub const PASSWORD: &str = "se cr'et\\:x";

/// What a session is asked.
const QUESTION: &str = "SELECT concat_ws(' ', current_user, current_database(), \
                        (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), \
                        coalesce(inet_server_port()::text, 'socket'), current_setting('timezone'), current_setting('work_mem'), \
                        nullif(nullif(current_setting('application_name'), 'psql'), 'rowgate'))";

pub struct Server {
    cluster: Cluster,
    pub port: u16,
    pub certificates: Certificates,
    /// A folder of the tests, with a home.
    pub folder: PathBuf,
}

impl Server {
    pub fn start(name: &str) -> Result<Server, String> {
        let port = free_port()?;
        let folder = temporary(&format!("connections_{name}"))?;
        std::fs::create_dir_all(folder.join("home/.postgresql")).map_err(|error| error.to_string())?;
        let certificates = Certificates::make(&folder)?;
        let cluster = cluster::start_another(&format!("-{name}"), Some(port))?;
        let server = Server { cluster, port, certificates, folder };
        let roles = format!(
            "SET password_encryption = 'scram-sha-256'; CREATE ROLE ann LOGIN PASSWORD '{0}'; CREATE ROLE \"b:o\" LOGIN PASSWORD '{0}'; \
             CREATE ROLE cert LOGIN; CREATE ROLE plain LOGIN; CREATE DATABASE ann; CREATE DATABASE \"it's:one\"; CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
            PASSWORD.replace('\'', "''")
        );
        let mut admin = server.admin()?;
        for statement in roles.split("; ") {
            admin.batch_execute(statement).map_err(|error| db::describe_error(&error))?;
        }
        Ok(server)
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.cluster.folder
    }

    pub fn stop(&self) {
        self.cluster.stop();
    }

    fn admin(&self) -> Result<Client, String> {
        let text = format!("host={} port={} user=postgres dbname=postgres", self.socket().display(), self.port);
        db::connect_in(&text, &Surroundings::default()).map_err(|error| error.to_string())
    }

    /// Gives it a certificate, or none, and the lines of its pg_hba.conf for connections over the network.
    pub fn set(&self, certificate: Option<&str>, lines: &[&str]) -> Result<(), String> {
        let data = self.socket().join("data");
        let mut settings = String::new();
        if let Some(name) = certificate {
            for (file, kind) in [("server.crt", "crt"), ("server.key", "key")] {
                self.give(&self.certificates.path(&format!("{name}.{kind}")), &data.join(file))?;
            }
            self.give(&self.certificates.path("root.crt"), &data.join("root.crt"))?;
            settings.push_str("ssl_ca_file = 'root.crt'\nssl = on\n");
        }
        let lines = format!("local all all trust\n{}\n", lines.join("\n"));
        for (file, text) in [("pg_hba.conf", lines), ("postgresql.auto.conf", settings)] {
            std::fs::write(data.join(file), text).map_err(|error| error.to_string())?;
        }
        self.reload()
    }

    fn give(&self, from: &Path, to: &Path) -> Result<(), String> {
        std::fs::copy(from, to).map_err(|error| error.to_string())?;
        restrict(to)?;
        let account = cluster::unprivileged_account()?;
        account.map_or(Ok(()), |(uid, gid)| std::os::unix::fs::chown(to, Some(uid), Some(gid))).map_err(|error| error.to_string())
    }

    /// New sessions come from the process that has read the files when this ends.
    fn reload(&self) -> Result<(), String> {
        let time = |client: &mut Client| {
            let row = client.query_one("SELECT pg_conf_load_time()::text", &[]).map_err(|error| db::describe_error(&error))?;
            Ok::<String, String>(row.get(0))
        };
        let mut admin = self.admin()?;
        let before = time(&mut admin)?;
        admin.batch_execute("SELECT pg_reload_conf()").map_err(|error| db::describe_error(&error))?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while time(&mut self.admin()?)? == before {
            if Instant::now() > deadline {
                return Err("the server does not read its files".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// An environment with the home of the tests, and some variables.
    pub fn around(&self, variables: &[(&str, &str)]) -> Surroundings {
        let mut all = BTreeMap::from([("HOME".to_owned(), self.home().display().to_string())]);
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Surroundings { variables: all, user: Some("root".to_owned()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// psql itself: what Debian has on PATH is a script that sets variables of its own.
fn program() -> Result<PathBuf, String> {
    if let Some(program) = cluster::client_program("psql")? {
        return Ok(program);
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin/psql"));
    Ok(versions.filter(|path| path.is_file()).max().unwrap_or_else(|| PathBuf::from("psql")))
}

/// What psql is told, or why it is told nothing.
pub fn psql(text: &str, around: &Surroundings) -> Result<String, String> {
    let mut command = Command::new(program()?);
    command.env_clear().envs(&around.variables).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = command.args(["-XAtqw", "-c", QUESTION, text]).output().map_err(|error| format!("psql: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// What we are told.
pub fn rowgate(text: &str, around: &Surroundings) -> Result<String, ConnectError> {
    let mut client = db::connect_in(text, around)?;
    Ok(client.query_one(QUESTION, &[]).unwrap().get(0))
}

/// Whether psql and we are told the same, or both nothing.
pub fn compare(text: &str, around: &Surroundings, differences: &mut Vec<String>) -> Result<String, String> {
    let (theirs, ours) = (psql(text, around), rowgate(text, around));
    let ours = ours.map_err(|error| error.to_string());
    let is_same = match (&theirs, &ours) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    if !is_same {
        differences.push(format!("{text}\n  psql: {theirs:?}\n  rowgate: {ours:?}"));
    }
    ours
}
