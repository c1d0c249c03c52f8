//! The laws against the evaluator: on random rows and for every user, of the conditions that the other trials name and of random combinations of them.

use rowgate::access::Predicate;
use rowgate::access::decide::{contradicts, implies, simplify};
use rowgate::access::evaluate::{Data, Datum, Evaluator, Row, Session, parse};
use rowgate::model::{Atom, Condition, Model};

use super::{Bound, CONTRADICTIONS, IMPLICATIONS, SIGNED_IN, SIMPLIFICATIONS};
use crate::random::Random;

/// Rows with every value that the conditions tell apart, each column by itself and pairs of them by chance; users, and nobody.
struct World {
    data: Data,
    rows: Vec<Row>,
    sessions: Vec<Session>,
}

fn world(model: &Model, random: &mut Random) -> Result<World, String> {
    let row = |table: &str, values: &[(&str, &str)]| -> Result<Row, String> {
        let table = model.catalog.table(model.catalog.named(table).ok_or("no table")?);
        let datum = |column: &rowgate::catalog::Column| match values.iter().find(|(name, _)| *name == column.name) {
            Some((_, "")) | None => Ok(Datum::Null),
            Some((name, text)) => parse(&model.catalog, &column.r#type, text, 0).ok_or(format!("{name}: {text}")),
        };
        table.columns.iter().map(datum).collect()
    };
    let table = |name: &str| model.catalog.named(name).ok_or("no table");
    let mut data = Data::default();
    let users = [("1", "clerk", "x"), ("2", "boss", ""), ("3", "", "y")];
    let users = users.iter().map(|(id, kind, name)| row("users", &[("id", id), ("kind", kind), ("name", name)]));
    data.insert(table("users")?, users.collect::<Result<_, _>>()?);
    let members = [("1", "1", "1", "admin"), ("2", "1", "2", "member"), ("3", "2", "", "root"), ("4", "3", "", "helper")];
    let members = members
        .iter()
        .map(|(id, user, team, role)| row("members", &[("id", id), ("user_id", user), ("team_id", team), ("role", role)]));
    data.insert(table("members")?, members.collect::<Result<_, _>>()?);
    let parts = [("1", "1", "x"), ("2", "2", "y"), ("3", "", "x")];
    let parts = parts.iter().map(|(id, thing, word)| row("parts", &[("id", id), ("thing_id", thing), ("word", word)]));
    data.insert(table("parts")?, parts.collect::<Result<_, _>>()?);
    let domains: [(&str, &[&str]); 11] = [
        ("id", &["1", "2", "3", ""]),
        ("status", &["a", "b", "c", ""]),
        ("state", &["a", "b", "c", ""]),
        ("word", &["x", "y", "xy", "3", "30", ""]),
        ("note", &["x", "y", ""]),
        ("count", &["2", "3", "4", "5", ""]),
        ("size", &["3", "123456789012345", "1234567890123456", ""]),
        ("flag", &["true", "false", ""]),
        ("tags", &["{x}", "{y,NULL}", "{}", ""]),
        ("team_id", &["1", "2", "3", ""]),
        ("owner_id", &["1", "2", "3", "4", ""]),
    ];
    let mut rows = Vec::new();
    for _ in 0..250 {
        let values = domains.map(|(name, domain)| (name, domain[random.below(domain.len())]));
        rows.push(row("things", &values)?);
    }
    let identities = ["1", "2", "3", "4"].map(|id| parse(&model.catalog, &rowgate::catalog::Type::Integer, id, 0));
    let identities = identities.into_iter().flatten().chain([Datum::Null]);
    let sessions = identities.map(|identity| Session {
        database_role: "app_user".to_owned(),
        identity,
        claims: serde_json::Value::Null,
        settings: std::collections::BTreeMap::default(),
        now: 0,
    });
    Ok(World { data, rows, sessions: sessions.collect() })
}

/// What implies another is never true without it, what is impossible never is, and a predicate is true where its condition is: of all
/// statements above, alone and combined by chance.
pub(super) fn soundness() -> Result<(), String> {
    const COMBINATIONS: usize = 450;
    let mut random = Random::new(18);
    let known = IMPLICATIONS.iter().chain(&CONTRADICTIONS).flat_map(|&(left, right, _)| [left, right]);
    let mut texts: Vec<&str> = known.chain(SIGNED_IN.iter().map(|&(text, _)| text)).collect();
    texts.extend(SIMPLIFICATIONS.iter().map(|&(text, _)| text));
    texts.sort_unstable();
    texts.dedup();
    let bound = Bound::new(&texts)?;
    let world = world(&bound.model, &mut random)?;
    let mut conditions = bound.conditions.clone();
    conditions.push(Condition::from(Atom::SignedIn));
    for role in ["Admin", "Member", "Root", "Helper"] {
        conditions.push(bound.held(role).to_condition());
    }
    for _ in 0..COMBINATIONS {
        let pick = |random: &mut Random| conditions[random.below(conditions.len())].clone();
        let (left, right) = (pick(&mut random), pick(&mut random));
        let combined = match random.below(4) {
            0 => Condition::All(vec![left, right]),
            1 => Condition::Any(vec![left, right]),
            2 => Condition::Any(vec![left, Condition::All(vec![right, pick(&mut random)])]),
            _ => Condition::Not(Box::new(Condition::All(vec![left, right]))),
        };
        conditions.push(combined);
    }
    let truths = |condition: &Condition| -> Vec<bool> {
        let of_session = |session| {
            let evaluator = Evaluator::new(&bound.model, &world.data, session);
            world.rows.iter().map(move |row| evaluator.condition(condition, bound.table, row) == Some(true))
        };
        world.sessions.iter().flat_map(of_session).collect()
    };
    let predicates = conditions.iter().map(|condition| Predicate::of(&bound.model, condition));
    let all: Vec<(Predicate, Vec<bool>)> =
        predicates.map(|predicate| (predicate.clone(), truths(&predicate.to_condition()))).collect();
    let (mut implied, mut impossible, mut simplified) = (0, 0, 0);
    for (condition, (predicate, truth)) in conditions.iter().zip(&all) {
        if condition_is_positive(condition) && truths(condition) != *truth {
            return Err(format!("{condition:?}\n  is not\n{predicate:?}"));
        }
        simplified += usize::from(predicate.to_condition() != *condition);
        if simplify(predicate.clone()) != *predicate {
            return Err(format!("{}\n  can be said more shortly", bound.words(predicate)));
        }
    }
    for (left, left_truth) in &all {
        for (right, right_truth) in &all {
            if implies(left, right).is_proved() {
                implied += usize::from(left != right && left_truth.contains(&true));
                if std::iter::zip(left_truth, right_truth).any(|(left, right)| *left && !right) {
                    return Err(format!("{}\n  does not imply\n{}", bound.words(left), bound.words(right)));
                }
            }
        }
    }
    for _ in 0..40_000 {
        let ((left, left_truth), (right, right_truth)) = (&all[random.below(all.len())], &all[random.below(all.len())]);
        let both = simplify(Predicate::all([left.clone(), right.clone()]));
        let some_truth = std::iter::zip(left_truth, right_truth).any(|(left, right)| *left && *right);
        let is_excluded = contradicts(&[left, right]).is_proved();
        if both == Predicate::Never && !is_excluded {
            return Err(format!("{}\n  is not called impossible beside\n{}", bound.words(left), bound.words(right)));
        }
        if is_excluded {
            impossible += 1;
            if some_truth {
                return Err(format!("{}\n  is possible beside\n{}", bound.words(left), bound.words(right)));
            }
        }
    }
    match implied > 1_000 && impossible > 50 && simplified > 100 {
        true => Ok(()),
        false => Err(format!("only {implied} implied, {impossible} impossible and {simplified} simplified")),
    }
}

/// Whether a condition has no negation whose statement has no opposite; such a one denies by design.
fn condition_is_positive(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(condition_is_positive),
        Condition::Not(inner) => {
            let mut all = true;
            inner.for_each_atom(&mut |atom| all &= atom.clone().negate().is_some());
            all
        }
        Condition::Atom(_) => true,
    }
}
