//! Tables with their rules, and boundaries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::circles::ASKED_FOR;
use super::former::Change;
use super::memory::{BoundTable, Memory};
use super::presets::filled;
use super::{Binder, Block, Blocks, BoundTables};
use crate::ast::{self, OperationWord};
use crate::catalog::{Table, TableId, words};
use crate::diagnostic::{Code, Diagnostic, FileId, Span};
use crate::model::{Assertion, Boundary, BoundaryClause, Condition, Grant, Operation, RoleUse, Rule, Subject};
use crate::parallel;

impl Binder<'_> {
    /// Binds all table blocks; rules of one table unite, whichever file they stand in. What `memory` knows of the same blocks is not bound again.
    pub(super) fn bind_tables(&mut self, blocks: &Blocks<'_>, memory: Option<&mut Memory>) -> BoundTables {
        let names: Vec<FileId> = self.named.iter().map(|named| named.definition.name.span.file).collect();
        let permissions = self.permissions.clone();
        let known = |table: &TableId, files: &[FileId]| {
            memory.as_ref().and_then(|memory| memory.get((&names, &permissions), *table, files))
        };
        let is_new = |(table, blocks): &(&TableId, &Vec<Block<'_>>)| known(table, &files(blocks)).is_none();
        let new: Vec<(TableId, &[Block<'_>])> =
            blocks.iter().filter(is_new).map(|(&table, blocks)| (table, blocks.as_slice())).collect();
        let bound = parallel::stretches(&new, parallel::MIN_TABLES, |blocks| {
            let mut fork = self.fork();
            blocks.iter().map(|&(table, blocks)| (table, Arc::new(fork.bind_apart(table, blocks)))).collect::<Vec<_>>()
        });
        let bound: BTreeMap<TableId, Arc<BoundTable>> = bound.into_iter().flatten().collect();
        let all = blocks.iter().map(|(&table, blocks)| {
            let files = files(blocks);
            let of_table = bound.get(&table).cloned().or_else(|| known(&table, &files).cloned());
            (table, files, of_table)
        });
        let all: Vec<(TableId, Vec<FileId>, Arc<BoundTable>)> =
            all.filter_map(|(table, files, bound)| Some((table, files, bound?))).collect();
        all.iter().for_each(|(_, _, bound)| self.join(bound));
        let incomplete = all.iter().filter(|(.., bound)| bound.is_incomplete).map(|&(table, ..)| table).collect();
        let tables =
            all.iter().filter(|(.., bound)| !bound.rules.is_empty()).map(|(table, _, bound)| (*table, bound.rules.clone()));
        let tables = tables.collect();
        memory.into_iter().for_each(|memory| memory.keep((names.clone(), permissions.clone()), &all));
        (tables, incomplete)
    }

    /// The rules of one table and all that was noted meanwhile.
    fn bind_apart(&mut self, table: TableId, blocks: &[Block<'_>]) -> BoundTable {
        let mut incomplete = Vec::new();
        let rules = self.bind_table(table, blocks, &mut incomplete);
        BoundTable {
            rules: rules.into(),
            is_incomplete: !incomplete.is_empty(),
            used_names: std::mem::take(&mut self.used_names),
            broken_names: std::mem::take(&mut self.broken_names),
            delegation_edges: std::mem::take(&mut self.delegation_edges),
            diagnostics: std::mem::take(&mut self.diagnostics),
        }
    }

    /// The rules of one table, by name. Where one is missing, so says `incomplete`.
    fn bind_table(&mut self, table: TableId, blocks: &[Block<'_>], incomplete: &mut Vec<TableId>) -> Vec<Rule> {
        let (mut rules, mut names) = (Vec::new(), HashMap::new());
        self.listed.clear();
        for (_, block) in blocks {
            if !block.complete {
                incomplete.push(table);
            }
            for rule in &block.rules {
                if let Some(&first) = names.get(rule.name.value.as_str()) {
                    let title = format!("`{}` has two rules with this name", self.catalog.table(table).name);
                    self.report(duplicate(rule.name.span, first, title));
                } else {
                    names.insert(rule.name.value.as_str(), rule.name.span);
                }
                match self.bind_rule(table, rule) {
                    Some(bound) => rules.push(bound),
                    None => incomplete.push(table),
                }
            }
        }
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        self.settle_presets(table, &mut rules);
        rules
    }

    fn bind_rule(&mut self, table: TableId, rule: &ast::Rule) -> Option<Rule> {
        self.begin();
        self.words.clear();
        let roles: Vec<_> = rule.roles.iter().map(|role| self.role_use(table, role)).collect();
        let filters: Vec<_> = rule.filters.iter().map(|filter| self.condition(table, filter)).collect();
        self.note_delegations(table, ASKED_FOR);
        let grants: Vec<_> = rule.allows.iter().map(|allow| self.allow(table, allow)).collect();
        let completions = std::mem::take(&mut self.completions);
        Some(Rule {
            name: rule.name.value.clone(),
            span: rule.name.span,
            roles: whole(roles)?,
            filters: whole(filters)?,
            grants: grants.into_iter().collect::<Option<Vec<_>>>()?.concat(),
            completions,
            written: self.written(),
            look_up: rule.look_up.as_ref().map(|way| way.value),
        })
    }

    /// Forgets what belonged to the rule before.
    fn begin(&mut self) {
        self.completions.clear();
        self.delegations.clear();
        self.named_uses = 0;
    }

    /// What the rules must never allow.
    pub(super) fn bind_assertions(&mut self, files: &[&ast::File]) -> Vec<Assertion> {
        let mut assertions = Vec::new();
        for item in files.iter().flat_map(|file| &file.items) {
            let ast::Item::Never(never) = item else { continue };
            self.begin();
            let Some(table) = self.table(&never.table) else { continue };
            let (role, condition) = (self.role_use(table, &never.role), self.optional(table, never.condition.as_ref()));
            let (Some(role), Some(condition)) = (role, condition) else { continue };
            for operation in never.operations.iter().flat_map(|word| Operation::of_word(word.value)) {
                let (role, condition) = (role.clone(), condition.clone());
                assertions.push(Assertion { role, operation, table, condition, span: never.span });
            }
        }
        assertions
    }

    fn allow(&mut self, table: TableId, allow: &ast::Allow) -> Option<Vec<Grant>> {
        let when = self.optional(table, allow.when.as_ref());
        let granted = allow.grants.iter().flat_map(|grant| Operation::of_word(grant.operation.value));
        self.note_delegations(table, granted);
        let then = self.of_change(Change::Made, |binder| binder.optional(table, allow.then.as_ref()));
        // Where a step ends, no other record's access asks.
        self.delegations.clear();
        let has_update =
            allow.grants.iter().any(|grant| matches!(grant.operation.value, OperationWord::Update | OperationWord::All));
        if let Some(then) = allow.then.as_ref().filter(|_| !has_update) {
            let span = then.span().unwrap_or(allow.span);
            let title = "`then` describes the row after an update, and no update is granted here";
            let help = "write the condition behind `when`";
            self.report(Diagnostic::new(Code::ThenWithoutUpdate, span, title).with_help(help));
        }
        let presets = self.presets(table, allow);
        let mut grants = Vec::new();
        let mut whole = true;
        for grant in &allow.grants {
            let fields = self.fields(table, grant);
            whole &= fields.is_some();
            for operation in Operation::of_word(grant.operation.value) {
                let is_listed = matches!(grant.fields, ast::Fields::Only(_));
                grants.push((operation, fields.clone().flatten(), is_listed, grant.operation.span));
            }
        }
        let (when, then, presets) = (when?, then?, presets?);
        let bound = grants.into_iter().map(|(operation, fields, is_listed, span)| {
            let then = then.clone().or_else(|| when.clone());
            let when = when.clone();
            filled(table, &presets, Grant { operation, fields, is_listed, when, then, presets: Vec::new(), span })
        });
        whole.then(|| bound.collect())
    }

    /// `Some(None)` where no condition is written, `None` where it has an error.
    fn optional(&mut self, table: TableId, condition: Option<&ast::Condition>) -> Option<Option<Condition>> {
        condition.map_or(Some(None), |condition| self.condition(table, condition).map(Some))
    }

    pub(super) fn bind_boundaries(&mut self, files: &[&ast::File]) -> Vec<Boundary> {
        let mut boundaries: Vec<Boundary> = Vec::new();
        let mut names: HashMap<&str, Span> = HashMap::new();
        for boundary in files.iter().flat_map(|file| &file.items).filter_map(boundary_of) {
            if let Some(&first) = names.get(boundary.name.value.as_str()) {
                self.report(duplicate(boundary.name.span, first, "two boundaries have this name".to_owned()));
            }
            names.insert(boundary.name.value.as_str(), boundary.name.span);
            boundaries.extend(self.bind_boundary(boundary));
        }
        boundaries.sort_by(|a, b| a.name.cmp(&b.name));
        boundaries
    }

    /// The tables that boundaries can be on.
    fn tables_where(&self, is_meant: impl Fn(&Table) -> bool) -> Vec<TableId> {
        self.catalog.tables().filter(|(_, table)| !table.is_external() && is_meant(table)).map(|(id, _)| id).collect()
    }

    fn bind_boundary(&mut self, boundary: &ast::Boundary) -> Option<Boundary> {
        let targets: Vec<TableId> = match &boundary.target {
            ast::Target::Tables(names) => {
                names.iter().map(|name| self.table(name)).collect::<Vec<_>>().into_iter().collect::<Option<_>>()?
            }
            ast::Target::EveryTable => self.tables_where(|_| true),
            ast::Target::EveryTableWith(label) if label.exact => {
                self.tables_where(|table| table.value_named(&label.text).is_some())
            }
            ast::Target::EveryTableWith(label) => {
                let words = words(&label.text);
                self.tables_where(|table| !table.columns_by_words(&words).is_empty())
            }
        };
        let named = boundary.operations.iter().flat_map(|word| Operation::of_word(word.value));
        let operations: BTreeSet<Operation> =
            if boundary.operations.is_empty() { Operation::ALL.into() } else { named.collect() };
        let mut tables = BTreeMap::new();
        self.words.clear();
        for table in targets {
            self.begin();
            let clauses: Vec<_> = boundary.clauses.iter().map(|clause| self.boundary_clause(table, clause)).collect();
            self.note_delegations(table, operations.iter().copied());
            // The same words have the same errors on the next table.
            tables.insert(table, clauses.into_iter().collect::<Option<_>>()?);
        }
        let written = self.written();
        Some(Boundary { name: boundary.name.value.clone(), span: boundary.name.span, tables, operations, written })
    }

    fn boundary_clause(&mut self, table: TableId, clause: &ast::BoundaryClause) -> Option<BoundaryClause> {
        let condition = self.condition(table, &clause.condition);
        let except: Vec<_> = clause.except.iter().map(|role| self.excepted(table, role)).collect();
        Some(BoundaryClause { condition: condition?, except: except.into_iter().collect::<Option<_>>()? })
    }

    /// Whom a boundary does not bind. Everybody holds `Anyone`, so with it the boundary would bind nobody.
    fn excepted(&mut self, table: TableId, role: &ast::RoleUse) -> Option<RoleUse> {
        let bound = self.role_use(table, role)?;
        if bound.subject == Subject::Anyone {
            let title = "everybody holds `Anyone`, so this boundary would bind nobody";
            let found = Diagnostic::new(Code::ExceptsEverybody, role.name.span, title)
                .with_label("not only who is not signed in")
                .with_help("name the roles that the boundary does not bind, or take the exception out");
            self.report(found);
            return None;
        }
        Some(bound)
    }
}

/// All of them, without room for more.
fn whole<T>(parts: Vec<Option<T>>) -> Option<Vec<T>> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        all.push(part?);
    }
    Some(all)
}

pub(super) fn duplicate(span: Span, first: Span, title: String) -> Diagnostic {
    Diagnostic::new(Code::DuplicateRule, span, title)
        .with_label("the second")
        .with_secondary(first, "the first")
        .with_help("rename one: names are how messages and policies point back")
}

fn boundary_of(item: &ast::Item) -> Option<&ast::Boundary> {
    match item {
        ast::Item::Boundary(boundary) => Some(boundary),
        ast::Item::Table(_) | ast::Item::Condition(_) | ast::Item::Never(_) => None,
    }
}

/// The texts that blocks stand in.
fn files(blocks: &[Block<'_>]) -> Vec<FileId> {
    blocks.iter().map(|(file, _)| *file).collect()
}
