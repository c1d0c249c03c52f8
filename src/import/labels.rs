//! Names as rules write them: the shortest words that find a column and no other, or its exact name in backticks.

use crate::catalog::{Catalog, ColumnRef, TableId, words};

/// Words that end a name wherever they stand in it.
const WORDS: [&str; 21] = [
    "allow", "and", "any", "as", "can", "contains", "does", "ends", "equals", "except", "for", "has", "ignoring", "never", "no",
    "not", "or", "starts", "then", "when", "where",
];

/// Words that mean something else where a name begins.
const FIRST: [&str; 16] = [
    "at", "claim", "date", "false", "fewer", "in", "logged", "look", "now", "number", "record", "records", "sql", "this",
    "today", "true",
];

/// A column as a rule names it in its table.
pub(super) fn column(catalog: &Catalog, column: ColumnRef) -> Result<String, String> {
    let (table, entry) = (catalog.table(column.table), catalog.column(column));
    let is_only = |key: &&String| table.columns_by_words(key) == [column.column];
    let mut keys: Vec<&String> = entry.keys.iter().filter(is_only).filter(|key| is_plain(key)).collect();
    // `Team` for `team_id`, where a reference is meant.
    keys.sort_by_key(|key| if entry.references.is_some() { key.len() } else { usize::from(**key != words(&entry.name)) });
    match keys.first() {
        Some(key) => Ok(title(key)),
        None => exact(&entry.name),
    }
}

/// A table as a rule names it.
pub(super) fn table(catalog: &Catalog, table: TableId) -> Result<String, String> {
    let name = &catalog.table(table).name;
    // Behind `table`, the word itself begins another item.
    let is_word = |text: &str| {
        is_plain(&words(text))
            && text != "table"
            && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    // What no backticks can hold has a label of its own, or none.
    let labelled = || {
        let key = words(catalog.table(table).label.as_deref()?);
        (is_plain(&key) && key != "table" && catalog.by_words(&key) == [table]).then(|| title(&key))
    };
    let is_held = exact(&name.schema).and(exact(&name.name)).is_ok();
    if let Some(label) = labelled().filter(|_| !is_held) {
        return Ok(label);
    }
    match (name.schema.as_str(), is_word(&name.name)) {
        ("public", true) => Ok(name.name.clone()),
        ("public", false) => exact(&name.name),
        (schema, true) if is_word(schema) => Ok(format!("{schema}.{}", name.name)),
        (schema, _) => Ok(format!("{}.{}", exact(schema)?, exact(&name.name)?)),
    }
}

/// Whether words need no backticks.
pub(super) fn is_plain(key: &str) -> bool {
    let is_word = |word: &str| {
        let starts_well = word.starts_with(|letter: char| letter.is_ascii_lowercase());
        starts_well && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    let all: Vec<&str> = key.split(' ').collect();
    // `Is Public` is a name, and `is` alone or further on is none.
    let is_said = |(place, word): (usize, &&str)| *word == "is" && (place > 0 || all.len() == 1);
    all.iter().all(|word| is_word(word) && !WORDS.contains(word))
        && !FIRST.contains(&all[0])
        && !all.iter().enumerate().any(is_said)
}

fn exact(name: &str) -> Result<String, String> {
    if name.contains(['`', '\n']) {
        return Err("a name with a backtick or a line break".to_owned());
    }
    Ok(format!("`{name}`"))
}

/// `Assigned Agent`
pub(super) fn title(key: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    };
    key.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A text between quotes.
pub(super) fn text(text: &str) -> Result<String, String> {
    if text.contains(['\n', '\r']) {
        return Err("a text of several lines".to_owned());
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
