//! A table as `rowgate as` shows it, for people and for machines: a heading, rows, remarks.

use serde_json::json;

/// What there is to say of a table or of a statement.
#[derive(Default)]
pub(super) struct TableView {
    /// The table's name, or the statement.
    pub(super) about: String,
    /// In a few words: how many rows, or why none.
    pub(super) summary: String,
    pub(super) columns: Vec<String>,
    /// The values of each row, empty where there is none, or where it is not to be seen.
    pub(super) rows: Vec<Vec<Value>>,
    /// What may be done with each row; nothing where that was not asked.
    pub(super) may: Vec<String>,
    /// What may be done besides, in words.
    pub(super) remarks: Vec<String>,
}

/// A value as somebody sees it.
pub(super) enum Value {
    Hidden,
    Empty,
    Text(String),
}

impl TableView {
    pub(super) fn json(&self) -> serde_json::Value {
        let value = |value: &Value| match value {
            Value::Hidden => json!({ "hidden": true }),
            Value::Empty => serde_json::Value::Null,
            Value::Text(text) => text.as_str().into(),
        };
        let row = |(index, row): (usize, &Vec<Value>)| {
            let values = std::iter::zip(&self.columns, row).map(|(name, one)| (name.clone(), value(one)));
            let mut shown = json!({ "values": values.collect::<serde_json::Map<_, _>>() });
            if let Some(may) = self.may.get(index) {
                shown["may"] = may.as_str().into();
            }
            shown
        };
        let rows: Vec<_> = self.rows.iter().enumerate().map(row).collect();
        json!({ "about": self.about, "summary": self.summary, "rows": rows, "remarks": self.remarks })
    }

    pub(super) fn text(&self, styled: bool) -> String {
        let dim = |text: &str| if styled { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = format!("{}  {}\n", self.about, dim(&self.summary)).trim_end().to_owned() + "\n";
        let shown = |value: &Value| match value {
            Value::Hidden => "·".to_owned(),
            Value::Empty => String::new(),
            // A row is a line.
            Value::Text(text) => text.replace('\n', "⏎"),
        };
        let mut lines: Vec<Vec<String>> = Vec::new();
        if !self.rows.is_empty() {
            lines.push(self.columns.clone());
        }
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        if !self.may.is_empty() {
            let may = std::iter::once("may").chain(self.may.iter().map(String::as_str));
            std::iter::zip(&mut lines, may).for_each(|(line, may)| line.push(may.to_owned()));
        }
        let width = |index: usize| lines.iter().map(|line| line[index].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines.first().map_or(0, Vec::len)).map(width).collect();
        for (index, line) in lines.iter().enumerate() {
            let cells =
                std::iter::zip(line, &widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
            let line = format!("  {}", cells.collect::<Vec<_>>().join("  "));
            let line = line.trim_end();
            out.push_str(&format!("{}\n", if index == 0 { dim(line) } else { line.to_owned() }));
        }
        for remark in &self.remarks {
            out.push_str(&format!("  {remark}\n"));
        }
        out
    }
}
