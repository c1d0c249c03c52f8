//! An example project on a server of its own, with the login of an application, as it would run somewhere; and a pooler in front of it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rowgate::db::{self, Client};
use rowgate::plan;

use crate::cluster::{self, Cluster, DEPLOYER};
use crate::connections::free_port;
use crate::{ddl, project, root};

/// The login of the application.
pub const LOGIN: &str = "web";

/// Whether a role is inherited is decided when it is granted, from version 16 on.
pub const SAYS_ITS_ROLE: &str = "REVOKE app_user FROM web; ALTER ROLE web NOINHERIT; GRANT app_user TO web";

pub struct Site {
    cluster: Cluster,
    port: u16,
    /// The folder of the project.
    pub project: PathBuf,
}

impl Site {
    /// Starts a server, and applies an example project as the deployer.
    pub fn start(name: &str, example: &str) -> Result<Site, String> {
        let port = free_port()?;
        let cluster = cluster::start_another(&format!("-{name}"), Some(port))?;
        let site = Site { cluster, port, project: root().join("policies").join(example) };
        let compiled = project::compile(&site.project)?;
        let model = project::model(&compiled)?;
        let state = compiled.state().ok_or("there is no state")?;
        let (files, _) = compiled.scenarios();
        site.run("postgres", &format!("CREATE DATABASE site OWNER {DEPLOYER}"), "postgres")?;
        site.run(DEPLOYER, &ddl::create(&model.catalog), "site")?;
        site.run(DEPLOYER, &plan::desired_state(&state), "site")?;
        if let Some((_, rows)) = files.first() {
            let mut admin = site.connect("postgres", "site")?;
            db::insert_rows(&mut admin, &model.catalog, rows).map_err(|error| db::describe_error(&error))?;
        }
        site.admin(&format!("CREATE ROLE {LOGIN} LOGIN IN ROLE {}", model.identity.signed_in_role))?;
        Ok(site)
    }

    /// From now on, a session of the application has nobody's rights until it says whose.
    pub fn must_say_its_role(&self) -> Result<(), String> {
        self.admin(SAYS_ITS_ROLE)
    }

    /// Runs a script in the project's database as a superuser.
    pub fn admin(&self, script: &str) -> Result<(), String> {
        self.run("postgres", script, "site")
    }

    fn run(&self, role: &str, script: &str, database: &str) -> Result<(), String> {
        self.connect(role, database)?.batch_execute(script).map_err(|error| format!("{}\n{script}", db::describe_error(&error)))
    }

    fn connect(&self, role: &str, database: &str) -> Result<Client, String> {
        let text = format!("host=127.0.0.1 port={} user={role} dbname={database}", self.port);
        db::connect(&text).map_err(|error| error.to_string())
    }

    /// How the application connects.
    pub fn url(&self) -> String {
        format!("postgresql://{LOGIN}@127.0.0.1:{}/site", self.port)
    }

    /// A pooler in front of it, with one connection to the server, or nothing where the machine has none.
    pub fn pooler(&self, mode: &str, reset: &str) -> Result<Option<Pooler>, String> {
        Pooler::start(
            &self.cluster.folder,
            &format!("site = host=127.0.0.1 port={} dbname=site user={LOGIN}", self.port),
            mode,
            reset,
        )
    }
}

/// PgBouncer.
pub struct Pooler {
    child: Child,
    pub port: u16,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Pooler {
    /// With one connection to the server for everybody. Its files are kept in a folder of the server's account.
    pub fn start(folder: &Path, database: &str, mode: &str, reset: &str) -> Result<Option<Pooler>, String> {
        let Some(program) = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())
        else {
            eprintln!("skipped: there is no pgbouncer (Debian: apt-get install pgbouncer)");
            return Ok(None);
        };
        let port = free_port()?;
        let file = folder.join(format!("pgbouncer-{port}.ini"));
        let text = format!(
            "[databases]\n{database}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = {mode}\n\
             default_pool_size = 1\nserver_reset_query = {reset}\nunix_socket_dir =\nlogfile = {}\n",
            folder.join(format!("pgbouncer-{port}.log")).display()
        );
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        if let Some((uid, gid)) = cluster::unprivileged_account()? {
            command.uid(uid).gid(gid);
        }
        let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
        let pooler = Pooler { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err("pgbouncer does not listen".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(pooler))
    }

    /// How the application connects through it.
    pub fn url(&self) -> String {
        format!("postgresql://{LOGIN}@127.0.0.1:{}/site", self.port)
    }
}
