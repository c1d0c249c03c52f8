//! Lookup functions: what a policy asks of other tables. Each reads as the lookup role, so that no policy of the tables that it reads
//! applies and nothing can recurse; its name carries a hash of its content, so a changed function is a new one.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Select};
use super::quote;
use crate::catalog::{QualifiedName, TableId};

/// The path of every function: what is PostgreSQL's own first, what is temporary last, so that no type of the caller's stands in for one of
/// PostgreSQL's (manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").
pub(super) const SEARCH_PATH: &str = "SET search_path = pg_catalog, pg_temp";

/// The same as pg_proc has it.
pub(super) const PATH_AS_KEPT: &str = "search_path=pg_catalog, pg_temp";

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
    /// Whether it runs as its owner.
    pub(super) is_definer: bool,
    /// Whether it has [`SEARCH_PATH`].
    pub(super) has_path: bool,
    /// The SHA-256 of its body as the server keeps it.
    pub(super) source: String,
}

/// What a function is to be.
pub(super) struct Definition<'a> {
    pub(super) schema: &'a str,
    /// What of its name is for people.
    pub(super) purpose: &'a str,
    /// The types of its arguments, as SQL.
    pub(super) arguments: Vec<String>,
    pub(super) returns: &'a str,
    /// How it may be used, and as whom it runs.
    pub(super) attributes: &'a str,
    /// Its settings, language and body.
    pub(super) text: String,
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
    /// Adds a function unless it is there, and gives its name as SQL.
    pub(super) fn add(&mut self, new: Definition<'_>) -> String {
        let Definition { schema, arguments, returns, attributes, text, .. } = new;
        let arguments = arguments.join(", ");
        let content = quote::hash(&format!("({arguments}) {returns} {attributes}: {text}"));
        let mut stem = stem(new.purpose);
        let mut end = stem.len().min(MAX_STEM_BYTES);
        while !stem.is_char_boundary(end) {
            end -= 1;
        }
        stem.truncate(end);
        let name = QualifiedName::new(schema, format!("{}_{content}", stem.trim_end_matches('_')));
        let sql_name = quote::qualified(&name);
        if !self.by_name.contains_key(&name.name) {
            let signature = format!("{sql_name}({arguments})");
            let create = vec![
                format!("CREATE FUNCTION {signature}\n  RETURNS {returns}\n  {attributes}\n  {text}"),
                format!("COMMENT ON FUNCTION {signature} IS {}", quote::literal(&new.remark)),
                format!("REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"),
            ];
            self.by_name.insert(name.name.clone(), self.functions.len());
            let (is_definer, has_path) = (attributes.contains("SECURITY DEFINER"), text.contains(SEARCH_PATH));
            let source = quote::source_of(&text);
            self.functions.push(Function { name, signature, create, remark: new.remark, is_definer, has_path, source });
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

/// What a look-up makes sure of before it answers, where a row that it does not see would grant something.
pub(super) struct Guard<'a> {
    /// The role that it has to run as: given to another owner, by a restore perhaps, it would find nothing.
    pub(super) runs_as: &'a str,
    /// The tables that it reads by these names, as SQL.
    pub(super) tables: Vec<String>,
    /// The position of the argument with the tables that were asked about: one of them may have been renamed, and another be in its place.
    pub(super) given: usize,
}

impl Guard<'_> {
    /// What must not be.
    fn fault(&self) -> String {
        let tables = self.tables.iter().map(|table| format!("{}::regclass", quote::literal(table)));
        let tables = tables.collect::<Vec<_>>().join(", ");
        format!("current_user <> {} OR ${} <> ARRAY[{tables}]", quote::literal(self.runs_as), self.given)
    }
}

/// Settings, language and body of a function that looks up. A PL/pgSQL function keeps its plan for the session; one of SQL makes it again for each
/// statement before version 18, which takes longer than to fetch a row. An expression of the rules' author is SQL's all the same: PostgreSQL
/// checks it when it is applied.
///
/// An array is answered from a variable, where PL/pgSQL keeps it expanded. Otherwise one of less than 127 bytes would get the short header of
/// stored values, and `= ANY (…)` would unpack it again for each row, a quarter of what such a filter costs (manual
/// section 73.2; measured on 15 and 18).
pub(super) fn look_up_text(body: &Select, returns: &str, guard: Option<&Guard<'_>>) -> String {
    if body.has_raw() {
        let guard = guard.map(|guard| format!("SELECT CASE WHEN {} THEN {NO_ANSWER} END;\n  ", guard.fault()));
        return format!("{SEARCH_PATH}\n  LANGUAGE sql\nBEGIN ATOMIC\n  {}{};\nEND", guard.unwrap_or_default(), body.pretty(2));
    }
    let answer = match body {
        Select { expression, from: None, condition: None } => expression.pretty(2),
        whole => format!("(\n    {}\n  )", whole.pretty(4)),
    };
    let guard = guard.map(|guard| {
        format!(
            "IF {} THEN\n    RAISE EXCEPTION 'a look-up has lost its owner or its tables' USING HINT = 'The last step of the next script names what is not as it was made.';\n  END IF;\n  ",
            guard.fault()
        )
    });
    let guard = guard.unwrap_or_default();
    let text = if matches!(body.expression, Expression::ArrayOf(_)) {
        format!("DECLARE\n  answer {returns};\nBEGIN\n  {guard}answer := {answer};\n  RETURN answer;\nEND")
    } else {
        format!("BEGIN\n  {guard}RETURN {answer};\nEND")
    };
    format!("{SEARCH_PATH}\n  LANGUAGE plpgsql\nAS {}", quote::dollar(&text))
}

/// An expression that raises an error when it is evaluated, and that the planner does not evaluate.
const NO_ANSWER: &str = "1 / (length(current_user) - length(current_user))";

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
    use super::{Definition, Functions, MAX_STEM_BYTES};

    #[test]
    fn names_are_cut_between_letters() {
        let mut functions = Functions::default();
        for letter in ["a", "ß", "字"] {
            let name = functions.add(Definition {
                schema: "s",
                purpose: &format!("a{}", letter.repeat(60)),
                arguments: Vec::new(),
                returns: "boolean",
                attributes: "STABLE",
                text: String::new(),
                remark: String::new(),
            });
            let stem =
                name.split_once('.').and_then(|(_, name)| name.trim_matches('"').rsplit_once('_')).map_or("", |(stem, _)| stem);
            assert!(stem.len() <= MAX_STEM_BYTES && stem.len() + letter.len() > MAX_STEM_BYTES, "{name}: {stem}");
        }
    }
}
