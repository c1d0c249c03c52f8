//! What `as`, `why` and `matrix` are asked and answer: names that are nobody's, values that nobody can read, files with errors, JSON.

use std::path::Path;

use libtest_mimic::Trial;

use crate::commands::{copy_examples, edit, expect, rowgate};
use crate::pages::temporary;
use crate::trial;

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 2] =
        [("a_value_that_only_a_server_reads_is_named", unreadable), ("whoever_can_be_nobody_is_told", nobody)];
    all.into_iter()
        .map(|(name, body)| trial(format!("asking::{name}"), move || body(&temporary(&format!("asking_{name}"))?)))
        .collect()
}

/// What a command that cannot run says, behind its exit code.
fn fails(folder: &Path, arguments: &[&str], code: i32, words: &str) -> Result<(), String> {
    let (exit, _, message) = rowgate(folder, arguments)?;
    expect(exit == code && message.contains(words), &format!("{arguments:?} ends with {exit}:\n{message}"))
}

fn unreadable(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/items.test.yaml", "name: Stove", "name: Stove, created_at: last spring");
    let words = "error: items.test.yaml: `items.created_at` of the row {id: 12} is `last spring`, which only a server could read as \
                 timestamptz\nhelp: ";
    fails(folder, &["as", "Ann", "user_items"], 2, words)?;
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "Ann"], 2, words)?;
    edit(folder, "user_items/items.test.yaml", ", created_at: last spring", "");
    edit(folder, "user_items/items.test.yaml", "Ann: 1", "Ann: one");
    let words = "error: items.test.yaml: `users.id` is `one`, which only a server could read as integer\n";
    fails(folder, &["as", "Ann", "user_items"], 2, words)
}

/// What the session's text would be badly formed as is no identity.
fn nobody(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let ask = |who: &str, key: &str, help: &str| {
        let words = format!(
            "error: `{who}` is no name under `users` of a test file, no role, and no {key} that could be a key of `users`\nhelp: {help}"
        );
        fails(folder, &["as", who, "user_items"], 2, &words)?;
        fails(folder, &["why", "read", "items", "11", "user_items", "--as", who], 2, &words)
    };
    ask("An", "integer", "did you mean `Ann`?\n")?;
    ask("ap_user", "integer", "did you mean `app_user`?\n")?;
    ask("Nix", "integer", "there are Ann, Bob, Cleo, nobody, anonymous, app_user\n")?;
    edit(folder, "user_items/schema.yaml", "integer", "uuid");
    ask("Nix", "uuid", "there are ")
}
