//! `has any of`, `has all of`, `has none of`. In: operands, one of them a list. Out: what is asked of lists; single values among those in parentheses
//! are asked for one by one.

use super::Binder;
use super::operands::{Operand, Placed};
use super::scope::Level;
use crate::ast::{self, Share};
use crate::catalog::{ColumnRef, Family, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Atom, Collection, Condition, Literal, Path, Value};

/// What one of the values is.
enum Wanted {
    Constant(Literal),
    Single(Placed),
    Many(Collection),
}

/// What a set of the user's is where one value is needed, and how it is asked.
pub(super) const OF_USER_OR_ONE: (&str, &str) = (
    "the user may have many of these",
    "name one value; or compare them with a column that refers to the same, `Team is one of User's Team`",
);

impl Binder<'_> {
    pub(super) fn has(&mut self, table: TableId, has: &ast::Has) -> Option<Condition> {
        let whole = self.operand(table, &has.whole);
        let values: Vec<Option<Placed>> = has.values.iter().map(|value| self.operand(table, value)).collect();
        let (whole, values) = (whole?, values.into_iter().collect::<Option<Vec<Placed>>>()?);
        self.refuse_number(&whole)?;
        let element = self.element_type(&whole, &values, has)?;
        for (written, value) in std::iter::zip(&has.values, &values) {
            self.check_sense(table, (&has.whole, &whole), (written, value))?;
        }
        let mut wanted = Vec::new();
        for value in values {
            wanted.push(self.wanted(&whole, value, &element, has));
        }
        let wanted: Vec<Wanted> = wanted.into_iter().collect::<Option<_>>()?;
        let asked =
            if self.is_json(&whole) { self.of_json(&whole, wanted)? } else { self.of_list(&whole, &element, wanted, has)? };
        Some(match (has.share.value, asked.len()) {
            (Share::None, _) => Condition::Not(Box::new(joined(asked, Condition::Any))),
            (Share::Any, _) => joined(asked, Condition::Any),
            (Share::All, _) => joined(asked, Condition::All),
        })
    }

    /// `x is one of Claim "…"`: the list of the token has it. Of many, any of them.
    pub(super) fn in_claim(&mut self, left: &Placed, name: &str, span: Span, negated: bool) -> Option<Condition> {
        if let Operand::Level { level, column } = &left.value {
            let among = self.in_claim(&own_key(level, *column, left.span), name, span, false)?;
            return self.of_level(level, among, negated);
        }
        let Operand::Many { set, .. } = &left.value else { return self.listed_in_claim(left, name, span, negated) };
        let element = self.type_of(&left.value)?;
        let of = Collection::Value(self.list_claim(name, &element, span));
        Some(Condition::from(Atom::Has { whole: Collection::Set(set.clone()), all: false, of, negated }))
    }

    /// One value that the list of the token has, compared as what the value is: `Claim "…" contains x`.
    pub(super) fn listed_in_claim(&mut self, value: &Placed, name: &str, span: Span, negated: bool) -> Option<Condition> {
        let element = self.looked_for(value)?;
        Some(Condition::from(Atom::Contains { array: self.json_claim(name, span), element, negated }))
    }

    /// `x is one of Session's Teams`: a list of the session has it. Of many, any of them.
    pub(super) fn in_session(&mut self, left: &Placed, list: &Placed, negated: bool) -> Option<Condition> {
        let Operand::Session { value: Value::Claim(claim, list_type), .. } = &list.value else { return None };
        let Type::Array(element) = list_type else { return None };
        if let Operand::Level { level, column } = &left.value {
            let among = self.in_session(&own_key(level, *column, left.span), list, false)?;
            return self.of_level(level, among, negated);
        }
        if let Operand::Many { set, .. } = &left.value {
            let own = self.type_of(&left.value)?;
            self.check_elements(left, &own, list, element)?;
            self.check_keys(left, list)?;
            let (whole, of) = (Collection::Set(set.clone()), Collection::Value(Value::Claim(claim.clone(), list_type.clone())));
            return Some(Condition::from(Atom::Has { whole, all: false, of, negated }));
        }
        let one = match &left.value {
            Operand::Constant(_) => self.single(left, element)?,
            _ => self.looked_for(left)?,
        };
        if let Some(own) = self.type_of(&left.value).filter(|own| !self.comparable(own, element)) {
            let diagnostic = self.incomparable(left, &own, list, element);
            self.report(diagnostic);
            return None;
        }
        self.check_keys(left, list)?;
        self.refuse_day(&one, left.span)?;
        // The list is read as what it is compared with, as that of a claim is.
        let array = Value::Claim(claim.clone(), Type::Jsonb);
        Some(Condition::from(Atom::Contains { array, element: one, negated }))
    }

    /// A value that lists of the session can have.
    fn looked_for(&mut self, left: &Placed) -> Option<Value> {
        let one = match self.type_of(&left.value) {
            Some(r#type) if matches!(r#type.family(), Family::Structured | Family::Other(_) | Family::Interval) => {
                let title = format!("no list in a token has values of type `{type}`");
                self.report(Diagnostic::new(Code::OperatorMismatch, left.span, title));
                return None;
            }
            Some(r#type) => self.single(left, &r#type)?,
            None => self.json_element(left)?,
        };
        self.refuse_day(&one, left.span)?;
        Some(one)
    }

    fn is_json(&self, whole: &Placed) -> bool {
        self.type_of(&whole.value) == Some(Type::Jsonb)
    }

    /// The type of what the left side has; a claim takes it from the other side.
    fn element_type(&mut self, whole: &Placed, values: &[Placed], has: &ast::Has) -> Option<Type> {
        let element = match (&whole.value, self.type_of(&whole.value)) {
            (Operand::Many { .. }, Some(r#type)) => r#type,
            (Operand::Level { .. }, _) => {
                self.single(whole, &Type::Text)?;
                return None;
            }
            (_, Some(Type::Array(element))) => *element,
            (_, Some(Type::Jsonb)) => return Some(Type::Text),
            (Operand::Constant(ast::Operand::Claim(_)), _) => self.type_of_wanted(values),
            (_, r#type) => {
                let title = match r#type {
                    Some(r#type) => format!("this is one value, of type `{type}`, and no list"),
                    None => "this is one value, and no list".to_owned(),
                };
                let help = "arrays, jsonb, claims and `User's <membership>` have values; one value `is one of` them";
                self.report(Diagnostic::new(Code::OperatorMismatch, whole.span, title).with_help(help));
                return None;
            }
        };
        if matches!(element.family(), Family::Structured | Family::Other(_) | Family::Interval) {
            let title = format!("nothing is looked for in lists of `{element}`");
            let label = "texts, numbers, keys, days, enums and truth values can be";
            self.report(Diagnostic::new(Code::OperatorMismatch, has.share.span, title).with_label(label));
            return None;
        }
        Some(element)
    }

    fn type_of_wanted(&self, values: &[Placed]) -> Type {
        let of = |value: &Placed| match (&value.value, self.type_of(&value.value)) {
            (_, Some(Type::Array(element))) => Some(*element),
            (_, Some(r#type)) => Some(r#type),
            (Operand::Constant(ast::Operand::Number(_)), None) => Some(Type::Numeric(String::new())),
            (Operand::Constant(ast::Operand::Boolean(_)), None) => Some(Type::Boolean),
            _ => None,
        };
        values.iter().find_map(of).unwrap_or(Type::Text)
    }

    fn wanted(&mut self, whole: &Placed, value: Placed, element: &Type, has: &ast::Has) -> Option<Wanted> {
        let own = self.type_of(&value.value);
        match (&value.value, own) {
            (Operand::Many { set, .. }, Some(own)) => {
                self.check_elements(whole, element, &value, &own)?;
                self.check_keys(whole, &value)?;
                Some(Wanted::Many(Collection::Set(set.clone())))
            }
            (Operand::Single { value: single, .. } | Operand::Session { value: single, .. }, Some(Type::Array(own))) => {
                self.check_elements(whole, element, &value, &own)?;
                self.check_keys(whole, &value)?;
                Some(Wanted::Many(Collection::Value(single.clone())))
            }
            (Operand::Constant(ast::Operand::Claim(name)), _) if !has.is_list => {
                self.check_elements(whole, element, &value, element)?;
                let claim = self.list_claim(name, element, value.span);
                Some(Wanted::Many(Collection::Value(claim)))
            }
            (Operand::Constant(constant), _) if has.is_list && !is_claim(constant) && !self.is_json(whole) => {
                match self.constant(&Spanned::new(constant.clone(), value.span), element)? {
                    Value::Literal(literal) => {
                        self.refuse_day(&Value::Literal(literal.clone()), value.span)?;
                        self.check_whole_number(&literal, true, value.span)?;
                        Some(Wanted::Constant(literal))
                    }
                    _ => Some(Wanted::Single(value)),
                }
            }
            (Operand::Level { .. }, _) => {
                self.single(&value, element)?;
                None
            }
            _ if has.is_list => Some(Wanted::Single(value)),
            (_, own) => {
                let title = match own {
                    Some(own) => format!("this is one value, of type `{own}`, and no list"),
                    None => "this is one value, and no list".to_owned(),
                };
                let help = "use `contains` for one value, or put values in parentheses";
                self.report(Diagnostic::new(Code::OperatorMismatch, value.span, title).with_help(help));
                None
            }
        }
    }

    /// Elements of two lists: PostgreSQL compares lists of one type only, and a list that is cast has to keep what is in it.
    fn check_elements(&mut self, whole: &Placed, element: &Type, of: &Placed, own: &Type) -> Option<()> {
        let is_whole = |r#type: &Type| matches!(r#type, Type::SmallInt | Type::Integer | Type::BigInt);
        let is_same = match element.family() {
            Family::Number => {
                std::mem::discriminant(element) == std::mem::discriminant(own) || is_whole(element) && is_whole(own)
            }
            _ => self.comparable(element, own),
        };
        if is_same && !self.is_json(whole) {
            return Some(());
        }
        let title = match self.is_json(whole) {
            true => "jsonb is asked for single values".to_owned(),
            false => format!("cannot compare elements of type `{element}` with elements of type `{own}`"),
        };
        let diagnostic = Diagnostic::new(Code::Incomparable, of.span, title).with_secondary(whole.span, "the list that is asked");
        self.report(if self.is_json(whole) { diagnostic.with_help("write the values in parentheses") } else { diagnostic });
        None
    }

    /// What is asked of a list: for all constants and for each other list at once, for each single value.
    fn of_list(&mut self, whole: &Placed, element: &Type, wanted: Vec<Wanted>, has: &ast::Has) -> Option<Vec<Condition>> {
        let all = has.share.value == Share::All;
        let list = match &whole.value {
            Operand::Many { set, .. } => Collection::Set(set.clone()),
            Operand::Single { value, .. } | Operand::Session { value, .. } => Collection::Value(value.clone()),
            Operand::Constant(ast::Operand::Claim(name)) => Collection::Value(self.list_claim(name, element, whole.span)),
            Operand::Constant(_) | Operand::Level { .. } | Operand::Number(_) => return None,
        };
        let has = |whole: Collection, of: Collection| Condition::from(Atom::Has { whole, all, of, negated: false });
        let (mut constants, mut asked) = (Vec::new(), Vec::new());
        for one in wanted {
            match one {
                Wanted::Constant(literal) => constants.push(literal),
                // What two lists have in common is asked of the record's, which an index may be on.
                Wanted::Many(of) if !all && !is_of_record(&list) && is_of_record(&of) => asked.push(has(of, list.clone())),
                Wanted::Many(of) => asked.push(has(list.clone(), of)),
                Wanted::Single(value) => asked.push(self.has_one(whole, &list, value, element)?),
            }
        }
        if !constants.is_empty() {
            asked.insert(0, has(list, Collection::List(constants)));
        }
        Some(asked)
    }

    fn has_one(&mut self, whole: &Placed, list: &Collection, value: Placed, element: &Type) -> Option<Condition> {
        let one = self.element_of(whole, value, element)?;
        Some(Condition::from(match list {
            Collection::Set(set) => Atom::Member { value: one, set: set.clone(), negated: false },
            Collection::Value(Value::Claim(claim, _)) => {
                Atom::Contains { array: Value::Claim(claim.clone(), Type::Jsonb), element: one, negated: false }
            }
            Collection::Value(array) => Atom::Contains { array: array.clone(), element: one, negated: false },
            Collection::List(_) => return None,
        }))
    }

    fn of_json(&mut self, whole: &Placed, wanted: Vec<Wanted>) -> Option<Vec<Condition>> {
        let array = self.single(whole, &Type::Jsonb)?;
        let mut asked = Vec::new();
        for one in wanted {
            let Wanted::Single(value) = one else { return None };
            let element = self.json_element(&value)?;
            asked.push(Condition::from(Atom::Contains { array: array.clone(), element, negated: false }));
        }
        Some(asked)
    }
}

fn is_claim(constant: &ast::Operand) -> bool {
    matches!(constant, ast::Operand::Claim(_))
}

/// The key of one of the rows above, where a condition is about that.
fn own_key(level: &Level, column: ColumnRef, span: Span) -> Placed {
    let value = Value::Record(Path { table: level.table, hops: Vec::new(), column });
    Spanned::new(Operand::Single { value, column }, span)
}

fn is_of_record(list: &Collection) -> bool {
    list.value().is_some_and(|value| value.record().is_some())
}

fn joined(mut conditions: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    if conditions.len() == 1 { conditions.swap_remove(0) } else { join(conditions) }
}
