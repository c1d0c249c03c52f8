//! pest's pairs to the syntax tree: items, rules, clauses. Conditions are next door.

use pest::iterators::{Pair, Pairs};

use super::{ast, grammar::Rule, limits::comment_start};
use crate::diagnostic::{Code, Diagnostic, FileId, Span, Spanned};

/// Builds nodes of one file. The grammar promises the shape of the pairs; where a part is missing all the same, the
/// node is left out (`None`) rather than invented.
pub(super) struct Builder {
    pub(super) file: FileId,
    /// Byte of the file at which the parsed text starts.
    pub(super) offset: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Builder {
    pub(super) fn new(file: FileId, offset: usize) -> Builder {
        Builder { file, offset, diagnostics: Vec::new() }
    }

    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let mut text = span.as_str().trim_end();
        // Blanks and comments before what could have followed belong to nothing.
        let last_line = |text: &str| text.rfind('\n').map_or(0, |newline| newline + 1);
        while let Some(start) = comment_start(&text[last_line(text)..]) {
            text = text[..last_line(text) + start].trim_end();
        }
        Span::new(self.file, self.offset + span.start(), self.offset + span.start() + text.len())
    }

    pub(super) fn file(&mut self, pairs: Pairs<'_, Rule>) -> ast::File {
        let items = pairs
            .flat_map(Pair::into_inner)
            .filter_map(|pair| match pair.as_rule() {
                Rule::table => self.table(pair).map(ast::Item::Table),
                Rule::boundary => self.boundary(pair).map(ast::Item::Boundary),
                Rule::named_condition => self.named_condition(pair).map(ast::Item::Condition),
                Rule::never => self.never(pair).map(ast::Item::Never),
                _ => None,
            })
            .collect();
        ast::File { file: self.file, items }
    }

    pub(super) fn only_header(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::Table> {
        let name = inner(pairs, Rule::table_name)?;
        Some(ast::Table { name: self.table_name(name)?, rules: Vec::new(), conditions: Vec::new(), complete: true })
    }

    pub(super) fn only_named(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::NamedCondition> {
        let named = inner(pairs, Rule::named_condition)?;
        self.named_condition(named)
    }

    pub(super) fn only_never(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::Never> {
        let never = inner(pairs, Rule::never)?;
        self.never(never)
    }

    pub(super) fn only_rule(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::Rule> {
        let rule = inner(pairs, Rule::table_rule)?;
        self.rule(rule)
    }

    pub(super) fn only_boundary(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::Boundary> {
        let boundary = inner(pairs, Rule::boundary)?;
        self.boundary(boundary)
    }

    pub(super) fn only_condition(&mut self, pairs: Pairs<'_, Rule>) -> Option<ast::Condition> {
        let condition = inner(pairs, Rule::condition)?;
        self.condition(condition)
    }

    pub(super) fn only_operand(&mut self, pairs: Pairs<'_, Rule>) -> Option<Spanned<ast::Operand>> {
        let operand = inner(pairs, Rule::operand)?;
        self.operand(operand)
    }

    fn table(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Table> {
        let (mut name, mut rules, mut conditions, mut complete) = (None, Vec::new(), Vec::new(), true);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::table_name => name = self.table_name(part),
                Rule::table_rule => match self.rule(part) {
                    Some(rule) => rules.push(rule),
                    None => complete = false,
                },
                Rule::named_condition => match self.named_condition(part) {
                    Some(named) => conditions.push(named),
                    None => complete = false,
                },
                _ => {}
            }
        }
        Some(ast::Table { name: name?, rules, conditions, complete })
    }

    fn named_condition(&mut self, pair: Pair<'_, Rule>) -> Option<ast::NamedCondition> {
        let (mut name, mut condition) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::label => name = Some(self.label(&part)),
                Rule::condition => condition = self.condition(part),
                _ => {}
            }
        }
        Some(ast::NamedCondition { name: name?, condition: condition? })
    }

    fn never(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Never> {
        let span = self.span(&pair);
        let (mut role, mut operations, mut table, mut condition) = (None, Vec::new(), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::role_use => role = self.role_use(part),
                Rule::operation => operations.extend(self.operation(&part)),
                Rule::table_name => table = self.table_name(part),
                Rule::condition => condition = Some(self.condition(part)?),
                _ => {}
            }
        }
        Some(ast::Never { role: role?, operations, table: table?, condition, span })
    }

    pub(super) fn operation(&mut self, pair: &Pair<'_, Rule>) -> Option<Spanned<ast::OperationWord>> {
        operation_word(pair.as_str()).map(|word| Spanned::new(word, self.span(pair)))
    }

    pub(super) fn table_name(&mut self, pair: Pair<'_, Rule>) -> Option<ast::TableName> {
        let mut labels: Vec<ast::Label> = self.labels(pair);
        let name = labels.pop()?;
        Some(ast::TableName { schema: labels.pop(), name })
    }

    pub(super) fn labels(&mut self, pair: Pair<'_, Rule>) -> Vec<ast::Label> {
        let is_label = |part: &Pair<'_, Rule>| matches!(part.as_rule(), Rule::label | Rule::field);
        pair.into_inner().filter(is_label).map(|part| self.label(&part)).collect()
    }

    /// A label's words with single spaces, or an exact name without its backticks.
    pub(super) fn label(&self, pair: &Pair<'_, Rule>) -> ast::Label {
        let text = pair.as_str().trim();
        let exact = text.len() > 2 && text.starts_with('`') && text.ends_with('`');
        let text = if exact { text[1..text.len() - 1].to_owned() } else { text.split_whitespace().collect::<Vec<_>>().join(" ") };
        ast::Label { text, exact, span: self.span(pair) }
    }

    fn rule(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Rule> {
        let (mut name, mut roles, mut filters, mut allows, mut look_up) = (None, Vec::new(), Vec::new(), Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::look_up_clause => {
                    let span = self.span(&part);
                    let way = part.into_inner().find(|part| part.as_rule() == Rule::look_up_way)?.as_str().to_ascii_lowercase();
                    look_up = Some(Spanned::new(if way == "row" { ast::LookUp::Row } else { ast::LookUp::List }, span));
                }
                Rule::string => name = Some(Spanned::new(self.text(&part), self.span(&part))),
                Rule::role_list => roles = self.role_list(part),
                Rule::where_clause => {
                    if let Some(allow) = allows.last() {
                        self.late_where(&part, allow);
                    }
                    filters.push(self.first_condition(part)?);
                }
                Rule::allow_clause => allows.push(self.allow(part)?),
                _ => {}
            }
        }
        // A vector that grows starts with room for four, and most rules have one of each.
        filters.shrink_to_fit();
        allows.shrink_to_fit();
        Some(ast::Rule { name: name?, roles, filters, allows, look_up })
    }

    /// A `where` behind an `allow` reads as if it were about that one, and narrows them all.
    fn late_where(&mut self, clause: &Pair<'_, Rule>, allow: &ast::Allow) {
        let start = self.span(clause).start as usize;
        let word = Span::new(self.file, start, start + "where".len());
        let title = "`where` stands behind `allow`";
        let diagnostic = Diagnostic::new(Code::Syntax, word, title)
            .with_label("it narrows all that the rule allows")
            .with_help("write it before the first `allow`");
        self.diagnostics.push(match allow.when {
            None if allow.then.is_none() => diagnostic.with_edit("if it is about this `allow` alone, write `when`", word, "when"),
            _ => diagnostic.with_help("if it is about this `allow` alone, join it to its `when` by `and`"),
        });
    }

    fn role_list(&mut self, pair: Pair<'_, Rule>) -> Vec<ast::RoleUse> {
        let mut roles: Vec<ast::RoleUse> = pair.into_inner().filter_map(|part| self.role_use(part)).collect();
        roles.shrink_to_fit();
        roles
    }

    fn role_use(&mut self, pair: Pair<'_, Rule>) -> Option<ast::RoleUse> {
        let (mut name, mut scope, mut is_permission) = (None, None, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::role_name => name = self.role_name(part),
                Rule::permission => {
                    is_permission = true;
                    let span = self.span(&part);
                    name = self.role_name(part).map(|label| ast::Label { span, ..label });
                }
                Rule::scope => scope = self.scope(part),
                _ => {}
            }
        }
        Some(ast::RoleUse { name: name?, is_permission, scope })
    }

    fn role_name(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Label> {
        let part = pair.into_inner().find(|part| part.as_rule() != Rule::kw_permission)?;
        Some(match part.as_rule() {
            Rule::string => ast::Label { text: self.text(&part), exact: true, span: self.span(&part) },
            _ => self.label(&part),
        })
    }

    fn scope(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Scope> {
        let mut is_by = false;
        pair.into_inner().find_map(|part| match part.as_rule() {
            Rule::kw_by => {
                is_by = true;
                None
            }
            Rule::label if is_by => Some(ast::Scope::By(self.label(&part))),
            Rule::label => Some(ast::Scope::Any(self.label(&part))),
            Rule::path => {
                let span = self.span(&part);
                let mut path = self.path(part);
                if super::build_conditions::is_this_record(path.steps.first()) {
                    path.steps.remove(0);
                }
                Some(if path.steps.is_empty() { ast::Scope::ThisRecord(span) } else { ast::Scope::Of(path) })
            }
            _ => None,
        })
    }

    fn allow(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Allow> {
        let span = self.span(&pair);
        let (mut grants, mut presets, mut when, mut then) = (Vec::new(), Vec::new(), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::grant => grants.push(self.grant(part)?),
                Rule::presets => presets = self.presets(part)?,
                Rule::when_part => when = Some(self.first_condition(part)?),
                Rule::then_part => then = Some(self.first_condition(part)?),
                _ => {}
            }
        }
        grants.shrink_to_fit();
        Some(ast::Allow { grants, presets, when, then, span })
    }

    fn presets(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<ast::Preset>> {
        let presets = pair.into_inner().filter(|part| part.as_rule() == Rule::preset);
        presets.map(|part| self.preset(part)).collect()
    }

    fn preset(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Preset> {
        let (mut field, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::preset_field => field = Some(self.label(&part)),
                Rule::operand => value = self.operand(part),
                _ => {}
            }
        }
        Some(ast::Preset { field: field?, value: value? })
    }

    fn grant(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Grant> {
        let (mut operation, mut fields) = (None, ast::Fields::All);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::operation => operation = self.operation(&part),
                Rule::field_list => fields = ast::Fields::Only(self.field_names(part)),
                Rule::except_list => fields = ast::Fields::Except(self.field_names(part)),
                _ => {}
            }
        }
        Some(ast::Grant { operation: operation?, fields })
    }

    fn field_names(&mut self, pair: Pair<'_, Rule>) -> ast::FieldNames {
        let (classes, labels): (Vec<_>, Vec<_>) =
            pair.into_inner().partition(|part| matches!(part.as_rule(), Rule::class | Rule::kw_fields));
        let classes = classes.iter().filter(|part| part.as_rule() == Rule::class);
        let classes = classes.map(|part| Spanned::new(part.as_str().to_owned(), self.span(part))).collect();
        let labels = labels.into_iter().filter(|part| part.as_rule() == Rule::field);
        ast::FieldNames { classes, labels: labels.map(|part| self.label(&part)).collect() }
    }

    fn boundary(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Boundary> {
        let (mut name, mut target, mut operations, mut clauses) = (None, None, Vec::new(), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => name = Some(Spanned::new(self.text(&part), self.span(&part))),
                Rule::target => target = self.target(part),
                Rule::operation => operations.extend(self.operation(&part)),
                Rule::boundary_clause => clauses.push(self.boundary_clause(part)?),
                _ => {}
            }
        }
        Some(ast::Boundary { name: name?, target: target?, operations, clauses })
    }

    fn target(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Target> {
        let part = pair.into_inner().next()?;
        match part.as_rule() {
            Rule::every_table => Some(self.labels(part).pop().map_or(ast::Target::EveryTable, ast::Target::EveryTableWith)),
            _ => {
                let names = part.into_inner().filter_map(|name| self.table_name(name)).collect();
                Some(ast::Target::Tables(names))
            }
        }
    }

    fn boundary_clause(&mut self, pair: Pair<'_, Rule>) -> Option<ast::BoundaryClause> {
        let (mut condition, mut except) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::condition => condition = self.condition(part),
                Rule::role_list => except = self.role_list(part),
                _ => {}
            }
        }
        Some(ast::BoundaryClause { condition: condition?, except })
    }

    fn first_condition(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let condition = pair.into_inner().find(|part| part.as_rule() == Rule::condition)?;
        self.condition(condition)
    }

    /// A text without its quotes; `\"` and `\\` are the escapes.
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> String {
        let raw = pair.as_str();
        let raw = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        let mut text = String::with_capacity(raw.len());
        let mut characters = raw.chars();
        while let Some(character) = characters.next() {
            let escaped = if character == '\\' { characters.next() } else { None };
            match (character, escaped) {
                ('\\', Some('"' | '\\')) => text.extend(escaped),
                ('\\', _) => {
                    let title = "only `\\\"` and `\\\\` are escapes in a text";
                    self.diagnostics.push(Diagnostic::new(Code::Literal, self.span(pair), title));
                }
                ('\0', _) => {
                    let title = "a text cannot contain a NUL character";
                    let note = "PostgreSQL stores no NUL in text";
                    self.diagnostics.push(Diagnostic::new(Code::Literal, self.span(pair), title).with_note(note));
                }
                (character, _) => text.push(character),
            }
        }
        self.check_seen(pair);
        text
    }
}

fn operation_word(text: &str) -> Option<ast::OperationWord> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "create" => ast::OperationWord::Create,
        "read" => ast::OperationWord::Read,
        "update" => ast::OperationWord::Update,
        "delete" => ast::OperationWord::Delete,
        "all" => ast::OperationWord::All,
        _ => return None,
    })
}

/// The first pair of a rule below an entry point.
fn inner<'i>(pairs: Pairs<'i, Rule>, rule: Rule) -> Option<Pair<'i, Rule>> {
    pairs.flat_map(Pair::into_inner).find(|pair| pair.as_rule() == rule)
}
