//! Lookup functions: what a policy asks of other tables. Each reads as the lookup role, so that no policy of the tables that it reads
//! applies and nothing can recurse; its name carries a hash of its content, so a changed function is a new one.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Select};
use super::quote;
use crate::catalog::{QualifiedName, TableId};

/// A generated function.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: QualifiedName,
    /// Name and types of arguments, as SQL.
    pub(super) signature: String,
    /// The statements that make it, so that nobody may call it.
    pub(super) create: Vec<String>,
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
        let text = function_body(body, returns);
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
            let signature = format!("{sql_name}({})", arguments.join(", "));
            let create = vec![
                format!(
                    "CREATE FUNCTION {signature}\n  RETURNS {returns}\n  STABLE PARALLEL SAFE SECURITY DEFINER\n  SET search_path = ''\n  {text}"
                ),
                format!("COMMENT ON FUNCTION {signature} IS {}", quote::literal(&remark)),
                format!("REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"),
            ];
            self.by_name.insert(name.name.clone(), self.functions.len());
            self.functions.push(Function { name, signature, create, remark });
        }
        sql_name
    }

    /// Adds the functions of another one, each once.
    pub(super) fn append(&mut self, other: Functions) {
        for function in other.functions {
            if !self.by_name.contains_key(&function.name.name) {
                self.by_name.insert(function.name.name.clone(), self.functions.len());
                self.functions.push(function);
            }
        }
        for (table, columns) in other.reads {
            self.reads.entry(table).or_default().extend(columns);
        }
    }

    /// In the order of creation, and what they read.
    pub(super) fn into_parts(self) -> (Vec<Function>, Reads) {
        (self.functions, self.reads)
    }
}

/// Language and body. A PL/pgSQL function keeps its plan for the session; one of SQL makes it again for each statement before version 18, which
/// takes longer than to fetch a row. An expression of the rules' author is SQL's all the same: PostgreSQL checks it when it is applied.
///
/// An array is answered from a variable, where PL/pgSQL keeps it expanded. Otherwise one of less than 127 bytes would get the short header of
/// stored values, and `= ANY (…)` would unpack it again for each row, a quarter of what such a filter costs (manual
/// section 73.2; measured on 15 and 18).
fn function_body(body: &Select, returns: &str) -> String {
    if body.has_raw() {
        return format!("LANGUAGE sql\nBEGIN ATOMIC\n  {};\nEND", body.pretty(2));
    }
    let answer = match body {
        Select { expression, from: None, condition: None } => expression.pretty(2),
        whole => format!("(\n    {}\n  )", whole.pretty(4)),
    };
    let text = if matches!(body.expression, Expression::ArrayOf(_)) {
        format!("DECLARE\n  answer {returns};\nBEGIN\n  answer := {answer};\n  RETURN answer;\nEND")
    } else {
        format!("BEGIN\n  RETURN {answer};\nEND")
    };
    format!("LANGUAGE plpgsql\nAS {}", quote::dollar(&text))
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
    expression.for_each(&mut |part| {
        if let Expression::Call { function, .. } = part {
            found.insert(function.clone());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Functions, MAX_STEM_BYTES, Select};
    use crate::sql::expression::Expression;

    #[test]
    fn names_are_cut_between_letters() {
        let mut functions = Functions::default();
        let body = Select { expression: Expression::Boolean(true), from: None, condition: None };
        for letter in ["a", "ß", "字"] {
            let name = functions.add("s", &format!("a{}", letter.repeat(60)), Vec::new(), "boolean", &body, String::new());
            let stem =
                name.split_once('.').and_then(|(_, name)| name.trim_matches('"').rsplit_once('_')).map_or("", |(stem, _)| stem);
            assert!(stem.len() <= MAX_STEM_BYTES && stem.len() + letter.len() > MAX_STEM_BYTES, "{name}: {stem}");
        }
    }
}
