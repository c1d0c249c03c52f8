//! Rules, boundaries, actions and assertions as they are written and as they are understood, and the policies that they become. In: a compiled project. Out: each with its place, its
//! text and its words.

use serde::Serialize;

use crate::diagnostic::{Sources, Span};
use crate::model::{self, Atom, Condition, Describe, Grant, LookUp, Model, Operation};
use crate::objects::{Command, Definition, Object, State};
use crate::project::Meaning;
use crate::syntax::block_length;

/// A rule.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// `projects/Members create projects`
    pub id: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line of its name, from 1 on.
    pub line: usize,
    /// As it is written, with the remarks above it.
    pub text: String,
    /// Whom it is for, in words.
    pub roles: String,
    /// What a record must match, in words.
    pub filters: Vec<String>,
    /// What it grants, in words; the values that the text leaves to be completed are written out.
    pub grants: Vec<String>,
    /// What was completed, and how other rows are asked.
    pub remarks: Vec<String>,
    /// The access to other records that it asks for: `can read Project`.
    pub delegates: Vec<String>,
    /// The scenarios in which somebody does something by it.
    pub tests: Vec<String>,
}

/// A boundary.
#[derive(Debug, Clone, Serialize)]
pub struct Boundary {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line of its name.
    pub line: usize,
    /// What it limits, where that is not all.
    pub operations: Option<String>,
    /// What it asks on each table.
    pub clauses: Vec<Clause>,
}

/// What a boundary asks of a table's records.
#[derive(Debug, Clone, Serialize)]
pub struct Clause {
    /// The table.
    pub table: String,
    /// What a record must match.
    pub condition: String,
    /// Who need not; empty for nobody.
    pub except: String,
    /// The access to other records that it asks for.
    pub delegates: Vec<String>,
}

/// An action.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// What it does, line by line.
    pub text: String,
}

/// An assertion.
#[derive(Debug, Clone, Serialize)]
pub struct Never {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// In words.
    pub text: String,
}

/// A policy of the database.
#[derive(Debug, Clone, Serialize)]
pub struct Policy {
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// `read`, `create`, `update` or `delete`
    pub operation: &'static str,
    /// The database role that it is for.
    pub role: String,
    /// The statements that make it.
    pub sql: String,
    /// The rules that it comes of, by id.
    pub rules: Vec<String>,
    /// The boundaries around them.
    pub boundaries: Vec<String>,
}

/// All rules, in the order of tables and names. Nothing is known of tests yet.
pub(super) fn rules(model: &Model, sources: &Sources) -> Vec<Rule> {
    let of_table = |(&table, rules): (_, &std::sync::Arc<[model::Rule]>)| {
        rules.iter().map(|rule| one(model, sources, table, rule)).collect::<Vec<_>>()
    };
    model.tables.iter().flat_map(of_table).collect()
}

fn one(model: &Model, sources: &Sources, table: crate::catalog::TableId, rule: &model::Rule) -> Rule {
    let describe = Describe { model };
    let (file, line) = place(sources, rule.span);
    let look_up = rule.look_up.map(|way| match way {
        LookUp::Row => "looked up by row".to_owned(),
        LookUp::List => "looked up by list".to_owned(),
    });
    let asked = rule.conditions().flat_map(|condition| delegates(model, condition));
    let mut delegates: Vec<String> = asked.collect();
    delegates.sort();
    delegates.dedup();
    let grant = |grant: &Grant| describe.grant(table, grant);
    Rule {
        id: model.id_of_rule(table, rule),
        table: model.catalog.table(table).name.to_string(),
        name: rule.name.clone(),
        file,
        line,
        text: written(sources, rule.span),
        roles: describe.role_uses(&rule.roles),
        filters: rule.filters.iter().map(|filter| describe.condition(filter)).collect(),
        grants: rule.grants.iter().map(grant).collect(),
        remarks: rule.completions.iter().cloned().chain(look_up).collect(),
        delegates,
        tests: Vec::new(),
    }
}

/// All boundaries.
pub(super) fn boundaries(model: &Model, sources: &Sources) -> Vec<Boundary> {
    let describe = Describe { model };
    let clause = |table, clause: &model::BoundaryClause| Clause {
        table: model.catalog.table(table).name.to_string(),
        condition: describe.condition(&clause.condition),
        except: describe.role_uses(&clause.except),
        delegates: delegates(model, &clause.condition),
    };
    let one = |boundary: &model::Boundary| {
        let (file, line) = place(sources, boundary.span);
        let all = boundary.tables.iter().flat_map(|(&table, clauses)| clauses.iter().map(move |one| clause(table, one)));
        let (name, operations) = (boundary.name.clone(), boundary.operations_in_words());
        Boundary { name, file, line, operations, clauses: all.collect() }
    };
    model.boundaries.iter().map(one).collect()
}

/// All actions.
pub(super) fn actions(model: &Model) -> Vec<Action> {
    let one = |action: &model::Action| Action { name: action.name.clone(), text: Describe { model }.action(action) };
    model.actions.iter().map(one).collect()
}

/// All assertions.
pub(super) fn never(model: &Model, sources: &Sources) -> Vec<Never> {
    let describe = Describe { model };
    let one = |assertion: &model::Assertion| {
        let (file, line) = place(sources, assertion.span);
        let condition = assertion.condition.as_ref().map(|condition| format!(" where {}", describe.condition(condition)));
        let (role, word) = (describe.role_use(&assertion.role), assertion.operation.word());
        let table = &model.catalog.table(assertion.table).name;
        Never { file, line, text: format!("never {role} can {word} {table}{}", condition.unwrap_or_default()) }
    };
    model.assertions.iter().map(one).collect()
}

/// The policies of the application's roles.
pub(super) fn policies(meaning: &Meaning, state: &State) -> Vec<Policy> {
    state.objects.iter().filter_map(|object| policy(meaning, object)).collect()
}

fn policy(meaning: &Meaning, object: &Object) -> Option<Policy> {
    let Definition::Policy(policy) = &object.definition else { return None };
    let [role] = policy.roles.as_slice() else { return None };
    let operation = match policy.command {
        Command::Select => Operation::Read,
        Command::Insert => Operation::Create,
        Command::Update => Operation::Update,
        Command::Delete => Operation::Delete,
    };
    let model = &meaning.model;
    let table = model.catalog.by_name(&policy.table)?;
    let encoding = meaning.encoding.tables.get(&table).filter(|_| policy.purpose.is_none())?;
    let permission = encoding.permissions.get(role)?.get(&operation)?;
    let mut rules = Vec::new();
    for rule in model.tables.get(&table)?.iter() {
        if permission.sources.iter().any(|source| source.rule == rule.name) {
            rules.push(model.id_of_rule(table, rule));
        }
    }
    Some(Policy {
        table: policy.table.to_string(),
        name: policy.name.clone(),
        operation: operation.word(),
        role: role.clone(),
        sql: object.create().iter().map(|statement| format!("{statement};\n")).collect(),
        rules,
        boundaries: permission.boundaries.iter().map(|(name, _)| name.clone()).collect(),
    })
}

/// The access to other records that a condition asks for.
fn delegates(model: &Model, condition: &Condition) -> Vec<String> {
    let mut found = Vec::new();
    condition.for_each_atom(&mut |atom| {
        if let Atom::Can(can) = atom {
            let target = &model.catalog.table(can.target.table).name;
            found.push(format!("{} ({target})", Describe { model }.atom(atom)));
        }
    });
    found
}

/// The file and the line of something.
pub(super) fn place(sources: &Sources, span: Span) -> (String, usize) {
    let span = sources.resolve(span);
    (sources.get(span.file).name.clone(), sources.position(span.file, span.start).0)
}

/// A rule as it is written: from the remarks above the line of its name to its last brace, less what it stands in.
fn written(sources: &Sources, name: Span) -> String {
    let name = sources.resolve(name);
    let text = sources.get(name.file).text.as_str();
    let mut start = text[..name.start as usize].rfind('\n').map_or(0, |end| end + 1);
    let end = name.start as usize + block_length(&text[name.start as usize..]);
    while let Some(above) = text[..start].strip_suffix('\n') {
        let begin = above.rfind('\n').map_or(0, |end| end + 1);
        if !above[begin..].trim_start().starts_with('#') {
            break;
        }
        start = begin;
    }
    let lines = || text[start..end].lines();
    let indent = lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    let cut = |line: &str| line.get(indent.unwrap_or(0)..).unwrap_or_default().to_owned();
    lines().map(cut).collect::<Vec<_>>().join("\n")
}
