//! Texts that read right and mean something else: each has its message, and the message has the text that was meant. Where that is an edit, the text with
//! it gets no such message.

mod called_so;
mod classes;
mod derived;
mod filters;
mod foreign;
mod habits;
mod heads;
mod keywords;
mod leading;
mod moments;
mod names;
mod order;
mod phrases;
mod places;
mod presets;
mod returning;
mod sayings;
mod senseless;
mod session;
mod whose_user;

use libtest_mimic::Trial;
use rowgate::diagnostic::{Code, Diagnostic, Severity, Sources, Span};
use rowgate::project::{self, Compiled, Texts};

use crate::trial;

/// A text and what is said of it.
pub struct Trap {
    /// A sentence.
    pub name: &'static str,
    /// The tables, as lines of the schema file beside `users`.
    pub tables: &'static str,
    /// Roles, as lines of the configuration.
    pub roles: &'static str,
    /// The rules.
    pub policy: &'static str,
    /// The code; `None` where the text is right.
    pub code: Option<Code>,
    /// A part of some help, or the text of an edit.
    pub help: &'static str,
}

pub fn trials() -> Vec<Trial> {
    let all: [&[Trap]; 19] = [
        &classes::TRAPS,
        &senseless::TRAPS,
        &order::TRAPS,
        &keywords::TRAPS,
        &habits::TRAPS,
        &presets::TRAPS,
        &returning::TRAPS,
        &session::TRAPS,
        &derived::TRAPS,
        &moments::TRAPS,
        sayings::TRAPS,
        phrases::TRAPS,
        filters::TRAPS,
        foreign::TRAPS,
        heads::TRAPS,
        places::TRAPS,
        leading::TRAPS,
        &whose_user::TRAPS,
        &called_so::TRAPS,
    ];
    let all = all.into_iter().flatten();
    let of_names = trial("traps::every_word_of_the_grammar_in_a_name", names::every_word_of_the_grammar_in_a_name);
    let texts = all.map(|trap| trial(format!("traps::{}", trap.name.replace(' ', "_")), || check(trap)));
    let of_claims =
        trial("traps::the_claim_that_the_identity_is_taken_from", whose_user::the_claim_that_the_identity_is_taken_from);
    let of_parts = trial("traps::a_part_of_a_text_is_the_identity", whose_user::a_part_of_a_text_is_the_identity);
    texts.chain([of_names, of_claims, of_parts]).collect()
}

const IDENTITY: &str = "provider: setting, setting: app.user_id, claims: app.claims, user_table: users, signed_in_role: app_user";

const USERS: &str = "version: 1
enums: { level: [low, high] }
tables:
  users: { columns: { id: uuid, auth_id: uuid, name: text, email: text, points: integer, limit: integer, lead_id: { type: uuid, references: users }, status: text } }
";

fn check(trap: &Trap) -> Result<(), String> {
    let compiled = compile(trap, trap.policy);
    let rendered = || crate::project::render(&compiled.diagnostics, &compiled.sources);
    let codes: Vec<&str> = compiled.diagnostics.iter().map(|one| one.code.as_str()).collect();
    let expected: Vec<&str> = trap.code.iter().map(|code| code.as_str()).collect();
    if codes != expected {
        return Err(format!("{codes:?} instead of {expected:?}:\n{}", rendered()));
    }
    let Some(found) = compiled.diagnostics.first() else { return Ok(()) };
    let helps = || found.helps.iter().map(|help| (&help.text, help.edit.as_ref().map(|(_, text)| text.as_str())));
    if !trap.help.is_empty() && !helps().any(|(text, edit)| text.contains(trap.help) || edit == Some(trap.help)) {
        return Err(format!("no help has `{}`:\n{}", trap.help, rendered()));
    }
    let edits = found.helps.iter().filter_map(|help| help.edit.as_ref());
    let is_meant = |text: &str| text == trap.help || (!trap.help.is_empty() && text.contains(trap.help));
    for (span, text) in edits.filter(|(_, text)| text.is_empty() || is_meant(text)) {
        let mended = edited(trap.policy, *span, text, &compiled.sources);
        let again = compile(trap, &mended);
        let is_error = |one: &Diagnostic| Some(one.code) == trap.code || one.severity() == Severity::Error;
        if again.diagnostics.iter().any(is_error) {
            return Err(format!(
                "the edit does not help:\n{mended}\n{}",
                crate::project::render(&again.diagnostics, &again.sources)
            ));
        }
    }
    Ok(())
}

/// The text with an edit of a message that was found in it.
fn edited(policy: &str, span: Span, text: &str, sources: &Sources) -> String {
    let span = sources.resolve(span);
    let (start, end) = (span.start as usize, span.end as usize);
    format!("{}{text}{}", &policy[..start], &policy[end..])
}

fn compile(trap: &Trap, policy: &str) -> Compiled {
    compile_as(trap, IDENTITY, policy)
}

/// Tables without rules are closed.
fn compile_as(trap: &Trap, identity: &str, policy: &str) -> Compiled {
    let schema = format!("{USERS}{}", trap.tables);
    let mut config = format!(
        "version: 1\nidentity: {{ {identity} }}\nroles:\n{}{}closed_tables:\n",
        if trap.roles.is_empty() { "  Nobody: { column: name, equals: \"-\" }\n" } else { trap.roles },
        session::ATTRIBUTES
    );
    for name in schema.lines().filter_map(|line| line.strip_prefix("  ")?.split(':').next()) {
        if !name.starts_with(' ') && !policy.contains(&format!("table {name} {{")) {
            config.push_str(&format!("  {name}: closed\n"));
        }
    }
    if !config.ends_with("closed\n") {
        config = config.replace("closed_tables:\n", "");
    }
    let mut sources = Sources::default();
    let (config_file, schema_file) = (sources.add("rowgate.yaml", config), sources.add("schema.yaml", schema));
    let policy_files = vec![sources.add("rules.policy", policy)];
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let config = project::load_config(&sources, config_file, &mut diagnostics).unwrap();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    project::compile(texts, diagnostics)
}
