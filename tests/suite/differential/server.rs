//! One project on the server: compiled, applied, filled; in hostile runs to a database that had things before and changes afterwards. Out:
//! what its sessions showed.

use std::collections::BTreeMap;

use rowgate::db::Client;
use rowgate::diagnostic::{Code, Severity};
use rowgate::plan;
use rowgate::project::Compiled;

use super::decisions::{Decisions, insert};
use super::generate::{Project, WITH_PATH, WITHOUT_PATH};
use super::hostile::{self, Change, Circumstances, Coverage, Makes};
use super::probe::text;
use super::restore;
use super::schema::{Moments, RULED};
use super::sessions::{Run, unrelated};
use super::undo::Undo;
use crate::cluster::{DEPLOYER, Database};
use crate::random::{self, Random};

/// A worker has a database and roles of its own, so that several can run beside each other.
pub struct Worker {
    number: usize,
    database: Database,
    admin: Client,
    pub moments: Moments,
    /// The order of texts in the database's collation.
    order: BTreeMap<String, i64>,
    pub hostile: bool,
    /// The fault that is put back into each script.
    pub undo: Option<&'static Undo>,
}

/// What a project showed.
pub struct Outcome {
    pub decisions: usize,
    pub mismatch: Option<String>,
    /// The SQL that was applied.
    pub script: String,
    pub coverage: Coverage,
    /// Whether there was something of the fault to put back; otherwise nothing was tried.
    pub undone: bool,
}

/// A script with a fault in it that the server does not take is no fault that could be found.
pub const NOT_APPLIED: &str = "the script with the fault is not applied";

/// How far rules look from now, as a moment that is about to pass has to be from it.
const TICKS: [&str; 6] = ["0", "-2 days", "1 month", "-30 hours", "90 minutes", "-7 days"];

impl Worker {
    pub fn new(number: usize, hostile: bool) -> Result<Worker, String> {
        let database = Database::create_with_collation(&format!("differential{number}"))?;
        let mut admin = database.connect("postgres")?;
        admin
            .batch_execute("SET TimeZone = 'UTC'; SET client_min_messages = error; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC")
            .map_err(text)?;
        let mut column = |query: &str| -> Result<Vec<String>, String> {
            Ok(admin.query(query, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect())
        };
        let days = column(
            "SELECT (now()::date + d)::text FROM unnest(ARRAY[-400, -3, -2, -1, 0, 1, 2, 25, 40]) AS d UNION ALL VALUES ('infinity'), ('2026-01-31')",
        )?;
        let moments = column(
            "SELECT (now()::timestamp(0) + h * interval '1 hour' + interval '17 minutes')::text
             FROM unnest(ARRAY[-200, -170, -49, -31, -25, -1, 0, 1, 2, 20, 30, 700, 800]) AS h UNION ALL VALUES ('infinity'), ('-infinity'), ('2026-01-31 00:00:00'), ('2026-01-31 23:59:59.999999'), ('2026-02-01 00:00:00')",
        )?;
        let ticks = if hostile { (0..TICKS.len()).map(placeholder).collect() } else { Vec::new() };
        let texts: Vec<String> = super::schema::TEXTS.iter().map(|text| (*text).to_owned()).chain(words()).collect();
        let ranked =
            admin.query("SELECT t, dense_rank() OVER (ORDER BY t) FROM unnest($1::text[]) AS t", &[&texts]).map_err(text)?;
        let order = ranked.iter().map(|row| (row.get(0), row.get(1))).collect();
        if hostile {
            admin.batch_execute(hostile::HELPERS).map_err(text)?;
        }
        Ok(Worker { number, database, admin, moments: Moments { days, moments, ticks }, order, hostile, undo: None })
    }

    pub fn number(&self) -> usize {
        self.number
    }

    /// Compiles and applies a project, and compares all decisions until one differs.
    pub fn run(&mut self, project: &Project, seed: u64) -> Result<Outcome, String> {
        let mut random = Random::new(seed ^ 0xba5e_ba11);
        let mut circumstances = match self.hostile {
            true => Circumstances::random(&mut random, project),
            false => Circumstances::default(),
        };
        let mut coverage = Coverage::default();
        let mut compiled = compile(project)?;
        let mut project = project.clone();
        let Some(script) = self.deploy(&project, &compiled, &mut circumstances, &mut coverage)? else {
            return Ok(Outcome { decisions: 0, mismatch: None, script: String::new(), coverage, undone: false });
        };
        let ticks = self.ticks(&mut project, circumstances.long)?;
        self.fill(&project, &circumstances)?;
        self.force_hints(&mut Random::new(seed ^ 0x0051_1e57))?;
        let is_partitioned = |table: &str| circumstances.tables(Makes::Partitioned).contains(table);
        if circumstances.change.as_ref().and_then(Change::partitioned).is_some_and(|table| !is_partitioned(table)) {
            circumstances.change = None;
        }
        let mut restored = None;
        if let Some(change) = &circumstances.change {
            coverage.prepared(change.name(), 1, 0);
            if let Some(statement) = change.statement(self.number) {
                self.admin.batch_execute(&statement).map_err(text)?;
            }
            if let Change::Restored { with_owners } = change {
                restored = restore::restore(&self.database, *with_owners)?;
            }
            project = change.changed(&project);
            compiled = compile(&project)?;
        }
        let (database, mut other_admin);
        let admin = match &restored {
            Some(restored) => {
                (database, other_admin) = (restored, restored.connect("postgres")?);
                other_admin.batch_execute("SET TimeZone = 'UTC'; SET client_min_messages = error").map_err(text)?;
                &mut other_admin
            }
            None => {
                database = &self.database;
                &mut self.admin
            }
        };
        let meaning = compiled.meaning.as_ref().ok_or("no meaning")?;
        let moments = Moments { ticks, ..self.moments.clone() };
        let mut run = Run {
            decisions: Decisions {
                model: &meaning.model,
                project: &project,
                moments: &moments,
                dropped: circumstances.change.as_ref().and_then(Change::dropped),
                normalised: circumstances.tables(Makes::Uniform),
                filled: circumstances.tables(Makes::Filled),
                parted: &circumstances.tables(Makes::Parted) | &circumstances.tables(Makes::Moving),
            },
            order: &self.order,
            worker: self.number,
            tolerance: circumstances.tolerance(),
            count: 0,
            coverage,
        };
        let mut random = Random::new(seed ^ 0x5ca1_ab1e);
        let actors = run.actors(&mut random, self.hostile);
        let mut sessions = Vec::new();
        let circumstance = circumstances.text();
        if self.hostile {
            sessions = run.sessions(admin, database, &actors, &format!("{}{script}", project.prelude), seed)?;
            if let Some(command) = circumstances.change.as_ref().and_then(Change::of_session) {
                sessions.iter_mut().try_for_each(|session| session.command(command))?;
            }
            if circumstances.long {
                run.wait(admin)?;
            }
        }
        let mut mismatch = None;
        for (number, actor) in actors.iter().enumerate() {
            mismatch = run.actor(admin, &mut random, actor, sessions.get_mut(number))?;
            if let Some(found) = &mut mismatch {
                *found = format!("{circumstance}{} as {:?} with {}: {found}", actor.role, actor.identity, actor.claims);
                break;
            }
        }
        for session in &sessions {
            run.coverage.add(&session.coverage);
        }
        Ok(Outcome { decisions: run.count, mismatch, script, coverage: run.coverage, undone: true })
    }

    /// Puts moments in the place of their placeholders: some that are about to pass while a transaction is open, or that have just passed.
    fn ticks(&mut self, project: &mut Project, long: bool) -> Result<Vec<String>, String> {
        if !self.hostile {
            return Ok(Vec::new());
        }
        let mut ticks = Vec::new();
        // The rows are written in between.
        let wait = if long { "0.7 seconds" } else { "-1 minute" };
        for (number, offset) in TICKS.iter().enumerate() {
            let query = format!(
                "SELECT (clock_timestamp() AT TIME ZONE 'UTC' + interval '{wait}' + interval '{offset}')::timestamp(3)::text"
            );
            let tick: String = self.admin.query_one(&query, &[]).map_err(text)?.get(0);
            for value in project.rows.iter_mut().flatten().flatten().flatten() {
                *value = value.replace(&placeholder(number), &tick);
            }
            ticks.push(tick);
        }
        Ok(ticks)
    }

    fn deploy(
        &mut self,
        project: &Project,
        compiled: &Compiled,
        circumstances: &mut Circumstances,
        coverage: &mut Coverage,
    ) -> Result<Option<String>, String> {
        let meaning = compiled.meaning.as_ref().ok_or("no meaning")?;
        let state = compiled.state().ok_or("no state")?;
        let mut script = plan::desired_state(&state);
        let tables = super::tuples::without_constraints(&crate::ddl::create(&meaning.model.catalog));
        let mut prelude = project.prelude.clone();
        let mut undone = None;
        if let Some(undo) = self.undo {
            circumstances.surroundings.retain(|(one, _)| undo.keeps(one.name));
            undone = undo.script(&state, project)?.filter(|_| undo.shows(circumstances));
            if undone.is_none() {
                return Ok(None);
            }
            // Only the last step would refuse these, and it is what is left out.
            if undo.is_last_step() {
                script = undone.take().unwrap_or_default();
                prelude = prelude.replace(WITHOUT_PATH, WITH_PATH);
            }
        }
        loop {
            let mut deployer = self.set_up(project, &prelude, &tables, circumstances)?;
            match deployer.batch_execute(&script) {
                Ok(()) => break,
                Err(_) if prelude.contains(WITHOUT_PATH) => {
                    coverage.prepared("an identity function without a path", 0, 1);
                    prelude = prelude.replace(WITHOUT_PATH, WITH_PATH);
                }
                // It may refuse what it does not know, and says so.
                Err(_) if !circumstances.surroundings.is_empty() => {
                    for (surrounding, _) in circumstances.surroundings.drain(..) {
                        coverage.prepared(surrounding.name, 0, 1);
                    }
                }
                Err(error) => return Err(format!("{}\n{script}", text(error))),
            }
        }
        if let Some(undone) = undone {
            script = undone;
            let mut deployer = self.set_up(project, &prelude, &tables, circumstances)?;
            deployer.batch_execute(&script).map_err(|error| format!("{NOT_APPLIED}: {}\n{script}", text(error)))?;
        }
        for (surrounding, _) in &circumstances.surroundings {
            coverage.prepared(surrounding.name, 1, 0);
        }
        if prelude.contains(WITHOUT_PATH) {
            coverage.prepared("an identity function without a path", 1, 0);
        }
        if self.hostile {
            let roles = ["user", "anon", "support"].map(|name| format!("diff_{name}_{}", self.number));
            self.admin.batch_execute(&hostile::logins(&roles, &unrelated(self.number))).map_err(text)?;
        }
        Ok(Some(script))
    }

    /// Lets hints answer by chance, whoever asks; some are left as they are. No answer may depend on what they say.
    fn force_hints(&mut self, random: &mut Random) -> Result<(), String> {
        let hints = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname ~ '^hint_' AND pronamespace = 'rowgate'::regnamespace ORDER BY 1";
        let hints: Vec<String> = self.admin.query(hints, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect();
        for hint in hints {
            let Some(answer) = ["true", "true", "false", "NULL"].get(random.below(5)) else { continue };
            let forced = format!(
                "CREATE OR REPLACE FUNCTION {hint} RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$ BEGIN RETURN {answer}; END $$"
            );
            self.admin.batch_execute(&forced).map_err(text)?;
        }
        Ok(())
    }

    /// An empty database with the project's tables and what stands beside them.
    fn set_up(
        &mut self,
        project: &Project,
        prelude: &str,
        tables: &str,
        circumstances: &mut Circumstances,
    ) -> Result<Client, String> {
        if !self.clear()? {
            // What names the application's role waits until a deployment has made it.
            circumstances.surroundings.clear();
        }
        let mut deployer = self.database.connect(DEPLOYER)?;
        let (mut before, mut after) = (String::new(), String::new());
        for (surrounding, table) in &circumstances.surroundings {
            let role = format!("diff_user_{}", self.number);
            let place = hostile::Place { table, project, role, unrelated: unrelated(self.number) };
            before.push_str(&format!("{};", (surrounding.before)(&place)));
            after.push_str(&format!("{};", (surrounding.after)(&place)));
        }
        let setup = format!("SET client_min_messages = error; {prelude} {before} {tables} {after}");
        deployer.batch_execute(&setup).map_err(|error| format!("{}\n{setup}", text(error)))?;
        Ok(deployer)
    }

    /// An empty database; whether the application's roles are there.
    fn clear(&mut self) -> Result<bool, String> {
        let clear = format!(
            "DROP SCHEMA IF EXISTS rowgate, masked, app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; \
             GRANT ALL ON SCHEMA public TO {DEPLOYER} WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO PUBLIC"
        );
        self.admin.batch_execute(&clear).map_err(text)?;
        if !self.hostile {
            return Ok(true);
        }
        hostile::clear(&mut self.admin)?;
        self.admin.batch_execute(&hostile::revoke(self.number)).map_err(text)?;
        let roles: Vec<String> = ["user", "anon", "support"].map(|name| format!("diff_{name}_{}", self.number)).to_vec();
        let exist = "SELECT count(*) FROM pg_roles WHERE rolname = ANY ($1)";
        let exist: i64 = self.admin.query_one(exist, &[&roles]).map_err(text)?.get(0);
        let logins = hostile::logins(if exist == 3 { &roles } else { &[] }, &unrelated(self.number));
        self.admin.batch_execute(&logins).map_err(text)?;
        Ok(exist == 3)
    }

    /// The rows, and a trigger that lets each blind statement reach one of them.
    fn fill(&mut self, project: &Project, circumstances: &Circumstances) -> Result<(), String> {
        let mut rows = "SET session_replication_role = replica;\n".to_owned();
        for (table, values) in project.schema.tables.iter().zip(&project.rows) {
            values.iter().for_each(|row| rows.push_str(&format!("{};\n", insert(table, row, |_| true).text())));
        }
        let heirs = circumstances.tables(Makes::Parted);
        for table in &heirs {
            rows.push_str(&format!("WITH heirs AS (DELETE FROM ONLY public.{table} WHERE id > 1 RETURNING *) INSERT INTO public.heir SELECT * FROM heirs;\n"));
        }
        rows.push_str("SET session_replication_role = origin;\n");
        // Only now, or they would change the rows.
        for table in circumstances.tables(Makes::Uniform) {
            rows.push_str(&format!(
                "DO $$ DECLARE name text; BEGIN
                   FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'public.{table}'::regclass AND tgname ~ '^uniform' LOOP
                     EXECUTE format('ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER %I', name); END LOOP; END $$;\n"
            ));
        }
        for table in RULED.into_iter().chain(heirs.first().map(|_| "heir")) {
            rows.push_str(&format!(
                "CREATE TRIGGER \" narrow\" BEFORE UPDATE OR DELETE ON public.{table} FOR EACH ROW EXECUTE FUNCTION ext.narrow();
                 ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER \" narrow\";\n"
            ));
        }
        let narrow = "CREATE OR REPLACE FUNCTION ext.narrow() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
            IF OLD.id OPERATOR(pg_catalog.<>) current_setting('probe.id')::pg_catalog.int4 THEN RETURN NULL; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$;\n";
        self.admin.batch_execute(&format!("{narrow}{rows}")).map_err(text)
    }
}

fn placeholder(number: usize) -> String {
    format!("2001-02-03 04:05:{number:02}")
}

fn compiled(project: &Project) -> Compiled {
    random::compile(&project.config, &project.schema.yaml(), &[("main.policy".to_owned(), project.policy())])
}

/// Whether a trigger would have to be asked what it cannot tell, and that is all that is wrong.
pub fn is_refused(project: &Project) -> bool {
    let compiled = compiled(project);
    let mut errors = compiled.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error).peekable();
    errors.peek().is_some() && errors.all(|diagnostic| diagnostic.code == Code::BackPath)
}

pub fn compile(project: &Project) -> Result<Compiled, String> {
    let compiled = compiled(project);
    if compiled.meaning.is_none() {
        return Err(crate::project::render(&compiled.diagnostics, &compiled.sources));
    }
    Ok(compiled)
}

/// Words of the random rows that are compared as texts.
fn words() -> impl Iterator<Item = String> {
    let fixed = ["clerk", "boss", "guest", "viewer", "editor", "admin", "k1", "k2", "k3", "k4", "k9", "B", "Ab", "edit"];
    fixed.into_iter().map(str::to_owned)
}
