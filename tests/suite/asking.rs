//! What `as`, `why` and `matrix` are asked and answer: names that are nobody's, values that nobody can read, files with errors, JSON.

use std::path::Path;

use libtest_mimic::Trial;

use crate::commands::{copy_examples, edit, expect, rowgate, write};
use crate::pages::temporary;
use crate::trial;

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 5] = [
        ("a_value_that_only_a_server_reads_is_named", unreadable),
        ("whoever_can_be_nobody_is_told", nobody),
        ("somebody_without_a_row_is_told", stranger),
        ("files_with_errors_are_not_missed", errors),
        ("a_project_is_no_name_of_a_migration", project_as_name),
    ];
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

/// An identity may be signed in without a row; who named it is told.
fn stranger(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let note = "note: no row of `users` has the id `99`: somebody signed in without one\n";
    fails(folder, &["as", "99", "user_items"], 0, note)?;
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "99"], 0, note)?;
    for known in ["Ann", "2", "nobody", "app_user"] {
        let (code, _, message) = rowgate(folder, &["as", known, "user_items"])?;
        expect(code == 0 && message.is_empty(), &format!("{known}: {message}"))?;
    }
    // Of texts, each could be somebody; whom a name of the file comes near to was meant.
    for (from, to) in [("integer", "text"), ("id: text not null\n      name", "id: text not null\n      label")] {
        edit(folder, "user_items/schema.yaml", from, to);
    }
    edit(folder, "user_items/items.test.yaml", "1, name: Ann", "1, label: Ann");
    edit(folder, "user_items/items.test.yaml", "2, name: Bob", "2, label: Bob");
    edit(folder, "user_items/items.test.yaml", "3, name: Cleo", "3, label: Cleo");
    fails(folder, &["as", "Bop", "user_items"], 0, "without one\nhelp: did you mean `Bob`?\n")
}

/// Rows and names that are in a file with errors are not said to be missing.
fn errors(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/items.test.yaml", "id: 11, user_id", "id: 11, usr_id");
    let help = "help: what `items.test.yaml` says is not known before its errors are corrected, see above\n";
    fails(folder, &["as", "Ann", "user_items"], 2, &format!("error: there are no rows to look at\n{help}"))?;
    let words = format!("error: no test file has a record of `items` with the key `11`\n{help}");
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "Ann"], 2, &words)?;
    // Another file may have no such user.
    write(folder, "user_items/other.test.yaml", "rows: { users: [] }\nscenarios: []\n");
    fails(folder, &["as", "Ann", "user_items"], 2, help)
}

fn project_as_name(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init", "shop"])?;
    rowgate(folder, &["init", "other"])?;
    let words = "error: `shop` is a project, and stands where the migration is named\n\
                 help: `rowgate migrate \"what changes\" shop` is for that project, `rowgate migrate shop .` has that name\n";
    fails(folder, &["migrate", "shop"], 2, words)?;
    fails(folder, &["migrate", "shop", "other"], 0, "")?;
    fails(folder, &["migrate", "what changes", "shop"], 0, "")
}
