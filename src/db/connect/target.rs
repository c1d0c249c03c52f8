//! Where a connection leads, and as whom. In: settings. Out: servers in the order in which they are tried, with the password for each, and what is said to
//! them. Nothing is connected here.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::Config;
use postgres::config::{ChannelBinding, SslNegotiation};

use super::error::ConnectError;
use super::passwords::{self, Found};
use super::settings::Settings;
use super::surroundings::Surroundings;

/// How much TLS is asked for, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) place: Place,
    pub(super) port: u16,
    pub(super) password: Option<String>,
    /// Why a password file was not used.
    pub(super) remark: Option<String>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The folder of its socket.
    Socket(PathBuf),
    /// By its name, which may be empty where there is an address.
    Network { host: String, address: Option<IpAddr> },
}

/// All that is known before a connection is made.
pub(super) struct Target {
    pub(super) servers: Vec<Server>,
    pub(super) mode: Mode,
    /// What is said to each server.
    pub(super) config: Config,
    pub(super) timeout: Option<Duration>,
    pub(super) in_any_order: bool,
    /// Which kind of server is looked for.
    pub(super) session: String,
    pub(super) user: String,
    pub(super) database: String,
}

/// Where packages of PostgreSQL put the socket.
const SOCKET_FOLDERS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// The name that a session has where none is given.
const APPLICATION: &str = "rowgate";

const DEFAULT_PORT: u16 = 5432;

impl Target {
    /// What settings come to.
    pub(super) fn new(settings: &Settings, around: &Surroundings) -> Result<Target, ConnectError> {
        let user = match settings.value("user").or(around.user.as_deref()) {
            Some(user) => user.to_owned(),
            None => return Err(settings.wrong("user", "is not said, and the account has no name")),
        };
        let database = settings.value("dbname").unwrap_or(&user).to_owned();
        let mode = mode(settings)?;
        let mut config = config(settings)?;
        config.user(&user).dbname(&database);
        let seconds = settings.number("connect_timeout")?.filter(|&seconds| seconds > 0);
        // As libpq: one second is too short for a clock that ticks once a second.
        let timeout = seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs().max(2)));
        let in_any_order = settings.value("load_balance_hosts") == Some("random");
        let session = settings.value("target_session_attrs").unwrap_or("any").to_owned();
        let mut target = Target { servers: Vec::new(), mode, config, timeout, in_any_order, session, user, database };
        target.servers = target.servers(settings, around)?;
        Ok(target)
    }

    fn servers(&self, settings: &Settings, around: &Surroundings) -> Result<Vec<Server>, ConnectError> {
        let (hosts, addresses, ports) = (settings.list("host"), settings.list("hostaddr"), settings.list("port"));
        let has_addresses = settings.value("hostaddr").is_some();
        let count = if has_addresses { addresses.len() } else { hosts.len() };
        if has_addresses && settings.value("host").is_some() && hosts.len() != count {
            return Err(settings.wrong("hostaddr", format!("has {count} entries, and `host` has {}", hosts.len())));
        }
        if ports.len() > 1 && ports.len() != count {
            return Err(settings.wrong("port", format!("has {} entries, and there are {count} hosts", ports.len())));
        }
        let mut servers = Vec::new();
        for index in 0..count {
            let port = match ports.get(index).or(ports.first()).copied().unwrap_or_default() {
                "" => DEFAULT_PORT,
                text => text
                    .parse()
                    .ok()
                    .filter(|&port| port > 0)
                    .ok_or_else(|| settings.wrong("port", "is no number from 1 to 65535"))?,
            };
            let host = hosts.get(index).copied().unwrap_or_default();
            let address = addresses.get(index).copied().filter(|address| !address.is_empty());
            let address = address.map(|text| text.parse().map_err(|_| settings.wrong("hostaddr", "is no address")));
            let place = place(host, address.transpose()?, port);
            let mut server = Server { place, port, password: settings.value("password").map(str::to_owned), remark: None };
            if server.password.is_none() {
                self.look_up_password(&mut server, settings, around);
            }
            servers.push(server);
        }
        Ok(servers)
    }

    fn look_up_password(&self, server: &mut Server, settings: &Settings, around: &Surroundings) {
        let file = settings.value("passfile").map(PathBuf::from).or_else(|| around.in_home(".pgpass"));
        let Some(file) = file else { return };
        let host = match &server.place {
            Place::Socket(folder) if SOCKET_FOLDERS.iter().any(|known| Path::new(known) == folder) => "localhost".to_owned(),
            Place::Socket(folder) => folder.to_string_lossy().into_owned(),
            Place::Network { host, address } if host.is_empty() => address.map(|address| address.to_string()).unwrap_or_default(),
            Place::Network { host, .. } => host.clone(),
        };
        match passwords::look_up(&file, [&host, &server.port.to_string(), &self.database, &self.user]) {
            Found::Password(password) => {
                server.password = Some(password).filter(|password| !password.is_empty());
                server.remark = Some(format!("the password is that of `{}`", file.display()));
            }
            Found::Ignored(reason) => server.remark = Some(reason),
            Found::Nothing => {}
        }
    }
}

impl Server {
    /// As people write it.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Socket(folder) => format!("the socket `{}/.s.PGSQL.{}`", folder.display(), self.port),
            Place::Network { host, address: Some(address) } if host.is_empty() => format!("`{address}`, port {}", self.port),
            Place::Network { host, address: Some(address) } => format!("`{host}` ({address}), port {}", self.port),
            Place::Network { host, address: None } => format!("`{host}`, port {}", self.port),
        }
    }
}

fn place(host: &str, address: Option<IpAddr>, port: u16) -> Place {
    if address.is_none() && host.is_empty() {
        return default_place(port);
    }
    if address.is_none() && host.starts_with('/') {
        return Place::Socket(PathBuf::from(host));
    }
    Place::Network { host: host.to_owned(), address }
}

/// The folder where a server has its socket, or where packages put one.
fn default_place(port: u16) -> Place {
    if cfg!(not(unix)) {
        return Place::Network { host: "localhost".to_owned(), address: None };
    }
    let has_socket = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    let exists = |folder: &&&str| Path::new(folder).is_dir();
    let folder = SOCKET_FOLDERS.iter().find(has_socket).or_else(|| SOCKET_FOLDERS.iter().find(exists));
    Place::Socket(PathBuf::from(folder.copied().unwrap_or("/tmp")))
}

fn mode(settings: &Settings) -> Result<Mode, ConnectError> {
    let of_system = settings.value("sslrootcert") == Some("system");
    let mode = match settings.value("sslmode") {
        Some("disable") => Mode::Disable,
        Some("allow") => Mode::Allow,
        Some("require") => Mode::Require,
        Some("verify-ca") => Mode::VerifyCa,
        Some("verify-full") => Mode::VerifyFull,
        None if of_system => Mode::VerifyFull,
        None if settings.value("requiressl") == Some("1") => Mode::Require,
        _ => Mode::Prefer,
    };
    if of_system && mode != Mode::VerifyFull {
        // Anybody gets a certificate of one of these authorities, for a name of their own.
        return Err(settings.wrong("sslrootcert", "is `system`, which says something with `sslmode=verify-full` only"));
    }
    if settings.value("sslnegotiation") == Some("direct") && mode < Mode::Require {
        return Err(settings.wrong("sslnegotiation", "is `direct`, which needs `sslmode=require` or more"));
    }
    Ok(mode)
}

/// What is said to every server.
fn config(settings: &Settings) -> Result<Config, ConnectError> {
    let mut config = Config::new();
    let name = settings.value("application_name").or_else(|| settings.value("fallback_application_name"));
    config.application_name(name.unwrap_or(APPLICATION));
    let options = options(settings);
    if !options.is_empty() {
        config.options(&options);
    }
    config.channel_binding(match settings.value("channel_binding") {
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        _ => ChannelBinding::Prefer,
    });
    if settings.value("sslnegotiation") == Some("direct") {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    config.keepalives(settings.number("keepalives")? != Some(0));
    let seconds =
        |name| Ok::<_, ConnectError>(settings.number(name)?.filter(|&n| n > 0).map(|n| Duration::from_secs(n.unsigned_abs())));
    if let Some(idle) = seconds("keepalives_idle")? {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = seconds("keepalives_interval")? {
        config.keepalives_interval(interval);
    }
    if let Some(count) =
        settings.number("keepalives_count")?.and_then(|count| u32::try_from(count).ok()).filter(|&count| count > 0)
    {
        config.keepalives_retries(count);
    }
    if let Some(milliseconds) = settings.number("tcp_user_timeout")?.filter(|&n| n > 0) {
        config.tcp_user_timeout(Duration::from_millis(milliseconds.unsigned_abs()));
    }
    Ok(config)
}

/// The options of the session; the variables that are settings first, so that what is said otherwise wins.
fn options(settings: &Settings) -> String {
    let setting = |name: &str| {
        let value = settings.value(name)?.replace('\\', "\\\\").replace(' ', "\\ ");
        Some(format!("-c {name}={value}"))
    };
    let mut options: Vec<String> = ["datestyle", "timezone", "geqo"].into_iter().filter_map(setting).collect();
    options.extend(settings.value("options").map(str::to_owned));
    options.join(" ")
}
