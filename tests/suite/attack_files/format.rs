//! The text of an `attack.sql`, as blocks: in which session, which SQL, and what must come of it. It knows no server.

/// One directive with its SQL.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// Where it stands, for messages.
    pub line: usize,
    pub action: Action,
    pub sql: String,
}

#[derive(Debug, PartialEq)]
pub enum Action {
    /// Applies the SQL that is made of the project, or the step to `next.policy`.
    Deploy { next: bool, expected: Deployment },
    /// Goes on in a copy of the database.
    Restore { owners: bool },
    /// Opens a session anew.
    LogIn(String),
    /// SQL in a session.
    Run { session: String, moment: Moment, expected: Vec<Outcome> },
}

/// What must come of a deployment.
#[derive(Debug, PartialEq)]
pub enum Deployment {
    Succeeds,
    /// Its last step, or another, refuses, and says this.
    Fails(String),
    /// Either is right; when it fails, the attack ends there.
    MayFail(String),
    /// The compiler may refuse with this; then the attack ends there.
    MayBeRefusedByCheck(String),
}

/// Whether the SQL is sent and answered at once.
#[derive(Debug, PartialEq, Clone, Copy)]
pub enum Moment {
    AtOnce,
    /// It is sent, and has to wait for a lock of another session.
    Starts,
    /// What was started is answered.
    Ends,
}

/// What may come of SQL. Where a block has several, each of them is right.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Succeeds,
    Rows(Vec<String>),
    /// No row, and no error.
    Nothing,
    Count(u64),
    Refused {
        state: Option<String>,
        message: Option<String>,
    },
}

const DIRECTIVE: &str = "-->";
const ROW: &str = "--=";

/// Puts the roles of this folder in the place of `{app}`, `{attacker}` and so on.
pub fn with_roles(text: &str, names: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        result.push_str(before);
        let inside = after[1..].split('}').next().unwrap_or_default();
        let is_name = inside.starts_with(|c: char| c.is_ascii_lowercase())
            && inside.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_name && after.len() > inside.len() + 1 {
            result.push_str(&format!("{names}_{inside}"));
            rest = &after[inside.len() + 2..];
        } else {
            result.push('{');
            rest = &after[1..];
        }
    }
    result + rest
}

/// The blocks of a file. An attack without an expectation that could fail is an error.
pub fn parse(text: &str) -> Result<Vec<Block>, String> {
    if !text.starts_with("-- ") {
        return Err("attack.sql begins with a comment that says what would go wrong".to_owned());
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = |error: String| format!("attack.sql:{}: {error}", index + 1);
        if let Some(words) = line.strip_prefix(DIRECTIVE) {
            finish(blocks.last_mut(), &mut rows)?;
            let action = directive(words.trim()).map_err(at)?;
            blocks.push(Block { line: index + 1, action, sql: String::new() });
        } else if let Some(row) = line.strip_prefix(ROW) {
            rows.push(row.trim().to_owned());
        } else if line.starts_with("--") || line.trim().is_empty() {
        } else {
            let block = blocks.last_mut().ok_or_else(|| at("SQL without a directive".to_owned()))?;
            if !rows.is_empty() {
                return Err(at("SQL after the rows that it gives".to_owned()));
            }
            block.sql.push_str(line);
            block.sql.push('\n');
        }
    }
    finish(blocks.last_mut(), &mut rows)?;
    if blocks.iter().any(Block::can_fail) { Ok(blocks) } else { Err("attack.sql expects nothing".to_owned()) }
}

/// Gives a block its expected rows, when all of its lines are read.
fn finish(block: Option<&mut Block>, rows: &mut Vec<String>) -> Result<(), String> {
    let Some(block) = block else {
        return if rows.is_empty() { Ok(()) } else { Err("rows before the first directive".to_owned()) };
    };
    let at = |error: &str| Err(format!("attack.sql:{}: {error}", block.line));
    let has_sql = !block.sql.trim().is_empty();
    let wants_sql = matches!(block.action, Action::Run { moment: Moment::AtOnce | Moment::Starts, .. });
    if has_sql != wants_sql {
        return at(if has_sql { "this directive takes no SQL" } else { "there is no SQL" });
    }
    let expected = match &mut block.action {
        Action::Run { expected, .. } => expected.iter_mut().find(|outcome| matches!(outcome, Outcome::Rows(_))),
        _ => None,
    };
    match expected {
        Some(Outcome::Rows(_)) if rows.is_empty() => at("`sees` without rows; none is `sees nothing`"),
        Some(Outcome::Rows(expected)) => {
            *expected = std::mem::take(rows);
            Ok(())
        }
        _ if rows.is_empty() => Ok(()),
        _ => at("rows that nobody is said to see"),
    }
}

impl Block {
    fn can_fail(&self) -> bool {
        match &self.action {
            Action::Deploy { expected, .. } => matches!(expected, Deployment::Fails(_)),
            Action::Run { expected, moment, .. } => *moment != Moment::Starts && !expected.contains(&Outcome::Succeeds),
            Action::Restore { .. } | Action::LogIn(_) => false,
        }
    }
}

fn directive(words: &str) -> Result<Action, String> {
    // `deployer does` is another directive.
    if let Some(rest) = words.strip_prefix("deploy").filter(|rest| !rest.starts_with("er")) {
        return Ok(Action::Deploy { next: false, expected: deployment(rest)? });
    }
    if let Some(rest) = words.strip_prefix("migrate to next.policy") {
        return Ok(Action::Deploy { next: true, expected: deployment(rest)? });
    }
    match words {
        "dump and restore" => return Ok(Action::Restore { owners: true }),
        "dump and restore without owners" => return Ok(Action::Restore { owners: false }),
        _ => {}
    }
    let unknown = || format!("unknown directive `{words}`");
    let (session, rest) = words.split_once(' ').ok_or_else(unknown)?;
    if !session.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '/') {
        return Err(unknown());
    }
    let session = session.to_owned();
    match rest {
        "logs in again" => return Ok(Action::LogIn(session)),
        "starts and waits" => return Ok(Action::Run { session, moment: Moment::Starts, expected: vec![Outcome::Succeeds] }),
        _ => {}
    }
    let (moment, rest) = match rest.strip_prefix("ends and ") {
        Some(rest) => (Moment::Ends, rest),
        None => (Moment::AtOnce, rest),
    };
    let expected: Option<Vec<Outcome>> = rest.split(", or ").map(outcome).collect();
    let expected = expected.ok_or_else(unknown)?;
    if expected.len() > 1 && expected.contains(&Outcome::Succeeds) {
        return Err("`does` has no alternative".to_owned());
    }
    Ok(Action::Run { session, moment, expected })
}

fn deployment(rest: &str) -> Result<Deployment, String> {
    let text = |rest: &str, prefix: &str| rest.strip_prefix(prefix).and_then(quoted);
    if rest.is_empty() {
        Ok(Deployment::Succeeds)
    } else if let Some(text) = text(rest, " fails with ") {
        Ok(Deployment::Fails(text))
    } else if let Some(text) = text(rest, ", or it fails with ") {
        Ok(Deployment::MayFail(text))
    } else if let Some(text) = text(rest, ", unless check says ") {
        Ok(Deployment::MayBeRefusedByCheck(text))
    } else {
        Err(format!("unknown end of a directive `{rest}`"))
    }
}

fn quoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.is_empty()).then(|| inside.to_owned())
}

fn outcome(words: &str) -> Option<Outcome> {
    match words {
        "does" => return Some(Outcome::Succeeds),
        "sees" => return Some(Outcome::Rows(Vec::new())),
        "sees nothing" => return Some(Outcome::Nothing),
        _ => {}
    }
    if let Some(count) = words.strip_prefix("changes ") {
        return count.parse().ok().map(Outcome::Count);
    }
    let rest = words.strip_prefix("is refused")?;
    let (rest, message) = match rest.split_once(" with ") {
        Some((rest, message)) => (rest, Some(quoted(message)?)),
        None => (rest, None),
    };
    let state = rest.trim();
    let is_state = state.len() == 5 && state.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (state.is_empty() || is_state).then(|| Outcome::Refused { state: is_state.then(|| state.to_owned()), message })
}

/// A file that says less than it seems to is an error.
pub fn refuses_what_it_does_not_know() -> Result<(), String> {
    for (text, reason) in [
        ("--> attacker sees nothing\nSELECT 1\n", "begins with a comment"),
        ("-- x\n--> attacker ponders\nSELECT 1\n", "unknown directive"),
        ("-- x\n--> attacker is refused 4250\nSELECT 1\n", "unknown directive"),
        ("-- x\n--> attacker does, or is refused\nSELECT 1\n", "no alternative"),
        ("-- x\n--> deploy sometimes\n", "unknown end"),
        ("-- x\n--> attacker sees\nSELECT 1\n", "`sees` without rows"),
        ("-- x\n--> attacker changes 1\nSELECT 1\n--= 1\n", "rows that nobody"),
        ("-- x\n--> attacker sees nothing\n", "there is no SQL"),
        ("-- x\n--> deploy\nSELECT 1\n", "takes no SQL"),
        ("-- x\nSELECT 1\n", "SQL without a directive"),
        ("-- x\n--> attacker sees\nSELECT 1\n--= 1\nSELECT 2\n", "SQL after the rows"),
        ("-- x\n--> deploy\n--> attacker does\nSELECT 1\n", "expects nothing"),
    ] {
        match parse(text) {
            Err(error) if error.contains(reason) => {}
            other => return Err(format!("{text}gives {other:?} instead of `{reason}`")),
        }
    }
    let text =
        "-- x\n--> attacker sees, or is refused 42501 with \"no right\"\n-- a comment\nSELECT 1\n\n--= 1 | x\n--= 2 | null\n";
    let refused = Outcome::Refused { state: Some("42501".to_owned()), message: Some("no right".to_owned()) };
    let expected = vec![Outcome::Rows(vec!["1 | x".to_owned(), "2 | null".to_owned()]), refused];
    let action = Action::Run { session: "attacker".to_owned(), moment: Moment::AtOnce, expected };
    let expected = vec![Block { line: 2, action, sql: "SELECT 1\n".to_owned() }];
    if parse(text)? != expected {
        return Err(format!("{text}gives {:?}", parse(text)?));
    }
    let replaced = with_roles("{app} { a: {b_1} } '{\"x\":1}' {}{", "n");
    if replaced == "n_app { a: n_b_1 } '{\"x\":1}' {}{" { Ok(()) } else { Err(replaced) }
}
