//! `rowgate matrix`: what each role may do with each table and field, for reviewers.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::output::Output;
use super::{Error, Named, ProjectArgument, Verdict, compile};
use crate::access::{self, Review, RoleReview};
use crate::catalog::TableId;
use crate::model::{Model, Operation, Subject};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Only this table; can be given several times.
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Only this role; can be given several times.
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// How the matrix is printed.
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A table for each table, its conditions below it.
    Text,
    /// An array of objects, one for each table, role, operation and field.
    Json,
    /// The same with a line for each, for spreadsheets.
    Csv,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let mut review = access::review(&meaning.model);
    narrow(&mut review, arguments)?;
    output.result(&match arguments.format {
        Shape::Text => text(&review, output.styled_results()),
        Shape::Json => {
            format!("{:#}\n", serde_json::to_value(cells(&review))?)
        }
        Shape::Csv => csv(&cells(&review)),
    })?;
    Ok(Verdict::Clean)
}

/// Leaves the tables and roles that were asked for.
fn narrow(review: &mut Review<'_>, arguments: &Arguments) -> Result<(), Error> {
    let model = review.model;
    let mut tables = BTreeSet::new();
    for name in &arguments.table {
        tables.insert(super::table(model, name)?);
    }
    let mut roles = Vec::new();
    let subjects = |review: &Review<'_>| -> Vec<Subject> {
        review.tables.values().find(|roles| !roles.is_empty()).into_iter().flatten().map(|role| role.subject).collect()
    };
    for name in &arguments.role {
        let all = subjects(review);
        let found = all.iter().find(|&&subject| model.subject_name(subject).eq_ignore_ascii_case(name));
        roles.push(
            *found.ok_or_else(|| Error::unknown(Named::Role, name, all.iter().map(|&subject| model.subject_name(subject))))?,
        );
    }
    review.tables.retain(|table, _| tables.is_empty() || tables.contains(table));
    for all in review.tables.values_mut() {
        all.retain(|role| roles.is_empty() || roles.contains(&role.subject));
    }
    Ok(())
}

/// The row that others are compared with.
const EVERYBODY: &str = "Authenticated";

/// One cell of the matrix.
#[derive(Debug, Serialize)]
struct Cell<'a> {
    table: String,
    role: &'a str,
    operation: &'static str,
    /// Empty for deleting, which is of the whole row.
    field: &'a str,
    answer: &'static str,
    /// In words; empty where the answer is not `when`.
    condition: String,
    rules: Vec<&'a str>,
}

fn cells<'a>(review: &'a Review<'_>) -> Vec<Cell<'a>> {
    let mut cells = Vec::new();
    for (&id, roles) in &review.tables {
        let table = review.model.catalog.table(id);
        for role in roles {
            for (operation, answers) in &role.operations {
                for answer in answers {
                    let cell = |field: &'a str| Cell {
                        table: table.name.to_string(),
                        role: review.model.subject_name(role.subject),
                        operation: operation.word(),
                        field,
                        answer: answer.word(),
                        condition: answer.condition(review.model, role.subject).unwrap_or_default(),
                        rules: answer.rules.iter().map(String::as_str).collect(),
                    };
                    cells.extend(answer.columns.iter().map(|&column| cell(&table.columns[column as usize].name)));
                    if *operation == Operation::Delete {
                        cells.push(cell(""));
                    }
                }
            }
        }
    }
    cells
}

/// RFC 4180, with a newline at the end of each line as the tools of this system write it.
fn csv(cells: &[Cell<'_>]) -> String {
    let quoted = |text: &str| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut out = "table,role,operation,field,answer,condition,rules\n".to_owned();
    for cell in cells {
        let rules = cell.rules.join("; ");
        let values = [&cell.table, cell.role, cell.operation, cell.field, cell.answer, &cell.condition, &rules];
        out.push_str(&values.map(quoted).join(","));
        out.push('\n');
    }
    out
}

/// A grid for each table, and below it what its numbers stand for.
fn text(review: &Review<'_>, styled: bool) -> String {
    let sections = review.tables.iter().map(|(&id, roles)| {
        let name = &review.model.catalog.table(id).name;
        match review.model.closed.get(&id) {
            Some(reason) => format!("{name}\n  closed: {reason}\n"),
            None => grid(review.model, id, roles, styled),
        }
    });
    sections.collect::<Vec<_>>().join("\n")
}

fn grid(model: &Model, id: TableId, roles: &[RoleReview], styled: bool) -> String {
    let table = model.catalog.table(id);
    let mut notes: Vec<String> = Vec::new();
    let mut lines: Vec<[String; 5]> = Vec::new();
    let operations = Operation::ALL.map(Operation::word);
    lines.push([table.name.to_string(), operations[0].into(), operations[1].into(), operations[2].into(), operations[3].into()]);
    let mut like_everybody = Vec::new();
    for role in roles {
        let cells = Operation::ALL.map(|operation| short(model, id, role, operation, &mut notes));
        let name = model.subject_name(role.subject);
        let everybody = lines.iter().find(|line| line[0].trim_start() == EVERYBODY);
        if everybody.is_some_and(|line| line[1..] == cells) {
            like_everybody.push(name);
            continue;
        }
        let [read, create, update, delete] = cells;
        lines.push([format!("  {name}"), read, create, update, delete]);
    }
    let widths = [0, 1, 2, 3, 4].map(|index| lines.iter().map(|line| line[index].chars().count()).max().unwrap_or(0));
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let padded = std::iter::zip(line, widths).map(|(cell, width)| {
            let space = " ".repeat(width - cell.chars().count());
            if styled && index > 0 { format!("{}{space}", coloured(cell)) } else { format!("{cell}{space}") }
        });
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    if !like_everybody.is_empty() {
        out.push_str(&format!("  {}: as {EVERYBODY}\n", like_everybody.join(", ")));
    }
    for (index, note) in notes.iter().enumerate() {
        out.push_str(&format!("  [{}] {note}\n", index + 1));
    }
    out
}

/// The answers of one cell: a word where one holds for all columns, else the numbers of the notes that say more.
fn short(model: &Model, id: TableId, role: &RoleReview, operation: Operation, notes: &mut Vec<String>) -> String {
    // Whichever rules say so, columns with the same answer are one answer here.
    let mut answers: Vec<(&'static str, Option<String>, Vec<&str>)> = Vec::new();
    for answer in role.operations.get(&operation).into_iter().flatten() {
        let (word, condition) = (answer.word(), answer.condition(model, role.subject));
        let columns = &model.catalog.table(id).columns;
        let names = answer.columns.iter().map(|&column| columns[column as usize].name.as_str());
        match answers.iter_mut().find(|known| known.0 == word && known.1 == condition) {
            Some(known) => known.2.extend(names),
            None => answers.push((word, condition, names.collect())),
        }
    }
    answers.iter_mut().for_each(|(.., names)| names.sort_unstable());
    if let [(word @ ("always" | "never"), ..)] = answers.as_slice() {
        return (*word).to_owned();
    }
    let whole = answers.len() == 1;
    let possible = answers.iter().filter(|(word, ..)| *word != "never");
    let numbers = possible.clone().map(|(_, condition, names)| {
        let note = match condition {
            Some(condition) if whole => condition.clone(),
            Some(condition) => format!("{}: {condition}", names.join(", ")),
            None => names.join(", "),
        };
        let position = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
            notes.push(note);
            notes.len() - 1
        });
        format!("[{}]", position + 1)
    });
    let numbers = numbers.collect::<Vec<_>>().join(" ");
    let word = if possible.clone().any(|(word, ..)| *word == "when") { "when" } else { "only" };
    format!("{word} {numbers}")
}

/// Nothing stands out but what is possible.
fn coloured(cell: &str) -> String {
    let colour = match cell.split(' ').next() {
        Some("always") => "32",
        Some("when" | "only") => "33",
        Some("never") => "2",
        _ => return cell.to_owned(),
    };
    format!("\u{1b}[{colour}m{cell}\u{1b}[0m")
}
