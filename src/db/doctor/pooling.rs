//! Whether the connections that an application opens are connections of the server of their own, and begin as fresh ones. In: how to connect, and a
//! connection. Out: what another one sees of it. A setting without a meaning is left on one and looked for on others.

use std::sync::mpsc;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage};

use super::DoctorError;
use crate::db::ConnectError;
use crate::doctor::Pooling;
use crate::objects::quote::literal;

/// The setting. Every role may set it.
const SETTING: &str = "rowgate.doctor";

/// How long a second connection may take beside the first: a pool of one that keeps clients apart lets it wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens one more connection beside a given one, and another when that is closed.
pub(super) fn examine(
    mut first: Client,
    connect: &(impl Fn() -> Result<Client, ConnectError> + Sync),
) -> Result<Pooling, DoctorError> {
    let mark = format!("{:?}", std::time::SystemTime::now());
    let own = process(&mut first, &format!("set_config('{SETTING}', {}, false)", literal(&mark)))?.0;
    let (send, receive) = mpsc::channel();
    let beside = std::thread::scope(|scope| {
        scope.spawn(|| drop(send.send(look(connect))));
        match receive.recv_timeout(PATIENCE) {
            Ok(seen) => Ok((Some(first), seen?)),
            Err(_) => {
                drop(first);
                receive.recv().map_err(|_| DoctorError::NoAnswer)?.map(|seen| (None, seen))
            }
        }
    })?;
    let (first, (process_beside, seen)) = beside;
    let is_shared = first.is_some() && process_beside == own;
    let mut keeps_settings = seen == mark;
    if let Some(mut first) = first {
        if is_shared {
            process(&mut first, &format!("set_config('{SETTING}', '', false)"))?;
        } else {
            drop(first);
            keeps_settings |= look(connect)?.1 == mark;
        }
    }
    Ok(Pooling { is_shared, keeps_settings })
}

/// The server's process behind a new connection, and what was set there. It is taken away.
fn look(connect: &impl Fn() -> Result<Client, ConnectError>) -> Result<(String, String), DoctorError> {
    let mut client = connect()?;
    let seen = process(&mut client, &format!("current_setting('{SETTING}', true)"))?;
    if !seen.1.is_empty() {
        process(&mut client, &format!("set_config('{SETTING}', '', false)"))?;
    }
    Ok(seen)
}

/// The server's process, and an expression's value.
fn process(client: &mut Client, expression: &str) -> Result<(String, String), DoctorError> {
    let answers = client.simple_query(&format!("SELECT pg_catalog.pg_backend_pid(), pg_catalog.{expression}"))?;
    let row = answers.iter().find_map(|answer| if let SimpleQueryMessage::Row(row) = answer { Some(row) } else { None });
    let text = |column| row.and_then(|row| row.get(column)).unwrap_or_default().to_owned();
    Ok((text(0), text(1)))
}
