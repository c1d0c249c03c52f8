//! One project on the server: every decision of the evaluator against what PostgreSQL does, statement by statement, as the application's
//! roles. In hostile runs a hostile session stands beside each ordinary one, in a database that had things before and changes afterwards.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rowgate::access::evaluate::{self, Data, Datum, Evaluator, Session, Truth};
use rowgate::catalog::TableId;
use rowgate::db::Client;
use rowgate::model::Model;
use rowgate::project::Compiled;
use rowgate::sql;

use super::decisions::{Decisions, insert};
use super::generate::{Project, Provider, WITH_PATH, WITHOUT_PATH};
use super::hostile::{self, Change, Circumstances, Coverage, Names, session};
use super::probe::{BADLY_FORMED_MAY_FAIL, Probe, Tolerance, text};
use super::restore;
use super::schema::{Moments, RULED, key};
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
}

/// What a project showed.
pub struct Outcome {
    pub decisions: usize,
    pub mismatch: Option<String>,
    /// The SQL that was applied.
    pub script: String,
    pub coverage: Coverage,
}

/// A session: who, as which role, with which token.
struct Actor {
    role: String,
    identity: Option<String>,
    claims: String,
    /// The identity, or something in the token, is no value of its type.
    badly_formed: bool,
    /// Whose identity it may take on.
    other: Option<String>,
}

const CLAIMS: [&str; 6] = [
    "",
    "{\"word\": \"a\", \"words\": [\"a\", \"ab\"], \"deep\": {\"number\": 1}}",
    "{\"word\": \"B\", \"words\": \"a\"}",
    "{\"words\": [], \"deep\": {\"number\": 2}}",
    "{\"word\": null, \"words\": [null, 1, \"50%\"]}",
    "{\"words\": {\"a\": 1}}",
];

/// Tokens with values of other types than rules compare them with.
const BADLY_FORMED: [&str; 2] =
    ["{\"word\": \"a\", \"deep\": {\"number\": \"x\"}}", "{\"deep\": {\"number\": [1]}, \"words\": [[1]]}"];

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
             FROM unnest(ARRAY[-200, -170, -49, -31, -25, -1, 0, 1, 2, 20, 30, 700, 800]) AS h UNION ALL VALUES ('infinity'), ('-infinity'), ('2026-01-31 00:00:00')",
        )?;
        let ticks = if hostile { (0..TICKS.len()).map(placeholder).collect() } else { Vec::new() };
        let texts: Vec<String> = super::schema::TEXTS.iter().map(|text| (*text).to_owned()).chain(words()).collect();
        let ranked =
            admin.query("SELECT t, dense_rank() OVER (ORDER BY t) FROM unnest($1::text[]) AS t", &[&texts]).map_err(text)?;
        let order = ranked.iter().map(|row| (row.get(0), row.get(1))).collect();
        if hostile {
            admin.batch_execute(hostile::HELPERS).map_err(text)?;
        }
        Ok(Worker { number, database, admin, moments: Moments { days, moments, ticks }, order, hostile })
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
        let ticks = self.ticks(&mut project, circumstances.long)?;
        let script = self.deploy(&project, &compiled, &mut circumstances, &mut coverage)?;
        let mut restored = None;
        if let Some(change) = &circumstances.change {
            coverage.prepared(change.name(), 1, 0);
            if let Some(statement) = change.statement() {
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
                normalised: normalised(&circumstances),
            },
            order: &self.order,
            worker: self.number,
            tolerance: circumstances.change.as_ref().map_or(Tolerance::Equal, Change::tolerance),
            count: 0,
            coverage,
        };
        let mut random = Random::new(seed ^ 0x5ca1_ab1e);
        let actors = run.actors(&mut random, self.hostile);
        let mut sessions = Vec::new();
        let circumstance = circumstances.text();
        if self.hostile {
            sessions = run.sessions(admin, database, &actors, &format!("{}{script}", project.prelude), seed)?;
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
        Ok(Outcome { decisions: run.count, mismatch, script, coverage: run.coverage })
    }

    /// Puts moments in the place of their placeholders: some that are about to pass while a transaction is open, or that have just passed.
    fn ticks(&mut self, project: &mut Project, long: bool) -> Result<Vec<String>, String> {
        if !self.hostile {
            return Ok(Vec::new());
        }
        let mut ticks = Vec::new();
        // The deployment lies between.
        let wait = if long { "1.2 seconds" } else { "-1 minute" };
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
    ) -> Result<String, String> {
        let meaning = compiled.meaning.as_ref().ok_or("no meaning")?;
        let state = compiled.state().ok_or("no state")?;
        let script = sql::desired_state(&state);
        let tables = crate::ddl::create(&meaning.model.catalog);
        let mut prelude = project.prelude.clone();
        loop {
            self.clear()?;
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
            match deployer.batch_execute(&script) {
                Ok(()) => break,
                // It may refuse what it does not know, and says so.
                Err(_) if !circumstances.surroundings.is_empty() => {
                    for (surrounding, _) in circumstances.surroundings.drain(..) {
                        coverage.prepared(surrounding.name, 0, 1);
                    }
                }
                Err(_) if prelude.contains(WITHOUT_PATH) => {
                    coverage.prepared("an identity function without a path", 0, 1);
                    prelude = prelude.replace(WITHOUT_PATH, WITH_PATH);
                }
                Err(error) => return Err(format!("{}\n{script}", text(error))),
            }
        }
        for (surrounding, _) in &circumstances.surroundings {
            coverage.prepared(surrounding.name, 1, 0);
        }
        if prelude.contains(WITHOUT_PATH) {
            coverage.prepared("an identity function without a path", 1, 0);
        }
        self.fill(project)?;
        Ok(script)
    }

    fn clear(&mut self) -> Result<(), String> {
        let clear = format!(
            "DROP SCHEMA IF EXISTS rowgate, masked, app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; \
             GRANT ALL ON SCHEMA public TO {DEPLOYER} WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO PUBLIC"
        );
        self.admin.batch_execute(&clear).map_err(text)?;
        if !self.hostile {
            return Ok(());
        }
        hostile::clear(&mut self.admin)?;
        let roles: Vec<String> = ["user", "anon", "support"].map(|name| format!("diff_{name}_{}", self.number)).to_vec();
        let exist = "SELECT count(*) FROM pg_roles WHERE rolname = ANY ($1)";
        let exist: i64 = self.admin.query_one(exist, &[&roles]).map_err(text)?.get(0);
        // The first deployment makes them.
        let unrelated = unrelated(self.number);
        let logins = if exist == 3 { hostile::logins(&roles, &unrelated) } else { hostile::logins(&[], &unrelated) };
        self.admin.batch_execute(&logins).map_err(text)
    }

    /// The rows, and a trigger that lets each blind statement reach one of them.
    fn fill(&mut self, project: &Project) -> Result<(), String> {
        let mut rows = "SET session_replication_role = replica;\n".to_owned();
        for (table, values) in project.schema.tables.iter().zip(&project.rows) {
            values.iter().for_each(|row| rows.push_str(&format!("{};\n", insert(table, row, |_| true).text())));
        }
        rows.push_str("SET session_replication_role = origin;\n");
        for table in RULED {
            rows.push_str(&format!(
                "CREATE TRIGGER \" narrow\" BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ext.narrow();\n"
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

fn unrelated(worker: usize) -> String {
    format!("diff_unrelated_{worker}")
}

fn compile(project: &Project) -> Result<Compiled, String> {
    let compiled = random::compile(&project.config, &project.schema.yaml(), &[("main.policy".to_owned(), project.policy())]);
    if compiled.meaning.is_none() {
        return Err(crate::project::render(&compiled.diagnostics, &compiled.sources));
    }
    Ok(compiled)
}

fn normalised(circumstances: &Circumstances) -> BTreeSet<String> {
    let surroundings = circumstances.surroundings.iter().filter(|(one, _)| one.normalises);
    surroundings.map(|(_, table)| (*table).to_owned()).collect()
}

/// Words of the random rows that are compared as texts.
fn words() -> impl Iterator<Item = String> {
    let fixed = ["clerk", "boss", "guest", "viewer", "editor", "admin", "k1", "k2", "k3", "k4", "k9", "B", "Ab", "edit"];
    fixed.into_iter().map(str::to_owned)
}

struct Run<'a> {
    decisions: Decisions<'a>,
    order: &'a BTreeMap<String, i64>,
    worker: usize,
    tolerance: Tolerance,
    count: usize,
    coverage: Coverage,
}

impl Run<'_> {
    fn actors(&self, random: &mut Random, hostile: bool) -> Vec<Actor> {
        let project = self.decisions.project;
        let user_key = project.schema.user_key;
        let own = |number| Some(key(user_key, number));
        let mut all = vec![
            ("user", own(1)),
            ("user", own(2)),
            ("user", own(3)),
            ("user", own(9)),
            ("user", None),
            ("anon", None),
            ("anon", own(1)),
            ("support", None),
            ("support", own(1)),
        ];
        if hostile {
            // In another case; and no value at all of the key's type, unless every text is one.
            let odd = if user_key == "ext.citext" {
                let capitals = !hostile::is_left_out("capital letters");
                own(1).map(|key| if capitals { key.to_uppercase() } else { key })
            } else {
                Some("no key!".to_owned())
            };
            all.push(("user", odd));
        }
        let mut actors = Vec::new();
        for (name, identity) in all {
            let mut claims = CLAIMS[random.below(CLAIMS.len())].to_owned();
            let no_key = identity.as_deref() == Some("no key!");
            let mut badly_formed = no_key && !matches!(user_key, "text" | "ext.citext");
            if hostile && random.below(8) == 0 {
                claims = BADLY_FORMED[random.below(BADLY_FORMED.len())].to_owned();
                badly_formed = true;
            }
            let other = if identity.is_some() { own(1 + random.below(3)) } else { own(2) };
            actors.push(Actor { role: format!("diff_{name}_{}", self.worker), identity, claims, badly_formed, other });
        }
        actors
    }

    /// What the session's token says, which has the identity in it where the provider reads it there.
    fn claims(&self, actor: &Actor, identity: Option<&String>) -> String {
        let (true, Some(identity)) = (self.decisions.project.provider == Provider::Postgrest, identity) else {
            return actor.claims.clone();
        };
        let mut claims: serde_json::Value = serde_json::from_str(&actor.claims).unwrap_or_else(|_| serde_json::json!({}));
        claims["sub"] = identity.as_str().into();
        claims.to_string()
    }

    /// Expressions that give a session an identity and its token: for each setting one.
    fn settings(&self, actor: &Actor, identity: Option<&String>) -> Vec<String> {
        let set = |name: &str, value: &str| format!("pg_catalog.set_config('{name}', {}, true)", sql::literal(value));
        match self.decisions.project.provider {
            Provider::Postgrest => vec![set("request.jwt.claims", &self.claims(actor, identity))],
            _ => vec![set("app.user_id", identity.map_or("", String::as_str)), set("app.claims", &actor.claims)],
        }
    }

    /// A hostile session for each actor.
    fn sessions(
        &mut self,
        admin: &mut Client,
        database: &Database,
        actors: &[Actor],
        script: &str,
        seed: u64,
    ) -> Result<Vec<session::Session>, String> {
        let names = Names::of(script, admin)?;
        let roles: BTreeSet<String> = actors.iter().map(|actor| actor.role.clone()).collect();
        let unrelated = unrelated(self.worker);
        let roles: Vec<String> = roles.into_iter().collect();
        admin.batch_execute(&hostile::logins(&roles, &unrelated)).map_err(text)?;
        let mut clients = Vec::new();
        for actor in actors {
            let mut client = database.connect(&hostile::login(&actor.role))?;
            client.batch_execute("BEGIN").map_err(text)?;
            clients.push(client);
        }
        let login = hostile::login(&roles[0]);
        let other = key(self.decisions.project.schema.user_key, 2);
        let made = hostile::schemas(admin, &mut database.connect(&login)?, &login, &names, &other)?;
        self.coverage.add(&made);
        let mut sessions = Vec::new();
        for (number, (actor, client)) in actors.iter().zip(clients).enumerate() {
            let hostile = session::Actor {
                role: actor.role.clone(),
                unrelated: unrelated.clone(),
                to_own: self.settings(actor, actor.identity.as_ref()).join(", "),
                to_other: self.settings(actor, actor.other.as_ref())[0].clone(),
            };
            sessions.push(session::Session::open(client, hostile, &names, Random::new(seed ^ (0x0dd << number)))?);
        }
        Ok(sessions)
    }

    /// Waits until the moments that were about to pass have passed.
    fn wait(&mut self, admin: &mut Client) -> Result<(), String> {
        let query = format!(
            "SELECT extract(epoch FROM ('{}'::timestamp - clock_timestamp() AT TIME ZONE 'UTC'))::float8",
            self.decisions.moments.ticks[0]
        );
        let left: f64 = admin.query_one(&query, &[]).map_err(text)?.get(0);
        self.coverage.prepared(hostile::LONG, usize::from(left > -0.5), usize::from(left <= -0.5));
        std::thread::sleep(std::time::Duration::from_secs_f64((left + 0.1).max(0.0)));
        Ok(())
    }

    fn actor(
        &mut self,
        admin: &mut Client,
        random: &mut Random,
        actor: &Actor,
        hostile: Option<&mut session::Session>,
    ) -> Result<Option<String>, String> {
        let zone = ["UTC", "Asia/Tokyo", "America/Los_Angeles"][random.below(3)];
        let start = format!(
            "BEGIN; SELECT {}, set_config('TimeZone', '{zone}', true); SET LOCAL ROLE {}",
            self.settings(actor, actor.identity.as_ref()).join(", "),
            actor.role
        );
        admin.batch_execute(&start).map_err(text)?;
        let now: i64 = admin.query_one("SELECT (extract(epoch FROM now()) * 1000000)::bigint", &[]).map_err(text)?.get(0);
        let model = self.decisions.model;
        let key_type = &model.catalog.column(model.identity.user_key).r#type;
        let session = |identity: Option<&String>| {
            // The type uuid is read more strictly by the server than here.
            let is_key = identity
                .is_some_and(|text| text != "no key!" || matches!(self.decisions.project.schema.user_key, "text" | "ext.citext"));
            let datum = identity.filter(|_| is_key).and_then(|text| evaluate::parse(&model.catalog, key_type, text, now));
            Session {
                database_role: actor.role.clone(),
                identity: datum.unwrap_or(Datum::Null),
                claims: serde_json::from_str(&self.claims(actor, identity)).unwrap_or(serde_json::Value::Null),
                now,
            }
        };
        let (own, other) = (session(actor.identity.as_ref()), session(actor.other.as_ref()));
        let mut data = Data::default();
        for (table, rows) in self.decisions.project.schema.tables.iter().zip(&self.decisions.project.rows) {
            let rows = rows.iter().map(|row| self.decisions.read(table, row, 0)).collect();
            data.tables.insert(self.decisions.id(table.name), rows);
        }
        let unknown = RefCell::new(None);
        let order = |left: &str, right: &str| match (self.order.get(left), self.order.get(right)) {
            (Some(left), Some(right)) => left.cmp(right),
            // Folded forms of what is ranked are ordered by their letters, which all are ASCII.
            _ => {
                unknown.replace(Some((left.to_owned(), right.to_owned())));
                Ordering::Equal
            }
        };
        let raw = |table: TableId, row: &evaluate::Row, text: &str| raw_sql(model, table, row, text);
        let evaluator = |session| Evaluator::new(model, &data, session).with_raw_sql(&raw).with_text_order(&order);
        let (evaluator, other) = (evaluator(&own), evaluator(&other));
        let badly_formed = actor.badly_formed && BADLY_FORMED_MAY_FAIL;
        let tolerance = if badly_formed { self.tolerance.max(Tolerance::Error) } else { self.tolerance };
        let mut probe = Probe { admin, evaluator: &evaluator, other: &other, data: &data, now, tolerance, hostile, decisions: 0 };
        if let Some(session) = &mut probe.hostile {
            session.act()?;
        }
        let mut found = None;
        for name in RULED {
            found = self.decisions.table(&mut probe, random, self.decisions.project.schema.table(name))?;
            if found.is_some() {
                break;
            }
        }
        self.count += probe.decisions;
        let unknown = unknown.into_inner();
        admin.batch_execute("ROLLBACK").map_err(text)?;
        match unknown {
            Some(pair) if found.is_some() => Err(format!("the order of {pair:?} is not known")),
            _ => Ok(found),
        }
    }
}

/// The few forms of raw SQL that the generator writes.
fn raw_sql(model: &Model, table: TableId, row: &evaluate::Row, text: &str) -> Truth {
    let (name, rest) = text.split_once(' ')?;
    let value = &row[model.catalog.table(table).column_named(name)? as usize];
    match rest {
        "IS NULL" => Some(value.is_null()),
        "IS NOT NULL" => Some(!value.is_null()),
        _ => {
            let one = Datum::Number(evaluate::Number::Exact(evaluate::Decimal::parse("1")?));
            value.compare(&one, &|left, right| left.cmp(right)).map(|order| order == Ordering::Greater)
        }
    }
}
