//! Whether a default can be one: an expression of SQL, and if it is a constant, one of the column's type. In: the text and the type. Out: what is wrong and
//! what to write. Expressions are the server's to judge; a text is refused only where no server would take it.

use super::tokens::{Token, tokens};
use super::written::may_be;
use super::{Enums, Type};
use crate::diagnostic::did_you_mean;

/// What is wrong with a default, and what to do about it.
pub(super) struct Wrong {
    pub(super) title: String,
    pub(super) help: String,
}

/// A value that is written out.
enum Constant {
    Text(String),
    Number,
    Boolean,
}

/// What is wrong with the default of a column.
pub(super) fn check(name: &str, r#type: &Type, default: &str, enums: &Enums) -> Option<Wrong> {
    let text = default.trim();
    if is_no_expression(text) {
        return Some(Wrong {
            title: format!("the default `{text}` is no expression of SQL"),
            help: format!("a text stands in single quotes, and these in double ones: `default: \"'{text}'\"`"),
        });
    }
    let found = constant(text, r#type)?;
    let help = match (&found, r#type) {
        (Constant::Text(text), r#type) if !may_be(enums, r#type, text) => help(text, r#type, enums),
        (Constant::Number, Type::Boolean) => "write `true` or `false`".to_owned(),
        (Constant::Number, r#type) if is_no_number(r#type) => help("", r#type, enums),
        (Constant::Boolean, r#type) if is_no_number(r#type) || is_number(r#type) => help("", r#type, enums),
        _ => return None,
    };
    Some(Wrong { title: format!("`{name}` is `{}`, and its default `{text}` is none", r#type), help })
}

/// A word alone would be the name of a column, which no default may have; and what begins with a digit is a number.
fn is_no_expression(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "null", "localtime", "localtimestamp", "user", "session_user", "system_user"];
    if !text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return false;
    }
    let lower = text.to_lowercase();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return !WORDS.contains(&lower.as_str()) && !lower.starts_with("current_");
    }
    let is_of_base = ["0x", "0b", "0o"].iter().any(|base| lower.starts_with(base));
    !is_of_base && lower.replace('_', "").parse::<f64>().is_err()
}

fn constant(text: &str, r#type: &Type) -> Option<Constant> {
    let tokens = tokens(text).ok()?;
    match tokens.as_slice() {
        [Token::Text(value)] => Some(Constant::Text(value.clone())),
        // As PostgreSQL prints it. What is made of the text of another type is the server's to say.
        [Token::Text(value), Token::Sign(sign), ..] if sign == "::" && matches!(r#type, Type::Enum(_)) => {
            Some(Constant::Text(value.clone()))
        }
        [Token::Number(_)] => Some(Constant::Number),
        [Token::Sign(sign), Token::Number(_)] if sign == "-" => Some(Constant::Number),
        [Token::Number(_), Token::Sign(sign), Token::Number(_)] if sign == "." => Some(Constant::Number),
        [Token::Name(word, false)] if word == "true" || word == "false" => Some(Constant::Boolean),
        _ => None,
    }
}

fn is_number(r#type: &Type) -> bool {
    matches!(r#type, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double)
}

/// Types that a number is never made into when it is stored.
fn is_no_number(r#type: &Type) -> bool {
    matches!(
        r#type,
        Type::Uuid
            | Type::Date
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Interval
            | Type::Json
            | Type::Jsonb
            | Type::Enum(_)
            | Type::Array(_)
    )
}

fn help(text: &str, r#type: &Type, enums: &Enums) -> String {
    let labels = match r#type {
        Type::Enum(name) => enums.get(name),
        _ => None,
    };
    match (r#type, labels) {
        (_, Some(labels)) => match did_you_mean(text, labels.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `default: \"'{near}'\"`?"),
            None => format!(
                "it is one of {}, in single quotes: `default: \"'{}'\"`",
                labels.join(", "),
                labels.first().map_or("", |l| l)
            ),
        },
        (Type::Boolean, _) => "write `true` or `false`".to_owned(),
        (Type::Array(_), _) => "elements stand in braces: `default: \"'{}'\"` has none".to_owned(),
        _ => format!("write a value of the type `{}`, or leave the default out", r#type),
    }
}
