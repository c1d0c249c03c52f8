//! Actions in scenarios: what is written wrong is told, and a scenario that says something else than what is so fails, in memory and on a server.

use libtest_mimic::Trial;
use rowgate::diagnostic::Sources;
use rowgate::scenario::{self, Scenarios};

use crate::project::{self, render};
use crate::{evaluator, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("acting::names_and_arguments_are_looked_up", names),
        trial("acting::what_a_scenario_says_wrong_of_an_action_fails", wrong),
    ]
}

const TOKEN: &str = "00000000-0000-4000-8000-00000000000";

/// The rows of the example, with scenarios of another text; or the messages, each with what it points at.
fn load(scenarios: &str) -> Result<Scenarios, String> {
    let folder = root().join("policies/team_rbac");
    let compiled = project::compile(&folder)?;
    let model = project::model(&compiled)?;
    let text = std::fs::read_to_string(folder.join("team_rbac.test.yaml")).map_err(|error| error.to_string())?;
    let rows = text.split("scenarios:").next().unwrap_or_default();
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let file = sources.add("other.test.yaml", format!("{rows}scenarios:\n{}", scenarios.replace("TOKEN", TOKEN)));
    scenario::load(&sources, file, model, &mut diagnostics).ok_or_else(|| render(&diagnostics, &sources))
}

fn names() -> Result<(), String> {
    let cases = [
        ("after: [{ do: accept, with: { token: TOKEN1 } }]", "there is no action `accept`"),
        ("can: { do: { accept_invitatoin: [] } }", "did you mean `accept_invitation`?"),
        ("can: { do: { accept_invitation: [{ id: 1 }] } }", "`accept_invitation` is called with token"),
        ("can: { do: { accept_invitation: [{}] } }", "write `{ token: … }`"),
        ("can: { do: { accept_invitation: [{ token: x }] } }", "`token` of `accept_invitation` is `uuid`, and `x` is none"),
        ("after: [{ do: accept_invitation, with: { token: TOKEN1 }, as: Igna }]", "did you mean `Inga`?"),
        ("leaves: { invitations: [] }", "no step under `after` writes `invitations`"),
        (
            "after: [{ do: accept_invitation, with: { token: TOKEN1 } }], leaves: { teams: [] }",
            "no step under `after` writes `teams`",
        ),
        (
            "after: [{ do: accept_invitation, with: { token: TOKEN1 } }], leaves: { invitations: [{ stats: x }] }",
            "has no column `stats`",
        ),
        (
            "after: [{ do: accept_invitation, with: { token: TOKEN1 } }], can: { read: { teams: [made] } }",
            "makes a row of `teams`",
        ),
        ("can: { read: { teams: [made] } }", "no row of `teams` has the key made"),
        ("after: [{ do: accept_invitation, with: { token: TOKEN1 } }], tables: [change_log]", "triggers write `change_log`"),
    ];
    for (written, message) in cases {
        match load(&format!("  - {{ name: s, as: Inga, {written} }}\n")) {
            Err(found) if found.contains(message) => {}
            found => return Err(format!("{written}: {found:?}")),
        }
    }
    Ok(())
}

const WRONG: &str = "
  - { name: call, as: Inga, tables: [], can: { do: { accept_invitation: [{ token: TOKEN2 }] } }, cannot: { do: { accept_invitation: [{ token: TOKEN1 }] } } }
  - { name: refused step, as: Inga, tables: [], after: [{ do: accept_invitation, with: { token: TOKEN3 } }] }
  - name: left
    as: Inga
    tables: []
    after: [{ do: accept_invitation, with: { token: TOKEN1 } }]
    leaves:
      invitations: [{ id: 2, status: accepted }]
      team_members: [{ user_id: 11, role_id: 2 }, { user_id: 11, team_id: 1 }]
  - name: made
    as: Inga
    tables: [team_members]
    after: [{ do: accept_invitation, with: { token: TOKEN1 } }]
    can: { read: { team_members: [4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17] }, update: { team_members: [made] } }
";

/// How each failure begins: what was tried.
const FOUND: [&str; 8] = [
    "call: do accept_invitation {token: TOKEN1}",
    "call: do accept_invitation {token: TOKEN2}",
    "left: leaves invitations: 1 more were changed or made than are listed",
    "left: leaves invitations: no step has left {id: 2, status: accepted}",
    "left: leaves team_members: no step has left",
    "made: read",
    "made: update",
    "refused step: after accept_invitation {token: TOKEN3}: denied",
];

fn wrong() -> Result<(), String> {
    let folder = root().join("policies/team_rbac");
    let compiled = project::compile(&folder)?;
    let (model, scenarios) = (project::model(&compiled)?, load(WRONG)?);
    let told = evaluator::expectations(model, &scenarios).err().unwrap_or_default();
    fails(told.lines().map(str::to_owned).collect())?;
    let database = project::deploy(&folder, &compiled, &scenarios)?;
    fails(project::run(&database, model, &scenarios)?)
}

/// Whether these failures and no others were found.
fn fails(mut found: Vec<String>) -> Result<(), String> {
    found.iter_mut().for_each(|failure| *failure = failure.replace("after the steps: ", ""));
    let begins = |start: &&str| found.iter().any(|failure| failure.starts_with(&start.replace("TOKEN", TOKEN)));
    let missed: Vec<&&str> = FOUND.iter().filter(|start| !begins(start)).collect();
    let expected = |failure: &&String| FOUND.iter().any(|start| failure.starts_with(&start.replace("TOKEN", TOKEN)));
    let more: Vec<&String> = found.iter().filter(|failure| !expected(failure)).collect();
    if missed.is_empty() && more.is_empty() { Ok(()) } else { Err(format!("missed: {missed:?}\nmore: {more:?}\nof {found:#?}")) }
}
