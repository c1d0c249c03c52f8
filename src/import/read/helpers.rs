//! Helper functions in their places: what a helper says is said instead of its call, where that is the same.

use std::collections::BTreeMap;

use super::super::facts::FunctionFacts;
use super::super::meaning::{Condition, Value};
use super::super::parse;
use super::super::tree::{Query, Sql};
use super::kinds::Typed;
use super::{DEPTH, Reader, Scope, Why, listed};
use crate::catalog::{ColumnRef, QualifiedName, TableId};

/// What a helper's body is.
enum Body {
    Value(Sql),
    Query(Query),
}

/// A helper that is looked into: its body, and what its names mean.
struct Entered<'s> {
    body: Body,
    scope: Scope<'s>,
    /// What a strict one is handed, and has to be there.
    needed: Vec<Value>,
}

impl<'a> Reader<'a> {
    /// What a helper that gives true or false says; `None` where there is no such helper.
    pub(super) fn helper_condition(
        &mut self,
        name: &[String],
        arguments: &[Sql],
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Option<Condition>, Why> {
        let Some(function) = self.helper(name, arguments.len(), scope)? else { return Ok(None) };
        if function.returns != "boolean" {
            return Err(format!("`{}` gives {}", function.name, function.returns));
        }
        let entered = self.enter(function, arguments, scope)?;
        if exact && !entered.needed.is_empty() {
            self.leave();
            return Err(format!("`{}` is unknown where what it is handed is empty, below a NOT", function.name));
        }
        let said = match &entered.body {
            Body::Value(sql) => self.condition(sql, &entered.scope, exact),
            Body::Query(query) => self.truth_of_query(query, &entered.scope, exact),
        };
        self.leave();
        let said = said.map_err(|why| within(&function.name, &why))?;
        self.helpers.insert(function.name.to_string());
        let needed: Result<Vec<Condition>, Why> = entered.needed.into_iter().map(|value| self.is_null(value, true)).collect();
        Ok(Some(Condition::all(needed?.into_iter().chain([said]))))
    }

    /// The value that a helper gives.
    pub(super) fn helper_value(&mut self, name: &[String], arguments: &[Sql], scope: &Scope<'_>) -> Result<Option<Typed>, Why> {
        let Some(function) = self.helper(name, arguments.len(), scope)? else { return Ok(None) };
        let entered = self.enter(function, arguments, scope)?;
        let value = match &entered.body {
            Body::Value(sql) => self.typed(sql, &entered.scope),
            Body::Query(query) => self.value_of_query(query, &entered.scope),
        };
        self.leave();
        // What it gives is of the type that it says, whatever its body comes to.
        let value = value.and_then(|value| self.returned_as(value, function)).map_err(|why| within(&function.name, &why))?;
        if !entered.needed.is_empty() {
            return Err(format!("`{}` gives nothing where what it is handed is empty", function.name));
        }
        self.helpers.insert(function.name.to_string());
        Ok(Some(value))
    }

    /// Whether a helper gives a row with a value.
    pub(super) fn in_helper(
        &mut self,
        value: &Typed,
        name: &[String],
        arguments: &[Sql],
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let Some(function) = self.helper(name, arguments.len(), scope)? else {
            return Err(format!("rows of the function `{}`", listed(name)));
        };
        let entered = self.enter(function, arguments, scope)?;
        let found = match &entered.body {
            Body::Query(query) if !query.is_limited => self.rows_of(query, &entered.scope).and_then(|(inner, (rows, parts))| {
                // Else the first row alone is what it gives.
                if !function.returns_set && !self.is_one_row(&rows, &parts) {
                    return Err("a value of one of several rows".to_owned());
                }
                let [column] = query.columns.as_slice() else { return Err("several columns".to_owned()) };
                let value = self.typed(column, &inner).and_then(|value| self.returned_as(value, function))?;
                Ok((rows, parts, value))
            }),
            _ => Err("its rows are not those of a query".to_owned()),
        };
        self.leave();
        let (rows, mut parts, column): (Vec<(usize, TableId)>, Vec<Condition>, Typed) =
            found.map_err(|why| within(&function.name, &why))?;
        if !entered.needed.is_empty() {
            return Err(format!("`{}` gives nothing where what it is handed is empty", function.name));
        }
        self.helpers.insert(function.name.to_string());
        parts.push(self.in_column(column, value.clone(), scope, exact)?);
        Ok(self.rows(rows, parts, exact))
    }

    /// The function of a call.
    fn helper(&self, name: &[String], arguments: usize, scope: &Scope<'_>) -> Result<Option<&'a FunctionFacts>, Why> {
        let facts: &'a super::super::facts::Facts = self.facts;
        let named = match name {
            [schema, name] => Some(QualifiedName::new(schema.as_str(), name.as_str())),
            [name] => self.function_named(name, scope)?,
            _ => None,
        };
        let Some(name) = named else { return Ok(None) };
        let all: Vec<&'a FunctionFacts> = facts.functions.iter().filter(|function| function.name == name).collect();
        let takes = |function: &&&'a FunctionFacts| {
            let most = function.parameters.len();
            (most - function.defaults.min(most)..=most).contains(&arguments)
        };
        match all.iter().filter(takes).collect::<Vec<_>>().as_slice() {
            [] if all.is_empty() => Ok(None),
            [] => Err(format!("`{name}` with {arguments} arguments")),
            // Those that take any number of arguments are no plain ones.
            [only] if all.iter().all(|function| function.is_plain) => Ok(Some(only)),
            _ => Err(format!("`{name}`, of which there are several, or which is not looked into")),
        }
    }

    /// What a helper gives is of the type that it says.
    fn returned_as(&self, value: Typed, function: &FunctionFacts) -> Result<Typed, Why> {
        self.cast(value, &function.returns, &Scope::default())
    }

    /// What a helper is handed, as the type that it takes. Of those that take any, that is its own.
    fn handed(&self, typed: Typed, name: Option<&String>) -> Result<Typed, Why> {
        let Some(name) = name else { return Ok(typed) };
        let kind = self.kind(name);
        if kind == typed.kind || name.starts_with("any") {
            return Ok(typed);
        }
        // What is handed over is widened, and never cut.
        if typed.kind.is_text() && kind.is_text() {
            return Ok(Typed { kind, ..typed });
        }
        self.cast(typed, name, &Scope::default())
    }

    fn enter<'s>(&mut self, function: &FunctionFacts, arguments: &[Sql], scope: &Scope<'_>) -> Result<Entered<'s>, Why> {
        let name = &function.name;
        let mark = format!("function {name}");
        if self.is_platform(name) || self.open.contains(&mark) || self.open.len() > DEPTH {
            return Err(format!("the function `{name}`"));
        }
        if let Some(setting) = function.settings.first() {
            return Err(format!("`{name}` runs with a setting of its own, {setting}"));
        }
        let callers = scope.reader.as_ref().map_or_else(|| self.readers.clone(), |reader| vec![reader.clone()]);
        if let Some(caller) = callers.iter().find(|caller| !self.facts.may_call(caller, function)) {
            return Err(format!("`{name}` may not be called by {caller}"));
        }
        let mut typed: Vec<Typed> = arguments.iter().map(|argument| self.typed(argument, scope)).collect::<Result<_, Why>>()?;
        if arguments.len() < function.parameters.len() {
            typed.extend(self.defaults(function, function.parameters.len() - arguments.len())?);
        }
        let typed = typed.into_iter().enumerate().map(|(place, one)| self.handed(one, function.parameter_types.get(place)));
        let typed: Vec<Typed> = typed.collect::<Result<_, Why>>().map_err(|why| within(name, &why))?;
        let values: Vec<Value> = typed.iter().map(|one| one.value.clone()).collect();
        if values.iter().any(|value| matches!(value, Value::Of(_))) {
            return Err(format!("`{name}` is handed a value of another row"));
        }
        let body = body(function).map_err(|why| within(name, &why))?;
        let parameters: BTreeMap<String, Typed> = std::iter::zip(&function.parameters, &typed)
            .filter_map(|(parameter, value)| Some((parameter.clone()?, value.clone())))
            .collect();
        let is_given = |value: &Value| matches!(value, Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Moment(..));
        let is_there = |value: &Value| match value {
            Value::Column { hops, column, .. } => hops.is_empty() && !self.is_nullable(*column),
            Value::List(_) => true,
            value => is_given(value),
        };
        let needed =
            if function.is_strict { values.iter().filter(|value| !is_there(value)).cloned().collect() } else { Vec::new() };
        let reader = if function.is_definer { Some(function.owner.clone()) } else { scope.reader.clone() };
        let inner = Scope {
            parameters,
            positions: typed,
            helper: Some(name.name.clone()),
            is_strict: function.language == "plpgsql",
            reader,
            paths: self.paths(function, scope).map_err(|why| within(name, &why))?,
            in_force: function.search_path.clone().or_else(|| scope.in_force.clone()),
            hides_equality: function.equality.is_of_built_in,
            ..Scope::default()
        };
        let whole = match &body {
            Body::Value(sql) => sql.clone(),
            Body::Query(query) => Sql::Query(Box::new(query.clone())),
        };
        self.is_settled(&whole, &inner).map_err(|why| within(name, &why))?;
        self.open.push(mark);
        Ok(Entered { body, scope: inner, needed })
    }

    /// What the last parameters are where nothing is handed in. Constants only: others would be asked by the caller.
    fn defaults(&mut self, function: &FunctionFacts, missing: usize) -> Result<Vec<Typed>, Why> {
        let unread = || format!("`{}` is called without all that it takes, and its defaults are no constants", function.name);
        let Sql::Array(all) = parse::expression(&format!("ARRAY[{}]", function.default_values))? else { return Err(unread()) };
        let last = all.len().checked_sub(missing).and_then(|from| all.get(from..)).ok_or_else(unread)?;
        let is_constant = |one: &Typed| matches!(one.value, Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Null);
        let values: Result<Vec<Typed>, Why> = last.iter().map(|default| self.typed(default, &Scope::default())).collect();
        values.and_then(|values| if values.iter().all(is_constant) { Ok(values) } else { Err(unread()) })
    }

    fn is_nullable(&self, column: ColumnRef) -> bool {
        self.catalog.column(column).nullable
    }

    fn leave(&mut self) {
        self.open.pop();
    }
}

fn within(name: &QualifiedName, why: &str) -> Why {
    format!("in `{name}`: {why}")
}

/// The one query or value that a body is.
fn body(function: &FunctionFacts) -> Result<Body, Why> {
    let text = without_remarks(&function.body);
    let text = text.trim();
    match function.language.as_str() {
        "sql" if function.is_parsed => {
            if let Some(value) = strip_word(text, "return") {
                return value_or_query(value);
            }
            let inner = strip_word(text, "begin").and_then(|rest| strip_word(rest, "atomic"));
            let inner = inner.and_then(|rest| rest.trim_end().strip_suffix("END")).ok_or("a body of an unknown form")?;
            Ok(Body::Query(parse::body(inner.trim())?))
        }
        "sql" => {
            let query = parse::body(text)?;
            match query.only_value() {
                Some(value) => Ok(Body::Value(value.clone())),
                None => Ok(Body::Query(query)),
            }
        }
        "plpgsql" => value_or_query(only_return(text).ok_or("its body in PL/pgSQL is more than one RETURN")?),
        other => Err(format!("it is written in {other}")),
    }
}

fn value_or_query(text: &str) -> Result<Body, Why> {
    let inner = text.trim();
    if let Some(query) = strip_word(inner, "query") {
        return Ok(Body::Query(parse::body(query)?));
    }
    match parse::expression(inner)? {
        Sql::Query(query) if query.only_value().is_none() => Ok(Body::Query(*query)),
        value => Ok(Body::Value(value)),
    }
}

/// `BEGIN RETURN …; END`
fn only_return(text: &str) -> Option<&str> {
    let inner = strip_word(text, "begin")?.trim();
    let inner = inner.strip_suffix(';').unwrap_or(inner).trim_end();
    let end = inner.len().checked_sub(3)?;
    let inner = inner.get(..end).filter(|_| inner.is_char_boundary(end) && inner[end..].eq_ignore_ascii_case("end"))?;
    let inner = strip_word(inner.trim(), "return")?.trim().strip_suffix(';')?;
    (!has_semicolon(inner)).then_some(inner)
}

fn has_semicolon(text: &str) -> bool {
    let mut quoted = false;
    text.chars().any(|letter| {
        quoted ^= letter == '\'';
        letter == ';' && !quoted
    })
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let text = text.trim_start();
    let head = text.get(..word.len())?;
    let rest = &text[word.len()..];
    let ends = !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

/// A body without what stands behind `--`, outside of quotes. What has other quotes than plain ones is left to the parser.
fn without_remarks(text: &str) -> String {
    if text.contains(['\\', '$', '"']) {
        return text.to_owned();
    }
    let (mut made, mut is_quoted, mut is_remark) = (String::new(), false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        is_remark = (is_remark || !is_quoted && letter == '-' && letters.peek() == Some(&'-')) && letter != '\n';
        is_quoted ^= letter == '\'' && !is_remark;
        if !is_remark {
            made.push(letter);
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{only_return, without_remarks};

    #[test]
    fn one_return_is_read_and_more_is_not() {
        assert_eq!(only_return("BEGIN\n  RETURN EXISTS (SELECT 1);\nEND;"), Some("EXISTS (SELECT 1)"));
        assert_eq!(only_return("begin return a = ';'; end"), Some("a = ';'"));
        for text in [
            "BEGIN IF a THEN RETURN true; END IF; RETURN false; END",
            "DECLARE x int; BEGIN RETURN x; END",
            "BEGIN PERFORM f(); RETURN true; END",
            "BEGIN RETURN true; RETURN false; END",
            "END",
        ] {
            assert_eq!(only_return(text), None, "{text}");
        }
    }

    #[test]
    fn remarks_are_left_out_and_texts_are_not() {
        assert_eq!(without_remarks("a -- b's\n'--' c"), "a \n'--' c");
        assert_eq!(without_remarks("a <> 'x\n-- y' AND b -- 'c"), "a <> 'x\n-- y' AND b ");
        assert_eq!(without_remarks("a = $$--$$"), "a = $$--$$");
    }
}
