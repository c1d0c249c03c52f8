//! What a change of the rules gives and takes: held against the evaluator on all rows of a small table, and as `rowgate diff --since` prints it.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Evaluator, Row, Session, parse};
use rowgate::access::{Direction, Side, compare};
use rowgate::catalog::{Catalog, TableId, Type};
use rowgate::project::{Compiled, Meaning};

use crate::commands::{edit, expect, rowgate, write};
use crate::deploying::Site;
use crate::pages::{copy_files, temporary};
use crate::random::{self, Random};
use crate::snapshots::assert_snapshot;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("compared::nobody_may_do_more_where_nothing_is_wider", faithful),
        trial("compared::roles_and_memberships_are_told_by_what_they_say", by_meaning),
        trial("compared::reviewers_are_told_what_changed_for_whom", reviewers),
        trial("compared::the_pictures_of_the_readme_are_what_is_printed", pictures),
        trial("compared::who_may_act_or_ask_about_others_is_no_rule_and_is_told", beside_rules),
        trial("compared::sides_may_be_revisions_folders_and_databases", sides),
        trial("compared::a_revision_that_cannot_be_compared_may_be_wider", not_comparable),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles: { Clerk: { column: kind, equals: clerk }, Boss: { column: kind, equals: boss, includes: [Clerk] } }
closed_tables: { users: closed }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, kind: text } }
  docs: { columns: { id: integer, owner_id: { type: integer, references: users }, state: text, amount: integer } }
";

/// Rules of one table, of which each project has some.
const POOL: [&str; 14] = [
    "rule \"r0\" for Authenticated { allow read when Owner is Logged in User }",
    "rule \"r1\" for Authenticated { allow read when State is \"open\" }",
    "rule \"r2\" for Clerk { allow read when State is one of (\"open\", \"done\") }",
    "rule \"r3\" for Clerk { allow read (id, state) }",
    "rule \"r4\" for Boss { allow read, delete }",
    "rule \"r5\" for Clerk { where Amount is less than 5 }",
    "rule \"r6\" for Authenticated { allow update (state) when Owner is Logged in User then State is not \"done\" }",
    "rule \"r7\" for Authenticated { allow read, update when Owner is Logged in User and State is \"open\" }",
    "rule \"r8\" for Clerk { allow read, update (state, amount) when State is \"open\" then State is \"done\" }",
    "rule \"r9\" for Authenticated { allow create when Owner is Logged in User }",
    "rule \"r10\" for Clerk { allow create when Amount is at most 5 }",
    "rule \"r11\" for Authenticated { allow delete when Owner is Logged in User and Amount is empty }",
    "rule \"r12\" for Authenticated { allow delete when Owner is Logged in User }",
    "rule \"r13\" for Authenticated { where Amount is not 7 }",
];

fn project(rules: &[&str]) -> Result<Compiled, String> {
    let policy = format!("table docs {{\n{}\n}}", rules.join("\n"));
    let compiled = random::compile(CONFIG, SCHEMA, &[("docs.policy".to_owned(), policy)]);
    if compiled.meaning.is_some() { Ok(compiled) } else { Err(format!("{:?}", compiled.diagnostics)) }
}

fn meaning(compiled: &Compiled) -> Result<&Meaning, String> {
    compiled.meaning.as_ref().ok_or_else(|| "errors".to_owned())
}

fn faithful() -> Result<(), String> {
    let mut random = Random::new(5);
    let (mut compared, mut narrower, mut wider, mut seen) = (0, 0, 0, 0);
    let pairs = crate::times(100, 200);
    for _ in 0..pairs {
        let mut rules: Vec<&str> = POOL.iter().copied().filter(|_| random.below(3) == 0).collect();
        let before = rules.clone();
        for _ in 0..=random.below(2) {
            let one = POOL[random.below(POOL.len())];
            match rules.iter().position(|rule| *rule == one) {
                Some(at) => drop(rules.remove(at)),
                None => rules.push(one),
            }
        }
        // A project that cannot be said is none.
        let (Ok(old), Ok(new)) = (project(&before), project(&rules)) else { continue };
        let (old, new) = (meaning(&old)?, meaning(&new)?);
        let changed = compare(Side { model: &old.model, access: &old.access }, Side { model: &new.model, access: &new.access });
        let may_widen = changed.iter().any(|one| one.direction.may_widen());
        let may_narrow = changed.iter().any(|one| one.direction != Direction::Wider);
        let (more, less) = gained_and_lost(old, new)?;
        if more && !may_widen || less && !may_narrow {
            return Err(format!("from {before:#?} to {rules:#?}: more {more}, less {less}, and it says {changed:#?}"));
        }
        compared += 1;
        narrower += usize::from(!may_widen && may_narrow);
        wider += usize::from(may_widen && !may_narrow);
        // Of what is said, most is so.
        seen += usize::from(more == may_widen && less == may_narrow);
    }
    expect(
        compared > pairs / 2 && narrower > compared / 8 && wider > compared / 8 && seen > compared * 3 / 4,
        &format!("narrower {narrower}, wider {wider}, as it is {seen} of {compared}, of {pairs}"),
    )
}

/// Roles and memberships are numbered by their names: one more, or one that is another by now, is not taken for what had its number.
fn by_meaning() -> Result<(), String> {
    let schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n  teams: { columns: { id: integer } }\n  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, kind: text, level: integer, ended: boolean } }\n  docs: { columns: { id: integer, team_id: { type: integer, references: teams } } }\n";
    let project = |memberships: &str, roles: &str, role: &str| -> Result<Compiled, String> {
        let config = format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }}\n\
             memberships: {{ {memberships} }}\nroles: {{ {roles} }}\nclosed_tables: {{ users: x, teams: x, members: x }}\n"
        );
        let policy = format!("table docs {{ rule \"r\" for {role} of Team {{ allow read }} }}");
        let compiled = random::compile(&config, schema, &[("docs.policy".to_owned(), policy)]);
        if compiled.meaning.is_some() { Ok(compiled) } else { Err(format!("{:?}", compiled.diagnostics)) }
    };
    let team = |filter: &str| format!("Team: {{ table: members, user: user_id, within: team_id, role: kind{filter} }}");
    let role = |name: &str, kind: &str| format!("{name}: {{ membership: Team, equals: {kind} }}");
    let level = |least: u32| format!("Senior: {{ membership: Team, path: level, at_least: {least} }}");
    let plain = team("");
    let two = |first: (&str, &str), second: (&str, &str)| format!("{}, {}", role(first.0, first.1), role(second.0, second.1));
    let cases = [
        (
            "one more role",
            (&plain, role("Member", "m"), "Member"),
            (&plain, two(("Admin", "a"), ("Member", "m")), "Member"),
            &[][..],
        ),
        (
            "one more membership",
            (&plain, role("Member", "m"), "Member"),
            (
                &format!("All: {{ table: members, user: user_id, within: team_id, role: kind }}, {plain}"),
                role("Member", "m"),
                "Member",
            ),
            &[],
        ),
        ("another level", (&plain, level(2), "Senior"), (&plain, level(1), "Senior"), &[Direction::Undecided]),
        (
            "another text",
            (&plain, role("Member", "m"), "Member"),
            (&plain, role("Member", "n"), "Member"),
            &[Direction::Undecided],
        ),
        (
            "other rows count",
            (&plain, role("Member", "m"), "Member"),
            (&team(", where: Ended is not true"), role("Member", "m"), "Member"),
            &[Direction::Undecided],
        ),
        (
            "what each name means is swapped",
            (&plain, two(("Admin", "a"), ("Member", "m")), "Member"),
            (&plain, two(("Admin", "m"), ("Member", "a")), "Member"),
            &[Direction::Undecided],
        ),
        // Both have the second number.
        (
            "another role of that number",
            (&plain, two(("Admin", "a"), ("Member", "m")), "Member"),
            (&plain, two(("Member", "m"), ("Viewer", "v")), "Viewer"),
            &[Direction::Narrower, Direction::Wider],
        ),
    ];
    for (what, (memberships, roles, of), (memberships_after, roles_after, of_after), expected) in cases {
        let (old, new) = (project(memberships, &roles, of)?, project(memberships_after, &roles_after, of_after)?);
        let (old, new) = (meaning(&old)?, meaning(&new)?);
        let changed = compare(Side { model: &old.model, access: &old.access }, Side { model: &new.model, access: &new.access });
        let found: Vec<Direction> = changed.iter().map(|one| one.direction).collect();
        expect(found == expected, &format!("{what}: {found:?}"))?;
    }
    Ok(())
}

/// Whether somebody may do more with some row, and less.
fn gained_and_lost(old: &Meaning, new: &Meaning) -> Result<(bool, bool), String> {
    let (mut more, mut less) = (false, false);
    for kind in ["clerk", "boss", "other"] {
        let (was, is) = (answers(old, kind)?, answers(new, kind)?);
        more |= is.iter().zip(&was).any(|(is, was)| *is && !*was);
        less |= is.iter().zip(&was).any(|(is, was)| !*is && *was);
    }
    Ok((more, less))
}

fn answers(meaning: &Meaning, kind: &str) -> Result<Vec<bool>, String> {
    let model = &meaning.model;
    let (users, docs) = (named(meaning, "users")?, named(meaning, "docs")?);
    let mut data = Data::default();
    data.insert(users, vec![vec![number(1), Datum::Text(kind.to_owned())], vec![number(2), Datum::Text("other".to_owned())]]);
    let session = Session {
        database_role: "app_user".to_owned(),
        identity: number(1),
        claims: serde_json::Value::Null,
        settings: std::collections::BTreeMap::new(),
        now: 0,
    };
    let rows = rows();
    data.insert(docs, rows.clone());
    let evaluator = Evaluator::new(model, &data, &session);
    let mut answers = Vec::new();
    let all = [0, 1, 2, 3].into_iter().collect();
    for row in &rows {
        let fields = evaluator.read_fields(docs, row);
        answers.extend((0..4).map(|column| fields.contains(&column)));
        answers.push(evaluator.delete(docs, row));
        answers.push(evaluator.create(docs, row, &all));
        for after in rows.iter().filter(|after| after[0] == row[0]) {
            answers.push(evaluator.update(docs, row, after));
        }
    }
    Ok(answers)
}

fn named(meaning: &Meaning, table: &str) -> Result<TableId, String> {
    meaning.model.catalog.named(table).ok_or_else(|| table.to_owned())
}

fn number(value: i64) -> Datum {
    let catalog = Catalog::default();
    parse(&catalog, &Type::Integer, &value.to_string(), 0).unwrap_or(Datum::Null)
}

fn rows() -> Vec<Row> {
    let owners = [number(1), number(2)];
    let states = ["open", "done"].map(|state| Datum::Text(state.to_owned())).into_iter().chain([Datum::Null]);
    let states: Vec<Datum> = states.collect();
    let amounts = [Datum::Null, number(3), number(7)];
    let mut rows = Vec::new();
    for owner in &owners {
        for state in &states {
            for amount in &amounts {
                rows.push(vec![number(9), owner.clone(), state.clone(), amount.clone()]);
            }
        }
    }
    rows
}

const DOCS: &str = "table docs {
  rule \"Own\" for Authenticated { allow read, update (state), delete when Owner is Logged in User }
  rule \"Clerks\" for Clerk { allow read when State is \"open\" }
}
";

fn git(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").arg("-C").arg(folder).args(identity).args(arguments).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// In a folder of a repository, of which another folder is no part of it.
fn repository(name: &str) -> Result<std::path::PathBuf, String> {
    let top = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compared-{name}"));
    drop(std::fs::remove_dir_all(&top));
    let folder = top.join("rules");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    write(&folder, "rowgate.yaml", CONFIG);
    write(&folder, "schema.yaml", SCHEMA);
    write(&folder, "docs.policy", DOCS);
    committed(&top)?;
    Ok(folder)
}

fn committed(top: &Path) -> Result<(), String> {
    git(top, &["init", "--quiet", "--initial-branch=main"])?;
    git(top, &["add", "."])?;
    git(top, &["commit", "--quiet", "--message=rules"])
}

/// The two tables in the README are what the two edits that it tells of make.
fn pictures() -> Result<(), String> {
    let top = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compared-pictures");
    drop(std::fs::remove_dir_all(&top));
    std::fs::create_dir_all(&top).map_err(|error| error.to_string())?;
    copy_files(&crate::root().join("policies/team_rbac"), &top)?;
    committed(&top)?;
    let readme = crate::documentation::readme()?;
    let support = "for Support Agent {\n    allow read";
    let mut told = 0;
    for (from, to) in [
        ("sees its projects\" for Viewer of Team {", "sees its projects\" for Authenticated {"),
        (support, &format!("{support} (id, name, status) when Status is \"open\"")),
    ] {
        let text = std::fs::read_to_string(top.join("projects.policy")).map_err(|error| error.to_string())?;
        write(&top, "projects.policy", text.replacen(from, to, 1));
        let (code, out, err) = rowgate(&top, &["diff", "--since", "HEAD", "--format", "markdown"])?;
        let people = rowgate(&top, &["who", "--changes-since", "HEAD"])?;
        write(&top, "projects.policy", text);
        expect(code == 0 && out.lines().count() == 3 && readme.contains(&out), &format!("the README does not show\n{out}{err}"))?;
        // One of them is also told person by person.
        let is_short = people.1.lines().count() < 4;
        expect(people.0 == 0 && (!is_short || readme.contains(&people.1)), &format!("the README does not show\n{}", people.1))?;
        told += usize::from(is_short);
    }
    expect(told == 1, "the README shows what changed for whom once")
}

fn reviewers() -> Result<(), String> {
    let folder = repository("reviewers")?;
    let (code, out, _) = rowgate(&folder, &["diff", "--since", "HEAD", "--exit-code", "--fail-on-widening"])?;
    expect(code == 0 && out == "nobody may do more or less than before\n", &out)?;
    edit(&folder, "docs.policy", "State is \"open\"", "State is one of (\"open\", \"done\")");
    edit(&folder, "docs.policy", "allow read, update (state), delete when", "allow read, update (state) when");
    let mut text = String::new();
    for arguments in [
        &["diff", "--since", "main"][..],
        &["diff", "--since", "HEAD", "--format", "markdown"],
        &["diff", "--since", "HEAD", "--format", "json"],
        &["diff", "--since", "HEAD", "--format", "markdown", "--sql"],
    ] {
        let (code, out, err) = rowgate(&folder, arguments)?;
        expect(code == 0, &err)?;
        text.push_str(&format!("$ rowgate {}\n{out}\n", arguments.join(" ")));
    }
    assert_snapshot("commands", "a_change_is_told_by_who_may_do_what", text.trim_end());
    expect(rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?.0 == 1, "a widening is found")?;
    // Only narrower: as the branch was, without one thing.
    edit(&folder, "docs.policy", "State is one of (\"open\", \"done\")", "State is \"open\"");
    expect(rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?.0 == 0, "a narrowing is none")?;
    expect(rowgate(&folder, &["diff", "--since", "HEAD", "--exit-code"])?.0 == 1, "but a change")
}

/// Roles that no rule of a table is for: who holds them is seen by actions, and by guards about others.
fn beside_rules() -> Result<(), String> {
    let cases = [
        (
            "  accept_invitation:\n",
            "  accept_invitation:\n    for: Helper\n",
            "equals: helper",
            "equals: viewer",
            "who may do the action accept_invitation",
        ),
        (
            "guards: { schema: guard }",
            "guards: { schema: guard, ask_about: [Helper] }",
            "equals: helper",
            "equals: viewer",
            "who may ask about other users",
        ),
        // What an action asks may stand in a rule file.
        (
            "Status is \"pending\"",
            "Still Open",
            "Status is \"pending\"",
            "Status is one of (\"pending\", \"revoked\")",
            "of what",
        ),
    ];
    for (number, (uses, used, was, is, told)) in cases.into_iter().enumerate() {
        let folder = temporary(&format!("compared-beside-{number}"))?;
        copy_files(&crate::root().join("policies/team_rbac"), &folder)?;
        edit(
            &folder,
            "rowgate.yaml",
            "  Support Agent: ",
            "  Helper: { membership: Team, equals: helper, global: true }\n  Support Agent: ",
        );
        edit(&folder, "rowgate.yaml", uses, used);
        let open = "condition Still Open: Status is \"pending\"\n";
        write(&folder, "open.policy", open);
        committed(&folder)?;
        let (code, out, err) = rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?;
        expect(code == 0 && out == "nobody may do more or less than before\n", &format!("{out}{err}"))?;
        let file = if was.contains("helper") { "rowgate.yaml" } else { "open.policy" };
        edit(&folder, file, was, is);
        let (code, out, err) = rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?;
        expect(code == 1 && out.contains("is not known") && out.contains(told), &format!("{number}: {out}{err}"))?;
    }
    Ok(())
}

/// Whatever the two sides are, the answer is the same: revisions, folders, the record of a database.
fn sides() -> Result<(), String> {
    let site = Site::new("compared_sides")?;
    let top = site.folder.clone();
    committed(&top)?;
    site.ends(0, &["apply", "--yes"])?;
    let before = temporary("compared-before")?;
    copy_files(&top, &before)?;
    edit(&top, "docs.policy", "update (title), delete", "update (title)");
    let run = |more: &[&str]| rowgate(&top, &[&["diff", "--sql"], more].concat());
    let (code, expected, err) = run(&["--since", "HEAD"])?;
    expect(code == 0 && expected.contains("narrower: Authenticated delete docs"), &format!("{expected}{err}"))?;
    expect(expected.contains("-CREATE POLICY rowgate_delete_compared_sides_user") && expected.contains("+++ rules"), &expected)?;
    // What both sides are called is all that is otherwise.
    let unnamed = |text: &str| {
        text.lines().filter(|line| !line.starts_with("---") && !line.starts_with("+++")).collect::<Vec<_>>().join("\n")
    };
    let folder = before.display().to_string();
    let url = site.url()?;
    git(&top, &["commit", "--quiet", "--all", "--message=less"])?;
    for sides in
        [&["--since", "HEAD~1"][..], &["--since", "HEAD~1", "--until", "HEAD"], &["--from", &folder], &["--applied-to", &url]]
    {
        let (code, out, err) = run(sides)?;
        expect(code == 0 && unnamed(&out) == unnamed(&expected), &format!("{sides:?}: {out}{err}"))?;
    }
    // The folder is another one by now, and not asked.
    edit(&top, "docs.policy", "update (title)", "update");
    let (_, out, _) = run(&["--since", "HEAD~1", "--until", "HEAD"])?;
    expect(unnamed(&out) == unnamed(&expected), &out)?;
    expect(unnamed(&run(&["--since", "HEAD~1"])?.1) != unnamed(&expected), "the folder is asked")?;
    // A file brings a database somewhere without saying by which rules.
    site.database.apply("postgres", "DELETE FROM rowgate.source")?;
    let (code, _, err) = run(&["--applied-to", &url])?;
    expect(code == 2 && err.contains("a file brought it there") && err.contains("--since"), &err)?;
    let (code, _, err) = run(&["--from", "nowhere"])?;
    expect(code == 2 && err.contains("nowhere"), &err)?;
    let (code, _, err) = run(&["--since", "HEAD", "--from", &folder])?;
    expect(code == 2 && err.contains("cannot be used with"), &err)?;
    edit(&before, "docs.policy", "Owner", "Owned");
    let (code, _, err) = run(&["--from", &folder])?;
    expect(code == 2 && err.contains("has errors: nothing can be compared with it"), &err)
}

fn not_comparable() -> Result<(), String> {
    let folder = repository("not-comparable")?;
    let (code, _, err) = rowgate(&folder, &["diff", "--since", "nowhere"])?;
    expect(code == 2 && err.contains("there is no such revision") && err.contains("name a branch"), &err)?;
    // What an action does is not compared, nor what else only the configuration says.
    edit(&folder, "rowgate.yaml", "closed_tables:", "guards: { schema: ask }\nclosed_tables:");
    let (code, out, err) = rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?;
    expect(code == 1 && out.contains("said otherwise in rowgate.yaml"), &format!("{out}{err}"))?;
    edit(&folder, "rowgate.yaml", "guards: { schema: ask }\n", "");
    expect(rowgate(&folder, &["diff", "--since", "HEAD", "--exit-code"])?.0 == 0, "nothing changed")?;
    // The column of the old rules has another name by now.
    edit(&folder, "schema.yaml", "state: text", "phase: text");
    edit(&folder, "docs.policy", "update (state), ", "");
    edit(&folder, "docs.policy", "State is \"open\"", "Phase is \"open\"");
    let (code, out, err) = rowgate(&folder, &["diff", "--since", "HEAD", "--fail-on-widening"])?;
    expect(code == 1 && out.contains("the rules of before do not fit the present schema file"), &format!("{out}{err}"))
}
