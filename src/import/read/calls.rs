//! Calls in the place of conditions: PostgreSQL's own that change nothing, and helpers.

use super::super::meaning::Condition;
use super::super::tree::Sql;
use super::{Reader, Scope, Why, is_built_in, listed};

impl Reader<'_> {
    pub(super) fn call(&mut self, name: &[String], arguments: &[Sql], scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        if is_built_in(name, "coalesce") {
            return self.coalesce(arguments, scope, exact);
        }
        match self.helper_condition(name, arguments, scope, exact)? {
            Some(said) => Ok(said),
            None => Err(format!("the function `{}`", listed(name))),
        }
    }

    /// `coalesce(condition, false)`: what is unknown denies anyway. Below a NOT it would not.
    fn coalesce(&mut self, arguments: &[Sql], scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        match arguments {
            [value, otherwise] if *otherwise.bare() == Sql::Boolean(false) && !exact => self.condition(value, scope, false),
            [value, otherwise] => {
                // Of a column, both can be said.
                let (Ok(value), Sql::Boolean(otherwise)) = (self.value(value, scope), otherwise.bare()) else {
                    return Err("coalesce that makes unknown true, or false below a NOT".to_owned());
                };
                let is = Condition::Compare(value.clone(), super::Operator::Equal, super::Value::Boolean(true));
                Ok(if *otherwise {
                    Condition::any([is, Condition::Empty(value, false)])
                } else {
                    Condition::all([is, Condition::Empty(value, true)])
                })
            }
            _ => Err("coalesce of several values".to_owned()),
        }
    }
}
