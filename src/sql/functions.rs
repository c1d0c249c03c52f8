//! Lookup functions: what a policy asks of other tables. Each reads as the lookup role, so that no policy of the tables that it reads
//! applies and nothing can recurse; its name carries a hash of its content, so a changed function is a new one.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, From, Select};
use super::quote;
use crate::catalog::{QualifiedName, TableId};

/// A generated function.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: QualifiedName,
    /// Types of its arguments, as SQL.
    pub(super) arguments: Vec<String>,
    /// `CREATE FUNCTION …`
    pub(super) definition: String,
    /// What it looks up, in words.
    pub(super) remark: String,
}

/// What is read of other tables: positions of columns by table.
pub(super) type Reads = BTreeMap<TableId, BTreeSet<u32>>;

/// All functions of a project, each once.
#[derive(Debug, Default)]
pub(super) struct Functions {
    /// In the order of creation: what is called comes before what calls it.
    functions: Vec<Function>,
    /// Positions by name.
    by_name: BTreeMap<String, usize>,
    /// Columns that some function reads.
    pub(super) reads: Reads,
}

impl Functions {
    /// Adds `SELECT …` as a function unless it is there, and gives its name as SQL.
    pub(super) fn add(
        &mut self,
        schema: &str,
        purpose: &str,
        arguments: Vec<String>,
        returns: &str,
        body: &Select,
        remark: String,
    ) -> String {
        let text = body.pretty(2);
        let content = quote::hash(&format!("({}) {returns}: {text}", arguments.join(", ")));
        let mut stem = stem(purpose);
        let mut end = stem.len().min(MAX_STEM_BYTES);
        while !stem.is_char_boundary(end) {
            end -= 1;
        }
        stem.truncate(end);
        let name = QualifiedName::new(schema, format!("{}_{content}", stem.trim_end_matches('_')));
        let sql_name = quote::qualified(&name);
        if !self.by_name.contains_key(&name.name) {
            let definition = format!(
                "CREATE FUNCTION {sql_name}({})\n  RETURNS {returns}\n  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER\n  \
                 SET search_path = ''\nBEGIN ATOMIC\n  {text};\nEND",
                arguments.join(", ")
            );
            self.by_name.insert(name.name.clone(), self.functions.len());
            self.functions.push(Function { name, arguments, definition, remark });
        }
        sql_name
    }

    /// In the order of creation.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter()
    }
}

/// What of a function's name is for people; the hash follows.
const MAX_STEM_BYTES: usize = 48;

/// Words as a name: `User's Office` as `user_office`.
fn stem(purpose: &str) -> String {
    let purpose = purpose.replace("'s ", " ").to_lowercase();
    purpose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// The functions that an expression calls directly, by their names as SQL.
pub(super) fn calls(expression: &Expression, found: &mut BTreeSet<String>) {
    let mut select = |select: &Select| {
        calls(&select.expression, found);
        if let Some(From::Steps { expressions, .. }) = &select.from {
            expressions.iter().for_each(|(_, expression)| calls(expression, found));
        }
        select.condition.iter().for_each(|condition| calls(condition, found));
    };
    match expression {
        Expression::Call { function, arguments } => {
            arguments.iter().for_each(|argument| calls(argument, found));
            found.insert(function.clone());
        }
        Expression::Scalar(inner) | Expression::ArrayOf(inner) | Expression::Exists(inner) => select(inner),
        Expression::Cast(inner, _)
        | Expression::Null { inner, .. }
        | Expression::AtTimeZone(inner, _)
        | Expression::Collate(inner)
        | Expression::NotTrue(inner)
        | Expression::Not(inner) => {
            calls(inner, found);
        }
        Expression::List(items) => items.iter().for_each(|item| calls(item, found)),
        Expression::Choose { cases, .. } => cases.iter().for_each(|(_, then)| calls(then, found)),
        Expression::Row(columns) => columns.iter().for_each(|(_, value)| calls(value, found)),
        Expression::Case { condition, then } => {
            calls(condition, found);
            calls(then, found);
        }
        Expression::Binary(left, _, right) | Expression::Array { left, array: right, .. } => {
            calls(left, found);
            calls(right, found);
        }
        Expression::Between { value, least, greatest } => {
            [value, least, greatest].into_iter().for_each(|part| calls(part, found));
        }
        Expression::In { left, list, .. } => {
            calls(left, found);
            list.iter().for_each(|item| calls(item, found));
        }
        Expression::And(parts) | Expression::Or(parts) => parts.iter().for_each(|part| calls(part, found)),
        Expression::Column { .. }
        | Expression::Text(_)
        | Expression::Number(_)
        | Expression::Boolean(_)
        | Expression::Raw(_)
        | Expression::Word(_)
        | Expression::Parameter(_) => {}
    }
}
