//! Where words go: results to stdout, messages to stderr, files as a whole or not at all.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;

use super::Error;
use super::look::{Look, harmless};
use crate::diagnostic::{self, Diagnostic, Severity, Sources};
pub(super) use crate::diagnostic::{agree, count, count_that, times};

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How messages are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For machines: an array of objects on stdout.
    Json,
}

/// The streams of this process.
pub(super) struct Output {
    messages: Look,
    results: Look,
}

impl Output {
    pub(super) fn new(color: Color) -> Output {
        let styled = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: any value but the empty one switches colours off.
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
        Output {
            messages: Look::of(&stderr, styled(stderr.is_terminal())),
            results: Look::of(&stdout, styled(stdout.is_terminal())),
        }
    }

    /// Whether results may have colours.
    pub(super) fn styled_results(&self) -> bool {
        self.results.styled
    }

    /// How results look: in which colours, and how wide.
    pub(super) fn look(&self) -> Look {
        self.results
    }

    /// Prints a result. A reader that has seen enough (`| head`) is no failure.
    pub(super) fn result(&self, text: &str) -> Result<(), Error> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Error::Write { path: "standard output".into(), source: error })
            }
            _ => Ok(()),
        }
    }

    /// Prints a message.
    pub(super) fn message(&self, text: &str) {
        // A message that cannot be printed has nowhere else to go. It is written at once: a large project has thousands of lines.
        drop(std::io::stderr().write_all(format!("{text}\n").as_bytes()));
    }

    /// Says on a terminal what is done at this moment, in the place of what was said before; nothing elsewhere.
    pub(super) fn progress(&self, text: &str) {
        let stderr = std::io::stderr();
        if stderr.is_terminal() {
            drop(stderr.lock().write_all(format!("\r\u{1b}[K{text}").as_bytes()));
        }
    }

    /// Takes away what was said last of that.
    pub(super) fn no_progress(&self) {
        self.progress("");
    }

    /// Prints something worth knowing that is no mistake.
    pub(super) fn note(&self, text: &str) {
        self.titled("note", "92", text);
    }

    /// Prints what to do about something.
    pub(super) fn help(&self, text: &str) {
        self.titled("help", "96", text);
    }

    /// Prints why the command could not run.
    pub(super) fn error(&self, error: &Error) {
        self.titled("error", "91", &error.to_string());
        if let Some(help) = error.help() {
            self.help(&help);
        }
    }

    fn titled(&self, title: &str, colour: &str, text: &str) {
        // What is told may quote what others wrote.
        let text = text.split('\n').map(harmless).collect::<Vec<_>>().join("\n");
        let title = if self.messages.styled { format!("\u{1b}[1m\u{1b}[{colour}m{title}\u{1b}[0m") } else { title.to_owned() };
        self.message(&self.messages.all_wrapped(&format!("{title}: {text}"), 2));
    }

    /// Says how many warnings there are, and where; where there are errors, prints all.
    pub(super) fn warnings(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        if diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error) {
            return self.diagnostics(diagnostics, sources);
        }
        let warnings = || diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Warning);
        let codes: BTreeSet<&str> = warnings().map(|diagnostic| diagnostic.code.as_str()).collect();
        if !codes.is_empty() {
            let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
            let text = format!("{} ({codes}): `rowgate check` says more", count(warnings().count(), "warning"));
            self.message(&self.messages.wrapped(&text, 2));
        }
    }

    /// Prints diagnostics, and their count.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics {
            self.message(&diagnostic::render(diagnostic, sources, self.messages.styled));
            self.message("");
        }
        if let Some(summary) = summary(diagnostics) {
            self.message(&summary);
        }
    }
}

/// `2 errors, 1 warning`, and where to read on.
fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let number = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
    let words = |number: usize, word: &str| (number > 0).then(|| count(number, word));
    let parts: Vec<String> =
        [words(number(Severity::Error), "error"), words(number(Severity::Warning), "warning")].into_iter().flatten().collect();
    let codes: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let more = match codes.as_slice() {
        [] => return None,
        codes => format!("`rowgate explain {}` says more", codes.join(" ")),
    };
    Some(format!("{}; {more}", parts.join(", ")))
}

/// Writes a file as a whole: readers see the old content or the new, also when this process is stopped.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    write_file_with(path, |out| out.write_str(text))
}

/// As [`write_file`], with a text that is made while it is written.
pub(super) fn write_file_with(path: &Path, write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_new(&temporary, write).and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|source| {
        drop(std::fs::remove_file(&temporary));
        Error::Write { path: path.to_owned(), source }
    })
}

fn write_new(path: &Path, write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> std::io::Result<()> {
    /// Text to bytes; keeps the reason of a failure, which [`fmt::Error`] has no room for.
    struct Texts {
        file: BufWriter<File>,
        failed: Option<std::io::Error>,
    }
    impl fmt::Write for Texts {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.file.write_all(text.as_bytes()).map_err(|error| {
                self.failed = Some(error);
                fmt::Error
            })
        }
    }
    let mut texts = Texts { file: BufWriter::with_capacity(1 << 16, File::create(path)?), failed: None };
    match (write(&mut texts), texts.failed) {
        (_, Some(error)) => Err(error),
        (Err(error), None) => Err(std::io::Error::other(error)),
        (Ok(()), None) => texts.file.flush(),
    }
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    #[test]
    fn the_summary_names_each_code_once() {
        let of = |codes: &[Code]| {
            let file = Sources::default().add("rules.policy", "");
            let all: Vec<Diagnostic> = codes.iter().map(|&code| Diagnostic::new(code, Span::new(file, 0, 0), "")).collect();
            summary(&all).unwrap_or_default()
        };
        assert_eq!(of(&[Code::Syntax, Code::Syntax]), "2 errors; `rowgate explain RG0101` says more");
        let several = of(&[Code::UnusedCondition, Code::Syntax, Code::Literal, Code::Syntax]);
        assert_eq!(several, "3 errors, 1 warning; `rowgate explain RG0101 RG0106 RG1308` says more");
    }
}
