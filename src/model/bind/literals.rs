//! Literals to values of the type that they are compared with.

use super::Binder;
use crate::ast;
use crate::catalog::{Family, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Claim, ClaimPath, Literal, Value};

/// Why a literal is not a value of a type.
pub(super) struct Mismatch {
    /// What it is not, in words.
    pub(super) reason: String,
    /// What it should have been, where that is known.
    pub(super) near: Option<String>,
}

impl Mismatch {
    fn new(reason: impl Into<String>) -> Mismatch {
        Mismatch { reason: reason.into(), near: None }
    }
}

impl Binder<'_> {
    /// The literal as a value of `type`. Only for operands that are literals.
    pub(super) fn literal(&self, operand: &ast::Operand, r#type: &Type) -> Result<Literal, Mismatch> {
        let literal = |text: &str, is_day| Literal { text: text.to_owned(), r#type: r#type.clone(), is_day };
        match (operand, r#type.family()) {
            (ast::Operand::Text(text), Family::Text) => Ok(Literal { text: text.clone(), r#type: Type::Text, is_day: false }),
            (ast::Operand::Text(text), Family::Uuid) if is_uuid(text) => Ok(literal(text, false)),
            (ast::Operand::Text(text), Family::Uuid) => Err(Mismatch::new(format!("`{text}` is not a uuid"))),
            (ast::Operand::Text(text), Family::Enum(name)) => {
                let values = self.catalog.enums().get(&name).map_or(&[][..], Vec::as_slice);
                if values.iter().any(|value| value == text) {
                    return Ok(literal(text, false));
                }
                let near = crate::diagnostic::did_you_mean(text, values.iter().map(String::as_str));
                let reason = format!("`{text}` is not a value of the enum `{name}` ({})", values.join(", "));
                Err(Mismatch { reason, near: near.map(|near| format!("\"{near}\"")) })
            }
            (ast::Operand::Text(text), Family::Other(_)) => Ok(literal(text, false)),
            (ast::Operand::Text(text), Family::Time) => {
                let near = crate::syntax::is_day(text).then(|| format!("date \"{text}\""));
                Err(Mismatch { reason: format!("\"{text}\" is a text; days are written `date \"2026-01-31\"`"), near })
            }
            (ast::Operand::Text(text), Family::Boolean) => {
                let near = ["true", "false"].into_iter().find(|word| text.eq_ignore_ascii_case(word));
                Err(Mismatch { reason: format!("\"{text}\" is a text, not true or false"), near: near.map(str::to_owned) })
            }
            (ast::Operand::Text(text), Family::Number) => {
                let near = is_number(text).then(|| text.clone());
                Err(Mismatch { reason: format!("\"{text}\" is a text, not a number"), near })
            }
            (ast::Operand::Number(text), Family::Number) => Ok(literal(text, false)),
            (ast::Operand::Number(text), Family::Text) => {
                Err(Mismatch { reason: format!("`{text}` is a number, not a text"), near: Some(format!("\"{text}\"")) })
            }
            (ast::Operand::Boolean(value), Family::Boolean) => Ok(literal(if *value { "true" } else { "false" }, false)),
            (ast::Operand::Date(text), Family::Time) => Ok(literal(text, true)),
            (ast::Operand::Number(text), Family::Boolean) if text == "0" || text == "1" => {
                let near = if text == "1" { "true" } else { "false" };
                Err(Mismatch { reason: format!("the number {text} cannot be a `{type}`"), near: Some(near.to_owned()) })
            }
            (ast::Operand::Now, Family::Time) => {
                Err(Mismatch { reason: format!("{} cannot be a `{type}`", describe(operand)), near: Some("today".to_owned()) })
            }
            (operand, _) => Err(Mismatch::new(format!("{} cannot be a `{type}`", describe(operand)))),
        }
    }

    /// A number that no value of a type of whole numbers equals, or that all of them are on one side of, can never decide anything.
    pub(super) fn check_whole_number(&mut self, literal: &Literal, is_equality: bool, span: Span) -> Option<()> {
        let (least, greatest) = match literal.r#type {
            Type::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Type::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Type::BigInt => (i64::MIN, i64::MAX),
            _ => return Some(()),
        };
        let (whole, fraction) = literal.text.split_once('.').unwrap_or((&literal.text, ""));
        let is_within = whole.parse::<i64>().is_ok_and(|number| (least..=greatest).contains(&number));
        let is_whole = fraction.bytes().all(|digit| digit == b'0');
        if is_within && (is_whole || !is_equality) {
            return Some(());
        }
        let (text, r#type) = (&literal.text, &literal.r#type);
        let diagnostic = Diagnostic::new(Code::LiteralMismatch, span, format!("`{text}` is no `{type}`"))
            .with_help("correct the number, or the column's type in the schema file");
        self.report(diagnostic.with_label(if is_within {
            "no whole number equals it".to_owned()
        } else {
            format!("its values are between {least} and {greatest}")
        }));
        None
    }

    /// What takes its type from the other side and is no literal: moments and claims. `None` for literals, and for what does not fit.
    pub(super) fn typed(&mut self, operand: &Spanned<ast::Operand>, r#type: &Type) -> Option<Value> {
        match (&operand.value, r#type) {
            (ast::Operand::Now, Type::Timestamp | Type::TimestampTz) => Some(Value::Now(r#type.clone())),
            (ast::Operand::Today, Type::Date | Type::Timestamp | Type::TimestampTz) => Some(Value::Today(r#type.clone())),
            // A day has no hours.
            (ast::Operand::Shifted(duration), Type::Date) if duration.unit.is_clock() => None,
            (ast::Operand::Shifted(duration), Type::Date | Type::Timestamp | Type::TimestampTz) => {
                Some(Value::Shifted(*duration, r#type.clone()))
            }
            (ast::Operand::Claim(name), r#type) if !matches!(r#type.family(), Family::Structured | Family::Tuple(_)) => {
                Some(Value::Claim(self.claim(name, operand.span), r#type.clone()))
            }
            _ => None,
        }
    }

    /// A claim as JSON, with what it may contain.
    pub(super) fn json_claim(&mut self, name: &str, span: Span) -> Value {
        Value::Claim(self.claim(name, span), Type::Jsonb)
    }

    /// A claim as a list of values of a type.
    pub(super) fn list_claim(&mut self, name: &str, element: &Type, span: Span) -> Value {
        Value::Claim(self.claim(name, span), Type::Array(Box::new(element.clone())))
    }

    /// A claim that a condition asks for.
    fn claim(&mut self, name: &str, span: Span) -> Claim {
        self.require_claims(span);
        let path = ClaimPath::parse(name);
        if path.is_written_by_users() {
            let title = "whoever holds a token can write what this compares";
            self.report_written_by_users(span, title.to_owned());
        }
        Claim::Token(path)
    }

    /// A claim decides, and users write it themselves.
    pub(super) fn report_written_by_users(&mut self, span: Span, title: String) {
        let diagnostic = Diagnostic::new(Code::EditableRole, span, title)
            .with_note("users may change their own metadata: `user_metadata` at Supabase and Auth0, `unsafe_metadata` at Clerk")
            .with_help("take it from `app_metadata`, which only the service can change, or from a table");
        self.report(diagnostic);
    }

    pub(super) fn require_claims(&mut self, span: Span) {
        if self.identity.as_ref().is_some_and(|identity| identity.claims.is_none()) {
            let diagnostic = Diagnostic::new(Code::Identity, span, "the configuration does not say where claims come from")
                .with_help("name the setting that holds them as JSON: `claims: app.claims` under `identity` in rowgate.yaml");
            self.report(diagnostic);
        }
    }
}

/// A literal in words, for messages.
pub(super) fn describe(operand: &ast::Operand) -> String {
    match operand {
        ast::Operand::Text(text) => format!("the text \"{text}\""),
        ast::Operand::Number(text) => format!("the number {text}"),
        ast::Operand::Boolean(value) => format!("`{value}`"),
        ast::Operand::Date(text) => format!("the day {text}"),
        ast::Operand::Now => "`now`, a point in time,".to_owned(),
        ast::Operand::Today => "`today`, a day,".to_owned(),
        ast::Operand::Shifted(duration) if duration.unit.is_clock() => "a time of the day".to_owned(),
        ast::Operand::Shifted(_) => "a point in time".to_owned(),
        ast::Operand::Claim(name) => format!("the claim \"{name}\""),
        ast::Operand::LoggedInUser => "`Logged in User`".to_owned(),
        ast::Operand::Path(_)
        | ast::Operand::ThisRecord(_)
        | ast::Operand::Former(_)
        | ast::Operand::User(_)
        | ast::Operand::AtAnyLevel(_)
        | ast::Operand::NumberOf(_) => "this".to_owned(),
    }
}

/// The spelling of the uuid type's output, in any case (manual section 8.12).
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, c)| match index {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match digits.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(digits),
    }
}
