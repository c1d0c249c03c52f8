//! The parameters of a connection (manual sections 34.1.2 and 34.15): which there are, which variable of the environment gives each, and which of their
//! values mean something here. What is understood and cannot be done is refused with a reason; what is not known is an error.

/// What is done with a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Treatment {
    /// It is read by who makes the connection.
    Taken,
    /// Only these values, and why no other.
    Only(&'static [&'static str], &'static str),
    /// It has no effect here, because of what else is so.
    WithoutEffect,
    /// Why it cannot be done.
    Refused(&'static str),
}

use Treatment::{Only, Refused, Taken, WithoutEffect};

/// A parameter, and the variable that gives it.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) variable: Option<&'static str>,
    pub(super) treatment: Treatment,
}

impl Parameter {
    /// Whether a value is one of its own in other letters, of the few that are compared so.
    pub(super) fn takes_in_any_case(&self, value: &str) -> bool {
        let Only(allowed, _) = self.treatment else { return false };
        let is_such = ["client_encoding", "ssl_max_protocol_version", "ssl_min_protocol_version"].contains(&self.name);
        is_such && allowed.iter().any(|one| one.eq_ignore_ascii_case(value))
    }
}

const fn parameter(name: &'static str, variable: &'static str, treatment: Treatment) -> Parameter {
    Parameter { name, variable: if variable.is_empty() { None } else { Some(variable) }, treatment }
}

const NO_GSSAPI: &str = "rowgate does not speak GSSAPI; use a password or a client certificate";
const NOT_ENCRYPTED_KEY: &str = "rowgate reads keys without a passphrase only; `openssl pkey -in KEY -out NEW` writes one";
const NO_OAUTH: &str = "rowgate does not speak OAuth; use a password or a client certificate";
const PROTOCOL: &str = "rowgate speaks version 3.0 of the protocol";

/// All of libpq 18.
pub(super) const PARAMETERS: [Parameter; 55] = [
    parameter("application_name", "PGAPPNAME", Taken),
    parameter(
        "channel_binding",
        "PGCHANNELBINDING",
        Only(&["disable", "prefer", "require"], "it is one of disable, prefer, require"),
    ),
    parameter(
        "client_encoding",
        "PGCLIENTENCODING",
        Only(&["auto", "utf8", "utf-8", "unicode"], "rowgate reads and prints UTF-8"),
    ),
    parameter("connect_timeout", "PGCONNECT_TIMEOUT", Taken),
    parameter("dbname", "PGDATABASE", Taken),
    parameter("fallback_application_name", "", Taken),
    parameter("gssdelegation", "PGGSSDELEGATION", WithoutEffect),
    parameter("gssencmode", "PGGSSENCMODE", Only(&["disable", "prefer"], NO_GSSAPI)),
    parameter("gsslib", "PGGSSLIB", WithoutEffect),
    parameter("host", "PGHOST", Taken),
    parameter("hostaddr", "PGHOSTADDR", Taken),
    parameter("keepalives", "", Taken),
    parameter("keepalives_count", "", Taken),
    parameter("keepalives_idle", "", Taken),
    parameter("keepalives_interval", "", Taken),
    parameter("krbsrvname", "PGKRBSRVNAME", WithoutEffect),
    parameter("load_balance_hosts", "PGLOADBALANCEHOSTS", Only(&["disable", "random"], "it is one of disable, random")),
    parameter("max_protocol_version", "PGMAXPROTOCOLVERSION", Only(&["3.0", "3.2", "latest"], PROTOCOL)),
    parameter("min_protocol_version", "PGMINPROTOCOLVERSION", Only(&["3.0"], PROTOCOL)),
    parameter("oauth_client_id", "", Refused(NO_OAUTH)),
    parameter("oauth_client_secret", "", Refused(NO_OAUTH)),
    parameter("oauth_issuer", "", Refused(NO_OAUTH)),
    parameter("oauth_scope", "", Refused(NO_OAUTH)),
    parameter("options", "PGOPTIONS", Taken),
    parameter("passfile", "PGPASSFILE", Taken),
    parameter("password", "PGPASSWORD", Taken),
    parameter("port", "PGPORT", Taken),
    parameter("replication", "", Only(&["false", "off", "no", "0"], "rowgate makes plain connections")),
    parameter(
        "require_auth",
        "PGREQUIREAUTH",
        Refused("rowgate cannot restrict how it proves who it is; `channel_binding=require` can be said"),
    ),
    parameter("requirepeer", "PGREQUIREPEER", Refused("rowgate cannot ask a socket which account listens")),
    parameter("scram_client_key", "", Refused("rowgate computes keys from the password")),
    parameter("scram_server_key", "", Refused("rowgate computes keys from the password")),
    parameter("service", "PGSERVICE", Taken),
    parameter("servicefile", "PGSERVICEFILE", Taken),
    parameter(
        "ssl_max_protocol_version",
        "PGSSLMAXPROTOCOLVERSION",
        Only(&["TLSv1.2", "TLSv1.3"], "rowgate speaks TLSv1.2 and TLSv1.3"),
    ),
    parameter(
        "ssl_min_protocol_version",
        "PGSSLMINPROTOCOLVERSION",
        Only(&["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], "it is one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"),
    ),
    parameter("sslcert", "PGSSLCERT", Taken),
    parameter(
        "sslcertmode",
        "PGSSLCERTMODE",
        Only(&["allow", "disable"], "rowgate cannot insist on being asked for its certificate"),
    ),
    // Compression is switched off in all of PostgreSQL's libraries.
    parameter("sslcompression", "PGSSLCOMPRESSION", WithoutEffect),
    parameter("sslcrl", "PGSSLCRL", Taken),
    parameter("sslcrldir", "PGSSLCRLDIR", Refused("rowgate reads revoked certificates from one file: `sslcrl`")),
    parameter("sslkey", "PGSSLKEY", Taken),
    parameter("sslkeylogfile", "", Refused("rowgate does not write down keys")),
    parameter(
        "sslmode",
        "PGSSLMODE",
        Only(
            &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
            "it is one of disable, allow, prefer, require, verify-ca, verify-full",
        ),
    ),
    parameter("sslnegotiation", "PGSSLNEGOTIATION", Only(&["postgres", "direct"], "it is one of postgres, direct")),
    parameter("sslpassword", "", Refused(NOT_ENCRYPTED_KEY)),
    parameter("sslrootcert", "PGSSLROOTCERT", Taken),
    parameter("sslsni", "PGSSLSNI", Only(&["0", "1"], "it is 0 or 1")),
    parameter(
        "target_session_attrs",
        "PGTARGETSESSIONATTRS",
        Only(
            &["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
            "it is one of any, read-write, read-only, primary, standby, prefer-standby",
        ),
    ),
    parameter("tcp_user_timeout", "", Taken),
    parameter("user", "PGUSER", Taken),
    // Settings of the session, which only variables give.
    parameter("datestyle", "PGDATESTYLE", Taken),
    parameter("geqo", "PGGEQO", Taken),
    parameter("timezone", "PGTZ", Taken),
    parameter("requiressl", "PGREQUIRESSL", Only(&["0", "1"], "it is 0 or 1; `PGSSLMODE` says more")),
];

/// Those that no text may name: there they are settings, said with `options`.
const ONLY_VARIABLES: [&str; 4] = ["datestyle", "geqo", "timezone", "requiressl"];

/// The parameter that a text names.
pub(super) fn named(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name && !ONLY_VARIABLES.contains(&name))
}

/// Whether a text may name it.
pub(super) fn is_known(name: &str) -> bool {
    named(name).is_some()
}

/// The names that a text may name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|parameter| parameter.name).filter(|name| !ONLY_VARIABLES.contains(name))
}
