//! What a project and a database are to each other: what should be there, what was applied, what is otherwise since. In: a project and a connection.
//! Out: all of it, for `plan`, `apply` and `verify`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output::{Output, count, count_that};
use super::patience::patiently;
use super::{Error, ProjectArgument, compile, compile_and_warn, database};
use crate::catalog::QualifiedName;
use crate::db::{self, Applied, Client, Found, Standing};
use crate::objects::{Check, Definition, Id, Kind, Object, Policy, Record, Rights, State, Target};
use crate::project::Compiled;
use crate::sql;
use crate::verify::Difference;
use crate::yaml;

/// The database that rules are applied to.
#[derive(Debug, Args)]
pub(super) struct DatabaseArgument {
    /// The database as whoever deploys connects to it: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
}

/// What becomes of policies that are there and not of the rules.
#[derive(Debug, Args)]
pub(super) struct ReplaceArgument {
    /// Take away the policies on the project's tables that are not of the rules, at the moment when the rules come into force: those that are listed, and no others. What is `accepted` stays.
    #[arg(long)]
    pub(super) replace_policies: bool,
}

/// A project beside a database.
pub(super) struct Deployment {
    /// The project's folder.
    pub(super) root: PathBuf,
    pub(super) compiled: Compiled,
    /// What the database should have.
    pub(super) desired: State,
    /// Where the record is.
    pub(super) record: Record,
    pub(super) client: Client,
    pub(super) standing: Standing,
    /// What is otherwise than it was applied; nothing where nothing was recorded.
    pub(super) differences: Vec<Difference>,
    /// Why nobody knows what is otherwise, where that is so.
    pub(super) unknown: Option<Error>,
    /// What also is, and is as it may be: logins that came and went.
    pub(super) expected: Vec<Difference>,
    /// The tables of the schema file that the database does not have. Nothing can be asked about rules of theirs.
    pub(super) missing: Vec<String>,
}

/// What the last step would say of rules, also of those that are not the present ones: what is in force and more than they allow.
pub(super) fn ask_last_step(client: &mut Client, state: &State) -> Result<Vec<Found>, Error> {
    match &state.check {
        Some(Check::Findings(query)) => Ok(db::ask_last_step(client, query)?),
        _ => Ok(Vec::new()),
    }
}

impl Deployment {
    /// Reads both, for somebody who looks at what the rules would do. `None` when the project has errors, which are then printed, or says nothing.
    pub(super) fn read(
        project: &ProjectArgument,
        database: &DatabaseArgument,
        output: &Output,
    ) -> Result<Option<Deployment>, Error> {
        let Some(mut deployment) = Deployment::of(compile_and_warn(project, output)?, database, output)? else { return Ok(None) };
        deployment.read_record(output)?;
        match deployment.unknown {
            Some(error) => Err(error),
            None => Ok(Some(deployment)),
        }
    }

    /// Refuses where tables are missing that the rules speak of: neither what is in the way can be asked nor anything made.
    pub(super) fn has_its_tables(&self, output: &Output) -> Result<(), Error> {
        if self.missing.is_empty() {
            return Ok(());
        }
        say_differences(&self.differences, output);
        Err(Error::MissingTables(self.missing.clone()))
    }

    /// The same, also where nobody can say what is otherwise than it was applied.
    pub(super) fn read_as_far_as_known(
        project: &ProjectArgument,
        database: &DatabaseArgument,
        output: &Output,
    ) -> Result<Option<Deployment>, Error> {
        let Some(mut deployment) = Deployment::open(project, database, output)? else { return Ok(None) };
        deployment.read_record(output)?;
        Ok(Some(deployment))
    }

    /// The same before anything is known of the database.
    pub(super) fn open(
        project: &ProjectArgument,
        database: &DatabaseArgument,
        output: &Output,
    ) -> Result<Option<Deployment>, Error> {
        Deployment::of(compile(project, output)?, database, output)
    }

    fn of(
        project: Option<(PathBuf, Compiled)>,
        database: &DatabaseArgument,
        output: &Output,
    ) -> Result<Option<Deployment>, Error> {
        let Some((root, compiled)) = project else { return Ok(None) };
        let Some(desired) = compiled.state() else { return Ok(None) };
        let Some(record) = desired.record().cloned() else {
            output.message("the project has no tables: there is nothing to apply");
            return Ok(None);
        };
        let client = database::connect(database.database_url.as_deref())?;
        let (standing, differences, expected, missing) = (Standing::Nothing, Vec::new(), Vec::new(), Vec::new());
        Ok(Some(Deployment { root, compiled, desired, record, client, standing, differences, unknown: None, expected, missing }))
    }

    /// What was applied, and what is otherwise since.
    pub(super) fn read_record(&mut self, output: &Output) -> Result<(), Error> {
        let tables: BTreeSet<String> = self.desired.objects.iter().filter_map(Object::table).collect();
        db::trust_record(&mut self.client, &self.record, &Vec::from_iter(tables))?;
        self.standing = db::read_record(&mut self.client, &self.record)?;
        if let Some(meaning) = &self.compiled.meaning {
            let named: Vec<QualifiedName> = meaning.model.catalog.tables().map(|(_, table)| table.name.clone()).collect();
            self.missing = db::missing_tables(&mut self.client, &named).map_err(Error::Database)?;
            let made = self.tables_made();
            self.missing.retain(|name| !made.contains(name));
        }
        if self.applied().is_some() {
            let record = &self.record;
            match patiently(&mut self.client, output, |client| db::read_differences(client, record)) {
                Ok(found) => (self.expected, self.differences) = found.into_iter().partition(Difference::is_expected),
                Err(Error::Recorded(error)) => self.unknown = Some(Error::NoFacts(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The tables that a deployment makes: that of the record of changes, the first time.
    fn tables_made(&self) -> BTreeSet<String> {
        let is_applied = |id: &Id| self.applied().is_some_and(|applied| applied.state.objects.iter().any(|one| one.id() == id));
        let own = self.desired.objects.iter().filter(|object| object.kind() == Kind::AuditTable);
        own.map(Object::id).filter(|id| !is_applied(id)).map(|id| id.name.clone()).collect()
    }

    /// The policies that decide about the project's tables and are neither of the rules, as they are or were applied, nor accepted.
    pub(super) fn policies_of_others(&mut self, from: &State) -> Result<Vec<Object>, Error> {
        let Some(meaning) = &self.compiled.meaning else { return Ok(Vec::new()) };
        let query = sql::policies_of_others(&meaning.model, &meaning.encoding, &self.desired.objects);
        let found = db::read_policies_of_others(&mut self.client, &query)?;
        let catalog = &meaning.model.catalog;
        let is_of_others = |table: &QualifiedName| catalog.by_name(table).is_some_and(|id| catalog.table(id).is_of_others());
        let policy = |(table, name): &(QualifiedName, String)| {
            Object::new(Policy::of_nobody(table, name, is_of_others(table)), Vec::new())
        };
        let was_applied = |(table, name): &&(QualifiedName, String)| {
            let is_it = |object: &Object| matches!(&object.definition, Definition::Policy(own) if own.table == *table && own.name == *name);
            from.objects.iter().any(is_it)
        };
        Ok(found.iter().filter(|one| !was_applied(one)).map(policy).collect())
    }

    /// What serves nothing any more and somebody can use: sequences that number by themselves, and, where policies of others give way, definer functions that only these call.
    pub(super) fn left_open(&mut self, gives_way: bool) -> Result<Vec<Object>, Error> {
        let Some(meaning) = &self.compiled.meaning else { return Ok(Vec::new()) };
        let query = sql::left_open(&meaning.model, &meaning.encoding, &self.desired.objects, gives_way);
        let mut found: BTreeMap<(bool, QualifiedName), Vec<String>> = BTreeMap::new();
        for (kind, name, role) in db::read_left_open(&mut self.client, &query)? {
            found.entry((kind == "sequence", name)).or_default().extend(role);
        }
        // What the rules call in SQL of their own is theirs.
        let statements: Vec<String> = self.desired.objects.iter().flat_map(Object::create).collect();
        let is_called = |signature: &str| {
            let name = signature.split('(').next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
            statements.iter().any(|statement| statement.contains(&format!("{name}(")))
        };
        let known: BTreeSet<Id> = self.desired.objects.iter().map(|object| object.id().clone()).collect();
        let closing = |((is_sequence, name), roles): ((bool, QualifiedName), Vec<String>)| {
            let on = if is_sequence { Target::Sequence(name) } else { Target::Function(name.name) };
            Object::new(Rights::closing(on, roles), Vec::new())
        };
        let is_left = |((is_sequence, name), _): &((bool, QualifiedName), Vec<String>)| *is_sequence || !is_called(&name.name);
        let all = found.into_iter().filter(is_left).map(closing);
        Ok(all.filter(|object| !known.contains(object.id())).collect())
    }

    /// Whether the database had nothing of the rules when this deployment began, which may have been earlier and in several transactions.
    pub(super) fn began_from_nothing(&self) -> bool {
        match &self.standing {
            Standing::Nothing => true,
            Standing::Unrecorded => false,
            Standing::Recorded(applied) => {
                applied.begun.as_ref().is_some_and(|begun| begun.from_nothing && begun.to == self.desired.digest())
            }
        }
    }

    /// What is told whatever changes: columns about which nobody has decided; before the first deployment also who is outside of all rules whatever they
    /// say, and who is somebody before anybody says so.
    pub(super) fn at_sight(&mut self) -> Result<Vec<Found>, Error> {
        let is_first = self.applied().is_none();
        let is_told = |found: &Found| {
            let number = found.number as usize;
            sql::is_undecided(number) || is_first && ["roles", "settings"].contains(&sql::about_finding(number).0)
        };
        let Some(meaning) = &self.compiled.meaning else { return Ok(Vec::new()) };
        let query = sql::findings_beforehand(&meaning.model, &meaning.encoding, &self.desired.objects);
        let mut found = db::ask_last_step(&mut self.client, &query)?;
        found.retain(|found| !found.fails && is_told(found));
        Ok(found)
    }

    /// Whether what is in force is what was recorded, or nothing is.
    pub(super) fn is_as_recorded(&self) -> bool {
        !matches!(self.standing, Standing::Unrecorded) && self.unknown.is_none() && self.differences.is_empty()
    }

    /// What was applied last, if that is known.
    pub(super) fn applied(&self) -> Option<&Applied> {
        match &self.standing {
            Standing::Recorded(applied) => Some(applied),
            Standing::Nothing | Standing::Unrecorded => None,
        }
    }
}

/// What is more than the rules allow, in words.
pub(super) fn beyond_as_text(found: &Found) -> String {
    let undo = found.closes.as_ref().map(|statement| format!("  undo:  {statement}\n")).unwrap_or_default();
    format!("beyond the rules: {}\n  means: {}\n{undo}", found.what, found.lets)
}

/// What is told and keeps nobody from anything.
pub(super) fn say_notice(found: &Found, output: &Output) {
    output.note(&format!("{}: {}", found.what, found.lets));
    found.closes.iter().for_each(|closes| output.help(&format!("if that is not meant: {closes}")));
}

/// What was applied last, in words.
pub(super) fn last(applied: &Applied) -> String {
    format!("deployment {}: \"{}\", by {} at {}", applied.number, applied.title, applied.by, applied.at)
}

/// The same for programs.
pub(super) fn last_as_json(applied: &Applied) -> serde_json::Value {
    json!({ "number": applied.number, "title": applied.title, "at": applied.at, "by": applied.by, "state": applied.digest })
}

/// Says in short that something is otherwise than it was applied.
pub(super) fn say_differences(differences: &[Difference], output: &Output) {
    const TOLD: usize = 5;
    if differences.is_empty() {
        return;
    }
    output.note(&format!("what is in force is not what was applied: {}", count(differences.len(), "difference")));
    for difference in differences.iter().take(TOLD) {
        output.message(&format!("  {}", difference.explain().says));
    }
    if differences.len() > TOLD {
        output.message(&format!("  and {} more", differences.len() - TOLD));
    }
    output.help("`rowgate verify` shows what each was and is, and what undoes it");
}

/// Says that policies of others are in the way, and what to do.
pub(super) fn say_policies_of_others(others: &[Object], output: &Output) {
    if others.is_empty() {
        return;
    }
    output.note(&format!(
        "{} not of these rules: PostgreSQL would join them to the rules, and the last step refuses",
        count_that(others.len(), "policy", "is", "are")
    ));
    others.iter().for_each(|policy| output.message(&format!("  {}", yaml::seen(&policy.id().name))));
    output.help("`--replace-policies` takes them away when the rules come into force; what is meant to stay goes under `accepted: policies` in rowgate.yaml");
}
