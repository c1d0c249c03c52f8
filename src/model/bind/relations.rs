//! Conditions by name, and the access of another record.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::former::Change;
use super::{Binder, Blocks, key};
use crate::ast::{self, OperationWord};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Can, Condition, NamedCondition, Operation};

/// How many conditions a rule may consist of once the named ones are written out. Names that use names could double it with
/// every line.
const MAX_NAMED_USES: usize = 1_000;

/// A condition that rules may use by name.
#[derive(Clone)]
pub(super) struct Named<'a> {
    pub(super) definition: &'a ast::NamedCondition,
    /// The table in whose block it stands; none for all tables.
    pub(super) table: Option<TableId>,
    pub(super) is_used: bool,
}

impl<'a> Binder<'a> {
    /// Finds the table of each block, and notes the named conditions of all files, before anything uses them.
    pub(super) fn collect_named(&mut self, files: &[&'a ast::File]) -> Blocks<'a> {
        let (mut blocks, mut names) = (Blocks::new(), HashMap::new());
        for (file, item) in files.iter().flat_map(|file| file.items.iter().map(|item| (file.file, item))) {
            match item {
                ast::Item::Condition(definition) => self.add_named(&mut names, definition, None),
                ast::Item::Table(block) => {
                    let Some(table) = self.table(&block.name) else { continue };
                    blocks.entry(table).or_default().push((file, block));
                    block.conditions.iter().for_each(|definition| self.add_named(&mut names, definition, Some(table)));
                }
                ast::Item::Boundary(_) | ast::Item::Never(_) => {}
            }
        }
        self.named_by_name = Arc::new(names);
        blocks
    }

    fn add_named(
        &mut self,
        names: &mut HashMap<(Option<TableId>, String), usize>,
        definition: &'a ast::NamedCondition,
        table: Option<TableId>,
    ) {
        match names.entry((table, key(&definition.name.text))) {
            Entry::Occupied(first) => {
                let first = self.named[*first.get()].definition.name.span;
                let title = format!("two conditions are called `{}`", definition.name.text);
                self.report(super::rules::duplicate(definition.name.span, first, title));
            }
            Entry::Vacant(free) => {
                free.insert(self.named.len());
                self.named.push(Named { definition, table, is_used: false });
            }
        }
    }

    /// Binds the conditions of tables that nothing uses, so that errors in them are found, and gives all of them.
    pub(super) fn check_named(&mut self) -> Vec<NamedCondition> {
        let used: Vec<bool> = self.named.iter().map(|named| named.is_used).collect();
        for (index, _) in used.iter().enumerate().filter(|(_, is_used)| !*is_used) {
            if let Named { definition, table: Some(table), .. } = self.named[index] {
                self.completions.clear();
                self.of_change(Change::Made, |binder| binder.condition(table, &definition.condition));
            }
        }
        let named = std::iter::zip(&self.named, used).map(|(named, is_used)| {
            let name = &named.definition.name;
            NamedCondition { name: name.text.clone(), span: name.span, is_used }
        });
        named.collect()
    }

    /// A condition by its name: that of the table's own block before that of all tables.
    pub(super) fn named(&mut self, table: TableId, name: &ast::Label) -> Option<Condition> {
        let found = [Some(table), None].into_iter().find_map(|of| self.named_by_name.get(&(of, key(&name.text))));
        let Some(&index) = found else {
            let diagnostic = self.unknown_condition(table, name);
            self.report(diagnostic);
            return None;
        };
        self.named[index].is_used = true;
        self.used_names.push(index);
        let definition = self.named[index].definition;
        if self.open_names.contains(&index) {
            let title = format!("the condition `{}` uses itself", definition.name.text);
            self.report(Diagnostic::new(Code::Cycle, name.span, title).with_secondary(definition.name.span, "defined here"));
            return None;
        }
        self.named_uses += 1;
        if self.named_uses > MAX_NAMED_USES {
            if self.named_uses == MAX_NAMED_USES + 1 {
                let title = format!("this rule uses more than {MAX_NAMED_USES} named conditions, those within others included");
                let help = "write the conditions so that each is used a few times only";
                self.report(Diagnostic::new(Code::NestingTooDeep, name.span, title).with_help(help));
            }
            return None;
        }
        // Its errors are reported once, by whichever rule of the table uses it first.
        if self.broken_names.contains(&(index, table)) {
            return None;
        }
        self.open_names.push(index);
        self.open_uses.push((name.span, table));
        // It speaks of the record that it is applied to, whatever stands around it.
        let change = self.change_for_named();
        let around = std::mem::take(&mut self.scope);
        let condition = self.of_change(change, |binder| binder.condition(table, &definition.condition));
        self.scope = around;
        self.open_names.pop();
        self.open_uses.pop();
        if condition.is_none() {
            self.broken_names.push((index, table));
        }
        condition
    }

    /// What is wrong in a named condition stands there, and matters where it is used. One for all tables is right for others as it is: what to write instead is no edit.
    pub(super) fn with_use(&self, diagnostic: Diagnostic) -> Diagnostic {
        let (Some(&index), Some(&(used, table))) = (self.open_names.last(), self.open_uses.first()) else { return diagnostic };
        let Named { definition, table: own, .. } = self.named[index];
        let place = diagnostic.primary.span;
        if place == used {
            return diagnostic;
        }
        let mut diagnostic = diagnostic.with_secondary(used, "used here");
        if own.is_none() && diagnostic.helps.iter().any(|help| help.edit.is_some()) {
            for help in &mut diagnostic.helps {
                help.text = help.in_words();
                help.edit = None;
            }
            let (name, table) = (&definition.name.text, &self.catalog.table(table).name);
            return diagnostic.with_note(format!("`{name}` is for all tables, and this is about `{table}`: what is changed there has to be right wherever it is used"));
        }
        diagnostic
    }

    fn unknown_condition(&self, table: TableId, name: &ast::Label) -> Diagnostic {
        let columns = self.columns(table, name);
        let diagnostic = Diagnostic::new(Code::UnknownCondition, name.span, format!("there is no condition `{}`", name.text));
        let is_boolean =
            |&index: &u32| self.catalog.column(ColumnRef { table, column: index }).r#type == crate::catalog::Type::Boolean;
        if columns.iter().any(is_boolean) {
            return diagnostic.with_edit("ask whether it is true", name.span, format!("{} is true", name.text));
        }
        if let Some(found) = self.alone(table, name, &diagnostic) {
            return found;
        }
        if !columns.is_empty() {
            return diagnostic
                .with_label("a column alone is no condition")
                .with_help("compare it: `equals`, `is not`, `is empty`, …");
        }
        if let Some((before, column)) = self.truth_meant(table, name) {
            let span = Span::new(name.span.file, (name.span.start as usize).saturating_sub(before), name.span.end as usize);
            let (help, edit) = (format!("did you mean `{column} is true`?"), format!("{column} is true"));
            return diagnostic.with_edit(help, span, edit);
        }
        if let Some(help) = super::habits::of_truth(&key(&name.text)) {
            return diagnostic.with_help(help);
        }
        let written = self.sources.slice(name.span);
        if !name.exact && key(&name.text).starts_with("number of ") {
            return diagnostic.with_help(format!("a number is compared: `{written} where (…) is less than 3`"));
        }
        if name.exact && crate::syntax::is_statement(&name.text) {
            let help = "backticks are around one name each, and take all between them for it";
            return diagnostic.with_edit(help, name.span, name.text.clone());
        }
        if let Some(meant) = super::habits::of_condition(written) {
            return match meant.edit {
                Some((range, text)) => {
                    let start = name.span.start as usize;
                    diagnostic.with_edit(meant.help, Span::new(name.span.file, start + range.start, start + range.end), text)
                }
                None => diagnostic.with_help(meant.help),
            };
        }
        if super::between::is_end_of_range(&name.text) {
            return diagnostic.with_help(format!(
                "write what is compared once more (`… is at least 10 and … is {}`), or both ends at once: `… is between 10 and 20`",
                name.text
            ));
        }
        let known: Vec<&str> = self
            .named
            .iter()
            .filter(|named| named.table.is_none_or(|of| of == table))
            .map(|named| named.definition.name.text.as_str())
            .collect();
        let diagnostic = diagnostic.with_suggestion(name.span, &name.text, known);
        if diagnostic.helps.is_empty() {
            diagnostic.with_help("define it: `condition <name>: …`, or compare something")
        } else {
            diagnostic
        }
    }

    /// `can <operation> <path>`: the access of the record that the path leads to.
    pub(super) fn can(&mut self, table: TableId, can: &ast::Can) -> Option<Condition> {
        let operation = match can.operation.value {
            OperationWord::Read => Operation::Read,
            OperationWord::Update => Operation::Update,
            OperationWord::Delete => Operation::Delete,
            OperationWord::Create | OperationWord::All => {
                let title = "this asks about a record that is there: it can be read, updated or deleted";
                let help = "write `can read …`, `can update …` or `can delete …`";
                self.report(Diagnostic::new(Code::OperatorMismatch, can.operation.span, title).with_help(help));
                return None;
            }
        };
        if self.in_configuration {
            let title = "a membership cannot depend on the access of a record, which depends on memberships";
            self.report(Diagnostic::new(Code::Cycle, can.span, title).with_help("compare columns of the membership"));
            return None;
        }
        let path = match can.path.steps.as_slice() {
            [only] if self.is_this_record(only) => {
                let title = "a rule cannot ask what the rules allow with the record itself";
                let help = "write out the condition, or give it a name: `condition <name>: …`";
                self.report(Diagnostic::new(Code::Cycle, can.span, title).with_help(help));
                return None;
            }
            [first, rest @ ..] if !rest.is_empty() && self.is_this_record(first) => {
                if !self.scope.outer.is_empty() {
                    let title = "here, access can be asked of what the inner row leads to, and of nothing further out";
                    let help = "write `can …` outside of the parentheses";
                    self.report(Diagnostic::new(Code::NotARelation, can.span, title).with_help(help));
                    return None;
                }
                self.path(table, &ast::Path { steps: rest.to_vec() })?
            }
            _ => self.path(table, &can.path)?,
        };
        let target = self.hop(path.column, can.path.span(can.span))?.target;
        if self.catalog.table(target.table).is_external() {
            let title = format!(
                "`{}` is external, and no rule says who may {} its records",
                self.catalog.table(target.table).name,
                operation.word()
            );
            let help = "ask what you need of the record: `User's …`, `Owner's Status is \"open\"`";
            self.report(Diagnostic::new(Code::TableOfOthers, can.span, title).with_help(help));
            return None;
        }
        self.delegations.push(((target.table, operation), can.span));
        Some(Condition::from(Atom::Can(Can { operation, path, target, negated: false })))
    }
}
