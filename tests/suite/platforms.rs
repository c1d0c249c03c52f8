//! Servers that stand for those of platforms: each is made by a file of `tests/platforms`, which says who owns what there, who is a member of whom and what is
//! granted. A project is deployed there by the role that the platform gives its customers, with exactly these rights. A server of its own, because the names of
//! roles are those of the platform.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use rowgate::db::{self, Client};

use crate::cluster::{self, Cluster, DEPLOYER, Database, Elsewhere};
use crate::root;

/// A server, and what its file says of it.
pub struct Platform {
    cluster: Cluster,
    /// Who deploys there.
    deployer: String,
    /// Tables that the platform lets whoever deploys make policies on, by means that are not here.
    policies: Vec<String>,
}

/// The superuser of these servers; `postgres` may be somebody else there.
const ADMIN: &str = "platform_admin";

/// The database that all others are copies of.
const MODEL: &str = "platform";

static PLATFORMS: Mutex<BTreeMap<String, Option<&'static Platform>>> = Mutex::new(BTreeMap::new());

/// The server of a platform, started when it is first asked for; `None` where no platform is called so.
fn named(name: &str) -> Result<Option<&'static Platform>, String> {
    let mut known = PLATFORMS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(platform) = known.get(name) {
        return Ok(*platform);
    }
    let started = match std::fs::read_to_string(file(name)) {
        Ok(text) => Some(&*Box::leak(Box::new(start(name, &text)?))),
        Err(_) => None,
    };
    known.insert(name.to_owned(), started);
    Ok(started)
}

fn file(name: &str) -> PathBuf {
    root().join("tests/platforms").join(format!("{name}.sql"))
}

/// A database for a project: of an example that is named after a platform, on a server like the platform's.
pub fn database_of(name: &str) -> Result<Database, String> {
    match named(name)? {
        Some(platform) => platform.create_database(name),
        None => Database::create(name),
    }
}

/// Whether a server of its own is made for the project of this name.
pub fn is_one(name: &str) -> bool {
    file(name).exists()
}

/// Ends all of them.
pub fn stop() {
    let known = PLATFORMS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.values().flatten().for_each(|platform| platform.cluster.stop());
}

fn start(name: &str, text: &str) -> Result<Platform, String> {
    let said = |key: &str| text.lines().find_map(|line| line.strip_prefix(&format!("-- {key}: ")));
    let deployer = said("deployer").ok_or("the file does not say who deploys")?.to_owned();
    let policies = said("policies").map_or(Vec::new(), |list| list.split(", ").map(str::to_owned).collect());
    let platform = Platform { cluster: cluster::start_another(name, None)?, deployer, policies };
    let run = |role: &str, database: &str, sql: &str| {
        platform.connect_as(role, database)?.batch_execute(sql).map_err(|error| format!("{name}: {}", db::describe_error(&error)))
    };
    run("postgres", "postgres", &format!("CREATE ROLE {ADMIN} SUPERUSER LOGIN"))?;
    run(ADMIN, "postgres", &format!("DROP ROLE {DEPLOYER}; ALTER ROLE postgres RENAME TO bootstrap"))?;
    run(ADMIN, "postgres", &format!("CREATE DATABASE {MODEL}"))?;
    run(ADMIN, MODEL, text)?;
    Ok(platform)
}

impl Platform {
    fn connect_as(&self, role: &str, database: &str) -> Result<Client, String> {
        let url = format!("host={} user={role} dbname={database}", self.cluster.folder.display());
        db::connect(&url).map_err(|error| error.to_string())
    }

    /// A database as a new customer has it.
    fn create_database(&'static self, name: &str) -> Result<Database, String> {
        let name = format!("{name}_{}", cluster::unique());
        let mut admin = self.connect_as(ADMIN, "postgres")?;
        let of_platform = [
            format!("CREATE DATABASE \"{name}\" TEMPLATE {MODEL}"),
            format!("GRANT ALL ON DATABASE \"{name}\" TO {}", self.deployer),
        ];
        of_platform.iter().try_for_each(|one| admin.batch_execute(one).map_err(|error| db::describe_error(&error)))?;
        Ok(Database { name, elsewhere: Some(self) })
    }
}

impl Elsewhere for Platform {
    fn connect(&self, role: &str, database: &str) -> Result<Client, String> {
        let role = match role {
            "postgres" => ADMIN,
            DEPLOYER => &self.deployer,
            other => other,
        };
        self.connect_as(role, database)
    }

    fn host(&self) -> String {
        self.cluster.folder.display().to_string()
    }

    /// The superuser does what the platform does for whoever deploys: policies on some tables.
    fn as_deployer(&self, script: &str) -> String {
        let act = format!("SET SESSION AUTHORIZATION {};\n", self.deployer);
        let mut text = act.clone();
        for statement in script.split_inclusive(";\n") {
            let is_policy = ["CREATE POLICY ", "ALTER POLICY ", "DROP POLICY "].iter().any(|word| statement.contains(word));
            let on =
                |table: &String| statement.contains(&format!(" ON {table}\n")) || statement.contains(&format!(" ON {table};"));
            if is_policy && self.policies.iter().any(on) {
                text.push_str(&format!("RESET SESSION AUTHORIZATION;\n{statement}{act}"));
            } else {
                text.push_str(statement);
            }
        }
        text
    }
}
