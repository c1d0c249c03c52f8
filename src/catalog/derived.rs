//! The `sql` of a derived column: a small part of SQL's expressions, of which everything is known. In: a text and the columns that it may name. Out: a
//! [`Term`], or what is wrong.

use super::term::{FUNCTIONS, Function, Term};
use super::tokens::{Token, tokens};
use super::{Column, Type};

/// What a term gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Json,
    Texts,
    /// A value that only has a text: `id::text`.
    Other,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Number => "a number",
            Kind::Json => "jsonb",
            Kind::Texts => "an array of texts",
            Kind::Other => "no text; write `::text` behind it",
        }
    }
}

/// Reads an expression that has to give a value of a type.
pub(super) fn parse(text: &str, columns: &[Column], r#type: &Type) -> Result<Term, String> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, columns };
    let (term, kind) = parser.expression()?;
    if let Some(token) = parser.tokens.get(parser.next) {
        return Err(format!("`{token}` is not expected here"));
    }
    if term.columns().is_empty() {
        return Err("it reads no column, and so is the same in every row".to_owned());
    }
    let needed = match r#type {
        Type::Jsonb => Kind::Json,
        Type::Array(element) if **element == Type::Text => Kind::Texts,
        Type::Uuid | Type::Text | Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Boolean => Kind::Text,
        other => {
            return Err(format!(
                "no `{other}` can be derived: use uuid, text, smallint, integer, bigint, numeric, boolean, jsonb or text[]"
            ));
        }
    };
    match (kind, needed) {
        _ if kind == needed => Ok(term),
        (Kind::Json, Kind::Text) => Err("it gives jsonb, and a text is needed: use `->>` or `#>>`".to_owned()),
        _ => Err(format!("it gives {}, and {} is needed for `{type}`", kind.words(), needed.words())),
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    columns: &'a [Column],
}

type Typed = (Term, Kind);

impl Parser<'_> {
    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.next), Some(Token::Sign(next)) if next == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        match self.tokens.get(self.next) {
            Some(token) => Err(format!("`{sign}` is expected before `{token}`")),
            None => Err(format!("`{sign}` is missing at the end")),
        }
    }

    /// Operators of one precedence, from left to right (manual section 4.1.6).
    fn expression(&mut self) -> Result<Typed, String> {
        let (mut term, mut kind) = self.postfix()?;
        while let Some(operator) = ["||", "->", "->>", "#>", "#>>"].into_iter().find(|sign| self.takes(sign)) {
            let right = self.postfix()?;
            (term, kind) = operation((term, kind), operator, right)?;
        }
        Ok((term, kind))
    }

    fn postfix(&mut self) -> Result<Typed, String> {
        let (mut term, mut kind) = self.primary()?;
        loop {
            if self.takes("::") {
                match self.take() {
                    Some(Token::Name(name, false)) if name == "text" && kind != Kind::Number => {}
                    _ => return Err("the only cast is `::text`: what comes of it is read as `type` says".to_owned()),
                }
                if matches!(kind, Kind::Json | Kind::Texts) {
                    return Err(format!("{} has no text that is worth comparing: use `->>`, or `[1]`", kind.words()));
                }
                (term, kind) = (Term::AsText(Box::new(term)), Kind::Text);
            } else if self.takes("[") {
                let position = self.number()?;
                self.expect("]")?;
                if kind != Kind::Texts {
                    return Err(format!("`[{position}]` belongs behind an array, and this is {}", kind.words()));
                }
                (term, kind) = (Term::Element(Box::new(term), position), Kind::Text);
            } else {
                return Ok((term, kind));
            }
        }
    }

    fn primary(&mut self) -> Result<Typed, String> {
        match self.tokens.get(self.next) {
            Some(Token::Sign(sign)) if sign == "-" => return Ok((Term::Number(self.number()?), Kind::Number)),
            Some(Token::Number(_)) => return Ok((Term::Number(self.number()?), Kind::Number)),
            _ => {}
        }
        match self.take() {
            None => Err("something is missing at the end".to_owned()),
            Some(Token::Text(text)) => Ok((Term::Text(text), Kind::Text)),
            Some(Token::Sign(sign)) if sign == "(" => {
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name, is_quoted)) if !is_quoted && self.takes("(") => self.call(&name),
            Some(Token::Name(name, _)) => self.column(&name),
            Some(token) => Err(format!("`{token}` is not expected here")),
        }
    }

    fn column(&self, name: &str) -> Result<Typed, String> {
        let found = (0u32..).zip(self.columns).find(|(_, column)| column.name == name);
        let Some((index, column)) = found else {
            let near = crate::diagnostic::did_you_mean(name, self.columns.iter().map(|column| column.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("the table has no column `{name}`{near}"));
        };
        let kind = match &column.r#type {
            Type::Text | Type::Varchar(_) => Kind::Text,
            Type::Jsonb => Kind::Json,
            Type::Array(element) if **element == Type::Text => Kind::Texts,
            Type::Uuid | Type::SmallInt | Type::Integer | Type::BigInt | Type::Boolean | Type::Citext(_) => Kind::Other,
            other => return Err(format!("nothing is derived from `{name}`, which is `{other}`")),
        };
        Ok((Term::Column(index), kind))
    }

    fn call(&mut self, name: &str) -> Result<Typed, String> {
        let Some((_, function)) = FUNCTIONS.into_iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).collect();
            return Err(format!("`{name}` is none of the functions that can be used here: {}", known.join(", ")));
        };
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            if !self.takes(",") {
                break;
            }
        }
        self.expect(")")?;
        let kind = if function == Function::StringToArray { Kind::Texts } else { Kind::Text };
        check_arguments(function, &arguments)?;
        Ok((Term::Call(function, arguments.into_iter().map(|(term, _)| term).collect()), kind))
    }

    fn number(&mut self) -> Result<i32, String> {
        let sign = if self.takes("-") { "-" } else { "" };
        match self.take() {
            Some(Token::Number(digits)) => {
                format!("{sign}{digits}").parse().map_err(|_| format!("`{sign}{digits}` is no whole number of four bytes"))
            }
            _ => Err("a number is expected".to_owned()),
        }
    }
}

fn operation((left, kind): Typed, operator: &str, (right, right_kind): Typed) -> Result<Typed, String> {
    let of = Box::new(left);
    let as_text = operator.ends_with(">>");
    let gives = if as_text { Kind::Text } else { Kind::Json };
    match (operator, kind, right_kind) {
        ("||", Kind::Text, Kind::Text) => Ok((Term::Joined(of, Box::new(right)), Kind::Text)),
        ("||", ..) => {
            Err(format!("`||` joins texts, and this is {}", if kind == Kind::Text { right_kind } else { kind }.words()))
        }
        ("->" | "->>", Kind::Json, _) => match right {
            Term::Text(_) | Term::Number(0..) => Ok((Term::Member { of, key: Box::new(right), as_text }, gives)),
            _ => Err(format!("behind `{operator}` stands a key, `'key'`, or the number of an element, from 0")),
        },
        ("#>" | "#>>", Kind::Json, _) => match &right {
            Term::Text(text) => Ok((Term::Path { of, steps: steps(text)?, as_text }, gives)),
            _ => Err(format!("behind `{operator}` stands a path, `'{{a,b}}'`")),
        },
        _ => Err(format!("`{operator}` belongs behind jsonb, and this is {}", kind.words())),
    }
}

/// The steps of `'{a,b}'`. What would have to be quoted in it is not taken.
fn steps(text: &str) -> Result<Vec<String>, String> {
    let is_step = |step: &&str| {
        !step.is_empty()
            && !step.eq_ignore_ascii_case("null")
            && step.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    };
    let steps: Option<Vec<&str>> =
        text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).map(|steps| steps.split(',').collect());
    match steps {
        Some(steps) if steps.iter().all(is_step) => Ok(steps.into_iter().map(str::to_owned).collect()),
        _ => Err(format!("`{text}` is no path of plain keys: `'{{a,b}}'`; other keys are reached by `->`")),
    }
}

/// Whether a function takes its arguments, and none of them would make it fail.
fn check_arguments(function: Function, arguments: &[Typed]) -> Result<(), String> {
    let texts = |count: std::ops::RangeInclusive<usize>| {
        count.contains(&arguments.len()) && arguments.iter().all(|(_, kind)| *kind == Kind::Text)
    };
    let is_separator = |typed: &Typed| matches!(&typed.0, Term::Text(text) if !text.is_empty());
    let is_text = |typed: &Typed| typed.1 == Kind::Text;
    let (fits, usage) = match (function, arguments) {
        (Function::SplitPart, [text, separator, (Term::Number(part), _)]) => {
            (is_text(text) && is_separator(separator) && *part != 0, "split_part(text, '/', 1)")
        }
        (Function::SplitPart, _) => (false, "split_part(text, '/', 1)"),
        (Function::StringToArray, [text, separator]) => (is_text(text) && is_separator(separator), "string_to_array(text, '/')"),
        (Function::StringToArray, _) => (false, "string_to_array(text, '/')"),
        (Function::Left | Function::Right, [text, (Term::Number(_), _)]) => (is_text(text), "left(text, 3)"),
        (Function::Left | Function::Right, _) => (false, "left(text, 3)"),
        (Function::Lower | Function::Upper, _) => (texts(1..=1), "lower(text)"),
        (Function::Btrim | Function::Ltrim | Function::Rtrim, _) => (texts(1..=2), "btrim(text, ' ')"),
        (Function::Replace, _) => (texts(3..=3), "replace(text, 'a', 'b')"),
        (Function::Nullif, _) => (texts(2..=2), "nullif(text, '')"),
        (Function::Coalesce, _) => (texts(2..=9), "coalesce(text, 'other')"),
    };
    if fits { Ok(()) } else { Err(format!("`{}` takes something else: `{usage}`", function.name())) }
}

#[cfg(test)]
mod tests {
    use super::{Term, parse};
    use crate::catalog::{Column, Type};

    fn column(name: &str, r#type: Type) -> Column {
        Column { generated: false, ..Column::made(name.to_owned(), r#type, Vec::new()) }
    }

    #[test]
    fn only_what_is_known_is_taken() {
        let columns = [
            column("name", Type::Text),
            column("Meta", Type::Jsonb),
            column("id", Type::Integer),
            column("parts", Type::Array(Box::new(Type::Text))),
            column("at", Type::Date),
        ];
        let parsed = |text: &str, r#type: Type| parse(text, &columns, &r#type);
        for right in [
            "split_part(name, '/', 1)",
            "(string_to_array(NAME, '/'))[2]",
            "parts[1]",
            "\"Meta\" ->> 'it''s'",
            "\"Meta\" -> 'a' #>> '{b,0}'",
            "id::text || ':' || lower(btrim(name, ' '))",
            "nullif(coalesce(name, 'x'), '')",
            "split_part(name, '/', -1)",
        ] {
            assert!(parsed(right, Type::Text).is_ok(), "{right}: {:?}", parsed(right, Type::Text));
        }
        assert_eq!(parsed("\"Meta\" -> 'a'", Type::Jsonb).map(|term: Term| term.columns()), Ok(vec![1]));
        for wrong in [
            "",
            "'x'",
            "name || id",
            "split_part(name, '/', 0)",
            "split_part(name, '', 1)",
            "split_part(name, '/', id)",
            "name::uuid",
            "now()",
            "(SELECT name)",
            "other.name",
            "name FROM users",
            "name; DROP TABLE users",
            "current_user",
            "at::text",
            "Meta ->> 'a'",
            "\"Meta\" -> 'a'",
            "\"Meta\" #>> '{a,\"b\"}'",
            "\"Meta\" ->> -1",
            "regexp_replace(name, 'a', 'b')",
            "name::text::integer",
            "E'\\x41' || name",
            "name -- comment",
            "$1 || name",
            "name[1]",
        ] {
            assert!(parsed(wrong, Type::Text).is_err(), "{wrong}");
        }
    }
}
