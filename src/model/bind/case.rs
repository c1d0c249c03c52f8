//! `ignoring case`. In: a comparison and where the two words stand. Out: the comparison as one in which case does not count, or what is wrong
//! with it.

use super::Binder;
use super::compare::comparable;
use crate::ast;
use crate::catalog::{Family, TableId, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Atom, Collection, Comparison, Condition, Value};

impl Binder<'_> {
    /// `<comparison> ignoring case`
    pub(super) fn ignoring_case(&mut self, table: TableId, ignoring: &ast::IgnoringCase) -> Option<Condition> {
        let before = std::mem::replace(&mut self.ignores_case, true);
        let bound = self.condition(table, &ignoring.comparison);
        self.ignores_case = before;
        match self.without_case(bound?) {
            Ok(condition) => Some(condition),
            Err(reason) => {
                let help = "it belongs behind `equals`, `is not`, `is one of`, `contains`, `starts with` and `ends with`";
                self.report(Diagnostic::new(Code::OperatorMismatch, ignoring.words, reason).with_help(help));
                None
            }
        }
    }

    /// Whether values of two types can be compared here.
    pub(super) fn comparable(&self, left: &Type, right: &Type) -> bool {
        let are_texts = left.family() == Family::Text && right.family() == Family::Text;
        comparable(left, right) || (self.ignores_case && are_texts)
    }

    fn without_case(&self, condition: Condition) -> Result<Condition, String> {
        let all = |parts: Vec<Condition>| parts.into_iter().map(|part| self.without_case(part)).collect::<Result<_, _>>();
        Ok(match condition {
            Condition::All(parts) => Condition::All(all(parts)?),
            Condition::Any(parts) => Condition::Any(all(parts)?),
            Condition::Not(inner) => Condition::Not(Box::new(self.without_case(*inner)?)),
            Condition::Atom(atom) => {
                let compared = match &*atom {
                    Atom::Compare { operator: Comparison::Equal | Comparison::NotEqual, left, .. } => self.value_type(left),
                    Atom::Compare { .. } => return Err("texts have an order only as they are written".to_owned()),
                    Atom::OneOf { value, .. } => self.value_type(value),
                    Atom::Member { set, .. } => self.element_type_of(&Collection::Set(set.clone())),
                    Atom::Contains { array, element, .. } => match self.value_type(array) {
                        Type::Jsonb if !matches!(array, Value::Claim(..)) => {
                            return Err("what jsonb contains is asked letter by letter".to_owned());
                        }
                        _ => self.value_type(element),
                    },
                    Atom::Part { whole, .. } => self.value_type(whole),
                    Atom::Has { whole, .. } => self.element_type_of(whole),
                    _ => return Err("there is no text that is compared".to_owned()),
                };
                if compared.family() != Family::Text {
                    return Err(format!("only texts have a case, and this is `{compared}`"));
                }
                Condition::from(Atom::IgnoringCase(Box::new((*atom).clone())))
            }
        })
    }

    fn element_type_of(&self, list: &Collection) -> Type {
        match list {
            Collection::Value(value) => match self.value_type(value) {
                Type::Array(element) => *element,
                other => other,
            },
            Collection::Set(set) => {
                let membership = self.memberships.get(set.membership.0 as usize);
                let within = membership.and_then(|membership| membership.within);
                let last = set.tail.as_ref().map(|tail| tail.column).or(within);
                last.map_or(Type::Text, |column| self.catalog.column(column).r#type.clone())
            }
            Collection::List(items) => items.first().map_or(Type::Text, |item| item.r#type.clone()),
        }
    }

    fn value_type(&self, value: &Value) -> Type {
        let user_key = self.identity.as_ref().map(|identity| identity.user_key);
        user_key.map_or(Type::Text, |user_key| value.r#type(self.catalog, user_key))
    }
}
