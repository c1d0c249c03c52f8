//! `rowgate why` and `who` on a live database: they say what they say of the same rows in a test file, the server is asked, too, and where it decides otherwise the first
//! lines say why. Nothing is left behind, and nobody is told who may not see every row.

mod answers;
mod costs;
mod deciding;
mod fitting;
mod in_force;
mod lab;
mod logins;
mod over;
mod places;
mod readers;
mod shell;
mod values;
mod would;

use std::path::PathBuf;

use libtest_mimic::Trial;

use crate::cluster::{self, Database};
use crate::commands::{edit, rowgate, write};
use crate::pages::temporary;
use crate::{documentation, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("live_why::names_the_cause_in_its_first_lines", causes),
        trial("live_why::names_what_the_database_has_beside_the_rules", beside),
        trial("live_why::asks_the_masking_view_and_the_table_below_it", places::asked),
        trial("live_why::causes_at_the_table_come_first_whoever_asks", deciding::nearest),
        trial("live_why::what_explains_the_answer_is_told_first", fitting::ordered),
        trial("live_why::a_right_to_a_masked_table_that_is_lost_is_a_cause", fitting::masked),
        trial("live_why::a_schema_that_is_closed_is_a_cause", deciding::schemas),
        trial("live_why::an_action_that_nobody_may_call_is_told", deciding::actions),
        trial("live_why::a_membership_that_is_over_is_told", deciding::lapsed),
        trial("live_why::the_last_end_of_a_role_is_told", over::ends),
        trial("live_why::more_ways_than_are_told_are_counted", over::many),
        trial("live_why::rules_that_were_applied_are_nobody_elses", in_force::rules_of_then),
        trial("live_why::who_inspects_is_no_cause", in_force::inspectors),
        trial("live_why::what_is_of_the_rules_is_made_again", in_force::mended),
        trial("live_why::who_and_report_tell_that_a_database_decides_otherwise", in_force::otherwise),
        trial("live_why::who_and_report_tell_what_sessions_do_not_say", in_force::unsaid),
        trial("live_why::what_was_applied_is_read_by_who_inspects", in_force::compared),
        trial("live_why::what_is_lacking_is_enough", would::enough),
        trial("live_why::what_somebody_would_do_is_told_of_samples", would::in_samples),
        trial("live_why::what_somebody_would_do_is_tried_and_undone", would::in_database),
        trial("live_why::roles_and_what_may_be_done_are_told_of_a_database", would::held),
        trial("live_why::says_what_the_readme_shows", shown),
        trial("live_why::says_what_is_wrong_with_a_login", logins::told),
        trial("live_why::what_mends_a_login_lets_it_be_the_asked_session", logins::mended),
        trial("live_why::says_what_it_says_of_a_test_file", answers::agrees),
        trial("live_why::who_can_by_the_rows_of_a_database", answers::who),
        trial("live_why::people_have_names_where_a_column_knows_them", answers::named),
        trial("live_why::what_changed_for_whom_by_the_rows_of_a_database", answers::changes),
        trial("live_why::an_action_is_told_and_not_done", answers::actions),
        trial("live_why::is_data", answers::data),
        trial("live_why::looks_at_no_more_rows_than_it_may", answers::bounded),
        trial("live_why::asks_by_a_login_that_may_use_no_schema", answers::elsewhere),
        trial("live_why::costs_are_told_by_look_up_rule_and_index", costs::told),
        trial("live_why::costs_without_policies_only_for_who_may", costs::not_past_policies),
        trial("live_why::costs_write_nothing", costs::nothing_written),
        trial("live_why::costs_of_masking_views_are_compared_with_their_tables", costs::masked),
        trial("live_why::costs_of_masking_views_are_told_by_rule", costs::by_which_rules),
        trial("live_why::who_names_the_table_below_a_view_is_told_of_it", costs::not_below),
        trial("live_why::a_value_that_is_none_is_told_with_what_could_be", values::told),
        trial("live_why::lines_are_statements_that_are_undone", shell::from_input),
        shell::trial(),
        trial("live_why::bad_input_is_told", bad_input),
        trial("live_why::a_key_is_a_value", keys),
        trial("live_why::leaves_nothing_behind", nothing_left),
        trial("live_why::only_who_sees_every_row_is_told", readers::readers),
        trial("live_why::who_is_in_no_row_is_said_to_whoever_inspects", readers::strangers),
        trial("live_why::the_role_comes_and_goes", readers::comes_and_goes),
        trial("live_why::the_role_is_one_of_its_own", readers::of_its_own),
        trial("live_why::a_narrowed_view_is_no_answer", readers::narrowed),
        trial("live_why::the_last_step_finds_sessions_that_read_everything", readers::members),
    ]
}

const SCHEMA: &str = "version: 1
tables:
  teams: { columns: { id: integer } }
  users: { columns: { id: integer, name: text } }
  members:
    columns:
      id: integer
      user_id: { type: integer, references: users.id, nullable: false }
      team_id: { type: integer, references: teams.id, nullable: false }
      role: text not null
    indexes: [user_id, team_id]
  plans: { columns: { id: integer, team_id: { type: integer, references: teams.id } }, indexes: [team_id] }
  notes: { columns: { id: integer, owner_id: { type: integer, references: users.id } }, indexes: [owner_id] }
  tickets: { columns: { id: integer, owner_id: { type: integer, references: users.id }, status: text }, indexes: [owner_id] }
  labels: { columns: { code: text, number: integer }, primary_key: [code] }
  seats: { columns: { row: integer, place: integer }, primary_key: [row, place] }
";

const RULES: &str = "table plans {
  rule \"Members\" for Member of Team { allow read }
}
table notes {
  rule \"Own notes\" for Authenticated {
    where Owner equals Logged in User
    allow read, update, delete
  }
}
table tickets {
  rule \"Own ones\" for Authenticated {
    where Owner equals Logged in User
    allow read
  }
  rule \"Open ones\" for Authenticated {
    where Status is \"open\"
    allow read
  }
}
table labels { rule \"Small ones\" for Authenticated { allow read when Number is less than 10 } }
table seats { rule \"Taken\" for Authenticated { allow create, read } }
";

const ROWS: &str = "users: { Ann: 1, Bob: 2 }
rows:
  teams: [{ id: 7 }]
  users: [{ id: 1, name: Ann }, { id: 2, name: Bob }]
  members: [{ id: 1, user_id: 1, team_id: 7, role: member }]
  plans: [{ id: 1, team_id: 7 }, { id: 2 }]
  notes: [{ id: 1, owner_id: 1 }, { id: 2 }, { id: 3, owner_id: 2 }]
  tickets: [{ id: 1, owner_id: 1, status: closed }, { id: 2, owner_id: 2, status: closed }, { id: 3, owner_id: 1, status: open }]
  labels: [{ code: 'it''s \\ \"so\"', number: 1 }, { code: plain, number: 1 }]
  seats: [{ row: 1, place: 2 }]
scenarios: []
";

/// A project of its own roles, applied with its rows.
struct Live {
    folder: PathBuf,
    database: Database,
    /// For the application's role and that of inspection.
    prefix: String,
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: @ }
lookup: { inspection_role: @_eye }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role } }
roles: { Member: { membership: Team, equals: member } }
closed_tables: { teams: no, users: no, members: no }
";

impl Live {
    fn new(name: &str) -> Result<Live, String> {
        Live::of(name, [CONFIG, SCHEMA, RULES, ROWS])
    }

    /// Of the texts of a project, in which `@` is the prefix.
    fn of(name: &str, texts: [&str; 4]) -> Result<Live, String> {
        let (folder, prefix) = (temporary(&format!("live_{name}"))?, format!("lw_{name}"));
        for (file, text) in std::iter::zip(["rowgate.yaml", "schema.yaml", "rules.policy", "rows.test.yaml"], texts) {
            write(&folder, file, text.replace('@', &prefix));
        }
        let database = deploy(&folder)?;
        Ok(Live { folder, database, prefix })
    }

    fn url(&self, role: &str) -> Result<String, String> {
        Ok(format!("host={} user={role} dbname={}", cluster::host()?, self.database.name()))
    }

    fn sql(&self, script: &str) -> Result<(), String> {
        self.database.apply("postgres", &script.replace('@', &self.prefix))
    }

    /// A login that inherits nothing and may act as these.
    fn login(&self, name: &str, roles: &[&str]) -> Result<String, String> {
        let login = format!("{}_{name}", self.prefix);
        self.sql(&format!("DROP ROLE IF EXISTS {login}; CREATE ROLE {login} LOGIN NOINHERIT"))?;
        roles.iter().try_for_each(|role| self.sql(&format!("GRANT {role} TO {login}")))?;
        Ok(login)
    }

    fn run(&self, role: &str, arguments: &[&str]) -> Result<(i32, String, String), String> {
        let url = self.url(role)?;
        rowgate(&self.folder, &[arguments, &["--database-url", &url]].concat())
    }

    /// The answer as the superuser asks, of which the first lines have these texts, each in a line behind the last.
    fn tells(&self, arguments: &[&str], wanted: &[&str]) -> Result<(), String> {
        self.tells_to("postgres", arguments, wanted)
    }

    fn tells_to(&self, login: &str, arguments: &[&str], wanted: &[&str]) -> Result<(), String> {
        let (code, out, err) = self.run(login, &[&["why"], arguments].concat())?;
        let mut lines = out.lines().take(wanted.len() + 2);
        let is_told = wanted.iter().all(|text| lines.any(|line| line.contains(&text.replace('@', &self.prefix))));
        if code == 0 && is_told { Ok(()) } else { Err(format!("{arguments:?}: {code}, and not {wanted:?}\n{out}{err}")) }
    }
}

fn deploy(folder: &std::path::Path) -> Result<Database, String> {
    let compiled = project::compile(folder)?;
    let (files, _) = compiled.scenarios();
    project::deploy(folder, &compiled, &files.first().ok_or("no rows")?.1)
}

fn fails(what: &str, (code, out, err): (i32, String, String), wanted: &[&str]) -> Result<(), String> {
    let is_told = wanted.iter().all(|text| err.contains(text));
    if code == 2 && is_told && out.is_empty() { Ok(()) } else { Err(format!("{what}: {code}, and not {wanted:?}\n{out}{err}")) }
}

/// Why the rules show somebody no record.
fn causes() -> Result<(), String> {
    let live = Live::new("causes")?;
    let denied = "denied   by the rules and by the database: it shows no such record";
    live.tells(&["read", "notes", "1", "--as", "Ann"], &["allowed  by the rules and by the database"])?;
    // No role.
    live.tells(&["read", "plans", "1", "--as", "Bob"], &[denied, "lacks    the session holds Member of Team (Team is 7)"])?;
    // A relation that is not filled.
    live.tells(&["read", "plans", "2", "--as", "Ann"], &[denied, "lacks    the session holds Member of Team (Team is empty)"])?;
    let empty = "lacks    \"Own notes\" where Owner equals Logged in User (Owner is empty)";
    live.tells(&["read", "notes", "2", "--as", "Ann"], &[denied, empty])?;
    // A condition that is too narrow.
    let narrow = "lacks    \"Open ones\" where Status is \"open\" (Status is closed)";
    live.tells(&["read", "tickets", "1", "--as", "Ann"], &[denied, narrow])?;
    // Rules that narrow each other.
    let both = "lacks    \"Open ones\" where Status is \"open\" (Status is closed) and \"Own ones\" where Owner equals Logged in User (Owner is 2, Logged in User is 1)";
    live.tells(&["read", "tickets", "2", "--as", "Ann"], &[denied, both])?;
    // Nobody is signed in.
    live.tells(&["read", "notes", "1", "--as", "nobody"], &[denied, "nobody   is signed in"])?;
    live.tells(
        &["delete", "notes", "3", "--as", "Ann"],
        &["denied   by the rules and by the database: it finds no such record to change"],
    )?;
    live.tells(&["update", "notes", "1", "--as", "Ann"], &["allowed  by the rules and by the database"])?;
    live.tells(
        &["update", "notes", "1", "--as", "Ann", "--set", "owner_id=2"],
        &["denied   by the rules and by the database: new row violates"],
    )?;
    live.tells(
        &["create", "seats", "-", "--as", "Ann", "--set", "row=1", "--set", "place=9"],
        &["allowed  by the rules and by the database"],
    )?;
    live.tells(
        &["create", "notes", "-", "--as", "Ann", "--set", "id=9"],
        &["denied   by the rules and by the database: permission denied for table notes"],
    )
}

/// Why a database shows somebody otherwise than the rules.
fn beside() -> Result<(), String> {
    let live = Live::new("beside")?;
    let question = ["read", "notes", "1", "--as", "Ann"];
    for (change, undo, wanted) in [
        (
            "REVOKE SELECT ON notes FROM @",
            "GRANT SELECT ON notes TO @",
            &[
                "differs  the rules allow it, and the database does not: permission denied for table notes",
                "cause    right of @ to SELECT public.notes is gone",
                "mends    GRANT SELECT",
            ][..],
        ),
        (
            "REVOKE SELECT ON notes FROM @; GRANT SELECT (id) ON notes TO @",
            "REVOKE SELECT (id) ON notes FROM @; GRANT SELECT ON notes TO @",
            &[
                "differs  the rules allow it, and the database does not: permission denied for table notes",
                "cause    right of @ to SELECT public.notes is gone",
            ],
        ),
        (
            "CREATE POLICY old ON notes AS RESTRICTIVE USING (false)",
            "DROP POLICY old ON notes",
            &[
                "differs  the rules allow it, and the database does not: it shows no such record",
                "cause    policy old on public.notes",
                "mends    DROP POLICY old ON public.notes",
            ],
        ),
        (
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC; REVOKE USAGE ON SCHEMA public FROM @",
            "GRANT USAGE ON SCHEMA public TO PUBLIC, @",
            &["differs  the rules allow it, and the database does not: permission denied for schema public", "cause    "],
        ),
    ] {
        live.sql(change)?;
        live.tells(&question, wanted)?;
        live.sql(undo)?;
    }
    let others = ["read", "notes", "3", "--as", "Ann"];
    for (change, undo, wanted) in [
        ("ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "ALTER TABLE notes ENABLE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER ROLE @ BYPASSRLS", "ALTER ROLE @ NOBYPASSRLS", "BYPASSRLS"),
        ("CREATE POLICY old ON notes USING (true)", "DROP POLICY old ON notes", "mends    DROP POLICY old ON public.notes"),
    ] {
        live.sql(change)?;
        live.tells(&others, &["differs  the database allows what the rules deny", "cause", wanted])?;
        live.sql(undo)?;
    }
    // Whoever reads every row also reads what was applied.
    let person = live.login("person", &["@", "@_eye"])?;
    live.sql("CREATE POLICY old ON notes AS RESTRICTIVE TO @ USING (false)")?;
    live.tells_to(
        &person,
        &question,
        &["differs  the rules allow it", "cause    policy old on public.notes was added", "mends    DROP POLICY old"],
    )?;
    live.sql("DROP POLICY old ON notes")?;
    // Other rules than those of the folder.
    edit(
        &live.folder,
        "rules.policy",
        "where Owner equals Logged in User\n    allow read, update",
        "where Id is 3\n    allow read, update",
    );
    live.tells(
        &others,
        &["differs  the rules allow it, and the database does not", "cause    other rules are in force than those of the folder"],
    )
}

/// The example of the README, whose database is another one.
fn shown() -> Result<(), String> {
    let folder = root().join("policies/user_items");
    let database = deploy(&folder)?;
    database.apply("postgres", "CREATE POLICY old_tenants ON items AS RESTRICTIVE USING (false)")?;
    let all = documentation::blocks(&documentation::readme()?);
    let block = all.into_iter().find(|(info, text)| info == "text" && text.starts_with("$ rowgate why"));
    let block = block.ok_or("the README shows nothing")?.1;
    let (command, wanted) = block.split_once('\n').ok_or("no answer")?;
    let url = format!("host={} user=postgres dbname={}", cluster::host()?, database.name());
    let words =
        command.trim_start_matches("$ rowgate ").split(' ').map(|word| if word.starts_with("postgres://") { &url } else { word });
    let (_, out, err) = rowgate(&folder, &words.collect::<Vec<_>>())?;
    if out == wanted { Ok(()) } else { Err(format!("{out}{err}")) }
}

fn bad_input() -> Result<(), String> {
    let live = Live::new("bad")?;
    let ask = |arguments: &[&str]| live.run("postgres", &[&["why"], arguments].concat());
    fails("a table", ask(&["read", "note", "1", "--as", "Ann"])?, &["there is no table `note`", "did you mean `notes`?"])?;
    fails("a key", ask(&["read", "notes", "99", "--as", "Ann"])?, &["the database has no record of `notes` with the key `99`"])?;
    for key in ["x", "1.5", "", "99999999999999999999", "1,2"] {
        fails(
            key,
            ask(&["read", "notes", key, "--as", "Ann"])?,
            &[&format!("`{key}` is no key of `notes`, which is (id integer)"), "help: "],
        )?;
    }
    fails("a large key", ask(&["read", "notes", "9999999999", "--as", "Ann"])?, &["the database has no record"])?;
    for key in ["1", "1,2,3", "1,x"] {
        let wanted = format!("`{key}` is no key of `seats`, which is (row integer, place integer)");
        fails(
            key,
            ask(&["read", "seats", key, "--as", "Ann"])?,
            &[&wanted, "help: write one value for each column, in this order"],
        )?;
    }
    live.tells(&["read", "seats", "1, 2", "--as", "Ann"], &["allowed"])?;
    fails(
        "a user",
        ask(&["read", "notes", "1", "--as", "Anna"])?,
        &["`Anna` is no name under `users`", "help: did you mean `Ann`?"],
    )?;
    let (code, _, err) = ask(&["read", "notes", "1", "--as", "99"])?;
    if code != 0 || !err.contains("no row of `users` has the id `99`") {
        return Err(err);
    }
    let nowhere = rowgate(&live.folder, &["why", "read", "notes", "1", "--as", "Ann", "--database-url", "host=/nowhere user=x"])?;
    fails("no database", nowhere, &["cannot connect to the socket"])?;
    // The rows of the test file, whatever the environment says.
    let (code, out, _) =
        rowgate(&live.folder, &["why", "read", "notes", "1", "--as", "Ann", "--database-url", "host=/nowhere", "--samples"])?;
    if code == 0 && out.starts_with("yes      read this record of notes") { Ok(()) } else { Err(out) }
}

fn keys() -> Result<(), String> {
    let live = Live::new("keys")?;
    live.tells(&["read", "labels", "it's \\ \"so\"", "--as", "Ann"], &["allowed  by the rules and by the database"])?;
    for key in ["' OR true --", "\\' OR true --", "plain'; DELETE FROM labels; --", "\\", "plain,plain", "%"] {
        let found = live.run("postgres", &["why", "read", "labels", key, "--as", "Ann"])?;
        fails(key, found, &["the database has no record of `labels` with the key"])?;
    }
    Ok(())
}

fn nothing_left() -> Result<(), String> {
    let live = Live::new("left")?;
    let state = "SELECT (SELECT jsonb_agg(n ORDER BY id) FROM notes AS n)::text || (SELECT jsonb_agg(s) FROM seats AS s)::text";
    let mut client = live.database.connect("postgres")?;
    let mut read = || client.query_one(state, &[]).map(|row| row.get::<_, String>(0)).map_err(|error| error.to_string());
    let before = read()?;
    for arguments in [
        &["delete", "notes", "1", "--as", "Ann"][..],
        &["update", "notes", "1", "--as", "Ann"],
        &["update", "notes", "1", "--as", "Ann", "--set", "owner_id=1"],
        &["create", "seats", "-", "--as", "Ann", "--set", "row=4", "--set", "place=4"],
    ] {
        live.tells(arguments, &["allowed  by the rules and by the database"])?;
    }
    let after = read()?;
    if before == after { Ok(()) } else { Err(format!("{after} and not {before}")) }
}
