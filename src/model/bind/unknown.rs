//! Labels that no column has. In: the table, the label and what leads to it. Out: the message, with what was probably meant.

use super::Binder;
use super::habits::{self, Around};
use super::rows::reference_label;
use crate::ast;
use crate::catalog::{Column, ColumnRef, Family, TableId, Type, words};
use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};
use crate::model::describe::title_case;

impl Binder<'_> {
    /// `before` is what leads to the table from where the condition stands: `Project's `.
    pub(super) fn unknown_column(&self, table: TableId, label: &ast::Label, before: &str) -> Diagnostic {
        let entry = self.catalog.table(table);
        let title = format!("`{}` has no column `{}`", entry.name, label.text);
        let diagnostic = Diagnostic::new(Code::UnknownColumn, label.span, title);
        if let Some(help) = Self::begins_with_former(label) {
            return diagnostic.with_help(help);
        }
        if let Some(fields) = self.fields_meant(table, label) {
            return diagnostic.with_edit("a comma stands between fields", label.span, fields);
        }
        if let Some(mended) = self.children_meant(table, label, before, &diagnostic) {
            return mended;
        }
        if let Some(path) = self.apostrophe_meant(table, label) {
            return diagnostic.with_edit(format!("did you mean `{path}`?"), label.span, path);
        }
        let text = &self.sources.get(label.span.file).text;
        if let Some(mended) = self.other_words(table, label, text, &diagnostic) {
            return mended;
        }
        if let Some(path) = self.of_meant(table, label) {
            return diagnostic.with_edit(format!("did you mean `{path}`?"), label.span, path);
        }
        let is_role = ["role", "roles", "user role"].contains(&words(&label.text).as_str());
        if let Some(help) = self.role_meant(&label.text).filter(|_| !label.exact) {
            return diagnostic.with_help(help);
        }
        if is_role && !label.exact {
            return diagnostic
                .with_help("who holds a role is said behind the name of the rule: `rule \"…\" for Admin of Team { … }`");
        }
        let around = Around { before: text.get(..label.span.start as usize).unwrap_or_default(), beside: self.beside.as_ref() };
        if let Some(habit) = habits::of_value(label, &around) {
            return habit.advise(diagnostic, label.span);
        }
        let diagnostic = self.near(table, label, text, diagnostic);
        if let (true, Some(help)) = (diagnostic.helps.is_empty(), self.rows_instead(table, label, text)) {
            return diagnostic.with_help(help);
        }
        if diagnostic.helps.is_empty()
            && !label.exact
            && self.beside.as_ref().is_some_and(|beside| beside.family() == Family::Text)
        {
            let text = format!("\"{}\"", label.text);
            return diagnostic.with_edit(format!("a text stands in double quotes: `{text}`"), label.span, text);
        }
        if diagnostic.helps.is_empty() {
            let names: Vec<&str> = entry.columns.iter().map(|column| column.name.as_str()).take(20).collect();
            diagnostic.with_note(format!("its columns are {}", names.join(", ")))
        } else {
            diagnostic
        }
    }

    /// With the column whose name comes near: where a step along a reference is written, only one that leads on is meant.
    fn near(&self, table: TableId, label: &ast::Label, text: &str, diagnostic: Diagnostic) -> Diagnostic {
        let entry = self.catalog.table(table);
        let names_of = |is_meant: &dyn Fn(&Column) -> bool| -> Vec<String> {
            if label.exact {
                let named = entry.named_values().filter(|(_, column)| is_meant(column));
                named.map(|(_, column)| format!("`{}`", column.name)).collect()
            } else {
                let columns = entry.values().filter(|(_, column)| is_meant(column));
                columns.flat_map(|(_, column)| column.keys.iter().map(|key| title_case(key))).collect()
            }
        };
        let leads_on = Self::leads_on(label, text);
        let known = names_of(&|column| !leads_on || column.references.is_some());
        let diagnostic = diagnostic.with_suggestion(label.span, &label.text, known.iter().map(String::as_str));
        let nowhere = names_of(&|column| leads_on && column.references.is_none());
        match did_you_mean(&label.text, nowhere.iter().map(String::as_str)) {
            Some(near) if diagnostic.helps.is_empty() => diagnostic.with_help(format!(
                "`{near}` comes near, but leads to no table: where it does in the database, say so by its `references` in the schema file"
            )),
            _ => diagnostic,
        }
    }

    /// Whether a step along a reference is written behind a label: `Project's Owner`.
    pub(super) fn leads_on(label: &ast::Label, text: &str) -> bool {
        text.get(label.span.end as usize..).is_some_and(|rest| rest.starts_with("'s ") || rest.starts_with("’s "))
    }

    /// `Owner of Folder` for `Folder's Owner`.
    fn of_meant(&self, table: TableId, label: &ast::Label) -> Option<String> {
        let (last, first) = label.text.split_once(" of ").filter(|_| !label.exact)?;
        let steps = [first, last].map(|text| ast::Label { text: text.trim().to_owned(), ..label.clone() });
        self.reaches(table, &steps).then(|| format!("{}'s {}", steps[0].text, steps[1].text))
    }

    /// A name behind words that are none of it: `the Owner`, `Task's Owner` in the table of tasks, `the old Status`; and a value without its quotes.
    fn other_words(&self, table: TableId, label: &ast::Label, text: &str, diagnostic: &Diagnostic) -> Option<Diagnostic> {
        const ARTICLES: [&str; 8] = ["the ", "its ", "a ", "an ", "their ", "own ", "this ", "this record "];
        const FORMER: [&str; 7] = ["the old ", "old ", "the previous ", "previous ", "the earlier ", "its old ", "former "];
        if label.exact {
            return None;
        }
        let lower = label.text.to_ascii_lowercase();
        let named = |begins: &[&str]| {
            let rest = begins.iter().find_map(|words| lower.strip_prefix(words))?;
            let rest = &label.text[label.text.len() - rest.len()..];
            let is_named = !self.columns(table, &ast::Label { text: rest.to_owned(), ..label.clone() }).is_empty();
            is_named.then(|| rest.to_owned())
        };
        let edit = |meant: String| diagnostic.clone().with_edit(format!("write `{meant}`"), label.span, meant);
        if let Some(rest) = named(&FORMER) {
            return Some(former_meant(diagnostic, label, text, &rest));
        }
        if let Some(meant) = super::levels::meant(label) {
            return Some(edit(meant));
        }
        if let Some(rest) = named(&ARTICLES) {
            return Some(edit(rest));
        }
        if let Some(rest) = named(&["in "]) {
            return Some(edit(format!("one of {rest}")));
        }
        let behind_of = text.get(..label.span.start as usize).unwrap_or_default().strip_suffix(" of ");
        if let (Some(before), Some(rest)) = (behind_of, named(&["any "])) {
            let span = Span::new(label.span.file, before.len() + 1, label.span.end as usize);
            let meant = format!("in any {rest}");
            return Some(diagnostic.clone().with_edit(format!("write `{meant}`"), span, meant));
        }
        if let Some(rest) = named(&["any of ", "any ", "one of ", "some ", "each ", "all "]) {
            let help = format!("a list is asked by `{rest} contains …`, `{rest} has any of (…)`, `{rest} has all of (…)`");
            return Some(diagnostic.clone().with_help(help));
        }
        if let Some(of) = self.list_of_user(label, text) {
            return Some(edit(of));
        }
        if let Some(row) = self.row_meant(label) {
            return Some(edit(row));
        }
        if let Some(rest) = named(&["no "]) {
            return Some(diagnostic.clone().with_help(format!("that there is none is `{rest} is empty`")));
        }
        if let Some(Type::Enum(name)) = &self.beside
            && let Some(value) =
                self.catalog.enums().get(name).and_then(|all| all.iter().find(|value| words(value) == words(&label.text)))
        {
            return Some(edit(format!("\"{value}\"")));
        }
        let behind = text.get(label.span.end as usize..).unwrap_or_default();
        let help = "it is the record that the rule is about: its columns are named by themselves";
        let span = Span { end: label.span.end + 3, ..label.span };
        match self.is_called(table, &words(&label.text)) {
            false => None,
            true if behind.starts_with("'s ") => Some(diagnostic.clone().with_edit(help, span, "")),
            true => Some(diagnostic.clone().with_help(help)),
        }
    }

    /// `(title and price)`, `(title price)`: several fields of a list.
    fn fields_meant(&self, table: TableId, label: &ast::Label) -> Option<String> {
        let before = self.sources.get(label.span.file).text.get(..label.span.start as usize)?;
        let names: Vec<&str> = match label.text.contains(" and ") {
            true => label.text.split(" and ").collect(),
            false => label.text.split(' ').collect(),
        };
        let is_field = |name: &&str| !self.columns(table, &ast::Label { text: (*name).to_owned(), ..label.clone() }).is_empty();
        let are_fields = !label.exact && before.trim_end().ends_with(['(', ',']) && names.len() > 1 && names.iter().all(is_field);
        are_fields.then(|| names.join(", "))
    }

    /// `Team is in User's Team`, `any of User's Team`
    fn list_of_user(&self, label: &ast::Label, text: &str) -> Option<String> {
        let words = words(&label.text);
        let rest = ["in ", "within ", "any of ", "among "].iter().find_map(|begin| words.strip_prefix(begin))?;
        let is_user = rest == "user" || rest == "the user" || rest == "logged in user";
        let leads_on = text.get(label.span.end as usize..).is_some_and(|behind| behind.starts_with("'s "));
        (is_user && leads_on).then(|| "one of User".to_owned())
    }

    /// The record of the rule by the name of its table, where a row of another one is looked at.
    fn row_meant(&self, label: &ast::Label) -> Option<String> {
        let record = self.scope.outer.first()?.table;
        let written = words(&label.text);
        if self.is_called(record, written.strip_prefix("the ").unwrap_or(&written)) {
            return Some("this record".to_owned());
        }
        let rest = written.strip_prefix("outer ")?;
        let column = ast::Label { text: label.text.get(label.text.len() - rest.len()..)?.to_owned(), ..label.clone() };
        (!self.columns(record, &column).is_empty()).then(|| format!("this record's {}", column.text))
    }

    /// Whether these are words for one of a table's records: its name, or one of what its name is the plural of.
    fn is_called(&self, table: TableId, written: &str) -> bool {
        let entry = self.catalog.table(table);
        let names = std::iter::once(entry.name.name.as_str()).chain(entry.label.as_deref()).map(words);
        names.into_iter().any(|name| {
            let single = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
            name == written || name.strip_suffix('s') == Some(written) || single.as_deref() == Some(written)
        })
    }

    /// `Class's Enrollments`: rows that point at the record, of which there may be many. `Enrollments is empty` says that there are none.
    fn children_meant(&self, table: TableId, label: &ast::Label, before: &str, diagnostic: &Diagnostic) -> Option<Diagnostic> {
        let [child] = self.tables_called(&label.text)[..] else { return None };
        if self.references_to(child, table).is_empty() {
            return None;
        }
        let rows = format!("{before}{}", label.text);
        let text = self.sources.get(label.span.file).text.get(label.span.end as usize..).unwrap_or_default();
        let many = format!("many rows of `{}` may point at it", self.catalog.table(child).name);
        if let Some((length, how_many)) = emptiness(text) {
            let start = (label.span.start as usize).saturating_sub(before.len());
            let span = Span::new(label.span.file, start, label.span.end as usize + length);
            let meant = format!("{how_many} {rows}");
            let help = format!("{many}: write `{meant}`");
            let is_written = self.sources.slice(Span { end: label.span.end, ..span }) == rows;
            return Some(match is_written {
                true => diagnostic.clone().with_edit(help, span, meant),
                false => diagnostic.clone().with_help(help),
            });
        }
        let user = self.identity.as_ref()?.user_key.table;
        let condition = match self.references_to(child, user)[..] {
            [only] if table != user => format!("{} is Logged in User", reference_label(self.catalog, only)),
            _ => "…".to_owned(),
        };
        Some(diagnostic.clone().with_help(format!("{many}: write `any {rows} where ({condition})`")))
    }

    /// `Users Organisation`, where `User's Organisation` leads somewhere.
    fn apostrophe_meant(&self, table: TableId, label: &ast::Label) -> Option<String> {
        // That is who it is.
        let (first, rest) = label.text.split_once(' ').filter(|_| !label.exact && words(&label.text) != "user id")?;
        let owner = first.strip_suffix(['s', 'S']).filter(|owner| !owner.is_empty());
        owner.into_iter().chain([first]).find_map(|owner| self.path_meant(table, label, owner, rest))
    }

    fn path_meant(&self, table: TableId, label: &ast::Label, owner: &str, rest: &str) -> Option<String> {
        let step = |text: &str| ast::Label { text: text.to_owned(), exact: false, ..label.clone() };
        let is_user = owner.eq_ignore_ascii_case("user");
        let leads = match (is_user, &self.identity) {
            (true, Some(identity)) => {
                let is_membership = self.membership_names.contains_key(&words(rest));
                is_membership || !self.columns(identity.user_key.table, &step(rest)).is_empty()
            }
            _ => self.reaches(table, &[step(owner), step(rest)]),
        };
        leads.then(|| format!("{owner}'s {rest}"))
    }

    /// `Public` where there is `is_public`, `not Available` where there is `not_available`: the column that can be true, and how much before it belongs to it.
    pub(super) fn truth_meant(&self, table: TableId, label: &ast::Label) -> Option<(usize, String)> {
        let text = &self.sources.get(label.span.file).text;
        let before = text.get(..label.span.start as usize).unwrap_or_default();
        let is_boolean = |name: &str| {
            let columns = self.catalog.table(table).columns_by_words(&words(name));
            let of_type = |&column: &u32| self.catalog.column(ColumnRef { table, column }).r#type == Type::Boolean;
            columns.iter().any(of_type)
        };
        let known = |begin: &str| Some(format!("{begin} {}", label.text)).filter(|name| is_boolean(name));
        if before.trim_end().to_ascii_lowercase().ends_with(" not")
            && let Some(name) = known("Not")
        {
            return Some((before.len() - before.trim_end().len() + "not".len(), name));
        }
        ["Is", "Has", "Can", "Was"].iter().find_map(|begin| known(begin)).map(|name| (0, name))
    }
}

/// Whether ` is empty` or ` is not empty` begins a text: its length, and how many rows that would be.
fn emptiness(text: &str) -> Option<(usize, &'static str)> {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let starts = |words: &str| text.get(..words.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(words));
    let known = [(" is empty", "no"), (" is not empty", "any")];
    known.into_iter().find(|(words, _)| starts(words) && ends(&text[words.len()..])).map(|(words, meant)| (words.len(), meant))
}

/// `this record's old Status`, `previous Status` for `the former Status`.
fn former_meant(diagnostic: &Diagnostic, label: &ast::Label, text: &str, rest: &str) -> Diagnostic {
    let before = text.get(..label.span.start as usize).unwrap_or_default();
    let start = before.to_ascii_lowercase().strip_suffix("this record's ").map_or(before.len(), str::len);
    let (meant, span) = (format!("the former {rest}"), Span::new(label.span.file, start, label.span.end as usize));
    diagnostic.clone().with_edit(format!("write `{meant}`"), span, meant)
}
