//! Conditions as text of the language. In: what an expression says. Out: the words, or why there are none.

use std::collections::BTreeMap;

use super::labels;
use super::meaning::{Condition, Operator, RECORD, Row, Session, Value};
use super::settings::{Attribute, Settings};
use crate::catalog::{Catalog, ColumnRef, Family, TableId, Type, words};

/// Says conditions.
pub(super) struct Say<'a> {
    pub catalog: &'a Catalog,
    pub settings: &'a Settings,
    /// What of the session has to be declared under a name, by what it is.
    pub attributes: BTreeMap<Session, Attribute>,
    /// The rows around, from the outside in, with their names where they have one.
    rows: Vec<(Row, TableId, Option<String>)>,
}

/// How tightly a text holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    One,
}

impl<'a> Say<'a> {
    pub fn new(catalog: &'a Catalog, settings: &'a Settings) -> Say<'a> {
        Say { catalog, settings, attributes: BTreeMap::new(), rows: Vec::new() }
    }

    /// A condition on a record of a table.
    pub fn condition(&mut self, table: TableId, condition: &Condition) -> Result<String, String> {
        self.rows = vec![(RECORD, table, None)];
        Ok(self.said(condition)?.0)
    }

    /// What a record of a table leads to; the record itself, where that is its own key.
    pub fn way(&mut self, table: TableId, value: &Value) -> Result<String, String> {
        self.rows = vec![(RECORD, table, None)];
        match value {
            Value::Column { row: RECORD, hops, column }
                if hops.is_empty() && self.catalog.column(*column).references.is_none() =>
            {
                Ok("this record".to_owned())
            }
            other => self.value(other, None),
        }
    }

    fn said(&mut self, condition: &Condition) -> Result<(String, Binding), String> {
        Ok(match condition {
            Condition::All(parts) => (self.joined(parts, " and ", Binding::And)?, Binding::And),
            Condition::Any(parts) => (self.joined(parts, " or ", Binding::Or)?, Binding::Or),
            Condition::Not(inner) => (format!("not ({})", self.said(inner)?.0), Binding::One),
            Condition::Constant(value) => (format!("sql \"{value}\""), Binding::One),
            Condition::Sql(text) => (format!("sql {}", labels::text(text)?), Binding::One),
            Condition::Empty(value, negated) => {
                let what = if *negated { "is not empty" } else { "is empty" };
                (format!("{} {what}", self.value(value, None)?), Binding::One)
            }
            Condition::StartsWith(value, start) => {
                self.of_family(value, &[Family::Text])?;
                (format!("{} starts with {}", self.value(value, None)?, labels::text(start)?), Binding::One)
            }
            Condition::Contains(array, element) => {
                let like = self.element_of(array)?;
                let element = self.value(element, Some(like))?;
                (format!("{} contains {element}", self.value(array, None)?), Binding::One)
            }
            Condition::Compare(left, operator, right) => (self.compared(left, *operator, right)?, Binding::One),
            Condition::OneOf(value, list, negated) => (self.one_of(value, list, *negated)?, Binding::One),
            Condition::Exists { row, table, condition, negated } => self.exists(*row, *table, condition, *negated)?,
        })
    }

    fn joined(&mut self, parts: &[Condition], by: &str, binding: Binding) -> Result<String, String> {
        let mut texts = Vec::new();
        for part in parts {
            let (text, own) = self.said(part)?;
            // Also where the language needs none: `and` beside `or` is read either way.
            texts.push(if own == Binding::One || own == binding { text } else { format!("({text})") });
        }
        Ok(texts.join(by))
    }

    fn exists(&mut self, row: Row, table: TableId, condition: &Condition, negated: bool) -> Result<(String, Binding), String> {
        let name = needs_name(self.catalog, row, condition).then(|| self.row_name(table));
        let of = labels::table(self.catalog, table)?;
        let named = name.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
        // Where a value from outside is empty, there is no such row; `no …` leaves that open.
        let mut outside = Vec::new();
        if negated {
            for (value, like) in self.linking(row, condition) {
                outside.push(format!("{} is empty", self.value(&value, like)?));
            }
        }
        self.rows.push((row, table, name));
        let inner = if *condition == Condition::Constant(true) {
            Ok(String::new())
        } else {
            self.said(condition).map(|said| format!(" where ({})", said.0))
        };
        self.rows.pop();
        let how_many = if negated { "no" } else { "any" };
        outside.push(format!("{how_many} record of {of}{named}{}", inner?));
        let binding = if outside.len() > 1 { Binding::Or } else { Binding::One };
        Ok((outside.join(" or "), binding))
    }

    /// Values from outside that a row has to equal, and that may be empty: of rows around, and of the session, with the column that they have to equal.
    fn linking(&self, row: Row, condition: &Condition) -> Vec<(Value, Option<ColumnRef>)> {
        let mut found: Vec<(Value, Option<ColumnRef>)> = Vec::new();
        for part in condition.conjuncts() {
            let Condition::Compare(left, Operator::Equal, right) = part else { continue };
            for (own, other) in [(left, right), (right, left)] {
                let is_own = matches!(own, Value::Column { row: of, .. } if *of == row);
                let may_be_empty = match other {
                    Value::Column { row: of, hops, column } => {
                        let is_around = self.rows.iter().any(|(around, ..)| around == of);
                        is_around && (!hops.is_empty() || self.catalog.column(*column).nullable)
                    }
                    Value::Session(_) => true,
                    _ => false,
                };
                if is_own && may_be_empty && !found.iter().any(|(value, _)| value == other) {
                    found.push((other.clone(), self.column_of(own)));
                }
            }
        }
        found
    }

    fn row_name(&self, table: TableId) -> String {
        let base = labels::title(&words(&self.catalog.table(table).name.name));
        let is_taken = |name: &str| {
            let key = words(name);
            self.catalog.tables().any(|(_, table)| !table.columns_by_words(&key).is_empty())
                || self.rows.iter().any(|(_, _, other)| other.as_deref() == Some(name))
        };
        let plain = base.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' ');
        let base = if plain && !base.is_empty() { base } else { "Other".to_owned() };
        let candidates = std::iter::once(format!("{base} Row")).chain((2..).map(|number| format!("{base} Row {number}")));
        candidates.into_iter().find(|name| !is_taken(name)).unwrap_or(base)
    }

    fn compared(&mut self, left: &Value, operator: Operator, right: &Value) -> Result<String, String> {
        let like = self.column_of(left).or_else(|| self.column_of(right));
        self.check(left, operator, right)?;
        let is_time = like.is_some_and(|column| self.catalog.column(column).r#type.family() == Family::Time);
        let words = match (operator, is_time, matches!(right, Value::Session(_) | Value::Column { .. })) {
            (Operator::Equal, _, true) => "equals",
            (Operator::Equal, _, false) => "is",
            (Operator::NotEqual, ..) => "is not",
            (Operator::Less, true, _) => "is before",
            (Operator::AtMost, true, _) => "is not after",
            (Operator::Greater, true, _) => "is after",
            (Operator::AtLeast, true, _) => "is not before",
            (Operator::Less, ..) => "is less than",
            (Operator::AtMost, ..) => "is at most",
            (Operator::Greater, ..) => "is greater than",
            (Operator::AtLeast, ..) => "is at least",
        };
        Ok(format!("{} {words} {}", self.value(left, like)?, self.value(right, like)?))
    }

    /// Whether the language compares such values as PostgreSQL does.
    fn check(&self, left: &Value, operator: Operator, right: &Value) -> Result<(), String> {
        let has_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
        for value in [left, right] {
            let Some(column) = self.column_of(value) else { continue };
            let family = self.catalog.column(column).r#type.family();
            if has_order && matches!(family, Family::Text) {
                return Err("texts have no order but that of the alphabet".to_owned());
            }
            let moves = [left, right].into_iter().any(|value| matches!(value, Value::Moment(..)));
            if moves && self.catalog.column(column).r#type != Type::TimestampTz {
                return Err("a moment is compared in the time zone of the client".to_owned());
            }
            if matches!(family, Family::Structured) {
                return Err("values of this type are not compared".to_owned());
            }
        }
        if let (Some(left), Some(right)) = (self.column_of(left), self.column_of(right)) {
            let (first, second) = (self.catalog.entity_of_each(left), self.catalog.entity_of_each(right));
            if first.is_some() && second.is_some() && first != second {
                return Err("keys of different tables are compared".to_owned());
            }
            if self.catalog.column(left).r#type.family() != self.catalog.column(right).r#type.family() {
                return Err("values of different types are compared".to_owned());
            }
        }
        let is_user = |value: &Value| matches!(value, Value::Session(session) if self.settings.is_identity(session));
        let column = match (is_user(left), is_user(right)) {
            (true, _) => self.column_of(right),
            (_, true) => self.column_of(left),
            _ => return Ok(()),
        };
        let Some(column) = column else { return Err("who is signed in is compared with what is no column".to_owned()) };
        match self.catalog.entity_of_each(column) {
            Some(key) if key != self.settings.user_entity(self.catalog) => {
                Err("a key of another table is compared with the user".to_owned())
            }
            _ if has_order => Err("users have no order".to_owned()),
            _ => Ok(()),
        }
    }

    fn one_of(&mut self, value: &Value, list: &[Value], negated: bool) -> Result<String, String> {
        let like = self.column_of(value);
        if like.is_none() {
            return Err("a list beside what is no column".to_owned());
        }
        self.check(value, Operator::Equal, &Value::Null)?;
        let items: Result<Vec<String>, String> = list.iter().map(|item| self.value(item, like)).collect();
        let words = if negated { "is not one of" } else { "is one of" };
        Ok(format!("{} {words} ({})", self.value(value, None)?, items?.join(", ")))
    }

    fn of_family(&self, value: &Value, families: &[Family]) -> Result<(), String> {
        let family = self.column_of(value).map(|column| self.catalog.column(column).r#type.family());
        if family.is_some_and(|family| families.contains(&family)) { Ok(()) } else { Err("values of this type".to_owned()) }
    }

    fn column_of(&self, value: &Value) -> Option<ColumnRef> {
        match value {
            Value::Column { column, .. } => Some(*column),
            _ => None,
        }
    }

    /// The column whose values the elements of an array are like.
    fn element_of(&self, array: &Value) -> Result<ColumnRef, String> {
        self.column_of(array).ok_or_else(|| "a list that is no column".to_owned())
    }

    /// A value; a constant is one of the column that it stands beside.
    fn value(&mut self, value: &Value, like: Option<ColumnRef>) -> Result<String, String> {
        let family = like.map(|column| match &self.catalog.column(column).r#type {
            Type::Array(element) => element.family(),
            own => own.family(),
        });
        match value {
            Value::Column { row, hops, column } => self.path(*row, hops, *column),
            Value::Session(session) => self.session(session, like),
            Value::Text(text) => match family {
                None | Some(Family::Text | Family::Uuid | Family::Enum(_) | Family::Other(_)) => labels::text(text),
                Some(_) => Err("a text beside what is none".to_owned()),
            },
            Value::Number(number) => match family {
                None | Some(Family::Number) => Ok(number.clone()),
                Some(_) => Err("a number beside what is none".to_owned()),
            },
            Value::Boolean(value) => match family {
                None | Some(Family::Boolean) => Ok(value.to_string()),
                Some(_) => Err("true or false beside what is neither".to_owned()),
            },
            Value::Moment(0, _) => Ok("now".to_owned()),
            Value::Moment(number, unit) if *number < 0 => Ok(format!("{} {unit} ago", number.unsigned_abs())),
            Value::Moment(number, unit) => Ok(format!("in {number} {unit}")),
            Value::Null | Value::List(_) | Value::AsText(_) | Value::Of(_) => {
                Err("a value of a kind that the language does not have".to_owned())
            }
        }
    }

    fn session(&mut self, session: &Session, like: Option<ColumnRef>) -> Result<String, String> {
        if self.settings.is_identity(session) {
            return Ok("Logged in User".to_owned());
        }
        match session {
            Session::Claim { setting, path } if self.settings.has_claims(setting) => match path.as_slice() {
                [name] if !name.starts_with('/') => Ok(format!("Claim {}", labels::text(name)?)),
                path => {
                    let steps = path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
                    Ok(format!("Claim {}", labels::text(&steps.collect::<String>())?))
                }
            },
            Session::Setting(setting) => {
                let mut attribute = Attribute::new(self.catalog, self.settings, setting, like, false)?;
                let is_taken = |name: &str| self.attributes.iter().any(|(other, known)| other != session && known.name == name);
                if is_taken(&attribute.name) || self.attributes.get(session).is_some_and(|known| known.name != attribute.name) {
                    attribute = Attribute::new(self.catalog, self.settings, setting, like, true)?;
                }
                if is_taken(&attribute.name) {
                    return Err(format!("the setting `{setting}` has a name that another one has"));
                }
                let known = self.attributes.entry(session.clone()).or_insert_with(|| attribute.clone());
                if *known != attribute {
                    return Err(format!("the setting `{setting}` is read as values of different types"));
                }
                Ok(format!("Session's {}", known.name))
            }
            Session::DatabaseRole => Err("it asks for the role that acts (current_user)".to_owned()),
            Session::Login => Err("it asks for the role that logged in".to_owned()),
            _ => Err("it asks for an identity that is not the project's".to_owned()),
        }
    }

    fn path(&self, row: Row, hops: &[ColumnRef], column: ColumnRef) -> Result<String, String> {
        let labels: Result<Vec<String>, String> =
            hops.iter().chain([&column]).map(|step| labels::column(self.catalog, *step)).collect();
        let path = labels?.join("'s ");
        let innermost = self.rows.last().map(|(row, ..)| *row);
        // `User's …` is the signed-in user's.
        let is_taken = !hops.is_empty() && ["User's ", "Session's "].iter().any(|start| path.starts_with(start));
        if innermost == Some(row) && !is_taken {
            return Ok(path);
        }
        if row == RECORD {
            return Ok(format!("this record's {path}"));
        }
        let named = self.rows.iter().find(|(own, ..)| *own == row).and_then(|(_, _, name)| name.as_ref());
        named.map(|name| format!("{name}'s {path}")).ok_or_else(|| "a row that has no name here".to_owned())
    }
}

/// Whether a row is spoken of from within another one, or its path would be read as the user's.
fn needs_name(catalog: &Catalog, row: Row, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| needs_name(catalog, row, part)),
        Condition::Not(inner) => needs_name(catalog, row, inner),
        Condition::Exists { condition, .. } => condition.mentions(row),
        other => {
            let is_taken =
                |step: &ColumnRef| labels::column(catalog, *step).is_ok_and(|label| label == "User" || label == "Session");
            let mut found = false;
            other.visit(&mut |value| {
                found |= matches!(value, Value::Column { row: of, hops, .. } if *of == row && hops.first().is_some_and(is_taken));
            });
            found
        }
    }
}
