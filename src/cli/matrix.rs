//! `rowgate matrix`: what each role may do with each table and field, for reviewers.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::cells::{cells, subjects, table};
use super::columns::{self, Cut, Shown};
use super::look::Look;
use super::output::Output;
use super::{Error, Named, ProjectArgument, Verdict, compile};
use crate::access::{self, Review, RoleReview};
use crate::catalog::{Table, TableId};
use crate::model::{Describe, Model, Operation, Subject};

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
        Shape::Text => text(&review, output.look()),
        Shape::Json => {
            format!("{:#}\n", serde_json::to_value(cells(&review))?)
        }
        Shape::Csv => table(&cells(&review)),
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

/// A grid for each table, and below it what its numbers stand for.
fn text(review: &Review<'_>, look: Look) -> String {
    let subjects = subjects(review);
    let sections = review.tables.iter().map(|(&id, roles)| {
        let name = &review.model.catalog.table(id).name;
        let mut section = match review.model.closed.get(&id) {
            Some(reason) => format!("{name}\n{}\n", look.wrapped(&format!("  closed: {reason}"), 4)),
            None => grid(review.model, id, roles, look),
        };
        // Whatever rules grant, whoever may call an action may do what it does.
        for deed in review
            .model
            .deeds(id)
            .iter()
            .filter(|deed| subjects.iter().any(|&subject| review.model.may_call(deed.action, subject)))
        {
            section.push_str(&format!("{}\n", look.wrapped(&format!("  {}", Describe { model: review.model }.deed(deed)), 4)));
        }
        section
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// The row that others are compared with.
const EVERYBODY: Subject = Subject::Authenticated;

/// The answers for the fields of a table: the same for all, or what the notes of these numbers say.
#[derive(Debug, PartialEq, Eq)]
enum Short {
    Always,
    Never,
    /// Some fields of every record.
    Only(Vec<usize>),
    /// Of some records.
    When(Vec<usize>),
}

fn grid(model: &Model, id: TableId, roles: &[RoleReview], look: Look) -> String {
    let mut notes: Vec<String> = Vec::new();
    let all =
        roles.iter().map(|role| (role.subject, Operation::ALL.map(|operation| short(model, id, role, operation, &mut notes))));
    let all: Vec<(Subject, [Short; 4])> = all.collect();
    let everybody = all.iter().position(|(subject, _)| *subject == EVERYBODY);
    let is_like_everybody = |position: usize| everybody.is_some_and(|first| first < position && all[first].1 == all[position].1);
    let (like_everybody, shown): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|&position| is_like_everybody(position));
    let mut out = lines(&model.catalog.table(id).name.to_string(), model, shown.iter().map(|&position| &all[position]), look);
    let mut below = Vec::new();
    if !like_everybody.is_empty() {
        let names: Vec<&str> = like_everybody.iter().map(|&position| model.subject_name(all[position].0)).collect();
        below.push(format!("{}: as {}", names.join(", "), model.subject_name(EVERYBODY)));
    }
    below.extend(notes.iter().enumerate().map(|(index, note)| format!("[{}] {note}", index + 1)));
    for operation in [Operation::Create, Operation::Update] {
        if let Some(sets) = access::sets(model, id, operation) {
            below.push(format!("{} {sets}", operation.word()));
        }
    }
    below.extend(
        classes(model.catalog.table(id)).into_iter().map(|(class, fields)| format!("{class} fields: {}", fields.join(", "))),
    );
    below.iter().for_each(|line| out.push_str(&format!("{}\n", look.wrapped(&format!("  {line}"), 6))));
    out
}

/// The fields of a table by what the schema file says of their data.
fn classes(table: &Table) -> BTreeMap<&str, Vec<&str>> {
    let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for column in &table.columns {
        if let Some(class) = &column.class {
            classes.entry(class).or_default().push(&column.name);
        }
    }
    classes
}

/// A heading, and a line for each role; where that is wider than the terminal, a line for each cell.
fn lines<'a>(name: &str, model: &Model, roles: impl Iterator<Item = &'a (Subject, [Short; 4])>, look: Look) -> String {
    let line = |name: String, cells: [Shown; 4]| std::iter::once(name.into()).chain(cells).collect::<Vec<_>>();
    let mut lines = vec![line(name.to_owned(), Operation::ALL.map(|operation| operation.word().into()))];
    lines.extend(roles.map(|(subject, cells)| {
        let shown = |cell: &Short| Shown { text: cell.text(), colour: cell.colour() };
        line(format!("  {}", model.subject_name(*subject)), cells.each_ref().map(shown))
    }));
    let lines = columns::table(&lines, Cut::Never, look).unwrap_or_else(|| records(&lines, look));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A role, and below it what each operation may.
fn records(lines: &[Vec<Shown>], look: Look) -> Vec<String> {
    let [heading, roles @ ..] = lines else { return Vec::new() };
    let mut out: Vec<String> = heading.first().map(|name| name.text.clone()).into_iter().collect();
    for role in roles {
        out.extend(role.first().map(|name| look.wrapped(&name.text, 4)));
        let cells = std::iter::zip(heading, role).skip(1);
        out.extend(cells.map(|(operation, cell)| {
            look.wrapped(&format!("    {:<6}  {}", operation.text, look.paint(&cell.text, cell.colour)), 12)
        }));
    }
    out
}

impl Short {
    fn text(&self) -> String {
        let numbered = |word: &str, notes: &[usize]| {
            let numbers: Vec<String> = notes.iter().map(|note| format!("[{}]", note + 1)).collect();
            format!("{word} {}", numbers.join(" "))
        };
        match self {
            Short::Always => "always".to_owned(),
            Short::Never => "never".to_owned(),
            Short::Only(notes) => numbered("only", notes),
            Short::When(notes) => numbered("when", notes),
        }
    }

    /// Nothing stands out but what is possible.
    fn colour(&self) -> &'static str {
        match self {
            Short::Always => "32",
            Short::Only(_) | Short::When(_) => "33",
            Short::Never => "2",
        }
    }
}

/// The answers of one cell, and the notes that they need.
fn short(model: &Model, id: TableId, role: &RoleReview, operation: Operation, notes: &mut Vec<String>) -> Short {
    // Whichever rules say so, columns with the same answer are one answer here. Without a condition it is never or always.
    let mut answers: Vec<(bool, Option<String>, Vec<&str>)> = Vec::new();
    for answer in role.operations.get(&operation).into_iter().flatten() {
        let (is_possible, condition) = (!answer.ways.is_empty(), answer.condition(model, role.subject));
        let columns = &model.catalog.table(id).columns;
        let names = answer.columns.iter().map(|&column| columns[column as usize].name.as_str());
        match answers.iter_mut().find(|known| known.0 == is_possible && known.1 == condition) {
            Some(known) => known.2.extend(names),
            None => answers.push((is_possible, condition, names.collect())),
        }
    }
    answers.iter_mut().for_each(|(.., names)| names.sort_unstable());
    if let [(is_possible, None, _)] = answers.as_slice() {
        return if *is_possible { Short::Always } else { Short::Never };
    }
    let whole = answers.len() == 1;
    let possible = || answers.iter().filter(|(is_possible, ..)| *is_possible);
    let numbers = possible().map(|(_, condition, names)| {
        let note = match condition {
            Some(condition) if whole => condition.clone(),
            Some(condition) => format!("{}: {condition}", names.join(", ")),
            None => names.join(", "),
        };
        notes.iter().position(|known| *known == note).unwrap_or_else(|| {
            notes.push(note);
            notes.len() - 1
        })
    });
    let numbers = numbers.collect();
    if possible().any(|(_, condition, _)| condition.is_some()) { Short::When(numbers) } else { Short::Only(numbers) }
}
