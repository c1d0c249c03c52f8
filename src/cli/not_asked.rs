//! Why a question could not be asked: of a record or an action that is not there, or of rows that nobody showed. In: what was typed, or what the database says. Out: an
//! error with what to do about it.

use super::Error;
use crate::db::{DatabaseError, InspectError, describe_error};

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// No record has the key.
    #[error("the database has no record of `{table}` with the key `{key}`")]
    NoRecord {
        /// The table.
        table: String,
        /// As it was typed.
        key: String,
    },
    /// The key is none of the table's.
    #[error("`{key}` is no key of `{table}`, which is ({})", columns.join(", "))]
    NoKey {
        /// The table.
        table: String,
        /// As it was typed.
        key: String,
        /// The columns of its key with their types.
        columns: Vec<String>,
    },
    /// An action takes other values.
    #[error("`{key}` is nothing that `{action}` is called with, which takes ({})", columns.join(", "))]
    NoArguments {
        /// The action.
        action: String,
        /// As it was typed.
        key: String,
        /// What it takes, with the types.
        columns: Vec<String>,
    },
    /// A value that a field cannot have.
    #[error("`{column}` of `{table}` is {type}, and {reason}")]
    NoValue {
        /// The field.
        column: String,
        /// Its table.
        table: String,
        /// Its type.
        r#type: String,
        /// Which value is none, and who says so.
        reason: String,
        /// How one is written.
        help: Option<String>,
    },
    /// Records that cannot be told apart.
    #[error("`{0}` has no primary key, so no record of it can be named")]
    NoPrimaryKey(String),
    /// A login that who asks cannot become.
    #[error("`{login}` was not looked at: {}", describe_error(reason))]
    Login {
        /// As it was typed.
        login: String,
        /// What the server says.
        reason: DatabaseError,
    },
    /// Rows that nobody showed.
    #[error(transparent)]
    Rows(#[from] InspectError),
}

impl From<NotAsked> for Error {
    fn from(reason: NotAsked) -> Error {
        Error::NotAsked(Box::new(reason))
    }
}

impl From<InspectError> for Error {
    fn from(reason: InspectError) -> Error {
        NotAsked::Rows(reason).into()
    }
}

impl NotAsked {
    /// What to do about it, where there is something to say.
    pub(super) fn help(&self) -> Option<String> {
        Some(match self {
            NotAsked::NoRecord { .. } => "the rows of the test files are asked with --samples".to_owned(),
            NotAsked::NoKey { columns, .. } | NotAsked::NoArguments { columns, .. } if columns.len() > 1 => {
                "write one value for each column, in this order, with commas between them".to_owned()
            }
            NotAsked::NoKey { .. } | NotAsked::NoArguments { .. } => "write a value of this type".to_owned(),
            NotAsked::NoValue { help, .. } => return help.clone(),
            NotAsked::NoPrimaryKey(_) => "ask about a new record: `rowgate why create TABLE - --set column=value`".to_owned(),
            NotAsked::Rows(InspectError::NoReader { role: None, .. }) => {
                "name a role that sees every row in rowgate.yaml (`lookup: { inspection_role: rowgate_inspection }`), apply the rules, and let the login act as it; or \
                 connect as a superuser or a role with BYPASSRLS"
                    .to_owned()
            }
            NotAsked::Rows(InspectError::NoReader { role: Some(role), gives: None, .. }) => {
                format!("`rowgate apply` makes the role `{role}`, which rowgate.yaml names")
            }
            NotAsked::Rows(InspectError::NoReader { gives: Some(gives), .. }) => {
                format!("let it act as the role of inspection: {gives}; a login that also acts for the application is named under `accepted: logins`")
            }
            NotAsked::Rows(InspectError::Narrowed { .. }) => {
                "`rowgate verify` says what is otherwise than it was applied; or connect as a superuser or a role with BYPASSRLS".to_owned()
            }
            NotAsked::Rows(InspectError::TooMany { .. }) => {
                "ask about another record, or about the rows of the test files with --samples".to_owned()
            }
            NotAsked::Login { login, reason } => match reason.code()?.code() {
                // insufficient_privilege
                "42501" => format!("superusers can ask so: connect as one, or run `rowgate doctor` as `{login}` itself"),
                // invalid_parameter_value
                "22023" => "name the role that the application logs in as: the user in the URL that it connects with".to_owned(),
                _ => return None,
            },
            NotAsked::Rows(InspectError::Unreadable { .. }) => return None,
            NotAsked::Rows(InspectError::Database(reason)) => return super::refused::help_of_reader(reason),
        })
    }
}
