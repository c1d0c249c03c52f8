//! The one door to a server: connections as libpq understands them (manual section 34.1). In: a connection string, or nothing, and what surrounds the process. Out: a client, or
//! why there is none. It does not know what the connection is for.

mod certificate;
mod error;
mod failure;
mod parameters;
mod passwords;
mod service;
mod settings;
mod surroundings;
mod target;
mod text;
mod tls;
mod verifier;

use std::sync::mpsc;

use postgres::config::SslMode;
use postgres::{Client, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::diagnostic::count;
pub use error::{ConnectError, Failure};
use failure::Reason;
use settings::Settings;
pub use surroundings::Surroundings;
use target::{Mode, Place, Server, Target};
use tls::Tls;

/// Connects as a connection string says, and beside it the environment of this process.
pub fn connect(text: &str) -> Result<Client, ConnectError> {
    connect_in(text, &Surroundings::of_process())
}

/// Whether the environment says which server or database is meant.
pub fn names_a_server(around: &Surroundings) -> bool {
    ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"].iter().any(|name| around.variable(name).is_some())
}

/// The same beside an environment that is given.
pub fn connect_in(text: &str, around: &Surroundings) -> Result<Client, ConnectError> {
    connect_as(text, around, None)
}

/// The same to another database of that server.
pub fn connect_to(text: &str, around: &Surroundings, database: &str) -> Result<Client, ConnectError> {
    connect_as(text, around, Some(database))
}

fn connect_as(text: &str, around: &Surroundings, database: Option<&str>) -> Result<Client, ConnectError> {
    let settings = Settings::collect(text, around)?;
    let mut target = Target::new(&settings, around)?;
    if let Some(database) = database {
        target.config.dbname(database);
        database.clone_into(&mut target.database);
    }
    let needs_tls = target.servers.iter().any(|server| matches!(server.place, Place::Network { .. }));
    let tls = if needs_tls { Tls::read(&settings, around, target.mode)? } else { None };
    if target.in_any_order {
        shuffle(&mut target.servers);
    }
    // The first round of two looks for what is preferred.
    let rounds: &[&str] = if target.session == "prefer-standby" { &["standby", "any"] } else { &[target.session.as_str()] };
    let mut failures = Vec::new();
    for session in rounds {
        for server in &target.servers {
            match attempts(&target, server, tls.as_ref(), session) {
                Ok(client) => return Ok(client),
                Err(found) => failures.extend(found),
            }
        }
    }
    Err(ConnectError::Failed(failures))
}

/// Whether TLS is used in an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Plain,
    /// Where the server has it.
    Preferred,
    Tls,
}

/// Tries a server with and without TLS, in the order of the mode.
fn attempts(target: &Target, server: &Server, tls: Option<&Tls>, session: &str) -> Result<Client, Vec<Failure>> {
    let layers: &[Layer] = match (&server.place, target.mode) {
        // PostgreSQL has no TLS on a socket, whatever is asked for.
        (Place::Socket(_), _) | (_, Mode::Disable) => &[Layer::Plain],
        (_, Mode::Allow) => &[Layer::Plain, Layer::Tls],
        (_, Mode::Prefer) => &[Layer::Preferred, Layer::Plain],
        _ => &[Layer::Tls],
    };
    let mut failures = Vec::new();
    for &layer in layers {
        match attempt(target, server, tls.filter(|_| layer != Layer::Plain), layer)
            .and_then(|client| expect_session(client, session))
        {
            Ok(client) => return Ok(client),
            Err(reason) => {
                let goes_on = reason.depends_on_layer();
                failures.push(failure::describe(reason, target, server, layer == Layer::Plain));
                if !goes_on {
                    break;
                }
            }
        }
    }
    Err(failures)
}

fn attempt(target: &Target, server: &Server, tls: Option<&Tls>, layer: Layer) -> Result<Client, Reason> {
    let mut config = target.config.clone();
    config.port(server.port);
    match &server.place {
        Place::Socket(folder) => config.host(&folder.to_string_lossy()),
        Place::Network { host, .. } if target.mode == Mode::VerifyFull && host.is_empty() => {
            return Err(Reason::Other(
                "`sslmode=verify-full` compares the server's name, and only an address is given: name the `host`, too".to_owned(),
            ));
        }
        Place::Network { host, address: Some(address) } => {
            let name = if host.is_empty() { address.to_string() } else { host.clone() };
            config.host(&name).hostaddr(*address)
        }
        Place::Network { host, address: None } => config.host(host),
    };
    if let Some(password) = &server.password {
        config.password(password);
    }
    config.ssl_mode(match layer {
        Layer::Plain => SslMode::Disable,
        Layer::Preferred => SslMode::Prefer,
        Layer::Tls => SslMode::Require,
    });
    if let Some(timeout) = target.timeout {
        config.connect_timeout(timeout);
    }
    let maker = tls.map(|tls| tls.config().map(MakeRustlsConnect::new)).transpose().map_err(Reason::Other)?;
    let connect = move || match maker {
        Some(maker) => config.connect(maker),
        None => config.connect(NoTls),
    };
    let Some(timeout) = target.timeout else { return connect().map_err(Reason::Driver) };
    // The driver's own limit ends when the server has taken the call, which it may then never answer.
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || drop(send.send(connect())));
    match receive.recv_timeout(timeout) {
        Ok(connected) => connected.map_err(Reason::Driver),
        Err(_) => Err(Reason::Other(format!("no answer within {}", count(timeout.as_secs() as usize, "second")))),
    }
}

/// Whether a server is of the kind that is looked for.
fn expect_session(mut client: Client, wanted: &str) -> Result<Client, Reason> {
    if wanted == "any" {
        return Ok(client);
    }
    let query = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on'";
    let answers = client.simple_query(query).map_err(Reason::Driver)?;
    let row = answers.iter().find_map(|answer| if let SimpleQueryMessage::Row(row) = answer { Some(row) } else { None });
    let is = |column| row.and_then(|row| row.get(column)) == Some("t");
    let (is_standby, is_read_only) = (is(0), is(1));
    let (fits, found) = match wanted {
        "read-write" => (!is_read_only, "it takes no changes"),
        "read-only" => (is_read_only, "it takes changes"),
        "primary" => (!is_standby, "it is a standby"),
        _ => (is_standby, "it is no standby"),
    };
    if fits { Ok(client) } else { Err(Reason::Other(format!("{found}, and `target_session_attrs` is `{wanted}`"))) }
}

/// Puts servers into an order by chance.
fn shuffle(servers: &mut [Server]) {
    use std::hash::BuildHasher;
    let state = std::hash::RandomState::new();
    for last in (1..servers.len()).rev() {
        let chosen = usize::try_from(state.hash_one(last) % (last as u64 + 1)).unwrap_or_default();
        servers.swap(last, chosen);
    }
}
