//! What can never hold: a `where` that no record matches, a grant whose `when` contradicts it or what else limits it, a step that cannot end as `then` says,
//! two parts of a condition that exclude each other. In: conditions as they are written, and what they combine to with roles and boundaries.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::former::Nothing;
use super::{Input, Report, alternatives, former, frozen, new_record, said, spared};
use crate::access::Predicate;
use crate::access::decide::simplify;
use crate::catalog::TableId;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Atom, Boundary, Condition, Describe, Grant, GrantId, Model, Operation, Rule};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let (model, rules) = (input.model, input.rules(table));
    // Both take as long as all that is looked for here, and few tables need them.
    let frozen = LazyCell::new(|| frozen::grants(input, table));
    let narrowed = LazyCell::new(|| alternatives::narrowed(model, rules));
    for (index, rule) in (0u32..).zip(rules) {
        if without_access(input, rule, report) || in_filters(model, rule, report) {
            continue;
        }
        let is_told = || rule.roles.iter().any(|role| narrowed.contains(role));
        for (place, grant) in (0u32..).zip(&rule.grants) {
            let id = GrantId { table, rule: index, grant: place };
            let is_frozen = || frozen.contains(&id);
            if in_grant(model, rule, grant, is_frozen, report) {
                continue;
            }
            if let Some(nothing) = former::leaves_nothing(model, table, rule, grant).filter(|_| !is_frozen()) {
                let (title, help) = no_step(&nothing);
                report.push(report.diagnostic(grant.span, title).with_help(help));
                continue;
            }
            if let Some(why) = new_record::why_none(model, table, rule, grant) {
                report.push(report.diagnostic(grant.span, why.title).with_help(why.help));
                continue;
            }
            let found = in_context(input, id, report).or_else(|| of_spared(model, id, report));
            found.filter(|_| !is_told() && !is_frozen()).into_iter().for_each(|found| report.push(found));
        }
    }
}

pub(super) fn check_boundaries(input: &Input<'_>, report: &mut Report) {
    for boundary in &input.model.boundaries {
        let clauses = boundary.tables.values().flatten();
        clauses.for_each(|clause| in_parts(input.model, &clause.condition, boundary.span, report));
    }
}

/// What is said of a grant without steps, and what to do.
fn no_step(nothing: &Nothing) -> (&'static str, &'static str) {
    match nothing {
        Nothing::OfFormer => (
            "this can never be used: no update leads from what `when` asks to what `then` asks of the former record",
            "compare with a value that the record may have had, and with fields that may change",
        ),
        Nothing::OfFixed => (
            "this can never be used: what `then` asks differs from what `when` asks in a field that no grant for such a step names",
            "name the field that changes: `update (…) when … then …`",
        ),
    }
}

/// Whether these have two statements, so that one can exclude the other, or ask for what is empty; a quick look, since most rules have few.
fn are_several<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> bool {
    let mut count = 0;
    let weigh = |atom: &Atom| if matches!(atom, Atom::Empty { .. }) { 2 } else { 1 };
    conditions.into_iter().for_each(|condition| condition.for_each_atom(&mut |atom| count += weigh(atom)));
    count > 1
}

/// Whether something is told of what a rule says behind `where`.
fn in_filters(model: &Model, rule: &Rule, report: &mut Report) -> bool {
    if !are_several(&rule.filters) {
        return false;
    }
    if said::is_impossible(model, &said::all(model, &rule.filters)) {
        let words = Describe { model }.condition(&Condition::All(rule.filters.clone()));
        let found = report.diagnostic(rule.span, format!("no record matches the `where` of \"{}\"", rule.name));
        report.push(found.with_note(format!("it says: {words}")).with_help(HELP));
        return true;
    }
    rule.filters.iter().for_each(|filter| in_parts(model, filter, rule.span, report));
    false
}

/// Whether a rule asks for the access to records of a table that nobody has any to.
fn without_access(input: &Input<'_>, rule: &Rule, report: &mut Report) -> bool {
    let mut asked = BTreeSet::new();
    rule.conditions().for_each(|condition| {
        condition.for_each_atom(&mut |atom| {
            if let Atom::Can(can) = atom {
                asked.insert((can.target.table, can.operation));
            }
        });
    });
    let has_access = |&(table, operation): &(TableId, Operation)| {
        let sessions = input.access.tables.get(&table).into_iter().flat_map(|access| access.sessions.values().flatten());
        sessions.into_iter().any(|role| role.operations.get(&operation).is_some_and(|grants| !grants.is_empty()))
    };
    let without: Vec<_> = asked.into_iter().filter(|asked| !has_access(asked)).collect();
    for (table, operation) in &without {
        let (name, word) = (&input.model.catalog.table(*table).name, operation.word());
        let title = format!("\"{}\" asks who can {word} `{name}`, and no rule lets anybody", rule.name);
        let help = format!("write a rule for `{name}` that allows `{word}`, or say here what has to hold");
        report.push(report.diagnostic(rule.span, title).with_help(help));
    }
    !without.is_empty()
}

/// What to do about what excludes each other.
const HELP: &str = "parts that exclude each other are joined with `or`";

/// Whether something is told of what a grant says itself. A field that is frozen is told elsewhere.
fn in_grant(model: &Model, rule: &Rule, grant: &Grant, is_frozen: impl Fn() -> bool, report: &mut Report) -> bool {
    let with = |own: Option<&Condition>| said::all(model, rule.filters.iter().chain(own));
    let states = said::states(grant);
    if !are_several(rule.filters.iter().chain(states.iter().copied().flatten())) {
        return false;
    }
    let impossible = states.iter().zip(["when", "then"]).find(|(own, _)| said::is_impossible(model, &with(**own)));
    let Some((_, word)) = impossible.filter(|(_, word)| *word == "when" || !is_frozen()) else {
        states.into_iter().flatten().for_each(|own| in_parts(model, own, grant.span, report));
        return false;
    };
    let title = format!("this can never be used: what stands behind `{word}` is true of no record that the rule is about");
    let found = report.diagnostic(grant.span, title);
    let found = if rule.filters.is_empty() { found } else { found.with_secondary(rule.span, "its `where` has to hold, too") };
    // What leads somewhere else is no alternative of where it begins.
    let alone = said::all(model, states.last().copied().flatten());
    let is_step = word == "then" && !rule.filters.is_empty() && !said::is_impossible(model, &alone);
    report.push(found.with_help(match () {
        () if is_step => {
            "`where` is asked before a step and after it: in a rule without that `where`, write `update (…) when … then …`"
        }
        () if !grant.presets.is_empty() => "it is asked of the record with what `setting` fills in: correct one of the two",
        () => HELP,
    }));
    true
}

/// Grants that other rules of the role, which grant nothing, or boundaries leave nothing of.
fn in_context(input: &Input<'_>, id: GrantId, report: &Report) -> Option<Diagnostic> {
    let Input { model, access, .. } = *input;
    let access = access.tables.get(&id.table)?;
    let (grant, limits) = (model.grant(id), limits(model, id));
    if limits.is_empty() && !asks_for_nobody(model, id) {
        return None;
    }
    // What a boundary asks of a new record, it may not be able to have.
    let given = if grant.operation == Operation::Create { new_record::facts(model, id.table) } else { Predicate::Always };
    let mut is_held = false;
    for (database_role, roles) in &access.sessions {
        let bound = access.bound(database_role, grant.operation);
        for role in roles.iter().filter(|role| role.held != Predicate::Never) {
            let grants = role.operations.get(&grant.operation).into_iter().flatten().filter(|grant| grant.id == id);
            for grant in grants {
                let row = |own: &Predicate| Predicate::all([role.held.clone(), own.clone(), bound.clone(), given.clone()]);
                let is_impossible = |own: &Predicate| said::is_impossible(model, &row(own));
                if !is_impossible(&grant.before) && (grant.after == grant.before || !is_impossible(&grant.after)) {
                    return None;
                }
                is_held = true;
            }
        }
    }
    let title = match limits.is_empty() {
        true => "this can never be used: nobody is to be signed in, and who holds the role is",
        false => "this can never be used: other rules of the role, or boundaries, leave no record",
    };
    is_held.then(|| {
        let found = report.diagnostic(grant.span, title);
        let found = limits.into_iter().fold(found, |found, span| found.with_secondary(span, "this has to hold, too"));
        found.with_help(format!("take `{}` out, or correct what excludes it", grant.operation.word()))
    })
}

/// A grant that nobody can use but whom a boundary excepts.
fn of_spared(model: &Model, id: GrantId, report: &Report) -> Option<Diagnostic> {
    let (bound, boundaries) = spared::bound(model, id);
    let (boundary, grant, rule) = (boundaries.first()?, model.grant(id), model.rule(id));
    let is_impossible = |own: &Option<&Condition>| {
        let own = said::all(model, rule.filters.iter().chain(*own));
        said::is_impossible(model, &simplify(Predicate::all([bound.clone(), own])))
    };
    let word = said::states(grant).iter().zip(["when", "then"]).find(|(own, _)| is_impossible(own))?.1;
    let title =
        format!("only whom the boundary \"{}\" excepts can use this: it excludes what stands behind `{word}`", boundary.name);
    let found = report.diagnostic(grant.span, title).with_secondary(boundary.span, "this is asked before a step, and after it");
    Some(found.with_help("except the role that the rule is for, or say in the grants, where a step may begin and end otherwise, what the boundary says: `update (…) when … then …`"))
}

/// Whether a grant is for sessions that nobody is signed in to.
fn asks_for_nobody(model: &Model, id: GrantId) -> bool {
    let grant = model.grant(id);
    let mut found = false;
    for condition in model.rule(id).filters.iter().chain(&grant.when).chain(&grant.then) {
        condition.for_each_own_atom(&mut |atom| found |= *atom == Atom::Nobody);
    }
    found
}

/// What limits a rule's grants: rules of its roles that only narrow, and boundaries.
fn limits(model: &Model, id: GrantId) -> Vec<Span> {
    let (roles, operation) = (&model.rule(id).roles, model.grant(id).operation);
    let rules = (0u32..).zip(model.tables.get(&id.table).into_iter().flat_map(|rules| rules.iter()));
    let narrowing = rules.filter(|(index, other)| {
        *index != id.rule && !other.filters.is_empty() && other.roles.iter().any(|role| roles.contains(role))
    });
    let limiting = |boundary: &&Boundary| boundary.tables.contains_key(&id.table) && boundary.limits(operation);
    let boundaries = model.boundaries.iter().filter(limiting);
    narrowing.map(|(_, other)| other.span).chain(boundaries.map(|boundary| boundary.span)).collect()
}

/// Statements that stand beside each other behind `and` and exclude each other, anywhere in a condition.
fn in_parts(model: &Model, condition: &Condition, span: Span, report: &mut Report) {
    let mut found = BTreeSet::new();
    collect(model, condition, &mut found);
    for words in found {
        let diagnostic = report.diagnostic(span, format!("these exclude each other: {words}"));
        report.push(diagnostic.with_label("in what is said here").with_help(HELP));
    }
}

fn collect(model: &Model, condition: &Condition, found: &mut BTreeSet<String>) {
    match condition {
        Condition::All(parts) => {
            let single: Vec<&Condition> = parts.iter().filter(|part| matches!(part, Condition::Atom(_))).collect();
            if said::is_impossible(model, &said::all(model, single.iter().copied())) {
                let single = single.into_iter().cloned().collect();
                found.insert(Describe { model }.condition(&Condition::All(single)));
            }
            parts.iter().for_each(|part| collect(model, part, found));
        }
        Condition::Any(parts) => parts.iter().for_each(|part| collect(model, part, found)),
        Condition::Atom(atom) => {
            if let Atom::Exists(exists) = &**atom {
                collect(model, &exists.condition, found);
            }
        }
        Condition::Not(_) => {}
    }
}
