//! One project on the server: every decision of the evaluator against what PostgreSQL does, statement by statement, as the application's
//! roles.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use postgres::SimpleQueryMessage;
use rowgate::access::evaluate::{self, Data, Datum, Evaluator, Session, Truth};
use rowgate::catalog::TableId;
use rowgate::db::{self, Client};
use rowgate::model::Model;
use rowgate::project::Compiled;
use rowgate::sql;

use super::generate::Project;
use super::schema::{Moments, RULED, Table, row};
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
}

/// What a project showed.
pub struct Outcome {
    pub decisions: usize,
    pub mismatch: Option<String>,
    /// The SQL that was applied.
    pub script: String,
}

/// A session: who, as which role, with which token.
struct Actor {
    role: String,
    identity: Option<String>,
    claims: &'static str,
}

const CLAIMS: [&str; 6] = [
    "",
    "{\"word\": \"a\", \"words\": [\"a\", \"ab\"], \"deep\": {\"number\": 1}}",
    "{\"word\": \"B\", \"words\": \"a\"}",
    "{\"words\": [], \"deep\": {\"number\": 2}}",
    "{\"word\": null, \"words\": [null, 1, \"50%\"]}",
    "{\"words\": {\"a\": 1}}",
];

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

impl Worker {
    pub fn new(number: usize) -> Result<Worker, String> {
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
        let texts: Vec<String> = super::schema::TEXTS.iter().map(|text| (*text).to_owned()).chain(words()).collect();
        let ranked =
            admin.query("SELECT t, dense_rank() OVER (ORDER BY t) FROM unnest($1::text[]) AS t", &[&texts]).map_err(text)?;
        let order = ranked.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Worker { number, database, admin, moments: Moments { days, moments }, order })
    }

    pub fn number(&self) -> usize {
        self.number
    }

    /// Compiles and applies a project, and compares all decisions until one differs.
    pub fn run(&mut self, project: &Project, seed: u64) -> Result<Outcome, String> {
        let policy = project.policy();
        let compiled = random::compile(&project.config, &project.schema.yaml(), &[("main.policy".to_owned(), policy)]);
        if compiled.meaning.is_none() {
            return Err(crate::project::render(&compiled.diagnostics, &compiled.sources));
        }
        let script = self.deploy(project, &compiled)?;
        let meaning = compiled.meaning.as_ref().ok_or("no meaning")?;
        let mut run = Run { model: &meaning.model, project, order: &self.order, moments: &self.moments, decisions: 0 };
        let mut random = Random::new(seed ^ 0x5ca1_ab1e);
        let mismatch = run.all(&mut self.admin, &mut random, self.number)?;
        Ok(Outcome { decisions: run.decisions, mismatch, script })
    }

    fn deploy(&mut self, project: &Project, compiled: &Compiled) -> Result<String, String> {
        let meaning = compiled.meaning.as_ref().ok_or("no meaning")?;
        let state = compiled.state().ok_or("no state")?;
        let clear = format!(
            "DROP SCHEMA IF EXISTS rowgate, masked CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; \
             GRANT ALL ON SCHEMA public TO {DEPLOYER} WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO PUBLIC"
        );
        self.admin.batch_execute(&clear).map_err(text)?;
        let mut deployer = self.database.connect(DEPLOYER)?;
        let script = sql::desired_state(&state);
        deployer
            .batch_execute(&format!("SET client_min_messages = error; {}; {script}", crate::ddl::create(&meaning.model.catalog)))
            .map_err(|error| format!("{}\n{script}", text(error)))?;
        let mut rows = "SET session_replication_role = replica;\n".to_owned();
        for (table, values) in project.schema.tables.iter().zip(&project.rows) {
            values.iter().for_each(|row| rows.push_str(&format!("{};\n", insert(table, row, |_| true))));
        }
        rows.push_str("SET session_replication_role = origin;\n");
        for table in RULED {
            rows.push_str(&format!(
                "CREATE TRIGGER \" narrow\" BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ext.narrow();\n"
            ));
        }
        let narrow = "CREATE OR REPLACE FUNCTION ext.narrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF OLD.id::text <> current_setting('probe.id') THEN RETURN NULL; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$;\n";
        self.admin.batch_execute(&format!("{narrow}{rows}")).map_err(text)?;
        Ok(script)
    }
}

/// Words of the random rows that are compared as texts.
fn words() -> impl Iterator<Item = String> {
    let fixed = ["clerk", "boss", "guest", "viewer", "editor", "admin", "k1", "k2", "k3", "k4", "k9", "B", "Ab", "edit"];
    fixed.into_iter().map(str::to_owned)
}

fn quoted(value: Option<&String>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| sql::literal(value))
}

/// An insert of the columns that `supplied` says.
fn insert(table: &Table, row: &[Option<String>], supplied: impl Fn(usize) -> bool) -> String {
    let columns: Vec<usize> = (0..row.len()).filter(|&index| supplied(index)).collect();
    let names: Vec<&str> = columns.iter().map(|&index| table.columns[index].name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(|&index| quoted(row[index].as_ref())).collect();
    format!("INSERT INTO public.{} ({}) VALUES ({})", table.name, names.join(", "), values.join(", "))
}

/// What a statement did: the rows that it touched, or that it was denied.
#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Touched(u64),
    Denied(String),
}

struct Run<'a> {
    model: &'a Model,
    project: &'a Project,
    order: &'a BTreeMap<String, i64>,
    moments: &'a Moments,
    decisions: usize,
}

impl Run<'_> {
    fn id(&self, table: &str) -> TableId {
        self.model.catalog.by_name(&rowgate::catalog::QualifiedName::new("public", table)).unwrap()
    }

    /// A row as the evaluator has it.
    fn read(&self, table: &Table, row: &[Option<String>], now: i64) -> Vec<Datum> {
        let entry = self.model.catalog.table(self.id(table.name));
        let mut datums = vec![Datum::Null; row.len()];
        for (column, value) in table.columns.iter().zip(row) {
            let index = entry.column_named(&column.name).unwrap() as usize;
            if let Some(value) = value {
                let parsed = evaluate::parse(&self.model.catalog, &entry.columns[index].r#type, value, now);
                datums[index] = parsed.unwrap_or_else(|| panic!("{} cannot be read as {}", value, column.r#type));
            }
        }
        datums
    }

    fn all(&mut self, admin: &mut Client, random: &mut Random, worker: usize) -> Result<Option<String>, String> {
        let mut data = Data::default();
        for (table, rows) in self.project.schema.tables.iter().zip(&self.project.rows) {
            data.tables.insert(self.id(table.name), rows.iter().map(|row| self.read(table, row, 0)).collect());
        }
        let user_key = self.project.schema.user_key;
        let key = |number| Some(super::schema::key(user_key, number));
        let role = |name: &str| format!("diff_{name}_{worker}");
        let mut actors: Vec<Actor> = Vec::new();
        for (name, identity) in [
            ("user", key(1)),
            ("user", key(2)),
            ("user", key(3)),
            ("user", key(9)),
            ("user", None),
            ("anon", None),
            ("anon", key(1)),
            ("support", None),
            ("support", key(1)),
        ] {
            actors.push(Actor { role: role(name), identity, claims: CLAIMS[random.below(CLAIMS.len())] });
        }
        for actor in &actors {
            if let Some(mismatch) = self.actor(admin, random, &data, actor)? {
                let who = format!("{} as {:?} with {}", actor.role, actor.identity, actor.claims);
                return Ok(Some(format!("{who}: {mismatch}")));
            }
        }
        Ok(None)
    }

    fn actor(&mut self, admin: &mut Client, random: &mut Random, data: &Data, actor: &Actor) -> Result<Option<String>, String> {
        let zone = ["UTC", "Asia/Tokyo", "America/Los_Angeles"][random.below(3)];
        let start = format!(
            "BEGIN; SELECT set_config('app.user_id', {}, true), set_config('app.claims', {}, true), set_config('TimeZone', '{zone}', true); SET LOCAL ROLE {}",
            quoted(Some(&actor.identity.clone().unwrap_or_default())),
            sql::literal(actor.claims),
            actor.role
        );
        admin.batch_execute(&start).map_err(text)?;
        let now: i64 = admin.query_one("SELECT (extract(epoch FROM now()) * 1000000)::bigint", &[]).map_err(text)?.get(0);
        let key_type = &self.model.catalog.column(self.model.identity.user_key).r#type;
        let identity = actor.identity.as_ref().and_then(|text| evaluate::parse(&self.model.catalog, key_type, text, now));
        let session = Session {
            database_role: actor.role.clone(),
            identity: identity.unwrap_or(Datum::Null),
            claims: serde_json::from_str(actor.claims).unwrap_or(serde_json::Value::Null),
            now,
        };
        let unknown = RefCell::new(None);
        let order = |left: &str, right: &str| match (self.order.get(left), self.order.get(right)) {
            (Some(left), Some(right)) => left.cmp(right),
            // Folded forms of what is ranked are ordered by their letters, which all are ASCII.
            _ => {
                unknown.replace(Some((left.to_owned(), right.to_owned())));
                Ordering::Equal
            }
        };
        let raw = |table: TableId, row: &evaluate::Row, text: &str| raw_sql(self.model, table, row, text);
        let evaluator = Evaluator::new(self.model, data, &session).with_raw_sql(&raw).with_text_order(&order);
        let mut probe = Probe { admin, evaluator: &evaluator, data, now, decisions: 0 };
        let mut found = None;
        for name in RULED {
            found = self.table(&mut probe, random, self.project.schema.table(name))?;
            if found.is_some() {
                break;
            }
        }
        let decisions = probe.decisions;
        let unknown = unknown.into_inner();
        self.decisions += decisions;
        admin.batch_execute("ROLLBACK").map_err(text)?;
        match unknown {
            Some(pair) if found.is_some() => Err(format!("the order of {pair:?} is not known")),
            _ => Ok(found),
        }
    }

    fn table(&self, probe: &mut Probe<'_>, random: &mut Random, table: &Table) -> Result<Option<String>, String> {
        let rows = &self.project.rows[self.project.schema.tables.iter().position(|other| other.name == table.name).unwrap()];
        let privileges = probe.privileges(table)?;
        if let Some(mismatch) = self.reads(probe, table, rows, &privileges)? {
            return Ok(Some(mismatch));
        }
        for number in 0..7 {
            let fresh = row(random, self.moments, &self.project.schema, table, 50 + number);
            if let Some(mismatch) = self.creates(probe, random, table, &fresh, &privileges)? {
                return Ok(Some(mismatch));
            }
        }
        for number in 0..rows.len() {
            if let Some(mismatch) = self.deletes(probe, table, rows, number)? {
                return Ok(Some(mismatch));
            }
            for _ in 0..3 {
                if let Some(mismatch) = self.updates(probe, random, table, rows, number, &privileges)? {
                    return Ok(Some(mismatch));
                }
            }
        }
        Ok(None)
    }

    /// Cell by cell: which rows are there, and which of their fields have what the row has.
    fn reads(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        rows: &[Vec<Option<String>>],
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let entry = self.model.catalog.table(id);
        let columns: Vec<&str> = match &privileges.view {
            Some(view) => table.columns.iter().map(|column| column.name.as_str()).filter(|name| view.contains(*name)).collect(),
            None => {
                table.columns.iter().map(|column| column.name.as_str()).filter(|name| privileges.read.contains(*name)).collect()
            }
        };
        let source = if privileges.view.is_some() { "masked" } else { "public" };
        let mut seen: BTreeMap<String, BTreeMap<&str, Option<String>>> = BTreeMap::new();
        if columns.contains(&"id") {
            let query = format!("SELECT {} FROM {source}.{}", columns.join(", "), table.name);
            for message in probe.admin.simple_query(&query).map_err(text)? {
                if let SimpleQueryMessage::Row(row) = message {
                    let values = columns.iter().enumerate().map(|(index, name)| (*name, row.get(index).map(str::to_owned)));
                    let values: BTreeMap<&str, Option<String>> = values.collect();
                    seen.insert(values["id"].clone().unwrap_or_default(), values);
                }
            }
        }
        for (number, row) in probe.data.rows(id).iter().enumerate() {
            let key = rows[number][0].clone().unwrap_or_default();
            let fields = probe.evaluator.read_fields(id, row);
            let found = seen.get(&key);
            if found.is_some() == fields.is_empty() {
                return Ok(Some(format!("read {} {key}: the evaluator says {fields:?}", table.name)));
            }
            probe.decisions += 1;
            let Some(found) = found else { continue };
            for (position, column) in table.columns.iter().enumerate() {
                let index = entry.column_named(&column.name).unwrap();
                let shown = match &privileges.view {
                    // An empty field tells nothing.
                    Some(_) if rows[number][position].is_none() => continue,
                    Some(_) => found.get(column.name.as_str()).is_some_and(Option::is_some),
                    None => found.contains_key(column.name.as_str()),
                };
                probe.decisions += 1;
                if shown != fields.contains(&index) {
                    let what = format!("read {} {key}, {}: it is shown: {shown}", table.name, column.name);
                    return Ok(Some(what));
                }
            }
        }
        Ok(None)
    }

    fn creates(
        &self,
        probe: &mut Probe<'_>,
        random: &mut Random,
        table: &Table,
        fresh: &[Option<String>],
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let entry = self.model.catalog.table(id);
        let mut fresh = fresh.to_vec();
        let mut supplied = BTreeSet::new();
        for (position, column) in table.columns.iter().enumerate() {
            let default = column.default.map(|default| default.trim_matches('\'').to_owned());
            let may = privileges.create.contains(&column.name);
            // What is not granted and has its default is not mentioned; that it could be is another question.
            let index = entry.column_named(&column.name).unwrap();
            let parsed = |value: &Option<String>| match value {
                Some(value) => evaluate::parse(&self.model.catalog, &entry.columns[index as usize].r#type, value, 0).unwrap(),
                None => Datum::Null,
            };
            let differs = !parsed(&fresh[position]).same(&parsed(&default));
            if !differs {
                fresh[position].clone_from(&default);
            }
            if differs && !may && random.below(3) > 0 && column.name != "id" {
                fresh[position] = default;
            } else if differs || (may && random.below(2) == 0) {
                supplied.insert(position);
            }
        }
        let row = self.read(table, &fresh, probe.now);
        let indices: BTreeSet<u32> =
            supplied.iter().map(|&position| entry.column_named(&table.columns[position].name).unwrap()).collect();
        let statement = insert(table, &fresh, |position| supplied.contains(&position));
        let meant = probe.evaluator.create(id, &row, &indices);
        if let Some(mismatch) = probe.expect(&statement, meant)? {
            return Ok(Some(mismatch));
        }
        let readable = probe.evaluator.read(id, &row);
        if let Some(mismatch) = probe.expect(&format!("{statement} RETURNING id"), meant && readable)? {
            return Ok(Some(mismatch));
        }
        // An upsert of a row that is there makes it and changes it.
        let rows = probe.data.rows(id);
        let number = random.below(rows.len());
        let before = rows[number].clone();
        let key =
            &self.project.rows[self.project.schema.tables.iter().position(|other| other.name == table.name).unwrap()][number][0];
        let columns: Vec<usize> =
            (1..table.columns.len()).filter(|&position| privileges.update.contains(&table.columns[position].name)).collect();
        if columns.is_empty() || !supplied.contains(&0) {
            return Ok(None);
        }
        let position = columns[random.below(columns.len())];
        let mut proposed = fresh.clone();
        proposed[0].clone_from(key);
        let proposed_row = self.read(table, &proposed, probe.now);
        let index = entry.column_named(&table.columns[position].name).unwrap() as usize;
        let mut after = before.clone();
        after[index] = proposed_row[index].clone();
        let statement = format!(
            "{} ON CONFLICT (id) DO UPDATE SET {} = {}",
            insert(table, &proposed, |position| supplied.contains(&position)),
            table.columns[position].name,
            quoted(proposed[position].as_ref())
        );
        let creates = probe.evaluator.create(id, &proposed_row, &indices) && probe.evaluator.read(id, &proposed_row);
        let meant = probe.evaluator.update(id, &before, &after);
        if meant && !creates {
            // Nothing is created, and of what was proposed PostgreSQL asks INSERT's policy only: some of it may be refused.
            return Ok(None);
        }
        probe.set_probed(key.as_deref().unwrap_or_default())?;
        probe.expect(&statement, meant)
    }

    fn deletes(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        rows: &[Vec<Option<String>>],
        number: usize,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let key = rows[number][0].clone().unwrap_or_default();
        let meant = probe.evaluator.delete(id, &probe.data.rows(id)[number]);
        let blind = format!("DELETE FROM public.{}", table.name);
        probe.set_probed(&key)?;
        for statement in [format!("{blind} WHERE id = {key}"), blind] {
            if let Some(mismatch) = probe.expect(&statement, meant)? {
                return Ok(Some(format!("{key}: {mismatch}")));
            }
        }
        Ok(None)
    }

    fn updates(
        &self,
        probe: &mut Probe<'_>,
        random: &mut Random,
        table: &Table,
        rows: &[Vec<Option<String>>],
        number: usize,
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let other = row(random, self.moments, &self.project.schema, table, number + 1);
        let mut after = rows[number].clone();
        let mut assigned = Vec::new();
        for position in 1..table.columns.len() {
            let may = privileges.update.contains(&table.columns[position].name);
            let differs = other[position] != after[position];
            // An assignment of the same value needs the right all the same, which is another question.
            let wanted = if may { random.below(3) > 0 } else { differs && random.below(12) == 0 };
            if wanted {
                after[position].clone_from(&other[position]);
                assigned.push(position);
            }
        }
        if assigned.is_empty() {
            return Ok(None);
        }
        let before = &probe.data.rows(id)[number];
        let after_row = self.read(table, &after, probe.now);
        // Written differently, but the same value: nothing changes, and the right to assign it is another question.
        let same_without_right = assigned.iter().any(|&position| {
            let index = self.model.catalog.table(id).column_named(&table.columns[position].name).unwrap() as usize;
            !privileges.update.contains(&table.columns[position].name) && before[index].same(&after_row[index])
        });
        if same_without_right {
            return Ok(None);
        }
        let meant = probe.evaluator.update(id, before, &after_row);
        let key = rows[number][0].clone().unwrap_or_default();
        let assignments: Vec<String> = assigned
            .iter()
            .map(|&position| format!("{} = {}", table.columns[position].name, quoted(after[position].as_ref())))
            .collect();
        let blind = format!("UPDATE public.{} SET {}", table.name, assignments.join(", "));
        probe.set_probed(&key)?;
        let forms = [format!("{blind} WHERE id = {key}"), format!("{blind} WHERE id = {key} RETURNING id"), blind];
        for statement in forms {
            if let Some(mismatch) = probe.expect(&statement, meant)? {
                return Ok(Some(format!("{key}: {mismatch}")));
            }
        }
        Ok(None)
    }
}

/// The columns that a role may name.
struct Privileges {
    read: BTreeSet<String>,
    create: BTreeSet<String>,
    update: BTreeSet<String>,
    /// The columns of the masking view, if there is one.
    view: Option<BTreeSet<String>>,
}

/// A session on the server beside the evaluator's.
struct Probe<'a> {
    admin: &'a mut Client,
    evaluator: &'a Evaluator<'a>,
    data: &'a Data,
    now: i64,
    decisions: usize,
}

impl Probe<'_> {
    fn privileges(&mut self, table: &Table) -> Result<Privileges, String> {
        let query = "SELECT attname::text, has_column_privilege(attrelid, attnum, 'SELECT'), has_column_privilege(attrelid, attnum, 'INSERT'),
              has_column_privilege(attrelid, attnum, 'UPDATE')
            FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0";
        let mut privileges = Privileges { read: BTreeSet::new(), create: BTreeSet::new(), update: BTreeSet::new(), view: None };
        for row in self.admin.query(query, &[&format!("public.{}", table.name)]).map_err(text)? {
            let name: String = row.get(0);
            for (index, set) in [&mut privileges.read, &mut privileges.create, &mut privileges.update].into_iter().enumerate() {
                if row.get(index + 1) {
                    set.insert(name.clone());
                }
            }
        }
        // The catalog is asked, since to_regclass would need the right to use the schema.
        let query = "SELECT attname::text, has_table_privilege(attrelid, 'SELECT') FROM pg_attribute
            WHERE attrelid = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'masked' AND relname = $1)
              AND attnum > 0";
        let view = self.admin.query(query, &[&table.name]).map_err(text)?;
        if !view.is_empty() {
            let readable = view.iter().filter(|row| row.get(1)).map(|row| row.get(0));
            privileges.view = Some(readable.collect());
        }
        Ok(privileges)
    }

    fn set_probed(&mut self, key: &str) -> Result<(), String> {
        self.admin.batch_execute(&format!("SET LOCAL probe.id = {}", sql::literal(key))).map_err(text)
    }

    /// Runs a statement and undoes it.
    fn effect(&mut self, statement: &str) -> Result<Effect, String> {
        match self.admin.simple_query(&format!("SAVEPOINT s; {statement}; ROLLBACK TO SAVEPOINT s")) {
            Ok(messages) => {
                let counts = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::CommandComplete(count) => Some(*count),
                    _ => None,
                });
                Ok(Effect::Touched(counts.max().unwrap_or(0)))
            }
            Err(error) => {
                self.admin.batch_execute("ROLLBACK TO SAVEPOINT s").map_err(text)?;
                let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
                match code.as_str() {
                    "42501" => Ok(Effect::Denied(text(error))),
                    // Constraints come after the policies, which have let the statement through.
                    code if code.starts_with("23") => Ok(Effect::Touched(1)),
                    _ => Err(format!("{statement}: {}", text(error))),
                }
            }
        }
    }

    /// Compares what a statement does with what is meant.
    fn expect(&mut self, statement: &str, meant: bool) -> Result<Option<String>, String> {
        self.decisions += 1;
        let effect = self.effect(statement)?;
        let done = matches!(effect, Effect::Touched(count) if count > 0);
        Ok((done != meant).then(|| format!("{statement}: {effect:?}, and the evaluator says {meant}")))
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
