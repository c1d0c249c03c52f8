//! What became of a database since rules were applied, as a user sees it: what `rowgate verify` says, and what a repair makes again.

use std::time::Duration;

use libtest_mimic::Trial;
use rowgate::db;

use crate::cluster::DEPLOYER;
use crate::commands::{expect, write};
use crate::deploying::Site;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("drift::a_repair_keeps_what_is_recorded_of_deployments_before", kept),
        trial("drift::a_repair_needs_no_facts", without_facts),
        trial("drift::a_repair_makes_again_what_depends_on_it_and_no_more", no_more),
        trial("drift::what_is_gone_is_told_once_and_whose_it_is", told_once),
        trial("drift::who_looks_waits_and_says_for_whom", looks),
        trial("drift::who_acts_is_told_in_words", who_acts),
        trial("drift::nothing_is_applied_on_top_of_what_was_not_told", on_top),
        trial("drift::what_others_do_and_what_is_nobodys_business_stops_nothing", in_passing),
        trial("drift::what_weighs_most_is_told_first_and_best", weights),
        trial("drift::rules_that_are_not_applied_yet_hide_nothing", ahead),
        trial("drift::a_report_says_why_nothing_was_compared", unreached),
    ]
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// What policies call is made again with all of them. The record says all the same what was deployed before.
fn kept() -> Result<(), String> {
    let site = Site::new("kept")?;
    site.ends(0, &["apply", "--yes", "--title", "first"])?;
    for number in 2..4 {
        site.deployer("ALTER FUNCTION rowgate.facts(boolean) COST 200")?;
        site.ends(1, &["verify"])?;
        site.ends(0, &["apply", "--yes", "--repair", "--title", "repaired"])?;
        let (_, err) = site.ends(0, &["verify"])?;
        expect(err.contains(&format!("deployment {number}: \"repaired\"")), &err)?;
        expect(site.seen_by(1)? == [1], "the rules hold")?;
    }
    let mut client = site.database.connect(DEPLOYER)?;
    let titles = "SELECT string_agg(title, ' ' ORDER BY number) FROM rowgate.applied";
    let titles: String = client.query_one(titles, &[]).map_err(failed)?.get(0);
    expect(titles == "first repaired repaired", &titles)
}

/// Whatever became of the facts, and of what the rules made meanwhile.
fn without_facts() -> Result<(), String> {
    let site = Site::new("without_facts")?;
    site.ends(0, &["apply", "--yes", "--title", "first"])?;
    let broken = [
        "DROP TABLE rowgate.fact",
        "DROP FUNCTION rowgate.facts(boolean)",
        "ALTER TABLE rowgate.fact DROP COLUMN tree",
        "ALTER FUNCTION rowgate.facts(boolean) RENAME TO facts_of_old",
        "CREATE OR REPLACE FUNCTION rowgate.facts(printed boolean) RETURNS TABLE (kind text, name text, attributes text, tree text, print text)
           LANGUAGE plpgsql STABLE AS 'BEGIN RAISE EXCEPTION ''none''; END'",
    ];
    for (number, statement) in broken.into_iter().enumerate() {
        site.deployer(statement)?;
        site.deployer("ALTER POLICY rowgate_read_without_facts_user ON docs USING (true); DROP POLICY rowgate_delete_without_facts_user ON docs")?;
        for command in [&["verify"][..], &["plan"], &["apply", "--yes"]] {
            site.ends(2, command)?;
        }
        // What others made stays theirs.
        if number == 3 {
            let (_, err) = site.ends(2, &["apply", "--yes", "--repair"])?;
            expect(err.contains("rowgate.facts_of_old(boolean): stands among what is generated"), &err)?;
            site.deployer("DROP FUNCTION rowgate.facts_of_old(boolean)")?;
        }
        let (_, err) = site.ends(0, &["apply", "--yes", "--repair"])?;
        expect(err.contains("is not known, so all of it is made anew"), &format!("{statement}: {err}"))?;
        let (_, err) = site.ends(0, &["verify"])?;
        expect(err.contains(&format!("deployment {}:", number + 2)), &err)?;
        expect(site.seen_by(1)? == [1], "the rules hold")?;
    }
    Ok(())
}

/// A look-up that somebody replaced is made again with what calls it: the rest is not touched.
fn no_more() -> Result<(), String> {
    let site = Site::new("no_more")?;
    write(
        &site.folder,
        "docs.policy",
        "table docs {\n  rule \"Own\" for Authenticated {\n    allow read when Owner is Logged in User or any record of users where (Name is \"Ann\" and Id is this record's Owner)\n    \
         allow create, update (title), delete when Owner is Logged in User\n  }\n}\n",
    );
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    let one = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND proname <> 'facts' ORDER BY 1 LIMIT 1";
    let function: String = admin.query_one(one, &[]).map_err(failed)?.get(0);
    admin.batch_execute(&format!("ALTER FUNCTION {function} COST 7")).map_err(failed)?;
    site.ends(1, &["verify"])?;
    let (out, _) = site.ends(0, &["apply", "--yes", "--repair"])?;
    expect(out.contains(&function) && out.contains("+ policy          undecided  public.docs rowgate_read_no_more_user"), &out)?;
    for untouched in ["rowgate_delete_no_more_user", "row security", "facts(boolean)"] {
        expect(!out.contains(untouched), &format!("{untouched} is made again: {out}"))?;
    }
    site.ends(0, &["verify"])?;
    // What nothing depends on is made again alone.
    site.deployer("ALTER FUNCTION rowgate.facts(boolean) COST 200")?;
    let (out, _) = site.ends(0, &["apply", "--yes", "--repair"])?;
    expect(out.lines().filter(|line| line.starts_with(['+', '-', '!', '~'])).count() == 2, &out)?;
    site.ends(0, &["verify"])?;
    Ok(())
}

fn told_once() -> Result<(), String> {
    let site = Site::new("told_once")?;
    site.ends(0, &["apply", "--yes"])?;
    site.deployer("DROP POLICY rowgate_delete_told_once_user ON docs; ALTER TABLE docs DISABLE ROW LEVEL SECURITY; ALTER TABLE docs NO FORCE ROW LEVEL SECURITY")?;
    let (out, err) = site.ends(1, &["verify"])?;
    let is_once = out.matches("rowgate_delete_told_once_user").count() == 1 && !out.contains("beyond the rules");
    expect(
        is_once && out.contains("undo:  `rowgate apply --repair` makes it again\n") && err.contains("2 differences"),
        &format!("{out}{err}"),
    )?;
    site.ends(0, &["apply", "--yes", "--repair"])?;
    site.deployer("ALTER TABLE docs DROP CONSTRAINT docs_owner_id_fkey")?;
    let (out, _) = site.ends(1, &["verify"])?;
    expect(
        out.contains("undo:  ALTER TABLE public.docs ADD CONSTRAINT docs_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id)\n"),
        &out,
    )
}

/// What is as it was needs no table; where something is printed, whoever holds a table is waited for, and named.
fn looks() -> Result<(), String> {
    let site = Site::new("looks")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut holder = site.database.connect(DEPLOYER)?;
    let held = "BEGIN; LOCK TABLE docs IN ACCESS EXCLUSIVE MODE";
    holder.batch_execute(held).map_err(failed)?;
    site.ends(0, &["verify"])?;
    holder.batch_execute("ROLLBACK").map_err(failed)?;
    site.deployer("ALTER POLICY rowgate_read_looks_user ON docs USING (true)")?;
    holder.batch_execute(held).map_err(failed)?;
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).map_err(failed)?.get(0);
    let (_, err) = site.ends(2, &["verify"])?;
    let named = format!("public.docs is held exclusively by deployer (pid {pid}, since ");
    expect(err.matches(&named).count() == 5 && err.contains("waited for 5 times") && err.contains("(try 4 of 5)"), &err)?;
    // Nor is all of it made anew, because somebody is in the way.
    let (_, err) = site.ends(2, &["apply", "--yes", "--repair"])?;
    expect(err.contains(&named) && !err.contains("made anew"), &err)?;
    let let_go = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        holder.batch_execute("ROLLBACK").map_err(failed)
    });
    let (out, err) = site.ends(1, &["verify"])?;
    let_go.join().map_err(|_| "the holder failed")??;
    expect(err.contains(&named) && out.contains("was altered"), &format!("{out}{err}"))
}

/// Who is outside of the rules is told at first sight; who came to act as somebody since, by `verify`.
fn who_acts() -> Result<(), String> {
    let site = Site::new("who_acts")?;
    let mut admin = site.database.connect("postgres")?;
    admin
        .batch_execute(
            "CREATE ROLE who_acts_job LOGIN BYPASSRLS; GRANT SELECT ON docs TO who_acts_job; CREATE ROLE who_acts_user; \
             CREATE ROLE who_acts_web LOGIN IN ROLE who_acts_user; ALTER ROLE who_acts_web SET app.user_id = '2'",
        )
        .map_err(failed)?;
    let told = [
        "who_acts_job: bypasses row-level security, and has rights at public.docs",
        "ALTER ROLE who_acts_job NOBYPASSRLS",
        "who_acts_web: begins its sessions with app.user_id set to '2'",
        "ALTER ROLE who_acts_web RESET app.user_id",
    ];
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let (_, err) = site.ends(0, command)?;
        expect(told.iter().all(|told| err.contains(told)), &err)?;
    }
    // It was there when it was applied.
    site.ends(0, &["verify"])?;
    admin.batch_execute("CREATE ROLE who_acts_other LOGIN IN ROLE who_acts_user").map_err(failed)?;
    let (out, err) = site.ends(0, &["verify"])?;
    let is_told = err.contains("membership of who_acts_other in who_acts_user was added")
        && err.contains("REVOKE who_acts_user FROM who_acts_other");
    expect(out.is_empty() && is_told && err.contains("nothing is otherwise"), &format!("{out}{err}"))?;
    let open = format!("ALTER DATABASE {} SET app.user_id = '1'; ALTER ROLE who_acts_web BYPASSRLS", site.database.name());
    admin.batch_execute(&open).map_err(failed)?;
    let (out, _) = site.ends(1, &["verify"])?;
    let undo = "undo:  DO 'BEGIN EXECUTE format(''ALTER ROLE ALL IN DATABASE %I RESET app.user_id'', current_database()); END'";
    let means = "no policy holds for who_acts_web: it reaches every row that it has a right to";
    expect(out.contains(undo) && out.contains(means) && out.contains("ALTER ROLE who_acts_web NOBYPASSRLS"), &out)?;
    admin.batch_execute("DROP OWNED BY who_acts_job; DROP ROLE who_acts_job, who_acts_web, who_acts_other").map_err(failed)
}

/// What lets somebody do more, and that the last step does not judge, each with what undoes it.
const NOT_TOLD: [(&str, &str); 7] = [
    ("GRANT SELECT ON docs TO on_top_other", "REVOKE SELECT ON docs FROM on_top_other"),
    ("GRANT SELECT (name) ON users TO on_top_other", "REVOKE SELECT (name) ON users FROM on_top_other"),
    ("ALTER TABLE users OWNER TO on_top_other", "ALTER TABLE users OWNER TO deployer"),
    ("ALTER DATABASE @ SET app.user_id = '2'", "ALTER DATABASE @ RESET app.user_id"),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public GRANT SELECT ON TABLES TO on_top_other",
        "ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public REVOKE SELECT ON TABLES FROM on_top_other",
    ),
    ("GRANT on_top_user TO on_top_other WITH ADMIN OPTION", "REVOKE on_top_user FROM on_top_other"),
    ("CREATE VIEW all_docs AS SELECT * FROM docs; GRANT SELECT ON all_docs TO on_top_other", "DROP VIEW all_docs"),
];

fn on_top() -> Result<(), String> {
    let site = Site::new("on_top")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    admin.batch_execute("DROP ROLE IF EXISTS on_top_other; CREATE ROLE on_top_other").map_err(failed)?;
    let rule = |condition: &str| {
        let text = format!(
            "table docs {{\n  rule \"Own\" for Authenticated {{ where Owner is Logged in User {condition} allow read, create, update (title), delete }}\n}}\n"
        );
        write(&site.folder, "docs.policy", text);
    };
    for (open, close) in
        NOT_TOLD.map(|pair| (pair.0.replace('@', site.database.name()), pair.1.replace('@', site.database.name())))
    {
        admin.batch_execute(&open).map_err(failed)?;
        let (verified, _) = site.ends(1, &["verify"])?;
        // Neither with other rules nor with the same, and not by a script that does not ask the command.
        rule("and Public is not empty");
        let (_, script, _) = site.run(&["apply", "--dry-run"])?;
        expect(script.is_empty(), &format!("{open}: a script is printed"))?;
        let (_, err) = site.ends(1, &["apply", "--yes", "--allow-widening"])?;
        expect(err.contains("what is in force is not what was applied"), &format!("{open}: {err}"))?;
        rule("");
        site.ends(1, &["apply", "--yes", "--allow-widening"])?;
        expect(site.ends(1, &["verify"])?.0 == verified, &format!("{open}: it is told no more"))?;
        // Who has looked at it says so twice.
        let (_, err) = site.ends(2, &["apply", "--yes", "--repair"])?;
        expect(err.contains("--allow-widening"), &format!("{open}: {err}"))?;
        site.ends(0, &["apply", "--yes", "--repair", "--allow-widening"])?;
        site.ends(0, &["verify"])?;
        admin.batch_execute(&close).map_err(failed)?;
        site.ends(0, &["apply", "--yes", "--repair", "--allow-widening"])?;
    }
    // A script that was made before is no way around it.
    rule("and Public is not empty");
    let (script, _) = site.ends(0, &["apply", "--dry-run"])?;
    admin.batch_execute(NOT_TOLD[0].0).map_err(failed)?;
    let error = site.deployer(&script).err().unwrap_or_default();
    expect(
        error.contains("what is in force is not what was applied: grant SELECT on public.docs to on_top_other was added"),
        &error,
    )?;
    admin.batch_execute("ROLLBACK; DROP OWNED BY on_top_other; DROP ROLE on_top_other").map_err(failed)
}

/// What a team's own migrations do, what a database is set to, and what nobody may look at.
fn in_passing() -> Result<(), String> {
    let site = Site::new("in_passing")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    admin.batch_execute("DROP ROLE IF EXISTS in_passing_web; CREATE ROLE in_passing_web LOGIN").map_err(failed)?;
    let name = site.database.name();
    let statements = [
        "GRANT in_passing_user TO in_passing_web".to_owned(),
        "SET ROLE deployer; CREATE TABLE notes (id serial PRIMARY KEY, doc_id integer REFERENCES docs); RESET ROLE".to_owned(),
        "SET ROLE deployer; CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER tidy BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION tidy(); RESET ROLE"
            .to_owned(),
        "CREATE SCHEMA apart; CREATE MATERIALIZED VIEW apart.all_docs AS SELECT * FROM docs".to_owned(),
        format!("ALTER DATABASE {name} SET quote_all_identifiers = on"),
    ];
    for (number, statement) in statements.iter().enumerate() {
        admin.batch_execute(statement).map_err(failed)?;
        let (code, out, err) = site.run(&["verify"])?;
        expect(code < 2, &format!("{statement}: {out}{err}"))?;
        let condition = if number % 2 == 0 { "and Public is not empty" } else { "" };
        let text = format!(
            "table docs {{\n  rule \"Own\" for Authenticated {{ where Owner is Logged in User {condition} allow read, create, update (title), delete }}\n}}\n"
        );
        write(&site.folder, "docs.policy", text);
        site.ends(0, &["apply", "--yes", "--allow-widening"])?;
        site.ends(0, &["verify"])?;
    }
    // Columns that the schema file does not know yet are told; the sequences that came with them mean nothing.
    site.deployer("ALTER TABLE docs ADD COLUMN number serial, ADD COLUMN place integer GENERATED BY DEFAULT AS IDENTITY")?;
    let (out, _) = site.ends(1, &["verify"])?;
    expect(out.contains("beyond the rules: public.docs.number") && !out.contains("sequence"), &out)?;
    crate::commands::edit(&site.folder, "docs.policy", "update (title), delete", "update (title)");
    site.ends(0, &["apply", "--yes"])?;
    expect(site.seen_by(2)? == [2, 3], "the rules hold")?;
    site.ends(0, &["pull"])?;
    let pulled = std::fs::read_to_string(site.folder.join("schema.yaml")).map_err(|error| error.to_string())?;
    expect(pulled.contains("\n  docs:\n") && !pulled.contains('"'), &pulled)?;
    admin.batch_execute("DROP OWNED BY in_passing_web; DROP ROLE in_passing_web").map_err(failed)
}

/// Whoever reads the first line knows the worst, and the last step's words are better than the record's.
fn weights() -> Result<(), String> {
    let site = Site::new("weights")?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    let made = "CREATE FUNCTION all_docs() RETURNS SETOF docs LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.docs';
        CREATE POLICY everybody ON docs USING (true); GRANT UPDATE (owner_id) ON docs TO weights_user; ALTER TABLE docs DISABLE ROW LEVEL SECURITY";
    admin.batch_execute(made).map_err(failed)?;
    let (out, _) = site.ends(1, &["verify"])?;
    expect(out.starts_with("table public.docs was altered\n  means: row-level security is off"), &out)?;
    let words = "function public.all_docs() was added\n  means: runs as postgres, whom no policy holds, and PUBLIC may call it\n  \
                 now:   owned by postgres (runs as its owner)\n  undo:  ALTER ROUTINE public.all_docs() SECURITY INVOKER\n";
    expect(out.contains(words) && !out.contains("beyond the rules: public.all_docs"), &out)?;
    // In the order in which they are told, the statements work.
    for undo in out.lines().filter_map(|line| line.strip_prefix("  undo:  ")) {
        admin.batch_execute(undo).map_err(|error| format!("{undo}: {}", failed(error)))?;
    }
    site.ends(0, &["verify"])?;
    // Whoever came to own something is no less than before when they have lost it.
    admin.batch_execute("CREATE ROLE weights_dba SUPERUSER; ALTER TABLE docs OWNER TO weights_dba").map_err(failed)?;
    let (out, _) = site.ends(1, &["verify"])?;
    let back = "undo:  ALTER TABLE public.docs OWNER TO deployer\n";
    let is_told =
        out.contains("SUPERUSER of weights_dba was added\n") && out.contains("; that counts since it came to own something\n");
    expect(is_told && out.matches(back).count() == 2 && !out.contains("NOSUPERUSER"), &out)?;
    admin.batch_execute("ALTER TABLE docs OWNER TO deployer; DROP ROLE weights_dba").map_err(failed)?;
    site.ends(0, &["verify"])?;
    Ok(())
}

/// The rules of the last deployment are asked then.
fn ahead() -> Result<(), String> {
    let site = Site::new("ahead")?;
    let mut admin = site.database.connect("postgres")?;
    site.ends(0, &["apply", "--yes"])?;
    let made = "CREATE TABLE copy (id integer, title text); GRANT SELECT ON copy TO ahead_user";
    admin.batch_execute(made).map_err(failed)?;
    let (out, _) = site.ends(1, &["verify"])?;
    expect(out.contains("beyond the rules: public.copy"), &out)?;
    crate::commands::edit(&site.folder, "docs.policy", ", delete }", " }");
    let (out, err) = site.ends(1, &["verify"])?;
    expect(
        out.contains("beyond the rules: public.copy")
            && err.contains("the rules say something else by now")
            && !err.contains("was not looked at")
            && err.contains("1 difference"),
        &format!("{out}{err}"),
    )
}

fn unreached() -> Result<(), String> {
    let site = Site::new("unreached")?;
    let url = "host=127.0.0.1 port=1 user=nobody dbname=nowhere";
    for format in ["junit", "sarif", "github"] {
        let (code, out, err) = crate::commands::rowgate(&site.folder, &["verify", "--format", format, "--database-url", url])?;
        expect(code == 2 && out.contains("nothing was compared: "), &format!("{format}: {code} {out}{err}"))?;
    }
    Ok(())
}
