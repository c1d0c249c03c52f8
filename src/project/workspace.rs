//! A project whose texts change one by one, as in an editor. In: texts by their names. Out: the messages about all of them, what the rules mean, the
//! desired state; the same as [`compile`](super::compile) gives for the same texts. What a change does not touch is not done again: files are kept in
//! pieces, an item each, the catalog as long as the schema file is the same, bound rules as long as the texts of their table are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Meaning, Memory, meaning_of, settle};
use crate::ast;
use crate::catalog::{self, Catalog};
use crate::config::{self, Config};
use crate::diagnostic::{self, Diagnostic, FileId, Sources};
use crate::lint::{self, Allowance, Levels};
use crate::model;
use crate::objects::State;
use crate::scenario;
use crate::sql;
use crate::syntax::{self, Piece};

/// The name of the configuration file, which says what the schema file is called.
pub const CONFIG: &str = "rowgate.yaml";

/// Texts that are done with before everything is read again, which gives their room back.
const MAX_STALE: usize = 100_000;

/// The texts of a project and what is known of them.
///
/// ```
/// use rowgate::project::Workspace;
///
/// let mut workspace = Workspace::open([
///     ("rowgate.yaml", "version: 1
/// identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
/// closed_tables: { users: not shown }"),
///     ("schema.yaml", "version: 1
/// tables:
///   users: { columns: { id: integer } }
///   notes: { columns: { id: integer, owner: { type: integer, references: users } } }"),
///     ("notes.policy", "table notes { rule \"own\" for Authenticated { where Owner is Logged in User allow read } }"),
/// ]);
/// assert!(workspace.diagnostics().is_empty());
/// assert_eq!(workspace.meaning().map(|meaning| meaning.model.tables.len()), Some(1));
/// assert!(workspace.state().is_some());
///
/// workspace.set("notes.policy", "table notes { rule \"own\" for Authenticated { where Owner is Boss allow read } }");
/// let message = workspace.diagnostics().remove(0);
/// assert_eq!(message.code.as_str(), "RG1102");
/// assert_eq!(workspace.sources().slice(message.primary.span), "Boss");
/// ```
#[derive(Debug, Default)]
pub struct Workspace {
    sources: Sources,
    /// By name, so that the order in which they came changes nothing.
    files: BTreeMap<String, Open>,
    setup: Option<Setup>,
    bound: model::Memory,
    memory: Memory,
    outcome: Option<Outcome>,
    stale: usize,
}

#[derive(Debug)]
struct Open {
    id: FileId,
    /// Of a policy file, its items.
    pieces: Vec<OpenPiece>,
    /// Of a policy file, the comments that allow something.
    allowances: Vec<Allowance>,
    /// Whether they are those of the text as it is.
    is_cut: bool,
}

#[derive(Debug, Clone)]
struct OpenPiece {
    id: FileId,
    piece: Arc<Piece>,
}

impl std::borrow::Borrow<Piece> for OpenPiece {
    fn borrow(&self) -> &Piece {
        &self.piece
    }
}

/// What the configuration and the schema file say.
#[derive(Debug)]
struct Setup {
    config: Option<Config>,
    catalog: Option<Arc<Catalog>>,
    /// Of the schema file.
    allowances: Vec<Allowance>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Outcome {
    diagnostics: Vec<Diagnostic>,
    meaning: Option<Meaning>,
}

impl Workspace {
    /// A workspace with some texts: `rowgate.yaml`, the schema file that it names, test files (`*.test.yaml`); all others are policy files, whatever
    /// their names.
    pub fn open<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Workspace {
        let mut workspace = Workspace::default();
        texts.into_iter().for_each(|(name, text)| workspace.set(name, text));
        workspace
    }

    /// Adds a text, or puts it in the place of the one of this name.
    pub fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        let (name, text) = (name.into(), text.into());
        self.outcome = None;
        self.forget_what_rests_on(&name);
        match self.files.get_mut(&name) {
            Some(open) => {
                self.sources.replace(open.id, text);
                open.is_cut = false;
            }
            None => {
                let id = self.sources.add(name.clone(), text);
                self.files.insert(name, Open { id, pieces: Vec::new(), allowances: Vec::new(), is_cut: false });
            }
        }
        if self.stale > MAX_STALE {
            self.start_again();
        }
    }

    /// Takes a text away.
    pub fn remove(&mut self, name: &str) {
        let Some(open) = self.files.remove(name) else { return };
        self.outcome = None;
        self.sources.replace(open.id, "");
        open.pieces.iter().for_each(|piece| self.sources.replace(piece.id, ""));
        self.stale += 1 + open.pieces.len();
        self.forget_what_rests_on(name);
    }

    /// The texts that messages point into.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// All messages about the texts as they are, ordered by file and place, without those about sample rows.
    pub fn diagnostics(&mut self) -> Vec<Diagnostic> {
        self.outcome().diagnostics.clone()
    }

    /// What the rules mean; `None` when there is an error, or no `rowgate.yaml` or schema file yet. Places in it are resolved by [`Sources::resolve`].
    pub fn meaning(&mut self) -> Option<&Meaning> {
        self.outcome().meaning.as_ref()
    }

    /// The desired state; `None` where there is no meaning.
    pub fn state(&mut self) -> Option<State> {
        self.outcome();
        let meaning = self.outcome.as_ref()?.meaning.as_ref()?;
        Some(sql::generate(&meaning.model, &meaning.encoding, &self.sources))
    }

    /// The configuration and the schema file are what all else rests on.
    fn forget_what_rests_on(&mut self, name: &str) {
        let schema = self.setup.as_ref().and_then(|setup| setup.config.as_ref()).map(|config| config.schema.as_str());
        if name == CONFIG || Some(name) == schema {
            self.setup = None;
            self.bound = model::Memory::default();
            self.memory = Memory::default();
        }
    }

    /// Reads everything again from its text.
    fn start_again(&mut self) {
        let texts: Vec<(String, String)> =
            self.files.iter().map(|(name, open)| (name.clone(), self.sources.get(open.id).text.clone())).collect();
        *self = Workspace::open(texts);
    }

    /// The pieces of a file. Those whose text was there before are as they were, wherever they stand now.
    fn cut(&mut self, open: &mut Open) {
        open.is_cut = true;
        let text = self.sources.get(open.id).text.clone();
        open.allowances = lint::allowances(&text, open.id);
        let mut known: HashMap<String, Vec<OpenPiece>> = HashMap::new();
        for piece in open.pieces.drain(..).rev() {
            known.entry(self.sources.get(piece.id).text.clone()).or_default().push(piece);
        }
        let mut made = Vec::new();
        open.pieces = syntax::pieces(&text, |range| {
            let own = &text[range.clone()];
            if let Some(piece) = known.get_mut(own).and_then(Vec::pop) {
                self.sources.move_piece(piece.id, range.start);
                return piece;
            }
            let id = self.sources.add_piece(open.id, range.start, own);
            made.push(id);
            OpenPiece { id, piece: Arc::new(syntax::parse_piece(own, id, 0)) }
        });
        let left = known.into_values().flatten().map(|piece| piece.id);
        let unused = made.into_iter().filter(|id| open.pieces.iter().all(|piece| piece.id != *id));
        for id in left.chain(unused) {
            self.sources.replace(id, "");
            self.stale += 1;
        }
    }

    fn outcome(&mut self) -> &Outcome {
        if self.outcome.is_none() {
            let setup = self.setup.take().unwrap_or_else(|| self.read_setup());
            let mut files = std::mem::take(&mut self.files);
            let policies = files.iter_mut().filter(|(name, open)| !open.is_cut && setup.is_policy(name));
            policies.for_each(|(_, open)| self.cut(open));
            self.files = files;
            let outcome = self.analyse(&setup);
            self.setup = Some(setup);
            self.outcome = Some(outcome);
        }
        self.outcome.get_or_insert_with(|| Outcome { diagnostics: Vec::new(), meaning: None })
    }

    fn read_setup(&self) -> Setup {
        let mut diagnostics = Vec::new();
        let file = self.files.get(CONFIG);
        let config = file.and_then(|open| config::load(&self.sources, open.id, &mut diagnostics));
        let schema = config.as_ref().and_then(|config| self.files.get(&config.schema));
        let catalog = schema.and_then(|open| catalog::load(&self.sources, open.id, &mut diagnostics));
        let allowances = schema.map(|open| lint::allowances_of_yaml(&self.sources.get(open.id).text, open.id));
        Setup { config, catalog: catalog.map(Arc::new), allowances: allowances.unwrap_or_default(), diagnostics }
    }

    fn analyse(&mut self, setup: &Setup) -> Outcome {
        let mut diagnostics = setup.diagnostics.clone();
        let Some(config) = &setup.config else {
            // It says which files there are.
            return Outcome { diagnostics, meaning: None };
        };
        let mut files: Vec<&ast::File> = Vec::new();
        for (_, open) in self.files.iter().filter(|(name, _)| setup.is_policy(name)) {
            if let Err(diagnostic) = syntax::check_file(&self.sources.get(open.id).text, open.id) {
                diagnostics.push(*diagnostic);
                continue;
            }
            diagnostics.extend(open.pieces.iter().flat_map(|piece| piece.piece.diagnostics.iter().cloned()));
            if open.pieces.iter().all(|piece| piece.piece.file.items.is_empty() && piece.piece.diagnostics.is_empty()) {
                diagnostics.push(syntax::without_rules(open.id));
            }
            files.extend(open.pieces.iter().map(|piece| &piece.piece.file));
        }
        let mut meaning = None;
        if let (Some(catalog), Some(file)) = (&setup.catalog, self.files.get(CONFIG)) {
            let memory = Some(&mut self.bound);
            let input = model::Input {
                sources: &self.sources,
                config,
                config_file: file.id,
                catalog: catalog.clone(),
                files: &files,
                memory,
            };
            let memory = Some(&mut self.memory);
            meaning = model::bind(input, &mut diagnostics).and_then(|model| meaning_of(model, memory, &mut diagnostics));
        }
        // Comments stand in files, also between the pieces of them.
        let mut diagnostics: Vec<Diagnostic> =
            diagnostics.into_iter().map(|diagnostic| diagnostic.resolved(&self.sources)).collect();
        let meaning = settle(&self.levels(setup, config), meaning, &mut diagnostics);
        if let Some(Meaning { model, .. }) = &meaning {
            for (_, open) in self.files.iter().filter(|(name, _)| is_test(name)) {
                scenario::load(&self.sources, open.id, model, &mut diagnostics);
            }
        }
        diagnostic::sort(&mut diagnostics);
        // By the names of the files, whichever came first.
        diagnostics.sort_by(|a, b| self.name_of(a).cmp(self.name_of(b)));
        Outcome { diagnostics, meaning }
    }

    /// What the configuration and comments say of findings.
    fn levels(&self, setup: &Setup, config: &Config) -> Levels {
        let policies = self.files.iter().filter(|(name, _)| setup.is_policy(name));
        let allowances = policies.flat_map(|(_, open)| &open.allowances).chain(&setup.allowances);
        Levels::new(config.levels(), allowances.cloned().collect())
    }

    fn name_of(&self, diagnostic: &Diagnostic) -> &str {
        &self.sources.get(diagnostic.primary.span.file).name
    }
}

impl Setup {
    fn is_policy(&self, name: &str) -> bool {
        self.config.as_ref().is_some_and(|config| name != CONFIG && name != config.schema && !is_test(name))
    }
}

fn is_test(name: &str) -> bool {
    name.ends_with(".test.yaml")
}
