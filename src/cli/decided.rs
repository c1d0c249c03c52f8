//! How a database decides what the rules decide. In: what was answered by the rules, and what a user would do. Out: what the server does, whether that is the same,
//! and where it is not, why.

use serde::Serialize;

use super::Error;
use super::causes::{self, About, Cause};
use super::fits::Symptom;
use super::question::Answered;
use crate::access::evaluate::Reason;
use crate::db::{Client, Deed, Place, Tried, Viewer};
use crate::model::{Action, Operation};
use crate::objects::State;
use crate::project::Meaning;

/// What a database does.
#[derive(Debug, Serialize)]
pub(super) struct Decided {
    /// Empty where it was not asked, or one statement does not tell.
    answer: Option<Answer>,
    /// In the words of the server, or why it was not asked.
    says: Option<String>,
    /// Whether the rules say the same, wherever it was asked; empty where that is not known.
    agrees: Option<bool>,
    /// Where it was asked: of what is read through a masking view also the table, where the user has a right to that.
    places: Vec<Told>,
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

/// What a database does in one place.
#[derive(Debug, Serialize)]
struct Told {
    /// The table, or its masking view.
    place: String,
    answer: Option<Answer>,
    says: Option<String>,
    agrees: Option<bool>,
    /// Fields that it shows and the rules hide.
    beyond: Vec<String>,
    /// Whether it says that a right is missing.
    #[serde(skip)]
    is_forbidden: bool,
}

impl Told {
    fn new(place: Place, operation: Operation, by_rules: Option<bool>) -> Told {
        let no_row = if operation == Operation::Read { "shows" } else { "finds" };
        let change = if operation == Operation::Read { "" } else { " to change" };
        let is_forbidden = matches!(place.tried, Tried::Forbidden(_));
        let (answer, says) = match place.tried {
            Tried::Allowed => (Some(Answer::Allowed), None),
            Tried::NoRow => (Some(Answer::Denied), Some(format!("it {no_row} no such record{change}"))),
            Tried::Refused(words) | Tried::Forbidden(words) => (Some(Answer::Denied), Some(words)),
            Tried::Untold(why) => (None, Some(why)),
        };
        let is_same = |answer| by_rules.map(|allowed| (answer == Answer::Allowed) == allowed && place.beyond.is_empty());
        let agrees = answer.and_then(is_same);
        Told { agrees, place: place.name.to_string(), answer, says, beyond: place.beyond, is_forbidden }
    }

    /// What has to be explained, where it differs from the rules.
    fn symptom(&self, operation: Operation) -> Symptom {
        match self.answer {
            Some(Answer::Allowed) if !self.beyond.is_empty() => Symptom::Beyond,
            Some(Answer::Allowed) => Symptom::Allowed,
            _ if self.is_forbidden => Symptom::Forbidden(self.says.clone().unwrap_or_default(), operation),
            _ => Symptom::Hidden,
        }
    }

    /// How it differs from the rules; `at` is where it was asked, if it was asked in several places.
    fn differs(&self, at: &str) -> String {
        let says = self.says.as_deref().map(on_lines).unwrap_or_default();
        match self.answer {
            Some(Answer::Allowed) if !self.beyond.is_empty() => {
                format!("differs  the database shows what the rules hide{at}: {}\n", self.beyond.join(", "))
            }
            Some(Answer::Allowed) => format!("differs  the database allows what the rules deny{at}\n"),
            _ => format!("differs  the rules allow it, and the database does not{at}: {says}\n"),
        }
    }
}

/// Asks the server as the user, and, where it does not do what the rules say, why.
pub(super) fn decide(
    client: &mut Client,
    viewer: &Viewer<'_>,
    deed: Result<&Deed, &Action>,
    answered: &Answered,
    (meaning, state, login): (&Meaning, &State, Option<&str>),
) -> Result<Decided, Error> {
    let role = viewer.actor.database_role(viewer.model);
    let login = login.map(|login| causes::of_login(client, meaning, (login, role))).transpose()?.unwrap_or_default();
    let unasked = |says: String| Decided {
        answer: None,
        says: Some(says),
        agrees: None,
        places: Vec::new(),
        login: Vec::new(),
        causes: Vec::new(),
    };
    let deed = match (deed, viewer.cannot_act(client).map_err(Error::Database)?) {
        (_, Some(reason)) => {
            let error = Error::CannotAct(reason.clone());
            let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
            return Ok(Decided { login, ..unasked(format!("{reason}{help}")) });
        }
        (Err(action), None) => {
            let causes = causes::of_action(client, meaning, action, role);
            return Ok(Decided { login, causes, ..unasked("an action is not done to see whether it can be".to_owned()) });
        }
        (Ok(deed), None) => deed,
    };
    let is_allowed = answered.reason.truth == Some(true);
    // Where the rules leave it to SQL that nobody evaluates here, the server alone knows.
    let by_rules = (is_allowed || !answered.met_raw_sql).then_some(is_allowed);
    let found = viewer.try_deed(client, deed).map_err(Error::Database)?;
    let places: Vec<Told> = found.into_iter().map(|place| Told::new(place, deed.operation, by_rules)).collect();
    let differs = places.iter().position(|place| place.agrees == Some(false));
    let Some(first) = places.get(differs.unwrap_or(0)) else { return Ok(Decided { login, ..unasked(String::new()) }) };
    let (answer, says, agrees) = (first.answer, first.says.clone(), first.agrees);
    let about = About { meaning, desired: state, table: deed.table, role };
    let causes = if agrees == Some(false) { about.causes(client, &first.symptom(deed.operation)) } else { Vec::new() };
    Ok(Decided { answer, says, agrees, places, login, causes })
}

/// What has several lines, below each other.
fn on_lines(text: &str) -> String {
    text.replace('\n', "\n         ")
}

/// So many causes are told.
const MOST_CAUSES: usize = 5;

impl Decided {
    /// The first lines.
    pub(super) fn text(&self, reason: &Reason, met_raw_sql: bool) -> String {
        let by_rules = if reason.truth == Some(true) { "allowed" } else { "denied" };
        let says = self.says.as_deref().map(on_lines).unwrap_or_default();
        let at = |told: &Told| if self.places.len() > 1 { format!(", in {}", told.place) } else { String::new() };
        let differing = self.places.iter().filter(|place| place.agrees == Some(false));
        let mut text = match (self.agrees, self.answer) {
            (Some(true), Some(Answer::Denied)) => format!("denied   by the rules and by the database: {says}\n"),
            (Some(true), _) => "allowed  by the rules and by the database\n".to_owned(),
            (Some(false), _) => differing.map(|place| place.differs(&at(place))).collect(),
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
