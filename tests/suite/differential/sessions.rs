//! Who acts on an applied project: nine sessions and, in hostile runs, a tenth and a hostile one beside each. In: the decisions, the database.
//! Out: the first that differs. It does not know how the project came there.

use rowgate::objects::quote;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use rowgate::access::evaluate::{self, Data, Datum, Evaluator, Session, Truth};
use rowgate::catalog::TableId;
use rowgate::db::Client;
use rowgate::model::Model;

use super::decisions::Decisions;
use super::generate::Provider;
use super::hostile::{self, Coverage, Names, session};
use super::probe::{Probe, Tolerance, text};
use super::schema::{RULED, key};
use crate::cluster::Database;
use crate::random::Random;

/// A session: who, as which role, with which token.
pub struct Actor {
    pub role: String,
    pub identity: Option<String>,
    pub claims: String,
    pub settings: Vec<(&'static str, String)>,
    /// The identity is no value of its type, which the project's own function does not take.
    may_fail: bool,
    /// Whose identity it may take on.
    other: Option<String>,
}

const CLAIMS: [&str; 11] = [
    "",
    "{\"moment\": 4102444800, \"moments\": [1769817600, 4102444800.25], \"numbers\": [\"2\", null], \"words\": [\"ab\"]}",
    "{\"moment\": 1769860800.000001, \"moments\": \"2026-01-31 00:00:00+00\", \"numbers\": 1, \"words\": []}",
    "{\"moment\": 1e300, \"moments\": [true, 1e300], \"words\": [\"A\", \"b\"], \"others\": [\"b\", null], \"numbers\": [1, 2]}",
    "{\"words\": [1, \"x\", {}], \"others\": [], \"numbers\": [2, 99999999999, \"3\"]}",
    "{\"words\": \"a\", \"others\": [[]], \"numbers\": [\"x\"]}",
    "{\"word\": \"a\", \"words\": [\"a\", \"ab\"], \"deep\": {\"number\": 1}}",
    "{\"word\": \"B\", \"words\": \"a\"}",
    "{\"words\": [], \"deep\": {\"number\": 2}}",
    "{\"word\": null, \"words\": [null, 1, \"50%\"]}",
    "{\"words\": {\"a\": 1}}",
];

/// Tokens with values of other types than rules compare them with.
const BADLY_FORMED: [&str; 2] =
    ["{\"word\": \"a\", \"deep\": {\"number\": \"x\"}}", "{\"deep\": {\"number\": [1]}, \"words\": [[1]]}"];

/// The role that has nothing to do with the application.
pub fn unrelated(worker: usize) -> String {
    format!("diff_unrelated_{worker}")
}

/// The sessions of one project.
pub struct Run<'a> {
    pub decisions: Decisions<'a>,
    pub order: &'a BTreeMap<String, i64>,
    pub worker: usize,
    pub tolerance: Tolerance,
    pub count: usize,
    pub coverage: Coverage,
}

impl Run<'_> {
    pub fn actors(&self, random: &mut Random, hostile: bool) -> Vec<Actor> {
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
            let may_fail = no_key && !matches!(user_key, "text" | "ext.citext") && project.provider == Provider::Function;
            if hostile && random.below(8) == 0 {
                claims = BADLY_FORMED[random.below(BADLY_FORMED.len())].to_owned();
            }
            let other = if identity.is_some() { own(1 + random.below(3)) } else { own(2) };
            let settings = super::said::settings(random, &project.schema);
            actors.push(Actor { role: format!("diff_{name}_{}", self.worker), identity, claims, settings, may_fail, other });
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
        let set = |name: &str, value: &str| format!("pg_catalog.set_config('{name}', {}, true)", quote::literal(value));
        let mut all = match self.decisions.project.provider {
            Provider::Postgrest => vec![set("request.jwt.claims", &self.claims(actor, identity))],
            _ => vec![set("app.user_id", identity.map_or("", String::as_str)), set("app.claims", &actor.claims)],
        };
        all.extend(actor.settings.iter().map(|(name, value)| set(name, value)));
        all
    }

    /// A hostile session for each actor.
    pub fn sessions(
        &mut self,
        admin: &mut Client,
        database: &Database,
        actors: &[Actor],
        script: &str,
        seed: u64,
    ) -> Result<Vec<session::Session>, String> {
        let mut clients = Vec::new();
        for actor in actors {
            let mut client = database.connect(&hostile::login(&actor.role))?;
            client.batch_execute("BEGIN").map_err(text)?;
            clients.push(client);
        }
        let names = Names::of(script, admin)?;
        let (login, unrelated) = (hostile::login(&actors[0].role), unrelated(self.worker));
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
    pub fn wait(&mut self, admin: &mut Client) -> Result<(), String> {
        let query = format!(
            "SELECT extract(epoch FROM ('{}'::timestamp - clock_timestamp() AT TIME ZONE 'UTC'))::float8",
            self.decisions.moments.ticks[0]
        );
        let left: f64 = admin.query_one(&query, &[]).map_err(text)?.get(0);
        self.coverage.prepared(hostile::LONG, usize::from(left > -0.5), usize::from(left <= -0.5));
        std::thread::sleep(std::time::Duration::from_secs_f64((left + 0.1).max(0.0)));
        Ok(())
    }

    pub fn actor(
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
                settings: actor.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
                now,
            }
        };
        let (own, other) = (session(actor.identity.as_ref()), session(actor.other.as_ref()));
        let mut data = Data::default();
        for (table, rows) in self.decisions.project.schema.tables.iter().zip(&self.decisions.project.rows) {
            let rows = rows.iter().map(|row| self.decisions.read(table, row, 0)).collect();
            data.insert(self.decisions.id(table.name), rows);
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
        let tolerance = if actor.may_fail { self.tolerance.max(Tolerance::Error) } else { self.tolerance };
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
