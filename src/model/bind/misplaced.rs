//! Conditions that are said of the wrong thing: a role where values are compared, rows where a column is meant, one operator for two sides. In: what was written,
//! and the names that are known. Out: what is meant.

use super::operands::{Operand, Placed};
use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, Family, TableId, Type, words};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::Value;
use crate::model::describe::title_case;

impl Binder<'_> {
    /// `User is in Ward`, `User is Head of Ward`: a membership and a role are no values that the user could be.
    pub(super) fn user_compared(&self, table: TableId, compare: &ast::Compare) -> Option<Diagnostic> {
        let (ast::Operand::Path(user), ast::Operand::Path(of)) = (&compare.left.value, &compare.right.value) else { return None };
        let ([user], [of]) = (user.steps.as_slice(), of.steps.as_slice()) else { return None };
        let is_user = !user.exact && ["user", "the user"].contains(&key(&user.text).as_str());
        let is_equal = matches!(compare.operator.value, ast::Operator::Equal);
        let is_column = |label: &ast::Label| !self.columns(table, label).is_empty();
        if !is_user || !is_equal || of.exact || is_column(user) || is_column(of) {
            return None;
        }
        let found = Diagnostic::new(Code::UnknownColumn, of.span, format!("`{}` is no value", of.text));
        if let Some(help) = self.role_meant(&of.text) {
            return Some(found.with_help(help));
        }
        let begin = "in ";
        let lower = of.text.to_ascii_lowercase();
        let name = of.text.get(begin.len()..).filter(|_| lower.starts_with(begin))?;
        let membership = self.membership_names.get(&key(name))?;
        let membership = &self.memberships[membership.0 as usize].name;
        let label = ast::Label { text: membership.clone(), ..of.clone() };
        let meant = |own: &str| format!("{own} is one of User's {membership}");
        Some(match is_column(&label) {
            true => found.with_edit("ask it of the record", compare.left.span.to(of.span), meant(membership)),
            false => found.with_help(format!("say what of the record it is: `{}`", meant("…"))),
        })
    }

    /// `Head of Ward`, where `Head` is a role.
    pub(super) fn role_meant(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let end = [" of ", " in any "].iter().filter_map(|word| lower.find(word)).min().unwrap_or(lower.len());
        let role = text.get(..end)?;
        let known = self.role_names.contains_key(&key(role));
        known.then(|| format!("who holds a role is said behind the name of the rule: `rule \"…\" for {text} {{ … }}`"))
    }

    /// What to do about a role that is not there: it is a column of the record, one within something, or it is to be defined.
    pub(super) fn role_help(&self, table: TableId, name: &str) -> String {
        let user = self.identity.as_ref().map(|identity| identity.user_key.table);
        let columns = self.catalog.table(table).columns_by_words(name);
        let is_of_user = |&column: &u32| {
            let references = self.catalog.column(ColumnRef { table, column }).references;
            references.is_some_and(|target| Some(target.table) == user)
        };
        if columns.iter().any(is_of_user) {
            return format!(
                "it is a column of the record: `for Authenticated`, and `where {} is Logged in User`",
                title_case(name)
            );
        }
        let within =
            self.role_names.keys().find(|role| name.ends_with(&format!(" {role}")) || name.starts_with(&format!("{role} ")));
        match within {
            Some(role) => format!("a role within something is `{} of …`, and a comma stands between roles", title_case(role)),
            None => "define it under `roles` in rowgate.yaml".to_owned(),
        }
    }

    /// What is meant by a name alone, which is no condition.
    pub(super) fn alone(&self, table: TableId, name: &ast::Label, found: &Diagnostic) -> Option<Diagnostic> {
        if name.exact {
            return None;
        }
        let words = key(&name.text);
        let begins = ["user has role ", "user has ", "user is ", "has role ", "has the role ", "has ", "is a ", "is an ", "is "];
        let role = begins.iter().find(|begin| words.starts_with(**begin)).and_then(|begin| name.text.get(begin.len()..));
        if let Some(help) = self.role_meant(&name.text).or_else(|| self.role_meant(role?)) {
            return Some(found.clone().with_help(help));
        }
        let state = words.strip_prefix("is ").unwrap_or(&words);
        if ["authenticated", "signed in", "logged in", "anonymous", "anyone", "everyone", "not authenticated"].contains(&state) {
            let help = "whom a rule is for stands behind its name: `for Authenticated`, `for Anyone`; in a condition, somebody is signed in where `Logged in User is not empty`";
            return Some(found.clone().with_help(help));
        }
        if let Some(rest) = words.strip_prefix("is ") {
            let help = format!("each side of `and` and `or` is a condition of its own: say of what, once more: `… is {rest}`");
            return Some(found.clone().with_help(help));
        }
        if let Some(found) = self.presence_meant(table, name, found) {
            return Some(found);
        }
        if ["empty", "not empty"].contains(&key(&name.text).as_str()) {
            let help = format!("say of what, once more: `… is {}`", key(&name.text));
            return Some(found.clone().with_help(help));
        }
        let text = self.sources.get(name.span.file).text.get(name.span.end as usize..)?;
        let (other, _) = text.strip_prefix(" or ")?.split_once(" is Logged in User")?;
        let other_label = ast::Label { text: other.to_owned(), ..name.clone() };
        if self.columns(table, name).is_empty() || self.columns(table, &other_label).is_empty() {
            return None;
        }
        let length = " or ".len() + other.len() + " is Logged in User".len();
        let span = Span { end: name.span.end + u32::try_from(length).ok()?, ..name.span };
        let meant = format!("Logged in User is one of ({}, {other})", name.text);
        Some(found.clone().with_edit("each side of `or` is a condition of its own; of several values, write", span, meant))
    }

    /// `Sent At exists`, `Title isnull`, where there is such a column.
    fn presence_meant(&self, table: TableId, name: &ast::Label, found: &Diagnostic) -> Option<Diagnostic> {
        const WORDS: [(&str, &str); 6] = [
            (" exists", "is not empty"),
            (" exist", "is not empty"),
            (" notnull", "is not empty"),
            (" isnull", "is empty"),
            (" missing", "is empty"),
            (" expired", "is before now"),
        ];
        let lower = name.text.to_ascii_lowercase();
        let (end, meant) = WORDS.iter().find(|(end, _)| lower.ends_with(end))?;
        let label = ast::Label { text: name.text.get(..name.text.len() - end.len())?.to_owned(), ..name.clone() };
        let meant = format!("{} {meant}", label.text);
        let is_column = !self.columns(table, &label).is_empty();
        is_column.then(|| found.clone().with_edit(format!("write `{meant}`"), name.span, meant))
    }

    /// `no Sent At`, where that is a column; `any Owner where (…)`, where that leads to one row.
    pub(super) fn column_counted(&self, table: TableId, label: &ast::Label, found: &Diagnostic) -> Option<Diagnostic> {
        let columns = self.columns(table, label);
        let text = &self.sources.get(label.span.file).text;
        let before = text.get(..label.span.start as usize)?;
        if columns.is_empty() {
            return None;
        }
        let is_reference = |&column: &u32| self.catalog.column(ColumnRef { table, column }).references.is_some();
        let rows = Asked::of(before, self.sources.slice(label.span), text.get(label.span.end as usize..)?);
        if let Some(rows) = rows.filter(|_| columns.iter().any(is_reference)) {
            return Some(rows.advise(found, label.span));
        }
        let known = [("no ", "is empty"), ("any ", "is not empty")];
        let is_before = |word: &str| before.to_ascii_lowercase().ends_with(word);
        if is_before("number of ") || self.sources.slice(label.span).to_ascii_lowercase().starts_with("number of ") {
            let help = "rows are counted, and this is a column; how much is in it is an expression: `sql \"cardinality(…) < 3\"`";
            return Some(found.clone().with_help(help));
        }
        let (word, operator) = known.into_iter().find(|(word, _)| is_before(word))?;
        let start = label.span.start as usize - word.len();
        let span = Span::new(label.span.file, start, label.span.end as usize);
        let meant = format!("{} {operator}", self.sources.slice(label.span));
        Some(found.clone().with_edit("it is a column: write", span, meant))
    }

    /// `Doctor of User's Ward`: a role is held in what the record leads to.
    pub(super) fn scope_of_user(&self, table: TableId, role: &str, path: &ast::Path, membership: &str) -> Option<Diagnostic> {
        let (first, last) = (path.steps.first()?, path.steps.last()?);
        let is_user = !first.exact && path.steps.len() > 1 && ["user", "logged in user"].contains(&key(&first.text).as_str());
        if !is_user || !self.columns(table, first).is_empty() {
            return None;
        }
        let title = "a role is held in what the record leads to, and this begins at the user";
        let found = Diagnostic::new(Code::UnknownColumn, first.span, title);
        let text = self.sources.get(first.span.file).text.get(..first.span.start as usize)?;
        let of = text.trim_end().len().checked_sub("of".len())?;
        let span = Span::new(first.span.file, of, last.span.end as usize);
        let found = match text.get(of..).is_some_and(|word| word.trim_end().eq_ignore_ascii_case("of")) {
            true => found.with_edit("whoever holds it anywhere", span, format!("in any {membership}")),
            false => found,
        };
        Some(found.with_help(format!("in the record's own: `{role} of {membership}`, or a path of the record")))
    }

    /// Keys of other types: the row whose name is compared is the user's, or two keys of one table stand beside each other.
    pub(super) fn other_key(&self, left: &Placed, right: &Placed, types: (&Type, &Type), found: Diagnostic) -> Diagnostic {
        let path_of = |operand: &Operand| match operand {
            Operand::Single { value: Value::Record(path), .. } => Some(path.clone()),
            _ => None,
        };
        let column_of = |operand: &Operand| match operand {
            Operand::Single { value: Value::Record(_) | Value::User(_), column } => Some(*column),
            Operand::Many { column, .. } => Some(*column),
            _ => None,
        };
        let user = self.identity.as_ref().map(|identity| identity.user_key.table);
        for (own, other) in [(left, right), (right, left)] {
            let Some(path) = path_of(&own.value) else { continue };
            let is_signed_in = matches!(other.value, Operand::Single { value: Value::LoggedInUser, .. });
            let written = self.sources.slice(own.span);
            if let (true, false, Some((owner, _))) =
                (is_signed_in && Some(path.column.table) == user, path.hops.is_empty(), written.rsplit_once("'s "))
            {
                return found.with_edit("compare who it is", own.span, owner);
            }
            let reference = |column: ColumnRef| self.catalog.column(column).references;
            let (Some(here), Some(there)) = (reference(path.column), column_of(&other.value).and_then(reference)) else {
                continue;
            };
            if here.table == there.table && here.column != there.column {
                let label = title_case(&words(&self.catalog.column(there).name));
                return found.with_edit("compare the key that the other one has", own.span, format!("{written}'s {label}"));
            }
        }
        let (left, right) = types;
        let text =
            if left.family() == Family::Text { Some(left) } else { Some(right).filter(|right| right.family() == Family::Text) };
        match text {
            Some(text) if found.helps.is_empty() => {
                let other = if std::ptr::eq(text, left) { right } else { left };
                found.with_help(format!(
                    "compare a value of type `{text}` with one that is a text, too, or a `{other}` with a `{other}`"
                ))
            }
            _ => found,
        }
    }
}

/// `any Owner where (Kind is "x")`: what is asked of rows, of which a reference leads to one.
struct Asked<'a> {
    /// The quantifier, in small letters.
    quantifier: String,
    /// Where it begins.
    start: usize,
    /// What leads to the row: `Part's Owner`.
    path: String,
    /// What stands in the parentheses.
    condition: &'a str,
    /// Up to where, behind the path.
    length: usize,
}

impl<'a> Asked<'a> {
    fn of(before: &str, label: &str, behind: &'a str) -> Option<Asked<'a>> {
        const QUANTIFIERS: [&str; 6] = ["any ", "no ", "number of ", "at least ", "fewer than ", "at most "];
        let inner = behind.strip_prefix(" where (")?;
        let mut depth = 1_u32;
        let closed = inner.char_indices().find(|(_, c)| {
            depth = depth.saturating_add(u32::from(*c == '(')).saturating_sub(u32::from(*c == ')'));
            depth == 0
        })?;
        let lower = before.to_ascii_lowercase();
        let all = QUANTIFIERS.iter().filter_map(|word| Some((lower.rfind(word)?, *word)));
        let (start, quantifier) = all.max_by_key(|(start, _)| *start)?;
        let lead = before.get(start + quantifier.len()..)?;
        // A number of rows is no part of the way.
        let lead = lead.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let leads = lead.is_empty() || (lead.ends_with("'s ") && !lead.contains(['(', '{', '"']));
        leads.then(|| Asked {
            quantifier: quantifier.trim_end().to_owned(),
            start,
            path: format!("{lead}{label}"),
            condition: inner.get(..closed.0).unwrap_or_default(),
            length: " where (".len() + closed.0 + 1,
        })
    }

    fn advise(&self, found: &Diagnostic, label: Span) -> Diagnostic {
        let Asked { quantifier, path, condition, .. } = self;
        let help = format!("a reference leads to one row: what is asked of it is said of `{path}'s …`");
        let joins = [" and ", " or ", "(", "'s "].iter().any(|word| condition.contains(word));
        let words = condition.trim();
        let begins = words.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        let is_plain =
            words.starts_with(|c: char| c.is_alphabetic() || c == '`') && !["not", "any", "no", "can"].contains(&begins.as_str());
        let not = match quantifier.as_str() {
            "any" => "",
            "no" => "not ",
            _ => return found.clone().with_help(help),
        };
        match is_plain && !joins {
            true => {
                let span = Span::new(label.file, self.start, label.end as usize + self.length);
                found.clone().with_edit(help, span, format!("{not}{path}'s {words}"))
            }
            false => found.clone().with_help(format!("{help}, each condition by itself, joined by `and`")),
        }
    }
}
