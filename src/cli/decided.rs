//! How a database decides what the rules decide. In: what was answered by the rules, and what a user would do. Out: what the server does, whether that is the same,
//! and where it is not, why.

use serde::Serialize;

use super::Error;
use super::causes::{self, Cause};
use super::question::Answered;
use crate::access::evaluate::Reason;
use crate::db::{Client, Deed, Tried, Viewer};
use crate::model::Operation;
use crate::objects::State;
use crate::project::Meaning;

/// What a database does.
#[derive(Debug, Serialize)]
pub(super) struct Decided {
    /// Empty where it was not asked, or one statement does not tell.
    answer: Option<Answer>,
    /// In the words of the server, or why it was not asked.
    says: Option<String>,
    /// Whether the rules say the same; empty where that is not known.
    agrees: Option<bool>,
    /// What is wrong with the login of the application, where one was named.
    login: Vec<Cause>,
    /// Why the database decides otherwise.
    causes: Vec<Cause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Allowed,
    Denied,
}

/// Asks the server as the user, and, where it does not do what the rules say, why.
pub(super) fn decide(
    client: &mut Client,
    viewer: &Viewer<'_>,
    deed: Option<&Deed>,
    answered: &Answered,
    (meaning, state, login): (&Meaning, &State, Option<&str>),
) -> Result<Decided, Error> {
    let login = login.map(|login| causes::of_login(client, meaning, login)).transpose()?.unwrap_or_default();
    let tried = match (deed, viewer.cannot_act(client).map_err(Error::Database)?) {
        (_, Some(reason)) => {
            let error = Error::CannotAct(reason.clone());
            let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
            Tried::Untold(format!("{reason}{help}"))
        }
        (None, None) => Tried::Untold("an action is not done to see whether it can be".to_owned()),
        (Some(deed), None) => viewer.try_deed(client, deed).map_err(Error::Database)?,
    };
    let no_row = if deed.is_some_and(|deed| deed.operation == Operation::Read) {
        "it shows no such record"
    } else {
        "it finds no such record to change"
    };
    let (answer, says) = match tried {
        Tried::Allowed => (Some(Answer::Allowed), None),
        Tried::NoRow => (Some(Answer::Denied), Some(no_row.to_owned())),
        Tried::Refused(words) => (Some(Answer::Denied), Some(words)),
        Tried::Untold(why) => (None, Some(why)),
    };
    let is_allowed = answered.reason.truth == Some(true);
    // Where the rules leave it to SQL that nobody evaluates here, the server alone knows.
    let is_known = is_allowed || !answered.met_raw_sql;
    let agrees = answer.filter(|_| is_known).map(|answer| (answer == Answer::Allowed) == is_allowed);
    let table = deed.map(|deed| meaning.model.catalog.table(deed.table).name.to_string()).unwrap_or_default();
    let causes = if agrees == Some(false) {
        causes::of_database(client, meaning, state, &[&table, viewer.actor.database_role(viewer.model)])
    } else {
        Vec::new()
    };
    Ok(Decided { answer, says, agrees, login, causes })
}

/// So many causes are told.
const MOST_CAUSES: usize = 5;

impl Decided {
    /// The first lines.
    pub(super) fn text(&self, reason: &Reason, met_raw_sql: bool) -> String {
        let by_rules = if reason.truth == Some(true) { "allowed" } else { "denied" };
        let says = self.says.as_deref().map(|says| says.replace('\n', "\n         ")).unwrap_or_default();
        let mut text = match (self.agrees, self.answer) {
            (Some(true), Some(Answer::Denied)) => format!("denied   by the rules and by the database: {says}\n"),
            (Some(true), _) => "allowed  by the rules and by the database\n".to_owned(),
            (Some(false), Some(Answer::Allowed)) => "differs  the database allows what the rules deny\n".to_owned(),
            (Some(false), _) => format!("differs  the rules allow it, and the database does not: {says}\n"),
            (None, Some(Answer::Allowed)) if met_raw_sql => {
                "allowed  by the database; the rules leave it to SQL that is not evaluated here\n".to_owned()
            }
            (None, Some(_)) => {
                format!("denied   by the database, to which the rules leave it by SQL that is not evaluated here: {says}\n")
            }
            (None, None) => format!("{by_rules:<7}  by the rules; the database was not asked: {says}\n"),
        };
        for cause in self.login.iter().chain(self.causes.iter().take(MOST_CAUSES)) {
            text.push_str(&format!("cause    {}\n         {}\n", cause.says, cause.means));
            cause.mends.iter().for_each(|mends| text.push_str(&format!("mends    {mends}\n")));
        }
        match self.causes.len() {
            0 if self.agrees == Some(false) => {
                text.push_str(
                    "cause    not known: what is in force is what was applied, and nothing more than the rules allow\n",
                );
            }
            more if more > MOST_CAUSES => {
                text.push_str(&format!("cause    and {} more, which `rowgate verify` lists\n", more - MOST_CAUSES))
            }
            _ => {}
        }
        text
    }
}
