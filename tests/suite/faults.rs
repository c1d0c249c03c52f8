//! What goes wrong while rules are applied: the process is killed, the server crashes, somebody else deploys, or holds what has to go. Afterwards it is the
//! old state or the new, nothing is locked, and `apply` again succeeds. On a server of its own, because crashes are the whole server's.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::cluster::{self, Cluster, DEPLOYER};
use crate::commands::{edit, expect, rowgate, write};
use crate::pages::copy_files;
use crate::{ddl, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("faults::killed_crashed_or_raced_it_is_the_old_state_or_the_new", interrupted),
        trial("faults::a_file_that_cannot_be_written_stays_as_it_was", disk_full),
    ]
}

/// Projects that are applied, each with an edit of its rules that makes the second step.
const PROJECTS: [(&str, &str, &str, &str); 3] = [
    ("user_items", "items.policy", "update, delete", "update"),
    ("team_rbac", "projects.policy", "for Support Agent {\n    allow read", "for Support Agent {\n    allow read, delete"),
    ("storage", "", "", ""),
];

/// A server, and copies of projects.
struct Bench {
    cluster: Cluster,
    folder: PathBuf,
}

/// A database for a project.
struct Place<'a> {
    bench: &'a Bench,
    database: String,
    project: PathBuf,
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

impl Bench {
    fn connect(&self, role: &str, database: &str) -> Result<Client, String> {
        db::connect(&self.url(role, database)).map_err(|error| error.to_string())
    }

    fn url(&self, role: &str, database: &str) -> String {
        format!("host={} user={role} dbname={database}", self.cluster.folder.display())
    }

    /// A new database with the tables of an example, and a copy of the example.
    fn place(&self, example: &str, number: usize) -> Result<Place<'_>, String> {
        let database = format!("{example}_{number}");
        let project = self.folder.join(&database);
        copy(&root().join("policies").join(example), &project)?;
        let mut admin = self.connect("postgres", "postgres")?;
        admin.batch_execute(&format!("CREATE DATABASE {database} OWNER {DEPLOYER}")).map_err(failed)?;
        // The tests' servers forget in a crash what was committed last; this one must not.
        admin.batch_execute(&format!("ALTER DATABASE {database} SET synchronous_commit = on")).map_err(failed)?;
        let catalog = project::model(&project::compile(&project)?)?.catalog.clone();
        self.connect(DEPLOYER, &database)?.batch_execute(&ddl::create(&catalog)).map_err(failed)?;
        Ok(Place { bench: self, database, project })
    }

    /// Kills a session, at which the server ends all others and recovers, and waits until it answers again.
    fn crash(&self, mut session: Client) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut witness = self.connect("postgres", "postgres")?;
        let pid: i32 = session.query_one("SELECT pg_backend_pid()", &[]).map_err(failed)?.get(0);
        kill(pid)?;
        while witness.batch_execute("").is_ok() {
            expect(Instant::now() < deadline, "the server did not crash")?;
            std::thread::sleep(Duration::from_millis(10));
        }
        while let Err(error) = self.connect("postgres", "postgres") {
            expect(Instant::now() < deadline, &error)?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Place<'_> {
    fn arguments<'a>(&'a self, url: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--database-url", url]].concat()
    }

    fn ends(&self, code: i32, arguments: &[&str]) -> Result<(String, String), String> {
        let url = self.bench.url(DEPLOYER, &self.database);
        let (found, out, err) = rowgate(&self.project, &self.arguments(&url, arguments))?;
        expect(found == code, &format!("{}: {arguments:?} ended with {found}:\n{out}\n{err}", self.database))?;
        Ok((out, err))
    }

    fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        let url = self.bench.url(DEPLOYER, &self.database);
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowgate"));
        command.args(self.arguments(&url, arguments)).current_dir(&self.project).env_remove("DATABASE_URL");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| error.to_string())
    }

    /// What is there of the rules: how many policies, functions and triggers, what the record says, and that nobody but who asks holds a lock or a lease.
    fn left(&self) -> Result<String, String> {
        let mut admin = self.bench.connect("postgres", &self.database)?;
        // A server goes on with what it was sent before it notices that its client is gone.
        let deadline = Instant::now() + Duration::from_secs(30);
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        while admin.query_one(others, &[]).map_err(failed)?.get::<_, i64>(0) > 0 {
            expect(Instant::now() < deadline, "somebody is still connected")?;
            std::thread::sleep(Duration::from_millis(20));
        }
        let objects = "SELECT format('%s policies, %s triggers, %s functions, %s locks, %s temporary, %s memberships',
            (SELECT string_agg(concat(polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), ',' ORDER BY polrelid, polname) FROM pg_policy),
            (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
            (SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'rowgate%'),
            (SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND pid IN (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend')),
            (SELECT count(*) FROM pg_class WHERE relpersistence = 't'),
            (SELECT count(*) FROM pg_auth_members WHERE member = 'deployer'::regrole AND NOT admin_option))";
        let mut left: String = admin.query_one(objects, &[]).map_err(failed)?.get(0);
        let has_record = "SELECT to_regclass('rowgate.applied') IS NOT NULL";
        if admin.query_one(has_record, &[]).map_err(failed)?.get(0) {
            let record = "SELECT format('%s deployments, %s objects, %s facts', (SELECT string_agg(state, ',' ORDER BY number) FROM rowgate.applied),
                (SELECT count(*) FROM rowgate.object), (SELECT count(*) FROM rowgate.fact))";
            left.push_str(&admin.query_one(record, &[]).map_err(failed)?.get::<_, String>(0));
        }
        Ok(left)
    }

    fn drop(self) -> Result<(), String> {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        self.bench.connect("postgres", "postgres")?.batch_execute(&statement).map_err(failed)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    drop(std::fs::remove_dir_all(to));
    std::fs::create_dir_all(to).map_err(|error| error.to_string())?;
    copy_files(from, to)
}

/// By the id of a process that this test started: a child, or a session of its server.
fn kill(pid: impl std::fmt::Display) -> Result<(), String> {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().map_err(|error| error.to_string())?;
    expect(status.success(), "the process cannot be killed")
}

fn interrupted() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let bench = Bench { cluster: cluster::start_another("-faults", None)?, folder };
    let result = PROJECTS.iter().try_for_each(|(example, ..)| killed(&bench, example)).and_then(|()| {
        cut_at_every_statement(&bench)?;
        crashed(&bench)?;
        raced(&bench)?;
        queue(&bench)?;
        in_use(&bench)?;
        standby(&bench)
    });
    bench.cluster.stop();
    result
}

/// The process is killed at one moment after the other, until it is through.
fn killed(bench: &Bench, example: &str) -> Result<(), String> {
    let place = bench.place(example, 0)?;
    let nothing = place.left()?;
    let started = Instant::now();
    place.ends(0, &["apply", "--yes"])?;
    let whole = started.elapsed();
    let all = place.left()?;
    place.drop()?;
    const MOMENTS: u32 = 6;
    let (mut old, mut new) = (0, 0);
    for moment in 1..=MOMENTS {
        let place = bench.place(example, moment as usize)?;
        let mut child = place.start(&["apply", "--yes"])?;
        std::thread::sleep(whole * moment / MOMENTS);
        // It may be through.
        drop(child.kill());
        child.wait().map_err(|error| error.to_string())?;
        let left = place.left()?;
        match &left {
            left if *left == nothing => old += 1,
            left if *left == all => new += 1,
            other => return Err(format!("neither the old state nor the new: {other}")),
        }
        place.ends(0, &["apply", "--yes"])?;
        place.ends(0, &["verify"])?;
        expect(place.left()? == all, "what is there after the second apply is not what is there after one")?;
        place.drop()?;
    }
    expect(old > 0, &format!("no apply was interrupted: {old} {new}"))
}

/// Before each statement of a script that makes, changes or takes away something, the process is killed and its session ends, or the session alone does.
fn cut_at_every_statement(bench: &Bench) -> Result<(), String> {
    // That takes minutes: by default, one statement in three, and of the large project one in sixteen.
    let every = [crate::times(3, 1), crate::times(16, 1)];
    let mut moments = 0;
    for ((example, file, from, to), every) in PROJECTS.iter().filter(|(_, file, ..)| !file.is_empty()).zip(every) {
        let place = bench.place(example, 95)?;
        moments += cut(bench, &place, every)?;
        edit(&place.project, file, from, to);
        moments += cut(bench, &place, every)?;
        place.drop()?;
    }
    eprintln!("cut at {moments} statements");
    expect(moments > 60, &format!("it was cut at {moments} statements only"))
}

/// An event trigger sleeps before the statement of this number.
const STOPS: &str = "CREATE SCHEMA stops; CREATE SEQUENCE stops.at;
    CREATE FUNCTION stops.stop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN IF nextval('stops.at') = current_setting('stops.number', true)::int THEN PERFORM pg_sleep(600); END IF; END $$;
    REVOKE ALL ON FUNCTION stops.stop() FROM PUBLIC;
    CREATE EVENT TRIGGER stops ON ddl_command_start EXECUTE FUNCTION stops.stop()";

/// A deployment, cut at one statement of so many after the other until it goes through; at how many.
fn cut(bench: &Bench, place: &Place<'_>, every: usize) -> Result<usize, String> {
    let before = place.left()?;
    let mut admin = bench.connect("postgres", &place.database)?;
    admin.batch_execute(STOPS).map_err(failed)?;
    let mut moments = 0;
    let through = loop {
        let number = 1 + moments * every;
        moments += 1;
        let next = format!("SELECT setval('stops.at', 1, false); ALTER DATABASE {} SET stops.number = {number}", place.database);
        // Setting it is such a statement, too, before the counting begins.
        admin
            .batch_execute(&format!("ALTER EVENT TRIGGER stops DISABLE; {next}; ALTER EVENT TRIGGER stops ENABLE ALWAYS"))
            .map_err(failed)?;
        let mut child = place.start(&["apply", "--yes", "--allow-widening"])?;
        let sleeping =
            format!("SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND wait_event = 'PgSleep'", place.database);
        let stopped = loop {
            if let Some(row) = admin.query(&sleeping, &[]).map_err(failed)?.first() {
                break Some(row.get::<_, i32>(0));
            }
            if child.try_wait().map_err(|error| error.to_string())?.is_some() {
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let is_killed = stopped.is_some() && moments % 2 == 0;
        if is_killed {
            child.kill().map_err(|error| error.to_string())?;
        }
        if let Some(pid) = stopped {
            admin.execute("SELECT pg_terminate_backend($1, 10000)", &[&pid]).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match (stopped, output.status.code()) {
            (None, Some(0)) => break moments - 1,
            (Some(_), None) if is_killed => {}
            (Some(_), Some(2)) if said.contains("error: ") => {}
            (_, code) => return Err(format!("{}: statement {number}: {code:?}: {said}", place.database)),
        }
        // This session is none of those that are waited for.
        drop(std::mem::replace(&mut admin, bench.connect("postgres", "postgres")?));
        expect(place.left()? == before, &format!("{}: another state, cut at statement {number}", place.database))?;
        admin = bench.connect("postgres", &place.database)?;
    };
    // While the event trigger is there, which was recorded with all else.
    place.ends(0, &["verify"])?;
    admin
        .batch_execute(&format!(
            "DROP EVENT TRIGGER stops; DROP SCHEMA stops CASCADE; ALTER DATABASE {} RESET stops.number",
            place.database
        ))
        .map_err(failed)?;
    drop(admin);
    expect(place.left()? != before, "it is through and nothing is otherwise")?;
    Ok(through)
}

/// The server crashes behind one statement after the other: a session of it is killed, and it ends all and recovers.
fn crashed(bench: &Bench) -> Result<(), String> {
    for (example, file, from, to) in PROJECTS.iter().filter(|(_, file, ..)| !file.is_empty()) {
        let place = bench.place(example, 90)?;
        place.ends(0, &["apply", "--yes"])?;
        edit(&place.project, file, from, to);
        let (script, _) = place.ends(0, &["apply", "--dry-run", "--allow-widening"])?;
        let before = place.left()?;
        let places: Vec<usize> = script.match_indices(";\n\n").map(|(at, _)| at).collect();
        expect(places.len() >= 6, &format!("only {} places to crash at", places.len()))?;
        for at in places.iter().step_by(places.len().div_ceil(5)) {
            let mut client = bench.connect(DEPLOYER, &place.database)?;
            client.batch_execute(&script[..=*at]).map_err(failed)?;
            bench.crash(client)?;
            expect(place.left()? == before, &format!("{example}: another state after a crash behind {}", &script[..=*at]))?;
        }
        place.ends(0, &["apply", "--yes", "--allow-widening"])?;
        place.ends(0, &["verify"])?;
        expect(place.left()? != before, "the second step changes nothing")?;
        place.drop()?;
    }
    Ok(())
}

/// Several deploy at once: one after the other, or the later ones say that somebody was before them.
fn raced(bench: &Bench) -> Result<(), String> {
    let place = bench.place("team_rbac", 91)?;
    for round in 0..2 {
        let mut running = Vec::new();
        for number in 0..4 {
            running.push(place.start(&["apply", "--yes", "--allow-widening", "--title", &format!("{round}.{number}")])?);
        }
        let mut applied = 0;
        for child in running {
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let is_late = ["this database has been given these rules before", "this is not the next step for this database"];
            match output.status.code() {
                Some(0) if said.contains("applied ") => applied += 1,
                Some(0) if said.contains("nothing to do") => {}
                Some(2) if is_late.iter().any(|words| said.contains(words)) => {}
                code => return Err(format!("{code:?}: {said}")),
            }
        }
        expect(applied == 1, &format!("{applied} of four were applied"))?;
        place.ends(0, &["verify"])?;
        if round == 0 {
            let [_, (_, file, from, to), _] = PROJECTS;
            edit(&place.project, file, from, to);
        }
    }
    place.drop()
}

/// While an apply waits for a table, readers get through between its tries.
fn queue(bench: &Bench) -> Result<(), String> {
    let place = bench.place("user_items", 92)?;
    let mut holder = bench.connect(DEPLOYER, &place.database)?;
    holder.batch_execute("BEGIN; LOCK TABLE items IN ACCESS SHARE MODE").map_err(failed)?;
    let child = place.start(&["apply", "--yes", "--tries", "4"])?;
    let mut reader = bench.connect(DEPLOYER, &place.database)?;
    // Were the waiting of apply without an end, so would be theirs.
    reader.batch_execute("SET statement_timeout = '5s'").map_err(failed)?;
    let mut child = child;
    let mut reads = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        reader.batch_execute("SELECT count(*) FROM items").map_err(failed)?;
        reads += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    expect(output.status.code() == Some(2) && said.contains("4 times"), &said)?;
    expect(reads > 20, &format!("only {reads} reads came through"))?;
    drop((holder, reader));
    place.drop()
}

/// What has to go is in use by a view of some session.
fn in_use(bench: &Bench) -> Result<(), String> {
    let place = bench.place("team_rbac", 93)?;
    place.ends(0, &["apply", "--yes"])?;
    // Of those who have the right to, whoever deploys and superusers.
    let mut session = bench.connect("postgres", &place.database)?;
    let function =
        "SELECT proname FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND proname LIKE 'user_team_as_senior_%'";
    let name: String = session.query_one(function, &[]).map_err(failed)?.get(0);
    session.batch_execute(&format!("CREATE TEMPORARY VIEW mine AS SELECT rowgate.{name}(1) AS teams")).map_err(failed)?;
    // Another level is another look-up; the one of before goes.
    edit(&place.project, "rowgate.yaml", "at_least: 2", "at_least: 1");
    let before = {
        let mut admin = bench.connect("postgres", &place.database)?;
        admin.query_one("SELECT string_agg(state, ',') FROM rowgate.applied", &[]).map_err(failed)?.get::<_, String>(0)
    };
    let (_, err) = place.ends(2, &["apply", "--yes", "--allow-widening"])?;
    expect(
        err.contains("other objects depend on it") && err.contains("mine depends on") && err.contains("goes with its session"),
        &err,
    )?;
    drop(session);
    // It goes with its session.
    place.left()?;
    place.ends(0, &["apply", "--yes", "--allow-widening"])?;
    place.ends(0, &["verify"])?;
    let mut admin = bench.connect("postgres", &place.database)?;
    let after: String = admin.query_one("SELECT string_agg(state, ',') FROM rowgate.applied", &[]).map_err(failed)?.get(0);
    drop(admin);
    expect(after != before, "the second apply changed nothing")?;
    place.drop()
}

/// A server that only reads: `verify` works, `apply` says that it cannot.
fn standby(bench: &Bench) -> Result<(), String> {
    if cluster::client_program("pg_basebackup")?.is_none() {
        return Ok(());
    }
    let place = bench.place("user_items", 94)?;
    place.ends(0, &["apply", "--yes"])?;
    let url = bench.url(DEPLOYER, &place.database);
    let second = bench.cluster.standby("-standby")?;
    let result = (|| {
        let there = url.replace(&bench.cluster.folder.display().to_string(), &second.folder.display().to_string());
        let run = |arguments: &[&str]| rowgate(&place.project, &[arguments, &["--database-url", &there]].concat());
        let (code, _, err) = run(&["verify"])?;
        expect(code == 0 && err.contains("nothing is otherwise"), &format!("{code}: {err}"))?;
        // It makes no databases; another server does.
        let (code, _, err) = run(&["verify", "--scratch"])?;
        expect(
            code == 2 && err.contains("there is no throw-away database") && err.contains("--postgres"),
            &format!("{code}: {err}"),
        )?;
        let binaries = cluster::binaries()?.display().to_string();
        let (code, _, err) = run(&["verify", "--scratch", "--postgres", &binaries])?;
        expect(code == 0 && err.contains("nothing is otherwise"), &format!("{code}: {err}"))?;
        // What somebody changes is seen there as soon as it arrives.
        bench.connect(DEPLOYER, &place.database)?.batch_execute("CREATE POLICY door ON items USING (true)").map_err(failed)?;
        let arrived = (0..200).find_map(|_| {
            let found = run(&["verify"]);
            let is_there = found.as_ref().is_ok_and(|(code, ..)| *code == 1);
            std::thread::sleep(Duration::from_millis(50));
            is_there.then_some(found)
        });
        let (_, out, err) = arrived.ok_or("the standby says nothing of what was changed")??;
        expect(out.contains("DROP POLICY door ON public.items"), &format!("{out}{err}"))?;
        edit(&place.project, "items.policy", "update, delete", "update");
        let (code, out, err) = run(&["plan"])?;
        expect(code == 0 && out.contains("policy"), &format!("{code}: {out}{err}"))?;
        let (code, _, err) = run(&["apply", "--yes", "--allow-widening"])?;
        expect(code == 2 && err.contains("a standby only reads"), &format!("{code}: {err}"))
    })();
    second.stop();
    result
}

/// The disk is full, or a limit is reached: as a file that may only have some blocks.
fn disk_full() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults_disk");
    copy(&root().join("policies/team_rbac"), &folder)?;
    write(&folder, "rls.sql", "what was there");
    let limited = |arguments: &str| {
        let script = format!("trap '' XFSZ; ulimit -f 16; exec '{}' {arguments}", env!("CARGO_BIN_EXE_rowgate"));
        let output =
            Command::new("bash").args(["-c", &script]).current_dir(&folder).output().map_err(|error| error.to_string())?;
        Ok::<_, String>((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let names = || -> Result<Vec<String>, String> {
        let all = std::fs::read_dir(&folder).map_err(|error| error.to_string())?.flatten();
        let mut all: Vec<String> = all.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        Ok(all)
    };
    let before = names()?;
    let (code, err) = limited("build --output")?;
    expect(code == Some(2) && err.contains("rls.sql"), &format!("{code:?}: {err}"))?;
    let text = std::fs::read_to_string(folder.join("rls.sql")).map_err(|error| error.to_string())?;
    expect(text == "what was there", "the old file is not as it was")?;
    let (code, err) = limited("migrate first")?;
    expect(code == Some(2), &format!("{code:?}: {err}"))?;
    let migrations = folder.join("migrations");
    let left: Vec<_> = std::fs::read_dir(&migrations).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    expect(left.is_empty(), &format!("half of a migration is left: {left:?}"))?;
    drop(std::fs::remove_dir(&migrations));
    expect(names()? == before, "something is left behind")
}
