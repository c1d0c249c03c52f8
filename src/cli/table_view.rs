//! A table as `rowgate as` shows it, for people and for machines: a heading, rows, remarks.

use serde_json::json;

use super::columns::aligned;
use super::output::count;
use crate::model::Operation;

/// What there is to say of somebody, of a table or of a statement.
pub(super) struct TableView {
    pub(super) about: About,
    pub(super) summary: Summary,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
    /// What may be done with each row; nothing where that was not asked.
    pub(super) may: Vec<Vec<Allowed>>,
    /// What else there is to know.
    pub(super) remarks: Vec<Remark>,
}

/// What it is about.
pub(super) enum About {
    /// Who looks, as they were named.
    Actor(String),
    /// A table by its name.
    Table(String),
    /// A statement of SQL.
    Statement(String),
}

/// In a few words: how many rows, or why none.
pub(super) enum Summary {
    /// The roles of the session.
    Holds(Vec<Holding>),
    /// The rows are what can be seen of so many.
    RowsOf { total: usize },
    /// The rows, and whether there are more.
    Rows { more: bool },
    /// Nobody may do anything with the table, for this reason.
    Closed(String),
    /// No column may be read.
    NoColumn,
    /// The server refuses, in its words.
    Refused(String),
    /// So many rows were touched.
    Touched(u64),
}

/// A role of the session; with the membership and the key of what it is held within, if it is.
#[derive(PartialEq)]
pub(super) struct Holding {
    pub(super) role: String,
    pub(super) within: Option<(String, String)>,
}

/// A value as somebody sees it.
pub(super) enum Value {
    Hidden,
    Empty,
    /// What the database computes where a test file gives no value.
    FilledIn,
    Text(String),
}

/// What may be done with a row.
pub(super) struct Allowed {
    pub(super) operation: Operation,
    /// Empty for all fields, and where there are none.
    pub(super) fields: Option<Vec<String>>,
}

/// What else there is to know of a table.
pub(super) enum Remark {
    /// Rows may be made.
    MayCreate {
        /// As whom.
        role: String,
        /// Empty for all fields.
        fields: Option<Vec<String>>,
        /// Empty for every record.
        condition: Option<String>,
        /// What the database fills in.
        sets: Option<String>,
    },
    /// The rows come from a masking view, which shows hidden fields as empty ones.
    Masked { view: String },
}

impl TableView {
    /// Without rows.
    pub(super) fn new(about: About, summary: Summary) -> TableView {
        TableView { about, summary, columns: Vec::new(), rows: Vec::new(), may: Vec::new(), remarks: Vec::new() }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let mut json = match &self.about {
            About::Actor(name) => json!({ "kind": "actor", "actor": name }),
            About::Table(name) => json!({ "kind": "table", "table": name }),
            About::Statement(text) => json!({ "kind": "statement", "statement": text }),
        };
        let (key, value) = match &self.summary {
            Summary::Holds(held) => ("roles", held.iter().map(Holding::json).collect()),
            Summary::RowsOf { total } => ("total", json!(total)),
            Summary::Rows { more } => ("more", json!(more)),
            Summary::Closed(reason) => ("closed", json!(reason)),
            Summary::NoColumn => ("no_column", json!(true)),
            Summary::Refused(reason) => ("refused", json!(reason)),
            Summary::Touched(rows) => ("touched", json!(rows)),
        };
        json[key] = value;
        if matches!(self.summary, Summary::RowsOf { .. } | Summary::Rows { .. }) {
            json["rows"] = self.rows.iter().enumerate().map(|(index, row)| self.row_json(index, row)).collect();
            json["remarks"] = self.remarks.iter().map(Remark::json).collect();
        }
        json
    }

    fn row_json(&self, index: usize, row: &[Value]) -> serde_json::Value {
        let value = |value: &Value| match value {
            Value::Hidden => json!({ "hidden": true }),
            Value::Empty => serde_json::Value::Null,
            Value::FilledIn => json!({ "filled_in": true }),
            Value::Text(text) => text.as_str().into(),
        };
        let values = std::iter::zip(&self.columns, row).map(|(name, one)| (name.clone(), value(one)));
        let mut shown = json!({ "values": values.collect::<serde_json::Map<_, _>>() });
        if let Some(may) = self.may.get(index) {
            let allowed = |one: &Allowed| json!({ "operation": one.operation.word(), "fields": one.fields });
            shown["may"] = may.iter().map(allowed).collect();
        }
        shown
    }

    pub(super) fn text(&self, styled: bool) -> String {
        let dim = |text: &str| if styled { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out =
            format!("{}  {}\n", self.about.text(), dim(&self.summary.text(self.rows.len()))).trim_end().to_owned() + "\n";
        let shown = |value: &Value| match value {
            Value::Hidden => "·".to_owned(),
            Value::Empty => String::new(),
            Value::FilledIn => "(default)".to_owned(),
            // A row is a line.
            Value::Text(text) => text.replace('\n', "⏎"),
        };
        let mut lines: Vec<Vec<String>> = Vec::new();
        if !self.rows.is_empty() {
            lines.push(self.columns.clone());
        }
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        if !self.may.is_empty() {
            let may = std::iter::once("may".to_owned()).chain(self.may.iter().map(|may| may_text(may)));
            std::iter::zip(&mut lines, may).for_each(|(line, may)| line.push(may));
        }
        for (index, line) in aligned(&lines).into_iter().enumerate() {
            let line = format!("  {line}");
            let line = line.trim_end();
            out.push_str(&format!("{}\n", if index == 0 { dim(line) } else { line.to_owned() }));
        }
        for remark in &self.remarks {
            out.push_str(&format!("  {}\n", remark.text()));
        }
        out
    }
}

impl About {
    fn text(&self) -> &str {
        let (About::Actor(text) | About::Table(text) | About::Statement(text)) = self;
        text
    }
}

impl Summary {
    fn text(&self, rows: usize) -> String {
        match self {
            Summary::Holds(held) => format!("holds {}", held.iter().map(Holding::text).collect::<Vec<_>>().join(", ")),
            Summary::RowsOf { total } => format!("{rows} of {}", count(*total, "row")),
            Summary::Rows { more: true } => format!("the first {}", count(rows, "row")),
            Summary::Rows { more: false } => count(rows, "row"),
            Summary::Closed(reason) => format!("closed: {reason}"),
            Summary::NoColumn => "no column may be read".to_owned(),
            Summary::Refused(reason) => format!("refused: {reason}"),
            Summary::Touched(rows) => format!("{}, undone", count(usize::try_from(*rows).unwrap_or(usize::MAX), "row")),
        }
    }
}

impl Holding {
    fn json(&self) -> serde_json::Value {
        let within = self.within.as_ref().map(|(membership, key)| json!({ "membership": membership, "key": key }));
        json!({ "role": self.role, "within": within })
    }

    /// `Viewer of Team 1`
    fn text(&self) -> String {
        match &self.within {
            Some((membership, key)) => format!("{} of {membership} {key}", self.role),
            None => self.role.clone(),
        }
    }
}

impl Remark {
    fn json(&self) -> serde_json::Value {
        match self {
            Remark::MayCreate { role, fields, condition, sets } => {
                json!({ "kind": "may_create", "role": role, "fields": fields, "condition": condition, "sets": sets })
            }
            Remark::Masked { view } => json!({ "kind": "masked", "view": view }),
        }
    }

    fn text(&self) -> String {
        match self {
            Remark::MayCreate { role, fields, condition, sets } => {
                let when = condition.as_ref().map_or_else(String::new, |condition| format!(" when {condition}"));
                let sets = sets.as_ref().map_or_else(String::new, |sets| format!(", which {sets}"));
                format!("may create{} as {role}{when}{sets}", in_parentheses(fields.as_deref()))
            }
            Remark::Masked { view } => format!("read from {view}, where what is hidden looks as if it were empty"),
        }
    }
}

/// `read, update (name), delete`; which fields can be read, the row shows.
fn may_text(may: &[Allowed]) -> String {
    let text = |one: &Allowed| match one.operation {
        Operation::Read => one.operation.word().to_owned(),
        operation => format!("{}{}", operation.word(), in_parentheses(one.fields.as_deref())),
    };
    may.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// ` (name, status)`; nothing where all fields are meant.
fn in_parentheses(fields: Option<&[String]>) -> String {
    fields.map_or_else(String::new, |fields| format!(" ({})", fields.join(", ")))
}
