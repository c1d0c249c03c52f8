//! The stages in a row: texts to everything that can be known of a project. In: [`Texts`]. Out: [`Compiled`]. Does no IO: who reads
//! the files is the command line, a test, an editor.

mod before;
mod workspace;

use std::sync::Arc;

use crate::access::{self, Access};
use crate::ast;
use crate::catalog::{self, Catalog};
use crate::config::Config;
/// Reads the configuration, which says where the other files are.
pub use crate::config::load as load_config;
use crate::diagnostic::{self, Code, Diagnostic, FileId, Sources};
use crate::encode::{self, Encoding, Target};
use crate::lint::{self, Levels};
use crate::model::{self, Model};
use crate::objects::State;
use crate::parallel;
use crate::scenario::{self, Scenarios};
use crate::sql;
use crate::syntax;
pub use before::{Apart, compile_before};
pub use workspace::{CONFIG, Workspace};

/// The files of a project, already among `sources`.
#[derive(Debug)]
pub struct Texts {
    /// The texts.
    pub sources: Sources,
    /// `rowgate.yaml`
    pub config_file: FileId,
    /// Its content.
    pub config: Config,
    /// The schema file.
    pub schema_file: FileId,
    /// The policy files, in any order.
    pub policy_files: Vec<FileId>,
    /// The test files, in any order.
    pub test_files: Vec<FileId>,
    /// The present moment, in microseconds since 1970 in UTC: what `today` is in sample rows.
    pub now: i64,
}

/// What is known of a project.
#[derive(Debug)]
pub struct Compiled {
    /// The texts, for pointing into them.
    pub sources: Sources,
    /// The configuration.
    pub config: Config,
    /// The rules with names bound, and what they combine to; missing when there is an error.
    pub meaning: Option<Meaning>,
    /// What compiling found, ordered; [`Compiled::check`] finds more.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the state is made of: the configuration, the schema file, the policy files.
    made_of: Vec<FileId>,
    /// The test files, in the order of their names; not read yet.
    test_files: Vec<FileId>,
    now: i64,
    /// What the project says of findings.
    levels: Levels,
}

/// What a project without errors means.
#[derive(Debug)]
pub struct Meaning {
    /// The rules with names bound.
    pub model: Model,
    /// What they combine to.
    pub access: Access,
    /// What the database is told of it.
    pub encoding: Encoding,
}

impl Meaning {
    fn lint_input(&self) -> lint::Input<'_> {
        lint::Input { model: &self.model, access: &self.access, encoding: &self.encoding }
    }
}

impl Compiled {
    /// The desired state; `None` when there is an error.
    pub fn state(&self) -> Option<State> {
        let meaning = self.meaning.as_ref()?;
        Some(sql::generate(&meaning.model, &meaning.encoding, &self.sources))
    }

    /// The texts that the state is made of, by their names: the configuration, the schema file, the policy files.
    pub fn texts(&self) -> Vec<(&str, &str)> {
        let of = |&file: &FileId| (self.sources.get(file).name.as_str(), self.sources.get(file).text.as_str());
        self.made_of.iter().map(of).collect()
    }

    /// What would make the policies faster, unless the project allows it; nothing when there is an error.
    pub fn advice(&self) -> Vec<Diagnostic> {
        self.meaning.as_ref().map_or_else(Vec::new, |meaning| self.levels.settle(lint::advice(&meaning.lint_input()), |_| false))
    }

    /// The test files by name, those without errors, and what is wrong with the others; none when the rules have an error.
    pub fn scenarios(&self) -> (Vec<(String, Scenarios)>, Vec<Diagnostic>) {
        let (mut scenarios, mut found) = (Vec::new(), Vec::new());
        let Some(Meaning { model, .. }) = &self.meaning else { return (scenarios, found) };
        for &file in &self.test_files {
            let loaded = scenario::load(&self.sources, file, model, &mut found);
            scenarios.extend(loaded.map(|loaded| (self.sources.get(file).name.clone(), loaded)));
        }
        (scenarios, found)
    }

    /// All that is to be said of a project, ordered: what compiling found, what the rows of the test files show, what would make the policies faster.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut all = self.diagnostics.clone();
        if let Some(meaning) = &self.meaning {
            let (scenarios, mut broken) = self.scenarios();
            let mut found = scenario::try_assertions(&meaning.model, &scenarios, self.now);
            // What a broken file has may be what something could be tried on.
            found.retain(|one| one.code != Code::Untried || broken.is_empty());
            found.append(&mut lint::advice(&meaning.lint_input()));
            let was_looked_for = |code| is_of_check(code) && (code != Code::Untried || broken.is_empty());
            all.append(&mut self.levels.settle(found, was_looked_for));
            all.append(&mut broken);
        }
        diagnostic::sort(&mut all);
        all
    }

    /// The indexes that the policies need and the schema file does not list; none when there is an error.
    pub fn wanted_indexes(&self) -> Vec<sql::WantedIndex> {
        self.meaning.as_ref().map_or_else(Vec::new, |meaning| sql::wanted_indexes(&meaning.model, &meaning.encoding))
    }
}

/// Texts below this size, in bytes, are read before a second thread has started.
const MIN_PARALLEL_BYTES: usize = 256 * 1024;

/// Trees and catalog. The messages come in the order of the files, whichever was read first.
fn read_texts(
    sources: &Sources,
    policy_files: &[FileId],
    schema_file: FileId,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<ast::File>, Option<Catalog>) {
    let parse = |files: &[FileId]| {
        let mut found = Vec::new();
        let trees: Vec<ast::File> = files.iter().map(|&file| syntax::parse_file(sources, file, &mut found)).collect();
        (trees, found)
    };
    let load = || {
        let mut found = Vec::new();
        (catalog::load(sources, schema_file, &mut found), found)
    };
    let bytes: usize = policy_files.iter().map(|&file| sources.get(file).text.len()).sum();
    let is_large = bytes >= MIN_PARALLEL_BYTES;
    let least = if is_large { 0 } else { usize::MAX };
    let (parsed, (catalog, mut of_schema)) = parallel::both(is_large, || parallel::stretches(policy_files, least, parse), load);
    let mut trees = Vec::new();
    for (some, mut found) in parsed {
        trees.extend(some);
        diagnostics.append(&mut found);
    }
    diagnostics.append(&mut of_schema);
    (trees, catalog)
}

/// The syntax trees of a project's policy files by their names, as far as they can be read.
pub fn trees(texts: &Texts) -> Vec<(&str, ast::File)> {
    let parse =
        |&file: &FileId| (texts.sources.get(file).name.as_str(), syntax::parse_file(&texts.sources, file, &mut Vec::new()));
    let mut trees: Vec<_> = texts.policy_files.iter().map(parse).collect();
    trees.sort_by_key(|(name, _)| *name);
    trees
}

/// Whether compiling does not look for a code, but [`Compiled::check`].
fn is_of_check(code: Code) -> bool {
    lint::is_advice(code) || code == Code::Untried
}

/// Compiles a project. Messages that reading it already gave are passed on. Test files are not looked into.
pub fn compile(texts: Texts, diagnostics: Vec<Diagnostic>) -> Compiled {
    compile_prepared(texts, diagnostics, |_, _, _| {})
}

/// The same of what something else is made of first, before it is bound.
fn compile_prepared(
    texts: Texts,
    mut diagnostics: Vec<Diagnostic>,
    prepare: impl FnOnce(&mut [ast::File], &mut Config, &Catalog),
) -> Compiled {
    let Texts { sources, config_file, mut config, schema_file, mut policy_files, mut test_files, now } = texts;
    // Whatever order the files were found in, the result is the same.
    for list in [&mut policy_files, &mut test_files] {
        list.sort_by(|a, b| sources.get(*a).name.cmp(&sources.get(*b).name));
    }
    let (mut files, catalog) = read_texts(&sources, &policy_files, schema_file, &mut diagnostics);
    if let Some(catalog) = &catalog {
        prepare(&mut files, &mut config, catalog);
    }
    let model = catalog.and_then(|catalog| {
        let (files, catalog): (Vec<&ast::File>, _) = (files.iter().collect(), Arc::new(catalog));
        let input = model::Input { sources: &sources, config: &config, config_file, catalog, files: &files, memory: None };
        model::bind(input, &mut diagnostics)
    });
    // Of a large project, the trees are what takes most of the memory.
    drop(files);
    let meaning = model.and_then(|model| meaning_of(model, None, &mut diagnostics));
    let levels = Levels::new(config.levels(), allowances(&sources, &policy_files, schema_file));
    let meaning = settle(&levels, meaning, &mut diagnostics);
    diagnostic::sort(&mut diagnostics);
    let made_of = [config_file, schema_file].into_iter().chain(policy_files).collect();
    Compiled { sources, config, meaning, diagnostics, made_of, test_files, now, levels }
}

/// The comments that allow something, file by file.
fn allowances(sources: &Sources, policy_files: &[FileId], schema_file: FileId) -> Vec<lint::Allowance> {
    let text = |file: FileId| sources.get(file).text.as_str();
    let of_policies = policy_files.iter().flat_map(|&file| lint::allowances(text(file), file));
    of_policies.chain(lint::allowances_of_yaml(text(schema_file), schema_file)).collect()
}

/// Makes of the messages what the project says of them. What it denies is an error as any other.
fn settle(levels: &Levels, meaning: Option<Meaning>, diagnostics: &mut Vec<Diagnostic>) -> Option<Meaning> {
    diagnostics.append(&mut levels.problems());
    // Where there are errors, lints have not looked for anything.
    let is_whole = meaning.is_some();
    *diagnostics = levels.settle(std::mem::take(diagnostics), |code| is_whole && !is_of_check(code));
    meaning.filter(|_| !diagnostic::has_errors(diagnostics))
}

/// What was found of earlier texts and may still be so.
#[derive(Debug, Default)]
struct Memory {
    combined: access::Memory,
    encoded: encode::Memory,
    looked_at: lint::Memory,
}

/// What bound rules mean; `None` when there is an error.
fn meaning_of(model: Model, mut memory: Option<&mut Memory>, diagnostics: &mut Vec<Diagnostic>) -> Option<Meaning> {
    if diagnostic::has_errors(diagnostics) {
        return None;
    }
    let access = access::combine_again(&model, memory.as_mut().map(|memory| &mut memory.combined));
    let encoded = memory.as_mut().map(|memory| &mut memory.encoded);
    let encoding = encode::encode_again(&model, &access, Target::postgresql(&model), encoded, diagnostics);
    if diagnostic::has_errors(diagnostics) {
        return None;
    }
    let meaning = Meaning { model, access, encoding };
    diagnostics.append(&mut lint::lint_again(&meaning.lint_input(), memory.map(|memory| &mut memory.looked_at)));
    Some(meaning)
}
