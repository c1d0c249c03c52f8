//! The laws that predicates are simplified by: what the compiler takes for implied or impossible is so on every row and for every user, and what
//! it is known to see through, it does see through.

mod soundness;

use libtest_mimic::Trial;
use rowgate::access::decide::{Verdict, contradicts, implies, simplify};
use rowgate::access::{Predicate, holds};
use rowgate::catalog::TableId;
use rowgate::model::{Condition, Describe, Model, RoleUse, Scope, Subject};

use crate::{project, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("predicates::see_what_implies_what", implications),
        trial("predicates::see_what_cannot_be", contradictions),
        trial("predicates::are_said_shortly", simplifications),
        trial("predicates::are_decided_or_called_undecided", limits),
        trial("predicates::claim_nothing_that_is_not_so", soundness::soundness),
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
        Predicate::of(&self.model, &self.conditions[index])
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
const IMPLICATIONS: [(&str, &str, bool); 77] = [
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
    // Sixteen digits do not fit into a double.
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
        if implies(&bound.predicate(2 * index), &bound.predicate(2 * index + 1)).is_proved() != expected {
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
        if implies(&bound.held(left), &bound.held(right)).is_proved() != expected {
            wrong.push(format!("{left} implies {right}: not {expected}"));
        }
    }
    for (text, expected) in SIGNED_IN {
        let bound = Bound::new(&[text])?;
        if implies(&bound.predicate(0), &signed_in).is_proved() != expected {
            wrong.push(format!("{text} implies that somebody is signed in: not {expected}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Whether a condition can only be true with somebody signed in.
const SIGNED_IN: [(&str, bool); 21] = [
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
    ("Logged in User is not empty", true),
    ("not (Logged in User is empty)", true),
    ("Logged in User is empty", false),
];

/// Whether both together admit nothing, as far as the compiler can tell.
const CONTRADICTIONS: [(&str, &str, bool); 29] = [
    ("Logged in User is empty", "Logged in User is not empty", true),
    ("Logged in User is empty", "Owner equals Logged in User", true),
    ("Logged in User is empty", "User's Name is empty", true),
    ("Logged in User is empty", "Owner is empty", false),
    ("Logged in User is empty", "no Parts where (Word is User's Name)", true),
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
        let both = simplify(Predicate::all([bound.predicate(2 * index), bound.predicate(2 * index + 1)]));
        let claimed = contradicts(&[&bound.predicate(2 * index), &bound.predicate(2 * index + 1)]).is_proved();
        ((both == Predicate::Never) != expected || claimed != expected).then(|| format!("{left}  and  {right}: not {expected}"))
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

/// Many alternatives and their products are no matter; only what has no short proof is left open, and called neither proved nor refuted.
fn limits() -> Result<(), String> {
    let alternatives = (0..65).map(|index| format!("Word starts with \"{index}\"")).collect::<Vec<_>>().join(" or ");
    let left = format!("Flag is true and ({alternatives})");
    let right = (0..65).map(|index| format!("(Flag is true and Word starts with \"{index}\")")).collect::<Vec<_>>();
    let pairs = (0..6).map(|index| format!("(Word contains \"{index}\" or Note contains \"{index}\")"));
    let product = format!("(Flag is true or State is \"b\") and {}", pairs.collect::<Vec<_>>().join(" and "));
    let reordered = "(Flag is true and (Word contains \"0\" or Note contains \"0\")) or (State is \"b\" and Word contains \"0\") \
                     or (State is \"b\" and Note contains \"0\")";
    for (left, right) in [(&left, &right.join(" or ")), (&product, &reordered.to_owned())] {
        let less = right.replace("Flag is true", "Flag is false");
        let bound = Bound::new(&[left, right, &less])?;
        let verdicts = [1, 2].map(|other| implies(&bound.predicate(0), &bound.predicate(other)));
        if verdicts[0] != Verdict::Proved || !matches!(verdicts[1], Verdict::Refuted(_)) {
            return Err(format!("{left}  implies  {right}: {verdicts:?}"));
        }
    }
    for (pigeons, expected) in [(4, Verdict::Proved), (9, Verdict::Undecided)] {
        let (nested, shared) = pigeonholes(pigeons, "Word");
        let bound = Bound::new(&[&nested, &shared])?;
        let verdict = implies(&bound.predicate(0), &bound.predicate(1));
        if verdict != expected {
            return Err(format!("{pigeons} pigeons in a hole less: {verdict:?}"));
        }
    }
    Ok(())
}

/// That each of so many pigeons is in one of the holes, of which there is one less; and that two are in the same: it follows, and every proof by cases is
/// long.
pub fn pigeonholes(pigeons: usize, column: &str) -> (String, String) {
    let is_in = |pigeon: usize, hole: usize| format!("{column} contains \"{pigeon} in {hole}\"");
    let any = |parts: Vec<String>| format!("({})", parts.join(" or "));
    let nested = (0..pigeons).map(|pigeon| any((1..pigeons).map(|hole| is_in(pigeon, hole)).collect()));
    let two = |hole: usize| {
        move |pigeon: usize| {
            let others = (0..pigeon).map(|other| is_in(other, hole)).collect();
            format!("({} and {})", is_in(pigeon, hole), any(others))
        }
    };
    let shared = (1..pigeons).flat_map(|hole| (1..pigeons).map(two(hole)).collect::<Vec<_>>());
    (nested.collect::<Vec<_>>().join(" and "), any(shared.collect()))
}
