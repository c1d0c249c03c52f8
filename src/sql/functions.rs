//! Lookup functions: what a policy asks of other tables. Each reads as the lookup role, so that no policy of the tables that it reads
//! applies and nothing can recurse; its name carries a hash of its content, so a changed function is a new one.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Callee, Expression, Select};
use super::quote;
use crate::catalog::{QualifiedName, TableId};
use crate::objects::{Body, Callers, Function};

/// What a function is to be.
pub(super) struct Definition<'a> {
    pub(super) schema: &'a str,
    /// What of its name is for people.
    pub(super) purpose: &'a str,
    /// The types of its arguments, as SQL.
    pub(super) arguments: Vec<String>,
    pub(super) returns: &'a str,
    /// How it may be used.
    pub(super) attributes: &'a str,
    /// Whether it runs as its owner.
    pub(super) is_definer: bool,
    /// Settings beside its path, as SQL behind `SET`.
    pub(super) settings: &'a [&'a str],
    pub(super) body: Body,
    /// The functions that it calls, as SQL without arguments.
    pub(super) calls: BTreeSet<String>,
    pub(super) remark: String,
}

/// What is read of other tables: positions of columns by table.
pub(super) type Reads = BTreeMap<TableId, BTreeSet<u32>>;

/// All functions of a project, each once.
#[derive(Debug, Default)]
pub(super) struct Functions {
    /// In the order of creation: what is called comes before what calls it.
    functions: Vec<Function>,
    /// Positions by name, as SQL.
    by_name: BTreeMap<String, usize>,
    /// Columns that some function reads.
    pub(super) reads: Reads,
}

impl Functions {
    /// Adds a function unless it is there, and gives it to be called.
    pub(super) fn add(&mut self, new: Definition<'_>) -> Callee {
        let mut function = Function {
            name: QualifiedName::new(new.schema, ""),
            names: Function::names_beside_columns(&new.body, &new.arguments, new.returns),
            arguments: new.arguments,
            returns: new.returns.to_owned(),
            attributes: new.attributes.to_owned(),
            is_definer: new.is_definer,
            settings: new.settings.iter().map(|&setting| setting.to_owned()).collect(),
            body: new.body,
            comment: Some(new.remark),
            callers: Callers::Granted,
            owner: None,
            shows: None,
            calls: new.calls,
        };
        let mut stem = stem(new.purpose);
        let mut end = stem.len().min(MAX_STEM_BYTES);
        while !stem.is_char_boundary(end) {
            end -= 1;
        }
        stem.truncate(end);
        function.name.name = format!("{}_{}", stem.trim_end_matches('_'), function.content());
        let sql_name = quote::qualified(&function.name);
        self.push(function, &sql_name);
        Callee::Ours(sql_name)
    }

    /// Adds the functions of another one, each once.
    pub(super) fn append(&mut self, other: Functions) {
        for function in other.functions {
            let sql_name = quote::qualified(&function.name);
            self.push(function, &sql_name);
        }
        for (table, columns) in other.reads {
            self.reads.entry(table).or_default().extend(columns);
        }
    }

    fn push(&mut self, function: Function, sql_name: &str) {
        if !self.by_name.contains_key(sql_name) {
            self.by_name.insert(sql_name.to_owned(), self.functions.len());
            self.functions.push(function);
        }
    }

    fn named(&self, sql_name: &str) -> Option<&Function> {
        self.by_name.get(sql_name).map(|&index| &self.functions[index])
    }

    /// Whether a function may be called while other processes work on the statement.
    pub(super) fn is_parallel_safe(&self, sql_name: &str) -> bool {
        self.named(sql_name).is_some_and(|function| function.attributes.contains("PARALLEL SAFE"))
    }

    /// Functions, and what those of them call that run as whoever calls them, who has to be allowed to do so.
    pub(super) fn with_called(&self, functions: &BTreeSet<String>) -> BTreeSet<String> {
        let run = functions.iter().filter_map(|name| self.named(name)).filter(|function| !function.is_definer);
        functions.iter().chain(run.flat_map(|function| &function.calls)).cloned().collect()
    }

    /// Notes that a function is a window on a table of others.
    pub(super) fn note_window(&mut self, function: &Callee, table: &QualifiedName) {
        let Callee::Ours(name) = function else { return };
        if let Some(&index) = self.by_name.get(name) {
            self.functions[index].shows = Some(table.clone());
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

    /// What stands before the answer in a body of SQL.
    fn as_sql(&self) -> String {
        format!("SELECT CASE WHEN {} THEN {NO_ANSWER} END;\n  ", self.fault())
    }

    /// The same in one of PL/pgSQL.
    fn as_plpgsql(&self) -> String {
        format!(
            "IF {} THEN\n    RAISE EXCEPTION 'a look-up has lost its owner or its tables' USING HINT = 'The last step of the next script names what is not as it was made.';\n  END IF;\n  ",
            self.fault()
        )
    }
}

/// The body of a function that looks up. A PL/pgSQL function keeps its plan for the session; one of SQL makes it again for each
/// statement before version 18, which takes longer than to fetch a row. An expression of the rules' author is SQL's all the same: PostgreSQL
/// checks it when it is applied.
///
/// An array is answered from a variable, where PL/pgSQL keeps it expanded. Otherwise one of less than 127 bytes would get the short header of
/// stored values, and `= ANY (…)` would unpack it again for each row, a quarter of what such a filter costs (manual
/// section 73.2; measured on 15 and 18).
pub(super) fn look_up_body(body: &Select, returns: &str, guard: Option<&Guard<'_>>, locks: &[String]) -> Body {
    if body.has_raw() {
        let locks: String = locks.iter().map(|lock| format!("SELECT {lock};\n  ")).collect();
        return Body::Sql(format!("{}{locks}{}", guard.map(Guard::as_sql).unwrap_or_default(), body.pretty(2)));
    }
    let answer = match body {
        Select { expression, from: None, condition: None } => expression.pretty(2),
        whole => format!("(\n    {}\n  )", whole.pretty(4)),
    };
    // What is counted behind a lock is counted with a snapshot of its own: it has what was waited for.
    let locks: String = locks.iter().map(|lock| format!("PERFORM {lock};\n  ")).collect();
    let guard = guard.map(Guard::as_plpgsql).unwrap_or_default() + &locks;
    Body::Plpgsql(
        if matches!(
            body.expression,
            Expression::ArrayOf(_) | Expression::ArrayOfRepeated(..) | Expression::ArrayInOrder(..) | Expression::Reached(_)
        ) {
            format!("DECLARE\n  answer {returns};\nBEGIN\n  {guard}answer := {answer};\n  RETURN answer;\nEND")
        } else {
            format!("BEGIN\n  {guard}RETURN {answer};\nEND")
        },
    )
}

/// The body of a function that answers with rows: `wrap` puts around the query what stands around it.
pub(super) fn rows_body(body: &Select, guard: Option<&Guard<'_>>, wrap: impl FnOnce(&str) -> String) -> Body {
    let query = wrap(&body.pretty(4));
    if body.has_raw() {
        return Body::Sql(format!("{}{query}", guard.map(Guard::as_sql).unwrap_or_default()));
    }
    Body::Plpgsql(format!("BEGIN\n  {}RETURN QUERY\n  {query};\nEND", guard.map(Guard::as_plpgsql).unwrap_or_default()))
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

/// The generated functions that an expression calls directly, by their names as SQL.
pub(super) fn calls(expression: &Expression, found: &mut BTreeSet<String>) {
    expression.for_each(&mut |part| note_call(part, found));
}

/// The same of a query.
pub(super) fn calls_of_select(select: &Select) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    select.for_each(&mut |part| note_call(part, &mut found));
    found
}

fn note_call(part: &Expression, found: &mut BTreeSet<String>) {
    if let Expression::Call { function: Callee::Ours(name), .. } = part {
        found.insert(name.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Body, Callee, Definition, Functions, MAX_STEM_BYTES};

    #[test]
    fn names_are_cut_between_letters() {
        let mut functions = Functions::default();
        for letter in ["a", "ß", "字"] {
            let Callee::Ours(name) = functions.add(Definition {
                schema: "s",
                purpose: &format!("a{}", letter.repeat(60)),
                arguments: Vec::new(),
                returns: "boolean",
                attributes: "STABLE",
                is_definer: false,
                settings: &[],
                body: Body::Plpgsql(String::new()),
                calls: BTreeSet::new(),
                remark: String::new(),
            }) else {
                unreachable!("what is added is ours")
            };
            let stem =
                name.split_once('.').and_then(|(_, name)| name.trim_matches('"').rsplit_once('_')).map_or("", |(stem, _)| stem);
            assert!(stem.len() <= MAX_STEM_BYTES && stem.len() + letter.len() > MAX_STEM_BYTES, "{name}: {stem}");
        }
    }
}
