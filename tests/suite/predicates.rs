//! The laws that predicates are simplified by: what the compiler takes for implied or impossible is so on every row and for every user, and what
//! it is known to see through, it does see through.

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Evaluator, Row, Session, parse};
use rowgate::access::{Predicate, holds};
use rowgate::catalog::TableId;
use rowgate::model::{Atom, Condition, Describe, Model, RoleUse, Scope, Subject};

use crate::random::Random;
use crate::{project, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("predicates::see_what_implies_what", implications),
        trial("predicates::see_what_cannot_be", contradictions),
        trial("predicates::are_said_shortly", simplifications),
        trial("predicates::multiply_out_so_much_and_no_more", limits),
        trial("predicates::claim_nothing_that_is_not_so", soundness),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user, claims: app.claims }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: role }
roles:
  Member: { membership: Team, equals: member }
  Admin: { membership: Team, equals: admin, includes: [Member] }
  Root: { membership: Team, equals: root, global: true, includes: [Helper] }
  Helper: { membership: Team, equals: helper, global: true }
closed_tables: { users: closed, teams: closed, members: closed }
";

const SCHEMA: &str = "
version: 1
enums: { status: [a, b, c], kind: [clerk, boss, guest] }
tables:
  users: { columns: { id: integer, kind: kind, name: text } }
  teams: { columns: { id: integer } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text } }
  things:
    columns:
      id: integer
      status: status
      state: status
      word: text
      note: text
      count: integer
      size: bigint
      flag: boolean
      tags: text[]
      team_id: { type: integer, references: teams }
      owner_id: { type: integer, references: users }
  parts: { columns: { id: integer, thing_id: { type: integer, references: things }, word: text } }
";

/// Conditions as predicates, bound in one model.
struct Bound {
    model: Model,
    table: TableId,
    conditions: Vec<Condition>,
}

impl Bound {
    fn new(texts: &[&str]) -> Result<Bound, String> {
        let rules = texts.iter().enumerate().map(|(index, text)| {
            let where_ = if *text == "always" { String::new() } else { format!("where {text} ") };
            format!("rule \"{index:05}\" for Authenticated {{ {where_}allow read }}\n")
        });
        let policy = format!(
            "table things {{ {} }} table parts {{ rule \"all\" for Authenticated {{ allow read }} }}",
            rules.collect::<String>()
        );
        let (model, _) = project::model_of(CONFIG, SCHEMA, &policy)?;
        let table = model.catalog.named("things").ok_or("no table")?;
        let rules = &model.tables[&table];
        let conditions = rules.iter().map(|rule| rule.filters.first().cloned().unwrap_or(Condition::All(Vec::new())));
        Ok(Bound { conditions: conditions.collect(), table, model })
    }

    fn predicate(&self, index: usize) -> Predicate {
        Predicate::from_condition(&self.conditions[index])
    }

    fn words(&self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::Always => "always".to_owned(),
            Predicate::Never => "never".to_owned(),
            other => Describe { model: &self.model }.condition(&other.to_condition()),
        }
    }

    fn held(&self, role: &str) -> Predicate {
        let subject = |index: usize| Subject::Role(rowgate::model::RoleId(u32::try_from(index).unwrap()));
        let position = self.model.roles.iter().position(|known| known.name == role);
        let subject = position.map_or(Subject::Authenticated, subject);
        let scope = if ["Admin", "Member"].contains(&role) { Scope::Anywhere } else { Scope::Unscoped };
        holds(&self.model, &RoleUse { subject, scope }, "app_user")
    }
}

/// Whether the first implies the second, as far as the compiler can tell.
const IMPLICATIONS: [(&str, &str, bool); 78] = [
    ("Flag is true", "always", true),
    ("always", "Flag is true", false),
    ("Flag is true", "Flag is true", true),
    ("Flag is true", "Flag is false", false),
    ("Status is \"a\"", "State is \"a\"", false),
    ("Status is \"a\"", "Status is not empty", true),
    ("Status is State", "State is not empty", true),
    ("Status is \"a\"", "State is not empty", false),
    ("Status is \"a\"", "Status is one of (\"a\", \"b\")", true),
    ("Status is \"c\"", "Status is one of (\"a\", \"b\")", false),
    ("Status is \"a\"", "Status is not one of (\"b\", \"c\")", false),
    ("State is \"a\"", "Status is one of (\"a\", \"b\")", false),
    ("Status is not \"a\"", "Status is one of (\"a\", \"b\")", false),
    ("Status is one of (\"a\", \"b\")", "Status is one of (\"a\", \"b\", \"c\")", true),
    ("Status is one of (\"a\", \"b\")", "Status is one of (\"a\", \"c\")", false),
    ("State is one of (\"a\", \"b\")", "Status is one of (\"a\", \"b\", \"c\")", false),
    ("Status is one of (\"a\", \"b\")", "Status is not empty", true),
    ("Status is one of (\"a\", \"b\")", "State is not empty", false),
    ("Team equals User's Team", "Team is not empty", true),
    ("Team equals User's Team", "Owner is not empty", false),
    ("Team is not User's Team", "Team is not empty", true),
    ("Team equals User's Team", "User's Team is not empty", true),
    ("Team is not User's Team", "User's Team is not empty", false),
    ("Team is not User's Team", "Team is not User's Team", true),
    ("Word starts with \"x\"", "Word is not empty", true),
    ("Word starts with Note", "Note is not empty", true),
    ("Word starts with \"x\"", "Note is not empty", false),
    ("any Parts where (Word is \"x\")", "Id is not empty", true),
    ("any Parts where (Word is \"x\")", "Owner is not empty", false),
    ("Count is less than 3", "Count is less than 4", true),
    ("Count is less than 3", "Count is less than 3", true),
    ("Count is less than 4", "Count is less than 3", false),
    ("Count is less than 3", "Count is at most 3", true),
    ("Count is less than 3", "Count is at most 2", false),
    ("Count is at most 3", "Count is less than 4", true),
    ("Count is at most 3", "Count is less than 3", false),
    ("Count is at most 3", "Count is at most 3", true),
    ("Count is at most 4", "Count is at most 3", false),
    ("Count equals 3", "Count is at most 3", true),
    ("Count equals 3", "Count is at most 2", false),
    ("Count equals 3", "Count is less than 4", true),
    ("Count equals 3", "Count is less than 3", false),
    ("Count equals 3", "Count is at least 3", true),
    ("Count equals 3", "Count is at least 4", false),
    ("Count equals 3", "Count is greater than 2", true),
    ("Count equals 3", "Count is greater than 3", false),
    ("Count is greater than 3", "Count is greater than 2", true),
    ("Count is greater than 3", "Count is greater than 4", false),
    ("Count is greater than 3", "Count is at least 3", true),
    ("Count is greater than 3", "Count is at least 4", false),
    ("Count is at least 3", "Count is greater than 2", true),
    ("Count is at least 3", "Count is greater than 3", false),
    ("Count is at least 3", "Count is greater than 4", false),
    ("Count is at least 3", "Count is at least 2", true),
    ("Count is at least 3", "Count is at most 3", false),
    ("Count is less than 3", "Count is greater than 2", false),
    ("Count is at most 3", "Size is at most 3", false),
    // Texts are not numbers, and sixteen digits do not fit into a double.
    ("Word is less than \"3\"", "Word is less than \"4\"", false),
    ("Size is less than 123456789012345", "Size is less than 123456789012346", true),
    ("Size is less than 1234567890123456", "Size is less than 1234567890123457", false),
    // What is said together, and by cases.
    ("Flag is true and Word is \"x\"", "Word is \"x\"", true),
    ("Flag is true and Word is \"x\"", "Word is \"x\" and Flag is true", true),
    ("Flag is true", "Word is \"x\" and Flag is true", false),
    ("Flag is true", "Word is \"x\" or Flag is true", true),
    ("Flag is true or Word is \"x\"", "Flag is true", false),
    ("(Flag is true and Word is \"x\") or (Flag is false and Word is \"x\")", "Word is \"x\"", true),
    (
        "Word is \"x\" and (Flag is true or Note is \"y\")",
        "(Word is \"x\" and Flag is true) or (Word is \"x\" and Note is \"y\")",
        true,
    ),
    (
        "Word is \"x\" and (Flag is true or Note is \"y\")",
        "(Word is \"x\" and Flag is true) or (Word is \"x\" and Note is \"z\")",
        false,
    ),
    ("User's Kind is one of (\"clerk\", \"boss\")", "User's Kind is \"clerk\" or User's Kind is \"boss\"", true),
    ("User's Kind is one of (\"clerk\", \"boss\")", "User's Kind is \"clerk\" or User's Kind is \"guest\"", false),
    (
        "Flag is true and Word is \"x\" and User's Kind is one of (\"clerk\", \"boss\")",
        "(Flag is true and User's Kind is \"clerk\") or (Word is \"x\" and User's Kind is \"boss\")",
        true,
    ),
    (
        "Flag is true and User's Kind is one of (\"clerk\", \"boss\")",
        "(Flag is true and User's Kind is \"clerk\") or (Flag is false and User's Kind is \"boss\")",
        false,
    ),
    ("Tags contains \"x\"", "Tags contains \"x\" or Flag is true", true),
    ("Owner equals Logged in User", "Owner is not empty", true),
    ("User's Team is not empty", "User's Team is not empty", true),
    ("User's Team is empty", "User's Team is not empty", false),
    ("Team is one of User's Team", "Team equals User's Team", true),
    ("Owner is one of (Logged in User)", "Owner is not empty", true),
];

fn implications() -> Result<(), String> {
    let texts: Vec<&str> = IMPLICATIONS.iter().flat_map(|&(left, right, _)| [left, right]).collect();
    let bound = Bound::new(&texts)?;
    let mut wrong = Vec::new();
    for (index, (left, right, expected)) in IMPLICATIONS.into_iter().enumerate() {
        if bound.predicate(2 * index).implies(&bound.predicate(2 * index + 1)) != expected {
            wrong.push(format!("{left}  implies  {right}: not {expected}"));
        }
    }
    // Roles say it of the user: who holds the higher one holds the lower, whoever holds one is signed in.
    let signed_in = bound.held("Authenticated");
    for (left, right, expected) in [
        ("Admin", "Member", true),
        ("Member", "Admin", false),
        ("Root", "Helper", true),
        ("Helper", "Root", false),
        ("Root", "Member", false),
        ("Admin", "Authenticated", true),
        ("Root", "Authenticated", true),
    ] {
        if bound.held(left).implies(&bound.held(right)) != expected {
            wrong.push(format!("{left} implies {right}: not {expected}"));
        }
    }
    for (text, expected) in SIGNED_IN {
        let bound = Bound::new(&[text])?;
        if bound.predicate(0).implies(&signed_in) != expected {
            wrong.push(format!("{text} implies that somebody is signed in: not {expected}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Whether a condition can only be true with somebody signed in.
const SIGNED_IN: [(&str, bool); 18] = [
    ("Owner equals Logged in User", true),
    ("Logged in User is Owner", true),
    ("Owner is not Logged in User", true),
    ("Flag is true", false),
    ("Owner is one of (Logged in User)", true),
    ("Owner is one of (Logged in User, 3)", false),
    ("Owner is one of (3, 4)", false),
    ("Owner is not one of (Logged in User, 3)", true),
    ("Owner is not one of (3, 4)", false),
    ("User's Name is one of (\"x\", \"y\")", true),
    ("User's Name is empty", true),
    ("Word is empty", false),
    ("Word starts with User's Name", true),
    ("User's Name starts with Word", true),
    ("Word starts with \"x\"", false),
    ("Tags contains User's Name", true),
    ("Tags contains \"x\"", false),
    ("any Parts where (Word is User's Name)", false),
];

/// Whether both together admit nothing, as far as the compiler can tell.
const CONTRADICTIONS: [(&str, &str, bool); 24] = [
    ("Status is \"a\"", "Status is \"b\"", true),
    ("Status is \"a\"", "State is \"b\"", false),
    ("Flag is true", "Flag is false", true),
    // Some collations find different texts equal, and 3 is 3.0.
    ("Word is \"x\"", "Word is \"y\"", false),
    ("Count is 3", "Count is 4", false),
    ("Status is \"a\"", "Status is State", false),
    ("Word is \"x\"", "Word is not \"x\"", true),
    ("Word is \"x\"", "Word is not \"y\"", false),
    ("Status is empty", "Status is \"a\"", true),
    ("Status is empty", "State is \"a\"", false),
    ("Status is empty", "Status is not empty", true),
    ("Status is not empty", "Status is \"a\"", false),
    ("State is empty", "Status is State", true),
    ("Status is empty", "Status is one of (\"a\", \"b\")", true),
    ("State is empty", "Status is one of (\"a\", \"b\")", false),
    ("Team is empty", "Team is User's Team", true),
    ("Owner is empty", "Team is User's Team", false),
    ("Word is empty", "Word starts with \"x\"", true),
    ("Note is empty", "Word starts with Note", true),
    ("Note is empty", "Word starts with \"x\"", false),
    ("Status is one of (\"a\", \"b\")", "Status is not one of (\"a\", \"b\")", true),
    ("Team is User's Team", "Team is not User's Team", true),
    ("User's Team is empty", "User's Team is not empty", true),
    ("Count is less than 3", "Count is at least 3", true),
];

fn contradictions() -> Result<(), String> {
    let texts: Vec<&str> = CONTRADICTIONS.iter().flat_map(|&(left, right, _)| [left, right]).collect();
    let bound = Bound::new(&texts)?;
    let wrong = CONTRADICTIONS.into_iter().enumerate().filter_map(|(index, (left, right, expected))| {
        let both = Predicate::all([bound.predicate(2 * index), bound.predicate(2 * index + 1)]);
        ((both == Predicate::Never) != expected).then(|| format!("{left}  and  {right}: not {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Conditions, and how they are said in the end.
const SIMPLIFICATIONS: [(&str, &str); 19] = [
    ("Flag is true and Flag is true", "Flag equals true"),
    ("Flag is true or Flag is true", "Flag equals true"),
    ("Flag is true or (Flag is true and Word is \"x\")", "Flag equals true"),
    ("Flag is true and (Flag is true or Word is \"x\")", "Flag equals true"),
    ("(Flag is true and Word is \"x\") or Flag is true", "Flag equals true"),
    ("Status is \"a\" or Status is \"b\"", "Status is one of (\"a\", \"b\")"),
    ("Status is \"a\" or Flag is true or Status is \"b\"", "Status is one of (\"a\", \"b\") or Flag equals true"),
    ("Status is \"a\" or State is \"b\"", "Status equals \"a\" or State equals \"b\""),
    ("Status is one of (\"a\", \"b\") or Status is one of (\"b\", \"c\")", "Status is one of (\"a\", \"b\", \"c\")"),
    ("Status is one of (\"a\") or Status is \"a\"", "Status equals \"a\""),
    ("Owner is one of (3, Logged in User) or Owner is 4", "Owner is one of (3, 4) or Owner equals Logged in User"),
    ("Status is State or Status is \"a\"", "Status equals State or Status equals \"a\""),
    (
        "(Flag is true and Word is \"x\") or (Flag is true and Word starts with \"y\")",
        "Flag equals true and (Word equals \"x\" or Word starts with \"y\")",
    ),
    (
        "(Flag is true and Word is \"x\") or (Flag is false and Word starts with \"y\")",
        "(Flag equals true and Word equals \"x\") or (Flag equals false and Word starts with \"y\")",
    ),
    ("not (Flag is true and Word is \"x\")", "Flag does not equal true or Word does not equal \"x\""),
    ("not (Flag is true or Word is \"x\")", "Flag does not equal true and Word does not equal \"x\""),
    ("not (not (Flag is true))", "Flag equals true"),
    ("Count is less than 3 and Count is less than 4", "Count is less than 3"),
    ("Count is less than 3 or Count is less than 4", "Count is less than 4"),
];

fn simplifications() -> Result<(), String> {
    let texts: Vec<&str> = SIMPLIFICATIONS.iter().map(|&(text, _)| text).collect();
    let bound = Bound::new(&texts)?;
    let wrong = SIMPLIFICATIONS.into_iter().enumerate().filter_map(|(index, (text, expected))| {
        let words = bound.words(&bound.predicate(index));
        (words != expected).then(|| format!("{text}\n  is said  {words}\n  and not  {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// 64 cases are looked at one by one, and not one more: `x and (…)` with so many alternatives, and so many pairs.
fn limits() -> Result<(), String> {
    let alternatives = |count: usize, before: &str| {
        (0..count).map(|index| format!("{before}Word starts with \"{index}\"")).collect::<Vec<_>>().join(" or ")
    };
    let pairs = |count: usize| {
        let pairs = (0..count).map(|index| format!("(Word contains \"{index}\" or Note contains \"{index}\")"));
        pairs.collect::<Vec<_>>().join(" and ")
    };
    for (count, expected) in [(64, true), (65, false)] {
        let left = format!("Flag is true and ({})", alternatives(count, ""));
        let right = (0..count).map(|index| format!("(Flag is true and Word starts with \"{index}\")"));
        let right = format!("Note is \"never\" or {}", right.collect::<Vec<_>>().join(" or "));
        let bound = Bound::new(&[&left, &right])?;
        if bound.predicate(0).implies(&bound.predicate(1)) != expected {
            return Err(format!("{count} alternatives: not {expected}"));
        }
    }
    for (count, expected) in [(5, true), (6, false)] {
        let left = format!("(Flag is true or State is \"b\") and {}", pairs(count));
        let right = "(Flag is true and (Word contains \"0\" or Note contains \"0\")) or (State is \"b\" and Word contains \"0\") \
                     or (State is \"b\" and Note contains \"0\")";
        let bound = Bound::new(&[&left, right])?;
        if bound.predicate(0).implies(&bound.predicate(1)) != expected {
            return Err(format!("{count} pairs: not {expected}"));
        }
    }
    Ok(())
}

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
        now: 0,
    });
    Ok(World { data, rows, sessions: sessions.collect() })
}

/// What implies another is never true without it, what is impossible never is, and a predicate is true where its condition is: of all
/// statements above, alone and combined by chance.
fn soundness() -> Result<(), String> {
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
    let predicates = conditions.iter().map(Predicate::from_condition);
    let all: Vec<(Predicate, Vec<bool>)> =
        predicates.map(|predicate| (predicate.clone(), truths(&predicate.to_condition()))).collect();
    let (mut implied, mut impossible, mut simplified) = (0, 0, 0);
    for (condition, (predicate, truth)) in conditions.iter().zip(&all) {
        if condition_is_positive(condition) && truths(condition) != *truth {
            return Err(format!("{condition:?}\n  is not\n{predicate:?}"));
        }
        simplified += usize::from(predicate.to_condition() != *condition);
    }
    for (left, left_truth) in &all {
        for (right, right_truth) in &all {
            if left.implies(right) {
                implied += usize::from(left != right && left_truth.contains(&true));
                if std::iter::zip(left_truth, right_truth).any(|(left, right)| *left && !right) {
                    return Err(format!("{}\n  does not imply\n{}", bound.words(left), bound.words(right)));
                }
            }
        }
    }
    for _ in 0..40_000 {
        let ((left, left_truth), (right, right_truth)) = (&all[random.below(all.len())], &all[random.below(all.len())]);
        let both = Predicate::all([left.clone(), right.clone()]);
        let some_truth = std::iter::zip(left_truth, right_truth).any(|(left, right)| *left && *right);
        if both == Predicate::Never {
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
