//! Policies and grants that a database has, as rules. In: what was read of it, its schema file, and the configuration that there may be. Out: the files of a project, checked as any other,
//! and what became of each policy. It knows neither a server nor files.
//!
//! Nothing is widened: what the language does not say exactly is SQL, and what cannot even be that is left out, which denies.

mod compared;
mod configuration;
mod facts;
mod labels;
mod meaning;
mod memberships;
mod others;
mod parse;
mod print;
mod quantified;
mod raw;
mod read;
mod remarks;
mod ruled;
mod rules;
mod say;
mod settings;
mod tree;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

pub use facts::{Equality, Facts, FunctionFacts, GrantFacts, Granted, Names, OfPart, PolicyFacts, RoleFacts, TableFacts};
pub use ruled::How;

use crate::catalog::{self, Catalog, ColumnRef, QualifiedName, TableId};
use crate::config::Config;
use crate::diagnostic::{Severity, Sources};
use crate::objects::quote::{identifier, qualified, sha256};
use crate::project::{self, Compiled, Texts};
use crate::yaml::scalar;
use compared::Compared;
use configuration::Configuration;
use memberships::Known;
use print::Printed;
use read::Reader;
use ruled::{GivenUp, GivenUps, Ruled};
use rules::Rules;
use say::Say;
use settings::{Attribute, Settings};

/// A policy may be given up on so often before nothing is left to give up.
const ROUNDS: usize = 12;

/// What an import has made.
#[derive(Debug)]
pub struct Imported {
    /// Names and texts of the files.
    pub files: Vec<(String, String)>,
    /// What the `rowgate.yaml` that is there has to be given besides; empty where there is none, or it has all.
    pub additions: String,
    /// What became of the policies, by table and name.
    pub policies: Vec<Policy>,
    /// What else somebody should know.
    pub remarks: Vec<String>,
    /// The statements that remove the policies, once the rules are in force.
    pub removals: Vec<String>,
    /// The project that the files are.
    pub compiled: Compiled,
    /// The role of the rules that stands for another one of the database, whose rights it has.
    pub stands_for: Option<(String, String)>,
    /// All roles of the application, as they are called in the database.
    pub roles: Vec<String>,
    /// Claims, by the way to them, and a value that each is compared with.
    pub claims: BTreeSet<(Vec<String>, String)>,
    /// Settings, and a value that each is compared with.
    pub settings: BTreeSet<(String, String)>,
    /// What columns are compared with.
    pub compared: BTreeMap<ColumnRef, BTreeSet<String>>,
}

/// What became of a policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its table.
    pub table: QualifiedName,
    /// Its name.
    pub name: String,
    /// What it has become.
    pub how: How,
    /// The helper functions that were put in their places.
    pub helpers: Vec<String>,
    /// Whether it asks for other rows of its own table, among which a record that is changed or removed does not count.
    pub asks_itself: bool,
}

/// Why nothing was made.
#[derive(Debug)]
pub enum NotImported {
    /// In words.
    Reason(String),
    /// What was made is refused by the check; the files are for looking into.
    Refused(Box<Imported>),
}

/// The `rowgate.yaml` that there is.
#[derive(Debug, Clone, Copy)]
pub enum Project<'a> {
    /// None.
    New,
    /// That of another project: it says who is signed in.
    Like(&'a Config),
    /// The one that the rules are to stand beside.
    Beside(&'a Config),
}

impl<'a> Project<'a> {
    fn config(self) -> Option<&'a Config> {
        match self {
            Project::New => None,
            Project::Like(config) | Project::Beside(config) => Some(config),
        }
    }
}

/// Makes rules of policies. `schema` is the text of the schema file.
pub fn import(facts: &Facts, schema: &str, project: Project<'_>) -> Result<Imported, NotImported> {
    let config = project.config();
    others::is_left_to_say(facts).map_err(NotImported::Reason)?;
    let said = configuration::with_owners(schema, facts);
    let schema = if let Project::Beside(_) = project { schema } else { said.as_str() };
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let file = sources.add("schema.yaml", schema);
    let catalog = catalog::load(&sources, file, &mut diagnostics)
        .ok_or_else(|| NotImported::Reason("the schema file has errors".to_owned()))?;
    let votes = votes::count(facts, &catalog);
    let settings = Settings::choose(facts, &catalog, &votes, config).map_err(NotImported::Reason)?;
    let (mut given_up, mut has_roles) = (GivenUps::new(), true);
    for round in 0..=ROUNDS {
        let made = Made::new(facts, &catalog, &settings, &given_up, project, has_roles);
        let compiled = compile(schema, &made.files, project).map_err(NotImported::Reason)?;
        let refused = made.refused(&compiled);
        let is_whole = compiled.meaning.is_some();
        // What memberships say is said by rows as well: no policy is given up on for that.
        if !is_whole && std::mem::take(&mut has_roles) {
            continue;
        }
        if is_whole || refused.is_empty() || round == ROUNDS {
            let imported = made.finish(facts, &catalog, &settings, schema, compiled);
            return if is_whole { Ok(imported) } else { Err(NotImported::Refused(Box::new(imported))) };
        }
        for (policy, why) in refused {
            let next = if given_up.contains_key(&policy) { GivenUp::Out(why) } else { GivenUp::Sql(why) };
            given_up.insert(policy, next);
        }
    }
    Err(NotImported::Reason("the rules do not settle".to_owned()))
}

/// The files of one round.
struct Made {
    files: Vec<(String, String)>,
    additions: String,
    printed: Vec<(TableId, QualifiedName, Printed)>,
    ruled: Vec<(QualifiedName, Ruled)>,
}

impl Made {
    fn new(
        facts: &Facts,
        catalog: &Catalog,
        settings: &Settings,
        given_up: &GivenUps,
        project: Project<'_>,
        has_roles: bool,
    ) -> Made {
        let mut reader = Reader::new(facts, catalog);
        if let Some(meaning::Session::Function(name)) = &settings.identity {
            reader.identity = Some(name.clone());
        }
        let mut say = Say::new(catalog, settings);
        // Of others' tables nothing is said: who may use them is for their owner to say.
        let tables = || catalog.tables().filter(|(_, table)| !table.is_external());
        let mut all = Vec::new();
        for (id, table) in tables() {
            let ruled = Rules { facts, settings, reader: &mut reader, say: &mut say, given_up }.table(id, &table.name);
            all.push((table.name.clone(), ruled));
        }
        let conditions = all.iter().flat_map(|(_, ruled)| ruled.conditions()).filter(|_| has_roles);
        let known = Known::new(catalog, settings, project.config(), conditions);
        let is_closed = closed_already(catalog, project);
        let (mut printed, mut closed) = (Vec::new(), Vec::new());
        for ((id, _), (name, ruled)) in std::iter::zip(tables(), &mut all) {
            let (text, unsaid) = match print::table(&mut say, settings, &known, id, ruled) {
                Ok(text) => (text, None),
                // What cannot be named gets no rule, which denies.
                Err(why) => {
                    others::leave_out(ruled, &why);
                    (Printed::default(), Some(why))
                }
            };
            if ruled.grants.is_empty() {
                let known = is_closed.get(&id).map_or_else(|| name.written(), |known| (*known).clone());
                let reason = unsaid.as_deref().map_or_else(|| others::reason(facts, name), others::unsaid);
                closed.push((known, scalar(&reason)));
            }
            printed.push((id, name.clone(), text));
        }
        closed.sort();
        let named: BTreeSet<String> = printed.iter().flat_map(|(_, _, printed)| printed.roles.iter().cloned()).collect();
        let [memberships, of_memberships] = known.entries(catalog);
        let roles = [settings.roles(&named), of_memberships].concat();
        let session = say.attributes.values().map(Attribute::entry).collect();
        let configuration = Configuration {
            head: settings.text(catalog, facts.binds_all_owners()),
            entries: [session, memberships, roles, closed],
        };
        let additions = match project {
            Project::Beside(config) => configuration.missing_in(config),
            Project::New | Project::Like(_) => String::new(),
        };
        let mut files = vec![("rowgate.yaml".to_owned(), configuration.text())];
        for ((_, name, printed), (_, ruled)) in std::iter::zip(&printed, &all) {
            if !ruled.grants.is_empty() {
                files.push((file_name(name), printed.text.clone()));
            }
        }
        Made { files, additions, printed, ruled: all }
    }

    /// The policies whose text has errors, with the first of them.
    fn refused(&self, compiled: &Compiled) -> BTreeMap<(QualifiedName, String), String> {
        let mut found = BTreeMap::new();
        for diagnostic in compiled.diagnostics.iter().filter(|one| one.severity() == Severity::Error) {
            let spans = std::iter::once(&diagnostic.primary)
                .chain(&diagnostic.secondary)
                .map(|label| compiled.sources.resolve(label.span));
            for span in spans {
                let file = &compiled.sources.get(span.file).name;
                let Some((_, name, printed)) = self.printed.iter().find(|(_, name, _)| file_name(name) == *file) else {
                    continue;
                };
                let is_there = |(from, to, _): &&(usize, usize, Vec<String>)| (*from..*to).contains(&(span.start as usize));
                for (_, _, policies) in printed.places.iter().filter(is_there) {
                    for policy in policies {
                        found.entry((name.clone(), policy.clone())).or_insert_with(|| diagnostic.title.clone());
                    }
                }
            }
        }
        found
    }

    fn finish(self, facts: &Facts, catalog: &Catalog, settings: &Settings, schema: &str, compiled: Compiled) -> Imported {
        let (mut policies, mut compared) = (Vec::new(), Compared::default());
        for (_, ruled) in &self.ruled {
            ruled.conditions().for_each(|condition| compared.add(condition));
        }
        for (table, ruled) in self.ruled {
            let of_table = ruled.outcomes.into_iter().map(|(name, outcome)| {
                let helpers = outcome.helpers.into_iter().collect();
                Policy { table: table.clone(), name, how: outcome.how, helpers, asks_itself: outcome.asks_itself }
            });
            policies.extend(of_table);
        }
        let is_external = |policy: &&PolicyFacts| remarks::is_of_others(catalog, &policy.table);
        let removals = facts
            .policies
            .iter()
            .filter(|policy| !is_external(policy))
            .map(|policy| (&policy.name, &policy.table))
            .chain(
                facts.of_parts.iter().filter(|one| !remarks::is_of_others(catalog, &one.whole)).map(|one| (&one.name, &one.part)),
            )
            .map(|(name, table)| format!("DROP POLICY {} ON {};", identifier(name), qualified(table)));
        let mut files = self.files;
        files.push(("schema.yaml".to_owned(), schema.to_owned()));
        Imported {
            removals: removals.collect(),
            remarks: [
                remarks::all(facts, catalog, settings),
                others::remarks(facts, settings),
                others::of_parts(facts),
                remarks::of_owners(facts, &compiled),
                others::of_bound_owners(facts, settings),
                remarks::of_keys(facts, &compiled),
            ]
            .concat(),
            stands_for: settings.stands_for.clone().map(|old| (settings.signed_in.clone(), old)),
            roles: settings.application.clone(),
            claims: compared.claims,
            settings: compared.settings,
            compared: compared.columns,
            files,
            additions: self.additions,
            policies,
            compiled,
        }
    }
}

/// A table that is closed already is so under the name that it has there.
fn closed_already<'a>(catalog: &Catalog, project: Project<'a>) -> BTreeMap<TableId, &'a String> {
    let names = project.config().into_iter().flat_map(|config| config.closed_tables.0.keys());
    names.filter_map(|name| Some((catalog.named(name)?, name))).collect()
}

/// `posts.policy`. Where letters are no letters of a file's name, what they were is told by a few digits: `a*b` and `a?b` are two files.
fn file_name(name: &QualifiedName) -> String {
    let clean = |text: &str| {
        let letters = text.chars().map(|letter| if letter.is_alphanumeric() || letter == '_' { letter } else { '_' });
        let clean: String = letters.collect();
        if clean == text { clean } else { format!("{clean}_{}", &sha256(text)[..6]) }
    };
    match name.schema.as_str() {
        "public" => format!("{}.policy", clean(&name.name)),
        schema => format!("{}.{}.policy", clean(schema), clean(&name.name)),
    }
}

/// Compiles the files as those of any project.
fn compile(schema: &str, files: &[(String, String)], project: Project<'_>) -> Result<Compiled, String> {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let mut ids = files.iter().map(|(name, text)| sources.add(name.clone(), text.clone())).collect::<Vec<_>>().into_iter();
    let config_file = ids.next().ok_or("there is no configuration")?;
    let policy_files = ids.collect();
    let schema_file = sources.add("schema.yaml", schema);
    let config = project::load_config(&sources, config_file, &mut diagnostics).ok_or_else(|| {
        format!("the configuration that was made is not read: {}", diagnostics.first().map_or("", |one| &one.title))
    })?;
    let config = match project {
        Project::Beside(there) => configuration::with(there, config),
        Project::New | Project::Like(_) => config,
    };
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    Ok(project::compile(texts, diagnostics))
}
