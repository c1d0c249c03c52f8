//! One session of an attack: SQL goes in, what the server answers is compared with what is right. It does not know what an attack is.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use postgres::SimpleQueryMessage;
use rowgate::db::{Client, DatabaseError, describe_error};

use super::format::Outcome;

/// How long a statement may take, or wait for.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Session {
    state: State,
    /// The number of the server's process.
    process: i32,
}

enum State {
    Idle(Box<Client>),
    Busy(Receiver<(Client, Answer)>),
}

/// What came: rows in the server's own words and the number of changed rows, or an error.
type Answer = Result<(Vec<String>, u64), DatabaseError>;

impl Session {
    pub fn new(mut client: Client) -> Result<Session, String> {
        let text = |error: DatabaseError| describe_error(&error);
        client.batch_execute(&format!("SET statement_timeout = '{}s'", PATIENCE.as_secs())).map_err(text)?;
        let process = client.query_one("SELECT pg_backend_pid()", &[]).map_err(text)?.get(0);
        Ok(Session { state: State::Idle(Box::new(client)), process })
    }

    /// Sends SQL and compares the answer.
    pub fn run(&mut self, sql: &str, expected: &[Outcome]) -> Result<(), String> {
        let State::Idle(client) = &mut self.state else { return Err("this session still waits".to_owned()) };
        let answer = ask(client, sql);
        compare(&answer, expected)
    }

    /// Sends SQL that has to wait for another session.
    pub fn start(&mut self, sql: String, observer: &mut Client) -> Result<(), String> {
        let (sender, receiver) = channel();
        let State::Idle(mut client) = std::mem::replace(&mut self.state, State::Busy(receiver)) else {
            return Err("this session still waits".to_owned());
        };
        std::thread::spawn(move || {
            let answer = ask(&mut client, &sql);
            drop(sender.send((*client, answer)));
        });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let waits = "SELECT cardinality(pg_blocking_pids($1)) > 0";
            if observer.query_one(waits, &[&self.process]).map_err(|error| describe_error(&error))?.get(0) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("it does not wait for another session".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for what was started, and compares the answer.
    pub fn end(&mut self, expected: &[Outcome]) -> Result<(), String> {
        let State::Busy(receiver) = &self.state else { return Err("this session waits for nothing".to_owned()) };
        let (client, answer) = receiver.recv_timeout(2 * PATIENCE).map_err(|error| error.to_string())?;
        self.state = State::Idle(Box::new(client));
        compare(&answer, expected)
    }
}

fn ask(client: &mut Client, sql: &str) -> Answer {
    let mut rows = Vec::new();
    let mut count = 0;
    for message in client.simple_query(sql)? {
        match message {
            SimpleQueryMessage::Row(row) => {
                let cells: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or("null")).collect();
                rows.push(cells.join(" | "));
            }
            SimpleQueryMessage::CommandComplete(changed) => count = changed,
            _ => {}
        }
    }
    Ok((rows, count))
}

fn compare(answer: &Answer, expected: &[Outcome]) -> Result<(), String> {
    if expected.iter().any(|outcome| fits(answer, outcome)) {
        return Ok(());
    }
    let came = match answer {
        Ok((rows, count)) => format!("rows {rows:?}, {count} in number"),
        Err(error) => describe_error(error),
    };
    let expected: Vec<String> = expected.iter().map(|outcome| format!("{outcome:?}")).collect();
    Err(format!("came: {came}\n  right: {}", expected.join(" or ")))
}

fn fits(answer: &Answer, outcome: &Outcome) -> bool {
    match (answer, outcome) {
        (Ok(_), Outcome::Succeeds) => true,
        (Ok((rows, _)), Outcome::Rows(expected)) => rows == expected,
        (Ok((rows, _)), Outcome::Nothing) => rows.is_empty(),
        (Ok((_, count)), Outcome::Count(expected)) => count == expected,
        (Err(error), Outcome::Refused { state, message }) => {
            let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
            let is_state = state.as_ref().map_or(!is_mistake(&code), |state| *state == code);
            is_state && message.as_ref().is_none_or(|message| describe_error(error).contains(message))
        }
        _ => false,
    }
}

/// An error that a misspelt attack gets: it proves nothing unless it is asked for by its SQLSTATE. So does the end of patience.
fn is_mistake(code: &str) -> bool {
    ["42601", "42P01", "42703", "42883", "42704", "3F000", "57014", ""].contains(&code)
}
