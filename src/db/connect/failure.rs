//! Why an attempt failed, in words that say what to do. In: what the driver says, and what was tried. Out: a [`Failure`].

use postgres::error::{DbError, SqlState};
use rustls::AlertDescription;

use super::certificate::Unfit;
use super::error::Failure;
use super::target::{Place, Server, Target};
use super::verifier::unfit;

/// Why an attempt failed.
pub(super) enum Reason {
    /// In the words of the driver, or of the server.
    Driver(postgres::Error),
    /// In ours.
    Other(String),
}

impl Reason {
    /// Whether it may be otherwise with TLS, or without: the server refused somebody, or there was no handshake.
    pub(super) fn depends_on_layer(&self) -> bool {
        let Reason::Driver(error) = self else { return false };
        match error.as_db_error() {
            Some(server) => server.code().code().starts_with("28"),
            None => is_handshake(error),
        }
    }
}

/// An error of the driver that is about TLS has this text, and no other sign.
fn is_handshake(error: &postgres::Error) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

/// What is said of it.
pub(super) fn describe(reason: Reason, target: &Target, server: &Server, plain: bool) -> Failure {
    let (reason, help) = match reason {
        Reason::Other(text) => (text, None),
        Reason::Driver(error) => match error.as_db_error() {
            Some(said) => of_server(said, target, server, plain),
            None => of_driver(&error, server),
        },
    };
    Failure { server: server.name(), reason, help }
}

/// What the server says, and what to do about it.
fn of_server(said: &DbError, target: &Target, server: &Server, plain: bool) -> (String, Option<String>) {
    let message = said.message();
    let line = || message.lines().next().unwrap_or_default().to_owned();
    let help = match said.code() {
        &SqlState::INVALID_PASSWORD => Some(match &server.remark {
            Some(remark) => remark.clone(),
            None => "check `user` and the password: in the connection string, PGPASSWORD, or a line of ~/.pgpass".to_owned(),
        }),
        &SqlState::INVALID_CATALOG_NAME => {
            Some(format!("name another database (`dbname`, PGDATABASE), or make it: `createdb {}`", target.database))
        }
        code if code.code().starts_with("28") && message.contains("does not exist") => {
            Some(format!("connect as another role (`user`, PGUSER), or make it: `createuser {}`", target.user))
        }
        code if code.code().starts_with("28") && message.contains("certificate") => Some(
            "the server asks for a client's certificate: `sslcert` and `sslkey`, or ~/.postgresql/postgresql.crt and .key"
                .to_owned(),
        ),
        code if code.code().starts_with("28") && message.contains("pg_hba.conf") => Some(match plain {
            true if message.contains("no encryption") => {
                "its pg_hba.conf has no line that lets this role in from here; one may ask for TLS (`sslmode=require`)".to_owned()
            }
            _ => "its pg_hba.conf has no line that lets this role into this database from here".to_owned(),
        }),
        &SqlState::INSUFFICIENT_PRIVILEGE => Some(format!("an owner can say `GRANT CONNECT ON DATABASE … TO {}`", target.user)),
        _ if message.contains("startup parameter") => Some(
            "the pooler does not pass this on: leave `options` and PGOPTIONS out, or connect to the server itself".to_owned(),
        ),
        _ => None,
    };
    (line(), help)
}

/// What the driver says, which leaves the reason to what is beneath it.
fn of_driver(error: &postgres::Error, server: &Server) -> (String, Option<String>) {
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    if let Some(tls) = io.and_then(|io| io.get_ref()).and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(tls);
    }
    if let Some(io) = io {
        return of_socket(io, server);
    }
    let text = source.map_or_else(|| error.to_string(), ToString::to_string);
    match text.as_str() {
        "password missing" => {
            let help =
                "give it in PGPASSWORD, or in a line `host:port:database:user:password` of ~/.pgpass, which only you may read";
            (
                "it asks for a password, and there is none".to_owned(),
                Some(server.remark.clone().unwrap_or_else(|| help.to_owned())),
            )
        }
        "server does not support TLS" => (
            "it has no TLS, and `sslmode` asks for it".to_owned(),
            Some("switch TLS on in the server (`ssl = on`), or say `sslmode=prefer` if the way to it is safe".to_owned()),
        ),
        _ if text.contains("channel binding") => (format!("{text}, and `channel_binding` is `require`"), None),
        _ => (text, None),
    }
}

fn of_socket(io: &std::io::Error, server: &Server) -> (String, Option<String>) {
    let is_socket = matches!(server.place, Place::Socket(_));
    let help = match io.kind() {
        std::io::ErrorKind::ConnectionRefused => "is the server running there, and does it listen (`listen_addresses`, `port`)?",
        std::io::ErrorKind::NotFound if is_socket => {
            "no server has its socket there: start it, or name another `host` (a name, or the folder of the socket) and `port`"
        }
        std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => {
            "it hung up: is it PostgreSQL that listens there, and does it take connections?"
        }
        std::io::ErrorKind::TimedOut => {
            "nothing answers there: is it the right `host` and `port`, and does a firewall let this through?"
        }
        // The resolver's errors have no kind of their own.
        _ if io.to_string().contains("lookup address") => {
            "no such name is known here: is `host` (PGHOST) written as it should be, and is there a network that knows it?"
        }
        _ => return (io.to_string(), None),
    };
    (io.to_string(), Some(help.to_owned()))
}

fn of_tls(error: &rustls::Error) -> (String, Option<String>) {
    let Some(unfit) = unfit(error) else {
        let reason = match error {
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                "it asks for a client's certificate".to_owned()
            }
            rustls::Error::AlertReceived(AlertDescription::UnknownCA | AlertDescription::DecryptError) => {
                "it does not take the client's certificate".to_owned()
            }
            other => format!("the handshake of TLS failed: {other}"),
        };
        return (reason, None);
    };
    let help = match unfit {
        Unfit::Expired | Unfit::NotYet => "give the server a new one; nothing else is as safe",
        Unfit::UnknownIssuer => {
            "name the file with the authority's own certificate: `sslrootcert=…`, or put it into ~/.postgresql/root.crt"
        }
        Unfit::Name { .. } => {
            "connect to the server by a name that is in its certificate, or make one for this name: \
             `openssl x509 -req … -extfile <(echo subjectAltName=DNS:NAME)`"
        }
        Unfit::Other(_) => "make one of version 3: `openssl x509 -req … -extfile <(echo subjectAltName=DNS:NAME)`",
        Unfit::Revoked | Unfit::Purpose => return (unfit.to_string(), None),
    };
    (unfit.to_string(), Some(help.to_owned()))
}
