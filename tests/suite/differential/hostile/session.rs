//! A hostile session: a login that may act as the application's role and as another, with objects and settings of its own, which says each
//! statement in a way that is drawn at random.

use std::collections::BTreeSet;

use postgres::SimpleQueryMessage;
use rowgate::db::Client;

use super::super::probe::{Effect, Seen, Tolerance, rows, text, touched};
use super::super::statement::Statement;
use super::coverage::Coverage;
use super::names::Names;
use super::shadows::{self, SCHEMAS};
use super::ways::{Answer, Scene, Spoken, WAYS, Way};
use super::{is_left_out, outset, settings};
use crate::random::Random;

/// What a session may prepare, of its own.
type Prepare = fn(&mut Random, &Names) -> Vec<String>;
const INGREDIENTS: [(&str, Prepare); 3] = [
    ("temporary types", shadows::temporary_types),
    ("temporary functions", shadows::temporary_functions),
    ("temporary relations", shadows::temporary_relations),
];

pub struct Session {
    client: Client,
    process: i32,
    scene: Scene,
    random: Random,
    /// What is different about this session.
    pub ingredients: BTreeSet<&'static str>,
    pub coverage: Coverage,
}

/// Who acts in a session.
pub struct Actor {
    pub role: String,
    pub unrelated: String,
    /// SQL expressions that set the identity; see [`Scene`].
    pub to_own: String,
    pub to_other: String,
}

impl Session {
    /// Prepares a session, in the transaction that it has begun.
    pub fn open(mut client: Client, actor: Actor, names: &Names, mut random: Random) -> Result<Session, String> {
        let process = client.query_one("SELECT pg_backend_pid()", &[]).map_err(text)?.get(0);
        let scene =
            Scene { role: actor.role, unrelated: actor.unrelated, to_other: actor.to_other, to_own: actor.to_own, number: 0 };
        let mut session = Session {
            client,
            process,
            scene,
            random: Random::new(0),
            ingredients: BTreeSet::new(),
            coverage: Coverage::default(),
        };
        session.command("SET statement_timeout = '30s'")?;
        for (name, prepare) in INGREDIENTS {
            session.prepare(name, prepare, names, &mut random)?;
        }
        session.path(&mut random)?;
        let taken = outset::taken(&mut session.client, names)?;
        for (name, count) in taken {
            session.coverage.resolved(name, count);
        }
        // Last, since some settings leave the server no plan for a question to the catalog.
        session.prepare("settings", settings::prepare, names, &mut random)?;
        if random.below(40) == 0 {
            session.prepare("just-in-time compilation", settings::compiled, names, &mut random)?;
        }
        session.random = random;
        Ok(session)
    }

    /// With one ingredient more, perhaps.
    fn prepare(&mut self, name: &'static str, prepare: Prepare, names: &Names, random: &mut Random) -> Result<(), String> {
        if random.below(5) < 2 && !is_left_out(name) {
            let statements = prepare(random, names);
            let (accepted, refused) = outset::attempt(&mut self.client, &statements)?;
            self.ingredients.insert(name);
            self.coverage.prepared(name, accepted, refused);
        }
        Ok(())
    }

    /// A path with some of the attacker's schemas, before pg_catalog or after.
    fn path(&mut self, random: &mut Random) -> Result<(), String> {
        let mut path: Vec<&str> = SCHEMAS.into_iter().filter(|_| random.below(2) == 0).collect();
        if path.is_empty() && random.below(2) == 0 {
            return Ok(());
        }
        let names = ["types in a schema", "functions in a schema", "operators in a schema", "relations in a schema"];
        path.retain(|schema| SCHEMAS.into_iter().zip(names).any(|(other, name)| other == *schema && !is_left_out(name)));
        path.extend(["pg_catalog", "public"]);
        if random.below(3) == 0 {
            random.shuffle(&mut path);
        }
        if random.below(2) == 0 {
            path.insert(random.below(path.len()), "pg_temp");
        }
        for (schema, name) in SCHEMAS.into_iter().zip(names) {
            if path.contains(&schema) {
                self.ingredients.insert(name);
            }
        }
        self.command(&format!("SET search_path = {}", path.join(", ")))
    }

    /// Begins to act: with the identity, as the application's role.
    pub fn act(&mut self) -> Result<(), String> {
        let start = format!("SELECT {}; SET LOCAL ROLE {}", self.scene.to_own, self.scene.role);
        self.command(&start)
    }

    pub fn command(&mut self, command: &str) -> Result<(), String> {
        self.client.batch_execute(command).map_err(|error| format!("hostile session, {command}: {}", text(error)))
    }

    /// A way that fits.
    fn pick(&mut self, statement: &Statement) -> (&'static Way, Spoken) {
        loop {
            self.scene.number += 1;
            let way = &WAYS[self.random.below(WAYS.len())];
            if let Some(spoken) = (way.say)(statement, &self.scene).filter(|_| !is_left_out(way.name)) {
                return (way, spoken);
            }
        }
    }

    fn say(&mut self, spoken: &Spoken) -> Result<Result<Vec<SimpleQueryMessage>, Effect>, String> {
        let before: String = spoken.before.iter().map(|one| format!("{one}; ")).collect();
        let mut answer = self.client.simple_query(&format!("SAVEPOINT s; {before}"));
        if answer.is_ok() {
            answer = self.client.simple_query(&spoken.statement);
        }
        self.client.batch_execute("ROLLBACK TO SAVEPOINT s; DEALLOCATE ALL").map_err(text)?;
        Ok(answer.map_err(|error| {
            let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
            Effect::Failed { code, text: text(error) }
        }))
    }

    /// Compares what a statement does with what is meant. `other` is what is meant for the other identity.
    pub fn expect(
        &mut self,
        statement: &Statement,
        least: Tolerance,
        own: bool,
        other: &dyn Fn() -> bool,
    ) -> Result<Option<String>, String> {
        let (way, spoken) = self.pick(statement);
        let meant = own || (way.either && other());
        let tolerance = least.max(way.tolerance);
        let effect = match self.say(&spoken)? {
            Err(failed) => failed,
            Ok(messages) if spoken.answer == Answer::Value => Effect::Touched(value(&messages)),
            Ok(messages) => Effect::Touched(touched(&messages)),
        };
        match &effect {
            Effect::Failed { code, text } => self.coverage.failed(way.name, &self.ingredients, code, text, meant),
            Effect::Touched(_) => self.coverage.equal(way.name, &self.ingredients),
        }
        let wrong = !way.either && matches!(effect, Effect::Touched(count) if !tolerance.allows(meant, count > 0));
        Ok(wrong.then(|| self.mismatch(way, &spoken, &format!("{effect:?}, and the evaluator says {meant}"))))
    }

    /// Compares what a query shows.
    pub fn query(
        &mut self,
        query: &Statement,
        least: Tolerance,
        decisions: usize,
        differs: &dyn Fn(&Seen, Tolerance, bool) -> Option<String>,
    ) -> Result<Option<String>, String> {
        let (way, spoken) = self.pick(query);
        match self.say(&spoken)? {
            Err(Effect::Failed { code, text }) => {
                self.coverage.failed(way.name, &self.ingredients, &code, &text, true);
                Ok(None)
            }
            Err(Effect::Touched(_)) => Ok(None),
            Ok(messages) => {
                let json = spoken.answer == Answer::Json;
                let Some(seen) = (if json { objects(&messages) } else { Some(rows(query, &messages)) }) else { return Ok(None) };
                (0..decisions).for_each(|_| self.coverage.equal(way.name, &self.ingredients));
                let wrong = differs(&seen, least.max(way.tolerance), way.either).filter(|_| !way.either);
                Ok(wrong.map(|what| self.mismatch(way, &spoken, &what)))
            }
        }
    }

    fn mismatch(&self, way: &Way, spoken: &Spoken, what: &str) -> String {
        let with: Vec<&str> = self.ingredients.iter().copied().collect();
        format!("hostile, {}, with {}: {}; {}: {what}", way.name, with.join(", "), spoken.before.join("; "), spoken.statement)
    }

    /// Whether a function of the session has run with rights that the session has not.
    pub fn alarm(&mut self, admin: &mut Client) -> Result<Option<String>, String> {
        let query = "SELECT (SELECT rolname::text FROM pg_roles WHERE oid = objid)
            FROM pg_locks WHERE locktype = 'advisory' AND classid = 6042 AND pid = $1";
        let found = admin.query(query, &[&self.process]).map_err(text)?;
        let Some(row) = found.first() else { return Ok(None) };
        let with: Vec<&str> = self.ingredients.iter().copied().collect();
        let who: Option<String> = row.get(0);
        Ok(Some(format!("hostile, with {}: a function of the session's ran as {}", with.join(", "), who.unwrap_or_default())))
    }
}

/// The number in the only row.
fn value(messages: &[SimpleQueryMessage]) -> u64 {
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).and_then(|text| text.parse().ok()),
        _ => None,
    });
    value.unwrap_or(0)
}

/// Rows that are JSON objects; none where the session's encoding makes them unreadable.
fn objects(messages: &[SimpleQueryMessage]) -> Option<Seen> {
    let mut seen = Seen::new();
    for message in messages {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(row.try_get(0).ok()??).ok()?;
        let key = object.get("id").map(|key| key.to_string().trim_matches('"').to_owned());
        let fields = object.into_iter().map(|(name, value)| (name, !value.is_null() && value != false)).collect();
        seen.insert(key.unwrap_or_default(), fields);
    }
    Some(seen)
}
