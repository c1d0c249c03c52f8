//! `rowgate as --explain`: what a statement costs somebody, and what of that is the rules'. In: two plans that were run, and what the project makes. Out: the user's plan with
//! the look-ups and rules that each part asks, and the indexes that it lacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::look::Look;
use super::output::count;
use crate::catalog::QualifiedName;
use crate::db::{Explained, Node, Plan};
use crate::objects::{Body, Command, Definition, Function, Policy, State, quote};
use crate::sql::WantedIndex;

/// What the plan is explained by.
pub(super) struct Project<'a> {
    functions: BTreeMap<String, &'a Function>,
    policies: Vec<&'a Policy>,
    /// Tables that the user reads through masking views.
    masked: BTreeSet<&'a QualifiedName>,
    wanted: Vec<WantedIndex>,
    /// As which the user acts.
    role: &'a str,
}

/// What the rules have to do with one part of a plan.
#[derive(Default)]
struct Asked<'a> {
    /// Names and meanings of look-ups.
    look_ups: Vec<(&'a str, &'a str)>,
    /// Names of policies and the rules that they come from.
    policies: Vec<(&'a str, &'a str)>,
}

impl<'a> Project<'a> {
    pub(super) fn new(state: &'a State, wanted: Vec<WantedIndex>, role: &'a str) -> Project<'a> {
        let mut project = Project { functions: BTreeMap::new(), policies: Vec::new(), masked: BTreeSet::new(), wanted, role };
        for object in &state.objects {
            match &object.definition {
                Definition::Function(function) => drop(project.functions.insert(quote::qualified(&function.name), function)),
                Definition::Policy(policy) => project.policies.push(policy),
                Definition::View(view) if view.readers.iter().any(|reader| reader == role) => {
                    project.masked.extend([&view.table])
                }
                _ => {}
            }
        }
        project
    }

    /// What a part asks by the rules: the look-ups that its expressions name, and the policies of its table.
    fn asked(&self, node: &Node) -> Asked<'_> {
        let names = |name: &str| node.texts().any(|text| text.contains(&format!("{name}(")));
        let called: Vec<_> = self.functions.iter().filter(|(name, _)| names(name)).collect();
        let is_here = |policy: &&&Policy| {
            node.schema.as_ref() == Some(&policy.table.schema) && node.relation.as_ref() == Some(&policy.table.name)
        };
        let is_asked = |policy: &&&Policy| {
            let is_own = matches!(policy.command, Command::Select) && policy.roles.iter().any(|role| role == self.role);
            // A masking view asks what the policy asks, and of fields where each of them is made.
            let is_masked = self.masked.contains(&policy.table) && node.output.iter().any(|text| text.contains("CASE WHEN "));
            is_own && (node.filter.is_some() || node.once.is_some() || node.condition.is_some() || is_masked)
        };
        let policies = self.policies.iter().filter(is_here).filter(is_asked);
        Asked {
            look_ups: called
                .into_iter()
                .map(|(name, function)| (name.as_str(), function.comment.as_deref().unwrap_or_default()))
                .collect(),
            policies: policies.map(|policy| (policy.name.as_str(), policy.comment.as_str())).collect(),
        }
    }

    /// The indexes that a plan would have used: where all rows of a table are asked something, and where its look-ups find theirs.
    fn indexes(&self, node: &Node) -> BTreeSet<&WantedIndex> {
        let mut found = BTreeSet::new();
        for part in parts(node) {
            let is_whole = part.kind == "Seq Scan" && part.filter.is_some();
            let table = part.schema.as_ref().zip(part.relation.as_ref()).filter(|_| is_whole);
            let table = table.map(|(schema, name)| format!("{}.{}", quote::identifier(schema), quote::identifier(name)));
            let asked = self.asked(part);
            let bodies: Vec<&str> =
                asked.look_ups.iter().filter_map(|(name, _)| Some(body(self.functions.get(*name)?))).collect();
            let is_read = |index: &&WantedIndex| {
                table.as_ref() == Some(&index.table) || bodies.iter().any(|body| reads(body, &index.table))
            };
            found.extend(self.wanted.iter().filter(is_read));
        }
        found
    }
}

fn body(function: &Function) -> &str {
    match &function.body {
        Body::Plpgsql(text) | Body::Sql(text) | Body::SqlOfCaller(text) => text,
    }
}

/// Whether a text names a table, and not one whose name only begins so.
fn reads(body: &str, table: &str) -> bool {
    let is_end = |rest: &str| rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '"');
    body.match_indices(table).any(|(at, _)| is_end(&body[at + table.len()..]))
}

/// A part and all below it.
fn parts(node: &Node) -> Vec<&Node> {
    std::iter::once(node).chain(node.plans.iter().flat_map(parts)).collect()
}

/// For people.
pub(super) fn text(statement: &str, who: &str, explained: &Explained, project: &Project<'_>, look: Look) -> String {
    let dim = |text: &str| look.dim(text);
    let told = |plan: &Result<Plan, String>| match plan {
        Ok(plan) => format!("{}, {}", milliseconds(plan.time), count(plan.node.rows as usize, "row")),
        Err(reason) => format!("refused: {reason}"),
    };
    let mut out = format!("{}\n  as {who}  {}\n", statement.trim(), dim(&told(&explained.with)));
    out.push_str(&match &explained.without {
        Err(reason) if explained.with.is_ok() => {
            format!("  without row-level security  {}\n", dim(&format!("not known: {reason}")))
        }
        Err(_) => String::new(),
        without => {
            let named = |view: &&String| names(statement, view);
            let views: Vec<&str> = explained.views.iter().filter(named).map(String::as_str).collect();
            let on = if views.is_empty() { String::new() } else { format!(", on the tables below {}", views.join(", ")) };
            format!("  without row-level security{on}  {}\n", dim(&told(without)))
        }
    });
    let Ok(plan) = &explained.with else { return out };
    out.push('\n');
    lines(&plan.node, project, 1, look, &mut out);
    let indexes = project.indexes(&plan.node);
    if !indexes.is_empty() {
        out.push_str("\nindexes that it lacks, by the schema file\n");
        indexes.iter().for_each(|index| out.push_str(&format!("  {}  -- {}\n", index.create(true), index.purpose)));
    }
    out
}

/// Whether a statement seems to name a view, with its schema or without.
fn names(statement: &str, view: &str) -> bool {
    let name = view.rsplit('.').next().unwrap_or(view).trim_matches('"').to_lowercase();
    statement.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

fn lines(node: &Node, project: &Project<'_>, depth: usize, look: Look, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut line = |text: String| out.push_str(&format!("{}\n", look.wrapped(&format!("{indent}{text}"), indent.len() + 4)));
    let numbers = match node.loops > 0.0 {
        true => {
            let removed = node.removed * node.loops;
            let refused = if removed > 0.0 { format!(", {removed:.0} refused") } else { String::new() };
            format!("{}{refused}, {}", count((node.rows * node.loops).round() as usize, "row"), milliseconds(node.own_time()))
        }
        false => "never run".to_owned(),
    };
    line(format!("{}  {}", title(node), look.dim(&numbers)));
    let asked = project.asked(node);
    for (name, meaning) in asked.look_ups {
        line(format!("  asks {meaning}  {}", look.dim(name)));
    }
    for (name, rules) in asked.policies {
        line(format!("  for {rules}  {}", look.dim(name)));
    }
    node.plans.iter().for_each(|below| lines(below, project, depth + 1, look, out));
}

/// `InitPlan 1: Index Scan on items by items_pkey`
fn title(node: &Node) -> String {
    let mut title = node.subplan.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    title.push_str(&node.kind);
    if let Some(relation) = &node.relation {
        title.push_str(&format!(" on {relation}"));
    }
    if let Some(index) = &node.index {
        title.push_str(&format!(" by {index}"));
    }
    title
}

fn milliseconds(time: f64) -> String {
    if time < 10.0 { format!("{time:.2} ms") } else { format!("{time:.0} ms") }
}

/// For programs.
pub(super) fn json(statement: &str, explained: &Explained, project: &Project<'_>) -> Value {
    let plan = |plan: &Result<Plan, String>| match plan {
        Ok(plan) => {
            json!({ "milliseconds": plan.time, "planning": plan.planning, "rows": plan.node.rows, "plan": node(&plan.node, project) })
        }
        Err(reason) => json!({ "refused": reason }),
    };
    let indexes = explained.with.iter().flat_map(|plan| project.indexes(&plan.node));
    let indexes: Vec<Value> = indexes.map(|index| json!({ "create": index.create(true), "purpose": index.purpose })).collect();
    json!({ "statement": statement, "with": plan(&explained.with), "without": plan(&explained.without), "indexes": indexes })
}

fn node(part: &Node, project: &Project<'_>) -> Value {
    let asked = project.asked(part);
    let pairs = |pairs: &[(&str, &str)]| -> Vec<Value> {
        pairs.iter().map(|(name, means)| json!({ "name": name, "means": means })).collect()
    };
    json!({
        "what": title(part), "rows": part.rows * part.loops, "refused": part.removed * part.loops, "milliseconds": part.own_time(),
        "look_ups": pairs(&asked.look_ups), "policies": pairs(&asked.policies),
        "plans": part.plans.iter().map(|below| node(below, project)).collect::<Vec<_>>(),
    })
}
