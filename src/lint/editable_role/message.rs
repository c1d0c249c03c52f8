//! Findings in words, with the edit that closes each.

use super::readings::{Mine, Reader};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Diagnostic, Span};
use crate::lint::Report;
use crate::model::{Describe, Membership, Model, Operation, Path, RoleId, Subject};

/// A grant by which somebody may write what decides about them.
pub(super) struct Finding<'a> {
    pub(super) table: TableId,
    pub(super) operation: Operation,
    pub(super) subject: Subject,
    /// The grant's word.
    pub(super) span: Span,
    /// Whether the grant names no fields.
    pub(super) all_fields: bool,
    pub(super) what: What<'a>,
}

/// What they gain.
pub(super) enum What<'a> {
    /// Roles, each by a column.
    Roles(Vec<(RoleId, ColumnRef, Mine)>),
    /// What others read of the user.
    Values(Vec<(ColumnRef, Mine, Reader<'a>)>),
    /// A membership within whatever they like, with these roles.
    Joins(ColumnRef, Option<Reader<'a>>, &'a Membership, Vec<RoleId>),
    /// A row that somebody looks for, tied to whatever they like by a column.
    Makes(Option<ColumnRef>, Reader<'a>),
    /// That a membership counts.
    Counts(ColumnRef, &'a Membership),
    /// What is beneath what: anything beneath their own.
    Moves(ColumnRef, &'a Membership),
    /// A column on the way by which somebody knows the user.
    Leads(ColumnRef, Path, Reader<'a>),
    /// That a row is gone which somebody asks not to be there.
    Lifts(Reader<'a>),
}

/// The warning.
pub(super) fn explain(model: &Model, finding: &Finding<'_>, report: &Report) -> Diagnostic {
    let words = Words { model, finding };
    let new = |title: String, label: String| report.diagnostic(finding.span, title).with_label(label);
    let who = words.who();
    let table = &model.catalog.table(finding.table).name;
    match &finding.what {
        What::Roles(roles) => {
            let (names, columns) =
                (roles.iter().map(|(role, ..)| model.role(*role).name.as_str()), distinct(roles.iter().map(|role| role.1)));
            let title = format!("{who} can make themselves {}", listed(names, "or"));
            let label = words.label(&columns, roles.first().map(|role| &role.2));
            words.helped(new(title, format!("{label}, which decides who holds the role")), &columns)
        }
        What::Values(values) => {
            let columns = distinct(values.iter().map(|value| value.0));
            let reader = values.first().map(|value| value.2);
            let title =
                format!("{who} can choose what {} reads of them", reader.map_or_else(String::new, |reader| reader.words()));
            let label = words.label(&columns, values.first().map(|value| &value.1));
            words.helped(words.read(new(title, label), reader), &columns)
        }
        What::Joins(within, reader, membership, roles) => {
            let names = listed(roles.iter().map(|role| model.role(*role).name.as_str()), "or");
            let what = if roles.is_empty() { "members".to_owned() } else { names };
            let title = format!("{who} can make themselves {what} of any `{}`", membership.name);
            let label = words.label(&[*within], None);
            let found = match reader {
                Some(Reader::Membership(other)) => {
                    new(title, label).with_note(format!("the membership `{}` counts for whoever is one", other.name))
                }
                reader => words.read(new(title, label), *reader),
            };
            words.helped(found, &[*within])
        }
        What::Makes(within, reader) => words.made(report, *within, *reader),
        What::Counts(column, membership) => {
            let title = format!("{who} can write whether their own row counts as a `{}`", membership.name);
            let label = words.label(&[*column], None);
            words.helped(new(title, label), &[*column])
        }
        What::Moves(column, membership) => {
            let title = format!("{who} can put any row of `{table}` beneath one in which they have a `{}`", membership.name);
            let label = format!("this lets them change {}, beneath which the membership counts", words.name(*column));
            let help = format!(
                "leave it to those who have the membership there already: `where this record is one of User's {0}`, or a role of `{0}` of this record",
                membership.name
            );
            new(title, label).with_help(help)
        }
        What::Leads(column, path, reader) => words.led(report, *column, path, *reader),
        What::Lifts(reader) => {
            let title = format!("{who} can take away what {} asks not to be there", reader.words());
            let label = format!("this lets them delete their own row of `{table}`");
            words
                .read(new(title, label), Some(*reader))
                .with_help("leave deleting to somebody else, or say which rows may go: `when …`")
        }
    }
}

struct Words<'a> {
    model: &'a Model,
    finding: &'a Finding<'a>,
}

impl Words<'_> {
    fn who(&self) -> String {
        match self.finding.subject {
            Subject::Role(id) => format!("whoever is `{}`", self.model.role(id).name),
            Subject::Anyone | Subject::Authenticated => "users".to_owned(),
        }
    }

    fn name(&self, column: ColumnRef) -> &str {
        &self.model.catalog.column(column).name
    }

    fn label(&self, columns: &[ColumnRef], mine: Option<&Mine>) -> String {
        let table = &self.model.catalog.table(self.finding.table).name;
        let names = listed(columns.iter().map(|&column| self.name(column)), "and");
        match (self.finding.operation, mine) {
            (Operation::Create, _) => format!("this lets them make a row of their own in `{table}`, with any {names}"),
            (_, Some(Mine::Reached(_) | Mine::BeyondMembership)) => {
                format!("this lets them change {names} in the row of `{table}` that their own leads to")
            }
            _ => format!("this lets them change {names} in their own row of `{table}`"),
        }
    }

    fn read(&self, diagnostic: Diagnostic, reader: Option<Reader<'_>>) -> Diagnostic {
        match reader.and_then(|reader| reader.span()) {
            Some(span) => diagnostic.with_secondary(span, "this reads it"),
            None => diagnostic,
        }
    }

    /// A column on the way to the user.
    fn led(&self, report: &Report, column: ColumnRef, path: &Path, reader: Reader<'_>) -> Diagnostic {
        let path = Describe { model: self.model }.path(path);
        let title = format!("{} can be the one whom {} knows by `{path}`", self.who(), reader.words());
        let table = &self.model.catalog.table(self.finding.table).name;
        let label = format!("this lets them change `{}` in `{table}`, which is on that way to the user", self.name(column));
        let found = report.diagnostic(self.finding.span, title).with_label(label);
        self.helped(self.read(found, Some(reader)), &[column])
    }

    /// A row that a condition looks for itself.
    fn made(&self, report: &Report, within: Option<ColumnRef>, reader: Reader<'_>) -> Diagnostic {
        let title = format!("{} can make the row that {} looks for", self.who(), reader.words());
        let found = self.read(report.diagnostic(self.finding.span, title), Some(reader));
        match within {
            Some(within) => self.helped(found.with_label(self.label(&[within], None)), &[within]),
            None => {
                let table = &self.model.catalog.table(self.finding.table).name;
                found
                    .with_label(format!("this lets them make a row of their own in `{table}`"))
                    .with_help("leave it to somebody else to make such rows, or say which they may make: `when …`")
            }
        }
    }

    /// The edits: without the fields, with a condition on them, without the own row.
    fn helped(&self, diagnostic: Diagnostic, columns: &[ColumnRef]) -> Diagnostic {
        let finding = self.finding;
        let names: Vec<String> = columns.iter().map(|&column| label(self.name(column))).collect();
        let word = finding.operation.word();
        let without = format!("{word} except ({})", names.join(", "));
        // The word may be `all`, which takes no fields.
        let is_own_word = (finding.span.end - finding.span.start) as usize == word.len();
        let diagnostic = match (finding.all_fields, is_own_word) {
            (true, true) => diagnostic.with_edit("leave it out of the grant", finding.span, without),
            (true, false) => {
                let fields = format!("except ({})", names.join(", "));
                diagnostic.with_help(format!("write the operations out, and leave it out: `create {fields}, update {fields}`"))
            }
            (false, _) => diagnostic.with_help(format!("take it out of the fields of `{word}`")),
        };
        let Some(&column) = columns.first() else { return diagnostic };
        let keyword = if finding.operation == Operation::Update { "then" } else { "when" };
        let diagnostic = diagnostic.with_help(format!("or say what may be written: `{keyword} {} is …`", self.path(column)));
        let memberships = self.model.memberships.iter();
        match memberships.filter_map(Membership::user).find(|user| user.table == finding.table) {
            Some(user) if matches!(finding.subject, Subject::Role(_)) => {
                diagnostic.with_help(format!("or leave their own row out: `when {} is not Logged in User`", self.path(user)))
            }
            _ => diagnostic,
        }
    }

    fn path(&self, column: ColumnRef) -> String {
        Describe { model: self.model }.path(&Path { table: column.table, hops: Vec::new(), column })
    }
}

/// A column's name as a rule may write it.
fn label(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("`{name}`") }
}

fn distinct(columns: impl Iterator<Item = ColumnRef>) -> Vec<ColumnRef> {
    let mut all: Vec<ColumnRef> = Vec::new();
    for column in columns {
        if !all.contains(&column) {
            all.push(column);
        }
    }
    all
}

/// `a`, `b` and `c`
fn listed<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
