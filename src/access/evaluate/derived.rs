//! Derived columns: what a row says of them. In: a row as it is stored. Out: the value that the database computes of it.

use super::datum::parse;
use super::{Datum, Decimal, Evaluator, Found, Number, Row};
use crate::catalog::{Catalog, ColumnRef, Derived, Function, Term, Type};

impl Evaluator<'_> {
    /// What a row has in a column, or what is derived from it.
    pub(super) fn cell(&self, column: ColumnRef, row: &Row) -> Option<Datum> {
        match self.model.catalog.derivation(column) {
            Some(derived) => Some(value(&self.model.catalog, derived, row)),
            None => row.get(column.column as usize).cloned(),
        }
    }

    /// The rows that have a value in a column, which may be derived.
    pub(super) fn find<'s>(&'s self, column: ColumnRef, value: &'s Datum) -> Found<'s> {
        let Some(derived) = self.model.catalog.derivation(column) else { return self.rows.with(column, value) };
        if let (Term::Tuple(parts), Datum::Tuple(values)) = (&derived.term, value) {
            return self.find_tuple(column, parts, values);
        }
        let has = move |row: &&Row| self.cell(column, row).and_then(|found| found.equals(value)) == Some(true);
        Box::new(self.rows.all(column.table).filter(has))
    }

    /// The rows that have each of several values in its column.
    fn find_tuple<'s>(&'s self, column: ColumnRef, parts: &'s [u32], values: &'s [Datum]) -> Found<'s> {
        // The last part of a key tells more than that which comes first, such as the tenant's.
        let (Some(&last), Some(value)) = (parts.last(), values.last()) else { return Box::new(std::iter::empty()) };
        let has = move |row: &&Row| {
            let mut each = parts.iter().zip(values);
            each.all(|(&part, value)| row.get(part as usize).and_then(|own| own.equals(value)) == Some(true))
        };
        Box::new(self.rows.with(ColumnRef { table: column.table, column: last }, value).filter(has))
    }
}

/// The value of a derived column in a row. What is badly formed is empty.
fn value(catalog: &Catalog, derived: &Derived, row: &Row) -> Datum {
    let r#type = &derived.column.r#type;
    match term(&derived.term, row) {
        Some(Datum::Text(text)) if is_well_formed(r#type, &text) => parse(catalog, r#type, &text, 0).unwrap_or(Datum::Null),
        Some(found @ (Datum::Json(_) | Datum::Array(_) | Datum::Tuple(_))) => found,
        _ => Datum::Null,
    }
}

/// Whether a text is read as a value of a type. The greatest whole numbers are left out, as there.
fn is_well_formed(r#type: &Type, text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = |most: usize, first: &[u8]| {
        let all = (1..=most).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        all && (digits.len() < most || digits.bytes().next().is_some_and(|digit| first.contains(&digit)))
    };
    match r#type {
        Type::SmallInt => is_number(5, b"12"),
        Type::Integer => is_number(10, b"1"),
        other => super::claims::is_well_formed(other, text),
    }
}

/// What an expression gives; `None` for nothing.
fn term(of: &Term, row: &Row) -> Option<Datum> {
    let text = |part: &Term| match term(part, row) {
        Some(Datum::Text(text)) => Some(text),
        _ => None,
    };
    Some(match of {
        Term::Column(index) => row.get(*index as usize).filter(|value| !value.is_null()).cloned()?,
        Term::Tuple(parts) => {
            let value = |index: &u32| row.get(*index as usize).filter(|value| !value.is_null()).cloned();
            Datum::Tuple(parts.iter().map(value).collect::<Option<_>>()?)
        }
        Term::Text(text) => Datum::Text(text.clone()),
        Term::Number(_) => return None,
        Term::Joined(left, right) => Datum::Text(text(left)? + &text(right)?),
        Term::Member { of, key, as_text } => {
            let Some(Datum::Json(json)) = term(of, row) else { return None };
            let found = match &**key {
                Term::Number(index) => match &json {
                    serde_json::Value::Array(elements) => elements.get(usize::try_from(*index).ok()?),
                    serde_json::Value::Object(_) => None,
                    // PostgreSQL keeps a single value as an array of one.
                    single => (*index == 0).then_some(single),
                },
                Term::Text(key) => json.as_object().and_then(|members| members.get(key)),
                _ => None,
            };
            member(found?, *as_text)?
        }
        Term::Path { of, steps, as_text } => {
            let Some(Datum::Json(json)) = term(of, row) else { return None };
            let step = |json: &serde_json::Value, step: &String| match json {
                serde_json::Value::Object(members) => members.get(step).cloned(),
                serde_json::Value::Array(elements) => element(elements, step.parse().ok()?).cloned(),
                _ => None,
            };
            member(&steps.iter().try_fold(json, |json, key| step(&json, key))?, *as_text)?
        }
        Term::Element(of, position) => {
            let Some(Datum::Array(elements)) = term(of, row) else { return None };
            let index = usize::try_from(position.checked_sub(1)?).ok()?;
            elements.get(index).filter(|element| !element.is_null()).cloned()?
        }
        Term::AsText(of) => Datum::Text(match term(of, row)? {
            Datum::Boolean(value) => value.to_string(),
            Datum::Text(text) | Datum::Citext(text) | Datum::Uuid(text) => text,
            other => as_stored(&other)?,
        }),
        Term::Call(function, arguments) => call(*function, arguments, row)?,
    })
}

/// Elements are counted from the end by negative numbers.
fn element(elements: &[serde_json::Value], position: i64) -> Option<&serde_json::Value> {
    let position = if position < 0 { i64::try_from(elements.len()).ok()?.checked_add(position)? } else { position };
    elements.get(usize::try_from(position).ok()?)
}

/// A part of JSON as it is, or its text: of JSON's null there is none.
fn member(json: &serde_json::Value, as_text: bool) -> Option<Datum> {
    match (json, as_text) {
        (json, false) => Some(Datum::Json(json.clone())),
        (serde_json::Value::Null, true) => None,
        (serde_json::Value::String(text), true) => Some(Datum::Text(text.clone())),
        (json, true) => Some(Datum::Text(json_text(json))),
    }
}

/// JSON as the type jsonb writes it: a blank behind commas and colons, keys by their length.
fn json_text(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Array(elements) => {
            format!("[{}]", elements.iter().map(json_text).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| (key.len(), (*key).clone()));
            let text = |(key, value): (&String, &serde_json::Value)| {
                format!("{}: {}", serde_json::Value::String(key.clone()), json_text(value))
            };
            format!("{{{}}}", members.into_iter().map(text).collect::<Vec<_>>().join(", "))
        }
        single => single.to_string(),
    }
}

/// A whole number's text.
fn as_stored(number: &Datum) -> Option<String> {
    let Datum::Number(Number::Exact(Decimal::Finite { negative, whole, .. })) = number else { return None };
    let digits = if whole.is_empty() { "0" } else { whole };
    Some(if *negative { format!("-{digits}") } else { digits.to_owned() })
}

fn call(function: Function, arguments: &[Term], row: &Row) -> Option<Datum> {
    let text = |index: usize| match term(arguments.get(index)?, row) {
        Some(Datum::Text(text)) => Some(text),
        _ => None,
    };
    let number = |index: usize| match arguments.get(index) {
        Some(Term::Number(number)) => Some(*number),
        _ => None,
    };
    Some(Datum::Text(match function {
        Function::SplitPart => {
            let (whole, separator, part) = (text(0)?, text(1)?, number(2)?);
            let parts: Vec<&str> = whole.split(separator.as_str()).collect();
            let count = i32::try_from(parts.len()).ok()?;
            let index = if part < 0 { count.checked_add(part)? } else { part - 1 };
            usize::try_from(index).ok().and_then(|index| parts.get(index).copied()).unwrap_or_default().to_owned()
        }
        Function::StringToArray => {
            let (whole, separator) = (text(0)?, text(1)?);
            let parts: Vec<&str> = if whole.is_empty() { Vec::new() } else { whole.split(separator.as_str()).collect() };
            return Some(Datum::Array(parts.into_iter().map(|part| Datum::Text(part.to_owned())).collect()));
        }
        Function::Lower => text(0)?.to_lowercase(),
        Function::Upper => text(0)?.to_uppercase(),
        Function::Btrim | Function::Ltrim | Function::Rtrim => {
            let (whole, characters) = (text(0)?, if arguments.len() > 1 { text(1)? } else { " ".to_owned() });
            let is_one = |c: char| characters.contains(c);
            match function {
                Function::Ltrim => whole.trim_start_matches(is_one),
                Function::Rtrim => whole.trim_end_matches(is_one),
                _ => whole.trim_matches(is_one),
            }
            .to_owned()
        }
        Function::Left | Function::Right => {
            let (whole, count) = (text(0)?, number(1)?);
            let letters: Vec<char> = whole.chars().collect();
            // What a negative number leaves out stands at the other end.
            let magnitude = usize::try_from(count.unsigned_abs()).ok()?;
            let kept = if count < 0 { letters.len().saturating_sub(magnitude) } else { magnitude.min(letters.len()) };
            let start = if function == Function::Left { 0 } else { letters.len() - kept };
            letters[start..start + kept].iter().collect()
        }
        Function::Replace => {
            let (whole, from, to) = (text(0)?, text(1)?, text(2)?);
            if from.is_empty() { whole } else { whole.replace(&from, &to) }
        }
        Function::Coalesce => (0..arguments.len()).find_map(text)?,
        Function::Nullif => {
            let whole = text(0)?;
            if text(1).is_some_and(|other| other == whole) {
                return None;
            }
            whole
        }
    }))
}
