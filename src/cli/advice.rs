//! Advice as people read it: of each kind one sentence, and what it is about below; a large project has hundreds.

use super::output::{Output, count};
use crate::diagnostic::{Code, Diagnostic};

/// Tells all that on stderr; nothing where there is nothing to do.
pub(super) fn print(advice: &[Diagnostic], output: &Output) {
    let of = |code: Code| -> Vec<&Diagnostic> { advice.iter().filter(|one| one.code == code).collect() };
    let (missing, code) = (of(Code::MissingIndex), Code::MissingIndex.as_str());
    if !missing.is_empty() {
        output.note(&format!("the policies need {} that the schema file does not list [{code}]", count(missing.len(), "index")));
        let line = |one: &&Diagnostic| {
            let statement = one.helps.first().map_or("", |help| help.text.as_str());
            format!("  {statement}  -- {}", one.primary.text)
        };
        output.message(&missing.iter().map(line).collect::<Vec<_>>().join("\n"));
        output.help("`rowgate build --indexes` prints them; list what exists in the schema file: `indexes: [column, …]`");
    }
    for code in [Code::WholeTable, Code::IndexNotUsable] {
        let found = of(code);
        match found.as_slice() {
            [] => continue,
            [one] => output.note(&format!("{} [{}]", one.title, code.as_str())),
            several => {
                output.note(&format!("{} [{}]", code.summary(), code.as_str()));
                several.iter().for_each(|one| output.message(&format!("  {}", one.title)));
            }
        }
        let helps = found.first().into_iter().flat_map(|one| &one.helps);
        helps.for_each(|help| output.help(&help.text));
    }
}
