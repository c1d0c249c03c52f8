//! What is measured of a construct: its rules, the filter by hand that says the same, and the statements. Gives the compiled project of one.

use rowgate::diagnostic::{self, Sources};
use rowgate::project::{self, Compiled, Texts};

/// The user who asks.
pub const USER: u32 = 42;

/// A sentence of the language, and what somebody would write in its place.
#[derive(Debug, Clone, Copy)]
pub struct Construct {
    /// As the table of results has it.
    pub sentence: &'static str,
    /// The policy file. Tables that it does not name are closed.
    pub rules: &'static str,
    /// The big table that is asked.
    pub table: &'static str,
    /// What the filter by hand is given for free: queries of values, which it has as `{0}`, `{1}` and so on, with commas between them.
    pub facts: &'static [&'static str],
    pub by_hand: &'static str,
    pub queries: &'static [Query],
    /// What the project has otherwise: texts of its files, and those in their places.
    pub variations: &'static [(&'static str, &'static str)],
    /// What the session says.
    pub identity: &'static str,
}

/// What most constructs have: documents, and the project as its files say it.
pub const READING: Construct = Construct {
    sentence: "",
    rules: "",
    table: "documents",
    facts: &[],
    by_hand: "",
    queries: &[Query::Sum, Query::Key],
    variations: &[],
    identity: "42",
};

/// What an application asks.
#[derive(Debug, Clone, Copy)]
pub enum Query {
    /// All rows that the user sees.
    Sum,
    /// One of them, by its key.
    Key,
    /// The latest twenty.
    Page,
    /// What changes rows: its name, how a superuser writes it who is held to nothing, and how the application does.
    Write { name: &'static str, by_hand: &'static str, under_policies: &'static str },
}

impl Query {
    pub fn name(self) -> &'static str {
        match self {
            Query::Sum => "count and sum",
            Query::Key => "one by key",
            Query::Page => "page of 20",
            Query::Write { name, .. } => name,
        }
    }

    pub fn writes(self) -> bool {
        matches!(self, Query::Write { .. })
    }

    /// The statement on some rows: a table, or a query in parentheses. `key` is that of a row which the user may see.
    pub fn statement(self, rows: &str, key: i32, is_by_hand: bool) -> String {
        match self {
            Query::Sum => format!("SELECT count(*), sum(amount) FROM {rows} AS d"),
            Query::Key => format!("SELECT amount FROM {rows} AS d WHERE id = {key}"),
            Query::Page => format!("SELECT id FROM {rows} AS d ORDER BY created_at DESC LIMIT 20"),
            Query::Write { by_hand, under_policies, .. } => {
                (if is_by_hand { by_hand } else { under_policies }).replace("{key}", &key.to_string())
            }
        }
    }
}

/// The project of a construct, as the command line would compile it.
pub fn compile(construct: &Construct) -> Result<Compiled, String> {
    let varied = |text: &str| construct.variations.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let schema = varied(include_str!("project/schema.yaml"));
    let config = format!("{}closed_tables:\n{}", varied(include_str!("project/rowgate.yaml")), closed(&schema, construct.rules));
    let mut sources = Sources::default();
    let config_file = sources.add("rowgate.yaml", config);
    let mut diagnostics = Vec::new();
    let config = project::load_config(&sources, config_file, &mut diagnostics).ok_or("rowgate.yaml has errors")?;
    let schema_file = sources.add("schema.yaml", schema);
    let policy_files = vec![sources.add("main.policy", construct.rules)];
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    let compiled = project::compile(texts, diagnostics);
    if compiled.meaning.is_none() {
        let rendered: Vec<String> =
            compiled.diagnostics.iter().map(|one| diagnostic::render(one, &compiled.sources, false)).collect();
        return Err(format!("{}: {}", construct.sentence, rendered.join("\n")));
    }
    Ok(compiled)
}

/// The tables of a schema file that no rule is about.
fn closed(schema: &str, rules: &str) -> String {
    let names = schema.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':')).map(|(name, _)| name);
    let tables = names.filter(|name| !name.starts_with(' ') && !rules.contains(&format!("table {name} {{")));
    tables.map(|name| format!("  {name}: read by look-ups only\n")).collect()
}
