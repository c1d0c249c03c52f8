//! A table as `rowgate as` shows it, for people and for machines: a heading, rows, remarks.

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::columns::{self, Cut, Shown};
use super::look::{Look, harmless, shortened};
use super::output::count;
use crate::model::Operation;
use crate::scenario::Holding;

/// What there is to say of somebody, of a table or of a statement.
#[derive(Clone)]
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
#[derive(Clone)]
pub(super) enum About {
    /// Who looks, as they were named.
    Actor(String),
    /// A table by its name.
    Table(String),
    /// A statement of SQL.
    Statement(String),
    /// What is done with one record; a new one has no key.
    Deed { operation: Operation, table: String, key: Option<String> },
}

/// In a few words: how many rows, or why none.
#[derive(Clone)]
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
    /// It would be done; of an update that sets nothing, it may start.
    Allowed,
    /// It would not be done, for this reason.
    Denied(String),
    /// It would not be done for want of this, by the rules.
    Lacks(String),
    /// It would not be done, for a reason that has nothing to do with the rules.
    Undone(String),
}

/// A value as somebody sees it.
#[derive(Clone)]
pub(super) enum Value {
    Hidden,
    Empty,
    /// What the database computes where a test file gives no value.
    FilledIn,
    Text(String),
}

/// What may be done with a row.
#[derive(Clone)]
pub(super) struct Allowed {
    pub(super) operation: Operation,
    /// Empty for all fields, and where there are none.
    pub(super) fields: Option<Vec<String>>,
}

/// What else there is to know of a table.
#[derive(Clone)]
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
    /// An action may be called.
    MayDo {
        /// Its name.
        action: String,
        /// What its record is found by.
        by: Vec<String>,
        /// What it asks of the record; empty for every one.
        condition: Option<String>,
    },
    /// The rows come from a masking view, which shows hidden fields as empty ones.
    Masked { view: String },
    /// What a statement does, or could do.
    Deed(Deed),
    /// Records are among the rows that the rules show nobody who looks.
    Beyond {
        /// How many.
        number: usize,
        /// What asks why one of them is there.
        ask: String,
    },
}

/// What there is to know of something that is done with a record.
#[derive(Clone)]
pub(super) enum Deed {
    /// The fields that the statement gives a value.
    Gives(Vec<String>),
    /// The fields that an update could change from here; empty for all.
    MayChange(Option<Vec<String>>),
    /// What the rules have the database fill in: fields with their values in words.
    FillsIn(Vec<(String, String)>),
    /// The record is gone behind it.
    Removes,
    /// They do not see what they leave.
    Unseen,
    /// The record has a key that nobody has told, and so is not shown.
    Unnamed,
    /// The rules allow it, which the database does not do for another reason.
    Permitted,
    /// The rules say otherwise than the database, for this reason, where they deny it.
    Differs(Option<String>),
    /// What asks why.
    Ask(String),
}

impl Deed {
    fn json(&self) -> serde_json::Value {
        match self {
            Deed::Gives(fields) => json!({ "kind": "gives", "fields": fields }),
            Deed::MayChange(fields) => json!({ "kind": "may_change", "fields": fields }),
            Deed::FillsIn(values) => {
                let values = values.iter().map(|(field, value)| (field.clone(), json!(value)));
                json!({ "kind": "fills_in", "values": values.collect::<serde_json::Map<_, _>>() })
            }
            Deed::Removes => json!({ "kind": "removes" }),
            Deed::Unseen => json!({ "kind": "unseen" }),
            Deed::Unnamed => json!({ "kind": "unnamed" }),
            Deed::Permitted => json!({ "kind": "permitted" }),
            Deed::Differs(reason) => {
                json!({ "kind": "differs", "by_the_rules": reason.as_ref().map_or("allowed", |_| "denied"), "lacks": reason })
            }
            Deed::Ask(command) => json!({ "kind": "ask", "command": command }),
        }
    }

    fn text(&self) -> String {
        match self {
            Deed::Gives(fields) => format!("gives {}", fields.join(", ")),
            Deed::MayChange(None) => "may change every field".to_owned(),
            Deed::MayChange(Some(fields)) => format!("may change {}", fields.join(", ")),
            Deed::FillsIn(values) => {
                let values: Vec<String> = values.iter().map(|(field, value)| format!("{field} with {value}")).collect();
                format!("the database fills in {}", values.join(", "))
            }
            Deed::Removes => "it is gone then".to_owned(),
            Deed::Unseen => "they do not see it then, so a statement with RETURNING fails".to_owned(),
            Deed::Unnamed => "it is not shown: no key names it".to_owned(),
            Deed::Permitted => "the rules allow it".to_owned(),
            Deed::Differs(None) => "differs: the rules allow it".to_owned(),
            Deed::Differs(Some(reason)) => format!("differs: the rules deny it, which lacks {reason}"),
            Deed::Ask(command) => format!("why: {command}"),
        }
    }
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
            About::Deed { operation, table, key } => {
                json!({ "kind": "deed", "operation": operation.word(), "table": table, "key": key })
            }
        };
        let (key, value) = match &self.summary {
            Summary::Holds(held) => ("roles", json!(held)),
            Summary::RowsOf { total } => ("total", json!(total)),
            Summary::Rows { more } => ("more", json!(more)),
            Summary::Closed(reason) => ("closed", json!(reason)),
            Summary::NoColumn => ("no_column", json!(true)),
            Summary::Refused(reason) => ("refused", json!(reason)),
            Summary::Touched(rows) => ("touched", json!(rows)),
            Summary::Allowed => ("answer", json!("allowed")),
            Summary::Denied(_) | Summary::Lacks(_) => ("answer", json!("denied")),
            Summary::Undone(_) => ("answer", serde_json::Value::Null),
        };
        json[key] = value;
        if let Summary::Allowed | Summary::Denied(_) | Summary::Lacks(_) | Summary::Undone(_) = &self.summary {
            json["says"] = match &self.summary {
                Summary::Denied(reason) | Summary::Lacks(reason) | Summary::Undone(reason) => json!(reason),
                _ => serde_json::Value::Null,
            };
        }
        if matches!(self.summary, Summary::Holds(_)) {
            json["actions"] = self.remarks.iter().map(Remark::json).collect();
        }
        if !matches!(
            self.summary,
            Summary::Holds(_) | Summary::Closed(_) | Summary::NoColumn | Summary::Refused(_) | Summary::Touched(_)
        ) {
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

    pub(super) fn text(&self, look: Look) -> String {
        let head = format!("{}  {}", self.about.text(), look.dim(&self.summary.text(self.rows.len())));
        let mut out = look.wrapped(head.trim_end(), 2) + "\n";
        let inside = look.within(2);
        let lines = self.lines();
        match columns::table(&lines, Cut::Rows { keeps_last: !self.may.is_empty() }, inside) {
            Some(lines) => {
                for (index, line) in lines.iter().enumerate() {
                    let line = format!("  {line}");
                    out.push_str(&format!("{}\n", if index == 0 { look.dim(&line) } else { line }));
                }
            }
            None => out.push_str(&records(&lines, inside)),
        }
        for remark in &self.remarks {
            out.push_str(&format!("  {}\n", inside.wrapped(&remark.text(), 2).replace('\n', "\n  ")));
        }
        out
    }

    /// The heading and the rows, with what may be done with each; nothing where there are no rows.
    fn lines(&self) -> Vec<Vec<Shown>> {
        let shown = |value: &Value| match value {
            Value::Hidden => "·".into(),
            Value::Empty => "".into(),
            Value::FilledIn => "(default)".into(),
            // A row is a line.
            Value::Text(text) => harmless(text).into(),
        };
        let mut lines: Vec<Vec<Shown>> = Vec::new();
        if !self.rows.is_empty() {
            lines.push(self.columns.iter().map(|name| harmless(name).into()).collect());
        }
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        if !self.may.is_empty() {
            let may = std::iter::once("may".to_owned()).chain(self.may.iter().map(|may| may_text(may)));
            std::iter::zip(&mut lines, may).for_each(|(line, may)| line.push(may.into()));
        }
        lines
    }
}

/// Rows that are wider than the terminal, below each other: a line for each cell.
fn records(lines: &[Vec<Shown>], look: Look) -> String {
    let [heading, rows @ ..] = lines else { return String::new() };
    let room = look.width.unwrap_or(usize::MAX);
    let names: Vec<String> = heading.iter().map(|name| shortened(&name.text, room / 2)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let record = |row: &Vec<Shown>| {
        let mut record = String::new();
        for (name, cell) in std::iter::zip(&names, row) {
            let title = format!("{name}:{}", " ".repeat(widest - name.width() + 1));
            // What may be done is told as a whole, as an answer has to be.
            let value = match name.as_str() {
                "may" => look
                    .within(title.width())
                    .wrapped(&cell.text, 0)
                    .replace('\n', &format!("\n{}", " ".repeat(title.width() + 2))),
                _ => shortened(&cell.text, room.saturating_sub(title.width())),
            };
            let line = format!("  {}{value}", look.dim(&title));
            record.push_str(&format!("{}\n", line.trim_end()));
        }
        record
    };
    rows.iter().map(record).collect::<Vec<_>>().join("\n")
}

impl About {
    fn text(&self) -> String {
        match self {
            About::Actor(text) | About::Table(text) | About::Statement(text) => text.clone(),
            About::Deed { operation, table, key } => {
                format!("{} {table}{}", operation.word(), key.as_ref().map(|key| format!(" {key}")).unwrap_or_default())
            }
        }
    }
}

impl Summary {
    fn text(&self, rows: usize) -> String {
        match self {
            Summary::Holds(held) => format!("holds {}", held.iter().map(Holding::to_string).collect::<Vec<_>>().join(", ")),
            Summary::RowsOf { total } => format!("{rows} of {}", count(*total, "row")),
            Summary::Rows { more: true } => format!("the first {}", count(rows, "row")),
            Summary::Rows { more: false } => count(rows, "row"),
            Summary::Closed(reason) => format!("closed: {reason}"),
            Summary::NoColumn => "no column may be read".to_owned(),
            Summary::Refused(reason) => format!("refused: {reason}"),
            Summary::Allowed => "allowed".to_owned(),
            Summary::Denied(reason) => format!("denied: {reason}"),
            Summary::Lacks(what) => format!("denied: lacks {what}"),
            Summary::Undone(reason) => format!("not done: {reason}"),
            Summary::Touched(rows) => format!("{}, undone", count(usize::try_from(*rows).unwrap_or(usize::MAX), "row")),
        }
    }
}

impl Remark {
    fn json(&self) -> serde_json::Value {
        match self {
            Remark::MayCreate { role, fields, condition, sets } => {
                json!({ "kind": "may_create", "role": role, "fields": fields, "condition": condition, "sets": sets })
            }
            Remark::MayDo { action, by, condition } => {
                json!({ "kind": "may_do", "action": action, "by": by, "condition": condition })
            }
            Remark::Masked { view } => json!({ "kind": "masked", "view": view }),
            Remark::Deed(deed) => deed.json(),
            Remark::Beyond { number, ask } => json!({ "kind": "beyond", "number": number, "ask": ask }),
        }
    }

    fn text(&self) -> String {
        match self {
            Remark::MayCreate { role, fields, condition, sets } => {
                let when = condition.as_ref().map_or_else(String::new, |condition| format!(" when {condition}"));
                let sets = sets.as_ref().map_or_else(String::new, |sets| format!(", which {sets}"));
                format!("may create{} as {role}{when}{sets}", in_parentheses(fields.as_deref()))
            }
            Remark::MayDo { action, by, condition } => {
                let when = condition.as_ref().map_or_else(String::new, |condition| format!(" when {condition}"));
                format!("may do {action} ({}){when}", by.join(", "))
            }
            Remark::Deed(deed) => deed.text(),
            Remark::Beyond { number, ask } => {
                format!("no rule shows {} of these: `{ask}` asks why", count(*number, "row"))
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
