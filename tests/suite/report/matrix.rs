//! The report beside `rowgate matrix`: every answer of every example project, in the data and on the page.

use std::collections::BTreeMap;
use std::path::Path;

use rowgate::report::{Cell, Table, html::page};
use serde_json::Value;

use super::html::elements;
use super::of_example;
use crate::commands::{expect, rowgate};
use crate::{folders, root};

/// Table, role, operation, field and action, with the answer, the condition, the rules and what is set.
type Answers = BTreeMap<[String; 5], [String; 4]>;

pub fn every_cell(_: &Path) -> Result<(), String> {
    let mut count = 0;
    for folder in folders(&root().join("policies")) {
        let printed = of_matrix(&folder)?;
        let reported = of_report(&folder)?;
        let missing = printed.iter().find(|(key, said)| reported.get(*key) != Some(said));
        if let Some((key, said)) = missing {
            return Err(format!("{}: {key:?} is {said:?}, and reported as {:?}", folder.display(), reported.get(key)));
        }
        let more = reported.keys().find(|key| !printed.contains_key(*key));
        expect(more.is_none(), &format!("{}: {more:?} is reported alone", folder.display()))?;
        count += printed.len();
    }
    expect(count > 3000, &format!("only {count} cells"))
}

/// What `matrix` prints for spreadsheets.
fn of_matrix(folder: &Path) -> Result<Answers, String> {
    let (code, csv, said) = rowgate(folder, &["matrix", "--format", "csv"])?;
    expect(code == 0, &said)?;
    let mut lines = fields(&csv).into_iter();
    let heading = lines.next().ok_or("nothing is printed")?;
    let mut answers = Answers::new();
    for line in lines {
        let of = |name: &str| {
            let position = heading.iter().position(|known| known == name).ok_or(format!("no column {name}"))?;
            line.get(position).cloned().ok_or(format!("a short line: {line:?}"))
        };
        let key = [of("table")?, of("role")?, of("operation")?, of("field")?, of("action")?];
        let twice = answers.insert(key, [of("answer")?, of("condition")?, of("rules")?, of("set")?]);
        expect(twice.is_none(), &format!("{line:?} is there twice"))?;
    }
    Ok(answers)
}

/// The fields of lines of CSV.
fn fields(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut field, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => line.push(std::mem::take(&mut field)),
            '\n' if !is_quoted => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            '\r' if !is_quoted => {}
            letter => field.push(letter),
        }
    }
    lines
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

/// The same from the report's rows and notes.
fn of_report(folder: &Path) -> Result<Answers, String> {
    let (code, text, said) = rowgate(folder, &["report", "--format", "json"])?;
    expect(code == 0, &said)?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut answers = Answers::new();
    for table in report["tables"].as_array().ok_or("no tables")? {
        let name = table["name"].as_str().unwrap_or_default().to_owned();
        let all = words(&table["fields"]);
        for row in table["rows"].as_array().into_iter().flatten() {
            for (operation, cell) in
                std::iter::zip(["read", "create", "update", "delete"], row["cells"].as_array().ok_or("no cells")?)
            {
                let of_operation: Vec<String> = if operation == "delete" { vec![String::new()] } else { all.clone() };
                for field in of_operation {
                    let set = table["sets"][operation][&field].as_str().unwrap_or_default().to_owned();
                    let [answer, condition, rules] = answer(table, cell, &field)?;
                    for role in words(&row["roles"]) {
                        let key = [name.clone(), role, operation.to_owned(), field.clone(), String::new()];
                        let said = [answer.clone(), condition.clone(), rules.clone(), set.clone()];
                        expect(answers.insert(key, said).is_none(), "a role is in two rows")?;
                    }
                }
            }
        }
        for call in table["calls"].as_array().into_iter().flatten() {
            let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
            for (role, field) in
                words(&call["roles"]).iter().flat_map(|role| words(&call["fields"]).into_iter().map(move |field| (role, field)))
            {
                let key = [name.clone(), role.clone(), text("operation"), field, text("action")];
                answers.insert(key, ["when".to_owned(), text("condition"), String::new(), String::new()]);
            }
        }
    }
    Ok(answers)
}

/// What a cell's notes say of a field.
fn answer(table: &Value, cell: &Value, field: &str) -> Result<[String; 3], String> {
    let numbers = cell["notes"].as_array().into_iter().flatten().filter_map(Value::as_u64);
    let notes = numbers.map(|number| &table["notes"][usize::try_from(number).unwrap()]);
    let of_field: Vec<&Value> =
        notes.filter(|note| note["fields"].is_null() || words(&note["fields"]).contains(&field.to_owned())).collect();
    Ok(match of_field.as_slice() {
        [] => ["never".to_owned(), String::new(), String::new()],
        [note] => {
            let condition = note["condition"].as_str().unwrap_or_default();
            let answer = if condition.is_empty() { "always" } else { "when" };
            [answer.to_owned(), condition.to_owned(), words(&note["rules"]).join("; ")]
        }
        several => return Err(format!("{} notes about `{field}`", several.len())),
    })
}

/// On the page stands what is in the data: each cell's answer with its notes, each note with its condition, each rule as it is written.
pub fn page_shows(_: &Path) -> Result<(), String> {
    for folder in folders(&root().join("policies")) {
        let report = of_example(&folder)?;
        let all = elements(&page(&report))?;
        let cells = all.iter().filter(|element| element.name == "td" && element.attribute("data-op").is_some());
        let shown: Vec<String> =
            cells.map(|element| element.text.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect();
        let is_open = |table: &&Table| table.closed.is_none();
        let said = |cell: &Cell| {
            let notes: String = cell.notes.iter().map(|note| format!(" {}", note + 1)).collect();
            format!("{}{notes}", cell.answer)
        };
        let expected: Vec<String> =
            report.tables.iter().filter(is_open).flat_map(|table| &table.rows).flat_map(|row| &row.cells).map(said).collect();
        expect(shown == expected && !shown.is_empty(), &format!("{}: the cells are others", folder.display()))?;
        let rows = all.iter().filter_map(|element| element.attribute("data-roles"));
        let roles = report.tables.iter().filter(is_open).flat_map(|table| &table.rows).map(|row| row.roles.join("\n"));
        expect(rows.eq(roles), &format!("{}: the rows are others", folder.display()))?;
        let items = all.iter().filter(|element| element.name == "li" && element.attribute("id").is_some());
        let notes = report.tables.iter().filter(is_open).flat_map(|table| &table.notes);
        let every = |condition: &Option<String>| condition.clone().unwrap_or_else(|| "every record".to_owned());
        let fits = std::iter::zip(items.clone(), notes.clone()).all(|(item, note)| {
            let fields = note.fields.iter().flatten();
            item.text.starts_with(&every(&note.condition))
                && fields.chain(&note.rules).all(|word| item.text.contains(word.as_str()))
        });
        expect(fits && items.count() == notes.count(), &format!("{}: the notes are others", folder.display()))?;
        let texts: Vec<&str> = all.iter().filter(|element| element.name == "pre").map(|element| element.text.as_str()).collect();
        for rule in &report.rules {
            let source = std::fs::read_to_string(folder.join(&rule.file)).map_err(|error| error.to_string())?;
            let first = source.lines().nth(rule.line - 1).unwrap_or_default().trim();
            let is_whole = rule.text.contains(first) && first.contains(&rule.name) && rule.text.ends_with('}');
            expect(is_whole && texts.contains(&rule.text.as_str()), &format!("{}: {}", rule.id, rule.text))?;
            expect(!rule.text.contains("table ") || !rule.text.starts_with("table"), &format!("{}: too much", rule.id))?;
        }
    }
    Ok(())
}
