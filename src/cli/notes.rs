//! What has to be said beside an answer, so that nobody takes it for more than it is. In: what was met on the way to it. Out: notes for people, and the same for programs.

use std::collections::BTreeSet;

use super::in_force;
use super::output::{Output, count_that};

/// Notes, each with what to do about it.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<(String, Option<&'static str>)>);

impl Notes {
    pub(super) fn add(&mut self, note: String) {
        self.0.push((note, None));
    }

    /// That the sessions that are asked about lack what rules ask for.
    pub(super) fn unsaid(&mut self, unsaid: &BTreeSet<String>) {
        if !unsaid.is_empty() {
            let names: Vec<&str> = unsaid.iter().map(String::as_str).collect();
            self.0.push((
                format!(
                    "the sessions that are asked about do not have what rules ask for, and are told as without it: {}",
                    names.join(", ")
                ),
                Some(UNSAID),
            ));
        }
    }

    /// That a database decides otherwise than the rules, by which this is told.
    pub(super) fn otherwise(&mut self, otherwise: Option<String>) {
        self.0.extend(otherwise.map(|otherwise| (otherwise, Some(in_force::OTHERWISE))));
    }

    /// That not everybody was asked about.
    pub(super) fn only_users(&mut self, users: usize) {
        let asked = count_that(users, "user", "is", "are");
        self.add(format!("only {asked} asked about, the first by their keys; --users asks about more"));
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|(note, _)| note.as_str()).collect()
    }

    pub(super) fn say(&self, output: &Output) {
        for (note, help) in &self.0 {
            output.note(note);
            help.iter().for_each(|help| output.help(help));
        }
    }
}

/// What to do where a session does not say what rules ask for.
const UNSAID: &str = "`--claims` says what their token has, as `--claims '{\"exp\": 4102444800}'`, and `--session` what the session says under a name";
