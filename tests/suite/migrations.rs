//! Migrations lead exactly where applying the new state to an empty schema leads, and back.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::{Kind, Object, State};
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::commands::edit;
use crate::pages::{copy_files, temporary};
use crate::random::{self, Random};
use crate::{ddl, project, root, times, trial};

fn chosen(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("migrations::lead_from_any_state_to_any_other_and_back", any_to_any),
        trial("migrations::the_same_input_in_another_order_gives_the_same_bytes", same_bytes),
        trial("migrations::columns_that_are_gone_are_not_named", dropped_columns),
        trial("migrations::policies_change_while_their_functions_stay", same_functions),
        trial("migrations::a_change_of_a_rule_renames_nothing_of_other_tables", names_stay),
        trial("migrations::who_owns_nothing_any_more_leaves_last", left_last),
        trial("migrations::a_database_of_version_1_is_brought_to_this_one_and_back", from_version_1),
        trial("migrations::what_version_2_recorded_is_known_again", from_version_2),
        trial("migrations::the_whole_state_is_applied_once", applied_once),
        trial("migrations::a_masking_view_has_the_columns_of_the_schema_file_in_their_order", order_of_columns),
        trial("migrations::a_server_without_room_for_the_locks_is_told_first", room_for_locks),
        trial("migrations::a_lock_that_is_not_had_ends_the_migration_and_changes_nothing", lock_timeout),
    ]
}

/// By `rls.sql` or by the first migration; the second one says what to apply instead, and changes nothing.
fn applied_once() -> Result<(), String> {
    let (compiled, ..) = random::project(&mut Random::new(2));
    let state = compiled.state().ok_or("no state")?;
    let first = plan::migration("first", &State::empty(), &state).ok_or("no migration")?;
    let database = empty_database("once", &compiled)?;
    let mut observer = database.connect("postgres")?;
    for (index, script) in
        [plan::desired_state(&state), first.clone(), plan::desired_state(&state), first].into_iter().enumerate()
    {
        let before = catalog(&mut observer)?;
        match database.apply(DEPLOYER, &script) {
            Ok(()) if index == 0 => {}
            Err(error)
                if index > 0
                    && error.contains("this database has been given these rules before: there is the schema rowgate")
                    && error.contains("Apply the migrations that are missing") =>
            {
                if catalog(&mut observer)? != before {
                    return Err("it changed something".to_owned());
                }
            }
            other => return Err(format!("{index}: {other:?}")),
        }
    }
    Ok(())
}

/// More pairs with `ROWGATE_MIGRATIONS_PAIRS`, and others with `ROWGATE_MIGRATIONS_SEED`.
fn any_to_any() -> Result<(), String> {
    let number_of_states = times(40, 60);
    let pairs = chosen("ROWGATE_MIGRATIONS_PAIRS", times(50, 200));
    let mut random = Random::new(chosen("ROWGATE_MIGRATIONS_SEED", 2) as u64);
    let mut states: Vec<State> = Vec::new();
    let mut fresh: Vec<String> = Vec::new();
    for index in 0..number_of_states {
        let (compiled, ..) = random::project(&mut random);
        let state = compiled.state().ok_or("no state")?;
        let database = empty_database(&format!("fresh{index}"), &compiled)?;
        database.apply(DEPLOYER, &plan::desired_state(&state))?;
        fresh.push(catalog(&mut database.connect("postgres")?)?);
        states.push(state);
    }
    let (compiled, ..) = random::project(&mut random);
    let database = empty_database("migrated", &compiled)?;
    let mut observer = database.connect("postgres")?;
    let empty = catalog(&mut observer)?;
    let nothing = State::empty();
    let mut steps = 0;
    for pair in 0..pairs {
        let (from, to) = (random.below(number_of_states), random.below(number_of_states));
        let (a, b) = (&states[from], &states[to]);
        for (current, desired, expected, what) in [
            (&nothing, a, &fresh[from], "up to A"),
            (a, b, &fresh[to], "A to B"),
            (b, a, &fresh[from], "B back to A"),
            (a, &nothing, &empty, "down to nothing"),
        ] {
            if let Some(script) = plan::migration("test", current, desired) {
                is_one_transaction(&script)?;
                database.apply(DEPLOYER, &script)?;
                steps += 1;
            }
            let found = catalog(&mut observer)?;
            if found != *expected {
                return Err(format!("pair {pair}, {what}:\n{}", first_difference(expected, &found)));
            }
            // Asking the record of all would take four times as long as all the rest.
            if pair % 8 > 0 {
                continue;
            }
            is_recorded(&mut observer, desired).map_err(|error| format!("pair {pair}, {what}: {error}"))?;
        }
    }
    if steps < 3 * pairs {
        return Err(format!("only {steps} migrations had anything to do"));
    }
    Ok(())
}

/// The database says itself that it is in this state, and that nothing is otherwise.
fn is_recorded(client: &mut Client, state: &State) -> Result<(), String> {
    let Some(record) = state.record() else { return Ok(()) };
    let applied = match db::read_record(client, record).map_err(|error| error.to_string())? {
        db::Standing::Recorded(applied) => applied,
        other => return Err(format!("{other:?}")),
    };
    if applied.digest != state.digest() || !plan::changes(&applied.state, state).is_empty() {
        return Err("the record is of another state".to_owned());
    }
    let found = db::read_differences(client, record).map_err(|error| error.to_string())?;
    if found.is_empty() { Ok(()) } else { Err(format!("{found:#?}")) }
}

fn is_one_transaction(script: &str) -> Result<(), String> {
    let count = |text: &str| script.lines().filter(|line| *line == text).count();
    let whole = count("BEGIN;") == 1 && count("COMMIT;") == 1 && script.ends_with("COMMIT;\n");
    let limits = ["lock_timeout = '500ms'", "statement_timeout = '30s'", "idle_in_transaction_session_timeout = '30s'"];
    let bounded = limits.iter().all(|limit| script.contains(&format!("SET LOCAL {limit};")));
    if whole && bounded { Ok(()) } else { Err(format!("not one transaction with an end to all its waiting:\n{script}")) }
}

fn empty_database(name: &str, compiled: &rowgate::project::Compiled) -> Result<Database, String> {
    let database = Database::create(name)?;
    let meaning = compiled.meaning.as_ref().ok_or("errors")?;
    database.apply(DEPLOYER, &ddl::create(&meaning.model.catalog))?;
    Ok(database)
}

/// What policies, grants, functions, owners and flags the server has, as it prints them.
pub fn catalog(client: &mut Client) -> Result<String, String> {
    const QUERY: &str = "
        SELECT format('policy %s.%s %s %s %s %s using %s check %s: %s', p.schemaname, p.tablename, p.policyname, p.permissive, p.roles,
                      p.cmd, p.qual, p.with_check,
                      (SELECT obj_description(o.oid, 'pg_policy') FROM pg_policy o
                       WHERE o.polname = p.policyname AND o.polrelid = format('%I.%I', p.schemaname, p.tablename)::regclass))
        FROM pg_policies p
        UNION ALL
        SELECT format('table %s %s %s owner %s', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole)
        FROM pg_class c WHERE c.relkind IN ('r', 'S') AND c.relnamespace::regnamespace::text IN ('public', 'crm')
        UNION ALL
        SELECT format('grant %s %s to %s by %s', c.oid::regclass, a.privilege_type, a.grantee, a.grantor::regrole)
        FROM pg_class c,
             aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))) a
        WHERE c.relkind IN ('r', 'S') AND c.relnamespace::regnamespace::text IN ('public', 'crm')
        UNION ALL
        SELECT format('grant %s.%s %s to %s', t.attrelid::regclass, t.attname, a.privilege_type, a.grantee::regrole)
        FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attacl IS NOT NULL
        UNION ALL
        SELECT format('schema %s owner %s %s to %s', n.nspname, n.nspowner::regrole, a.privilege_type, a.grantee)
        FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        UNION ALL
        SELECT format('function %s owner %s: %s; %s; %s', f.oid::regprocedure, f.proowner::regrole, obj_description(f.oid, 'pg_proc'),
                      (SELECT string_agg(format('%s to %s', a.privilege_type, a.grantee), ', ' ORDER BY a.grantee)
                       FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a),
                      pg_get_functiondef(f.oid))
        FROM pg_proc f WHERE f.pronamespace::regnamespace::text IN ('rowgate', 'look', 'guard')
        UNION ALL
        SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t WHERE NOT t.tgisinternal
        UNION ALL
        SELECT format('view %s owner %s %s %s: %s', c.oid::regclass, c.relowner::regrole, c.reloptions, c.relacl, pg_get_viewdef(c.oid))
        FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text = 'masked'
        UNION ALL
        SELECT format('member %s of %s', m.member::regrole, m.roleid::regrole) FROM pg_auth_members m
        WHERE m.member = 'deployer'::regrole AND m.grantor = 'deployer'::regrole
        ORDER BY 1";
    client.batch_execute("SET search_path = pg_catalog").map_err(|error| db::describe_error(&error))?;
    let rows = client.query(QUERY, &[]).map_err(|error| db::describe_error(&error))?;
    Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

pub fn first_difference(expected: &str, found: &str) -> String {
    let missing: Vec<&str> = expected.lines().filter(|line| !found.lines().any(|other| other == *line)).collect();
    let extra: Vec<&str> = found.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect();
    format!("missing:\n{}\nextra:\n{}", missing.join("\n"), extra.join("\n"))
}

fn same_bytes() -> Result<(), String> {
    let mut random = Random::new(3);
    for _ in 0..50 {
        let (compiled, config, mut files) = random::project(&mut random);
        let expected = plan::desired_state(&compiled.state().ok_or("no state")?);
        random.shuffle(&mut files);
        let again = random::compile(&config, random::SCHEMA, &files);
        if plan::desired_state(&again.state().ok_or("no state")?) != expected {
            return Err(format!("another order of files gives other bytes:\n{expected}"));
        }
    }
    Ok(())
}

/// The deploying role has to find the functions of a policy also when it makes none of them.
/// The application's own migration comes first: it drops a column that a grant names and one that only look-ups read, of which no policy says so.
fn dropped_columns() -> Result<(), String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: x, projects: x }\n";
    let project = |columns: &str, of_project: &str, rule: &str| {
        let schema = format!(
            "version: 1\ntables:\n  users: {{ columns: {{ id: integer }} }}\n  projects: {{ columns: {{ id: integer{of_project} }} }}\n  \
             docs: {{ columns: {{ id: integer, title: text, owner: {{ type: integer, references: users }}, \
             project: {{ type: integer, references: projects }}{columns} }} }}"
        );
        let policy = format!("table docs {{ rule \"r\" for Authenticated {{ {rule} }} }}");
        let compiled = random::compile(config, &schema, &[("docs.policy".to_owned(), policy)]);
        compiled.state().map(|state| (compiled, state)).ok_or("errors")
    };
    let leader = ", leader: { type: integer, references: users }, name: text";
    let through =
        "where Project's Leader is Logged in User or Owner is Logged in User allow read (id, title, amount), create (id, amount)";
    let (compiled, before) = project(", amount: integer", leader, through)?;
    // Of the look-ups nothing is left; or they read another column.
    let own = project("", "", "where Owner is Logged in User allow read (id, title), create (id)")?;
    let by_name = project("", ", name: text", "where Project's Name is \"a\" allow read (id, title), create (id)")?;
    for (index, (_, after)) in [own, by_name].iter().enumerate() {
        let database = empty_database(&format!("dropped{index}"), &compiled)?;
        database.apply(DEPLOYER, &plan::desired_state(&before))?;
        database.apply(DEPLOYER, "ALTER TABLE docs DROP COLUMN amount; ALTER TABLE projects DROP COLUMN leader")?;
        database.apply(DEPLOYER, &plan::migration("test", &before, after).ok_or("nothing to do")?)?;
    }
    Ok(())
}

/// The last look-ups go: their owner finds their schema until they are gone.
fn left_last() -> Result<(), String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: x, companies: x, teams: x, members: x, projects: x }\n";
    let state = |condition: &str| {
        let policy = format!("table crm.tasks {{ rule \"r\" for Authenticated {{ {condition} allow read }} }}");
        let compiled = random::compile(config, random::SCHEMA, &[("tasks.policy".to_owned(), policy)]);
        compiled.state().map(|state| (compiled, state)).ok_or("errors")
    };
    let ((compiled, before), (_, after)) = (state("where Project's Owner equals Logged in User")?, state("")?);
    let database = empty_database("leftlast", &compiled)?;
    database.apply(DEPLOYER, &plan::desired_state(&before))?;
    for (from, to) in [(&before, &after), (&after, &before)] {
        database.apply(DEPLOYER, &plan::migration("test", from, to).ok_or("nothing to do")?)?;
    }
    let script = plan::migration("test", &before, &after).ok_or("nothing to do")?;
    let at = |words: &str| script.find(words).ok_or_else(|| format!("there is no {words}"));
    if at("REVOKE USAGE ON SCHEMA rowgate")? < at("DROP FUNCTION rowgate")? {
        return Err("the schema is left before its functions are gone".to_owned());
    }
    Ok(())
}

/// Names carry what functions do, so they stay where that stays: of two states, only functions of the table whose rule changed have others.
fn names_stay() -> Result<(), String> {
    let folder = temporary("names_stay")?;
    copy_files(&root().join("policies/team_rbac"), &folder)?;
    let functions = || -> Result<BTreeSet<String>, String> {
        let state = project::compile(&folder)?.state().ok_or("no state")?;
        let is_function = |object: &&Object| matches!(object.kind(), Kind::Function | Kind::Guard);
        Ok(state.objects.iter().filter(is_function).map(|object| object.id().name.clone()).collect())
    };
    let before = functions()?;
    let support = "\"Support sees every project\" for Support Agent {";
    edit(&folder, "projects.policy", support, &format!("{support} where Status is \"open\""));
    let after = functions()?;
    let renamed: Vec<&String> = before.symmetric_difference(&after).collect();
    let is_of_another = |name: &&&String| !name.contains("projects");
    if let Some(other) = renamed.iter().find(is_of_another) {
        return Err(format!("{other} is of another table"));
    }
    // Of those about projects, most stay as well.
    let stay = before.intersection(&after).filter(|name| name.contains("projects")).count();
    if renamed.is_empty() || stay < renamed.len() {
        return Err(format!("{stay} stay, renamed are {renamed:?}"));
    }
    Ok(())
}

fn same_functions() -> Result<(), String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: x, companies: x, teams: x, members: x, projects: x }\n";
    let state = |operations: &str| {
        let policy = format!(
            "table crm.tasks {{ rule \"r\" for Authenticated {{ where Project's Owner equals Logged in User\n allow {operations} }} }}"
        );
        let compiled = random::compile(config, random::SCHEMA, &[("tasks.policy".to_owned(), policy)]);
        compiled.state().map(|state| (compiled, state)).ok_or("errors")
    };
    let ((compiled, before), (_, after)) = (state("read")?, state("read, delete")?);
    let database = empty_database("samefunctions", &compiled)?;
    database.apply(DEPLOYER, &plan::desired_state(&before))?;
    let script = plan::migration("test", &before, &after).ok_or("nothing to do")?;
    if script.split("-- Nobody may do more").next().is_some_and(|steps| steps.contains("FUNCTION")) {
        return Err(format!("a function changes:\n{script}"));
    }
    database.apply(DEPLOYER, &script)
}

/// What the first version recorded (`tests/states/version_1.json`), with roles, functions and views that belonged to the lookup role: it is
/// left for good, the rules hold, and the way back is open.
fn from_version_1() -> Result<(), String> {
    let folder = crate::root().join("tests/states");
    let old = recorded_by(1)?;
    let compiled = crate::project::compile(&folder)?;
    let model = crate::project::model(&compiled)?;
    let new = compiled.state().ok_or("no state")?;
    if old.version != 1 || new.version != rowgate::objects::VERSION {
        return Err(format!("from version {} to {}", old.version, new.version));
    }
    let (files, _) = compiled.scenarios();
    let (_, scenarios) = files.first().ok_or("no scenarios")?;
    let migration = |from: &State, to: &State| plan::migration("test", from, to).ok_or("nothing to do");
    let fresh = empty_database("version2", &compiled)?;
    fresh.apply(DEPLOYER, &plan::desired_state(&new))?;
    let expected = catalog(&mut fresh.connect("postgres")?)?;

    let database = empty_database("version1", &compiled)?;
    // The record of changes had fewer columns.
    database.apply(DEPLOYER, "DROP TABLE public.change_log")?;
    let mut observer = database.connect("postgres")?;
    let empty = catalog(&mut observer)?;
    database.apply(DEPLOYER, &migration(&State::empty(), &old)?)?;
    let before = catalog(&mut observer)?;
    if !before.contains("owner state_lookup") {
        return Err(format!("the old state has nothing of the lookup role:\n{before}"));
    }
    db::insert_rows(&mut observer, &model.catalog, scenarios).map_err(|error| db::describe_error(&error))?;
    database.apply(DEPLOYER, &migration(&old, &new)?)?;
    let found = catalog(&mut observer)?;
    if found != expected {
        return Err(format!("from version 1:\n{}", first_difference(&expected, &found)));
    }
    let failures = crate::project::run(&database, model, scenarios)?;
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    database.apply(DEPLOYER, &migration(&new, &old)?)?;
    let found = catalog(&mut observer)?;
    if found != before {
        return Err(format!("back to version 1:\n{}", first_difference(&before, &found)));
    }
    database.apply(DEPLOYER, &migration(&old, &State::empty())?)?;
    let found = catalog(&mut observer)?;
    // The record of changes stays, whatever becomes of the rules.
    let left: Vec<&str> = found.lines().filter(|line| !empty.contains(line) && !line.contains("change_log")).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("left of version 1:\n{}", left.join("\n"))) }
}

fn recorded_by(version: u32) -> Result<State, String> {
    let path = crate::root().join(format!("tests/states/version_{version}.json"));
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    State::read(&text).map_err(|error| error.to_string())
}

/// What the second version recorded as statements (`tests/states/version_2.json`) is known again, object by object: what a migration leads to is
/// what is made anew, and the way back is open.
fn from_version_2() -> Result<(), String> {
    let old = recorded_by(2)?;
    let compiled = crate::project::compile(&crate::root().join("tests/states"))?;
    let new = compiled.state().ok_or("no state")?;
    let known = old.objects.iter().filter(|old| new.objects.iter().any(|new| new.id() == old.id() && new.same(old))).count();
    // Functions whose content changes have other names, and what calls them changes with them.
    if old.version != 2 || 2 * known < old.objects.len() {
        return Err(format!("of version {}, {known} of {} objects are known again", old.version, old.objects.len()));
    }
    let fresh = empty_database("version3", &compiled)?;
    fresh.apply(DEPLOYER, &plan::desired_state(&new))?;
    let expected = catalog(&mut fresh.connect("postgres")?)?;
    let database = empty_database("fromversion2", &compiled)?;
    let mut observer = database.connect("postgres")?;
    database.apply(DEPLOYER, &plan::migration("test", &State::empty(), &old).ok_or("nothing to make")?)?;
    let before = catalog(&mut observer)?;
    for (from, to, expected) in [(&old, &new, &expected), (&new, &old, &before)] {
        if let Some(script) = plan::migration("test", from, to) {
            database.apply(DEPLOYER, &script)?;
        }
        let found = catalog(&mut observer)?;
        if found != *expected {
            return Err(format!("from version {} to {}:\n{}", from.version, to.version, first_difference(expected, &found)));
        }
    }
    Ok(())
}

/// Columns once stood in the order of their names. No view can be given another order in its place, so it is made anew; and the way back is open.
fn order_of_columns() -> Result<(), String> {
    const COLUMNS: [&str; 5] = ["id", "title", "owner_id", "body", "amount"];
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: x }\nmasking: { schema: masked }\n";
    let policy = "table docs { rule \"all\" for Authenticated { allow read (id, title, amount), update (title) }
        rule \"own\" for Authenticated { allow read when Owner is Logged in User } }";
    let project = |columns: &[&str]| {
        let typed = columns.iter().map(|column| match *column {
            "title" | "body" => format!("{column}: text"),
            "owner_id" => format!("{column}: {{ type: integer, references: users }}"),
            _ => format!("{column}: integer"),
        });
        let typed = typed.collect::<Vec<_>>().join(", ");
        let schema =
            format!("version: 1\ntables: {{ users: {{ columns: {{ id: integer }} }}, docs: {{ columns: {{ {typed} }} }} }}");
        let compiled = random::compile(config, &schema, &[("docs.policy".to_owned(), policy.to_owned())]);
        compiled.state().map(|state| (compiled, state)).ok_or("errors")
    };
    let mut sorted = COLUMNS;
    sorted.sort_unstable();
    let ((compiled, old), (_, new)) = (project(&sorted)?, project(&COLUMNS)?);
    let fresh = empty_database("ordered", &compiled)?;
    fresh.apply(DEPLOYER, &plan::desired_state(&new))?;
    let expected = catalog(&mut fresh.connect("postgres")?)?;

    let database = empty_database("reordered", &compiled)?;
    let mut observer = database.connect("postgres")?;
    for (from, to, order) in [(&State::empty(), &old, sorted), (&old, &new, COLUMNS), (&new, &old, sorted), (&old, &new, COLUMNS)]
    {
        database.apply(DEPLOYER, &plan::migration("test", from, to).ok_or("nothing to do")?)?;
        let found = observer
            .query("SELECT attname::text FROM pg_attribute WHERE attrelid = 'masked.docs'::regclass ORDER BY attnum", &[])
            .map_err(|error| db::describe_error(&error))?;
        let found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        if found != order {
            return Err(format!("the view's columns are {found:?}, not {order:?}"));
        }
    }
    let found = catalog(&mut observer)?;
    if found == expected { Ok(()) } else { Err(first_difference(&expected, &found)) }
}

/// So many tables take more locks than the server of the tests has room for: 64 for each of 40 connections, by default. Nothing has happened then.
fn room_for_locks() -> Result<(), String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: x }\n";
    let mut schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n".to_owned();
    let mut policy = String::new();
    for table in 0..2000 {
        schema.push_str(&format!(
            "  t{table}: {{ columns: {{ id: integer, owner_id: {{ type: integer, references: users }} }} }}\n"
        ));
        policy.push_str(&format!(
            "table t{table} {{ rule \"r\" for Authenticated {{ where Owner is Logged in User\n allow read }} }}\n"
        ));
    }
    let compiled = random::compile(config, &schema, &[("t.policy".to_owned(), policy)]);
    let state = compiled.state().ok_or("no state")?;
    let database = Database::create("room")?;
    match database.apply(DEPLOYER, &plan::desired_state(&state)) {
        Err(reason)
            if reason.contains("locks, and the server has room for 3968") && reason.contains("max_locks_per_transaction") =>
        {
            Ok(())
        }
        other => Err(format!("expected to be told of the locks: {other:?}")),
    }
}

/// A reader holds a table: the migration gives up within its timeout, the reader is not ended, and nothing has changed.
fn lock_timeout() -> Result<(), String> {
    let (compiled, ..) = random::project(&mut Random::new(4));
    let state = compiled.state().ok_or("no state")?;
    let database = empty_database("locked", &compiled)?;
    let mut observer = database.connect("postgres")?;
    let before = catalog(&mut observer)?;
    let mut reader = database.connect("postgres")?;
    let describe = |error: db::DatabaseError| db::describe_error(&error);
    reader.batch_execute("BEGIN; SELECT count(*) FROM public.users").map_err(describe)?;
    let outcome = database.apply(DEPLOYER, &plan::desired_state(&state));
    reader.batch_execute("SELECT count(*) FROM public.users; COMMIT").map_err(describe)?;
    match outcome {
        Err(reason) if reason.contains("55P03") => {}
        other => return Err(format!("expected the lock to time out: {other:?}")),
    }
    if catalog(&mut observer)? != before {
        return Err("the migration that failed has changed something".to_owned());
    }
    Ok(())
}
