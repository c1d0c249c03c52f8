//! What of migrations leads upward. In: paths and texts, as tools of migrations have them ([`super::layout`]). Out: which files are run in which order, and the part of each
//! that is. It reads and writes nothing.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::layout::ASIDE;
use crate::plan;

/// Lines that begin a part of a file: behind `--`, what the tool calls itself, and its words for up and down. dbmate, goose, and sql-migrate, which is goose's elder.
const MARKERS: [&str; 3] = ["migrate:", "+goose", "+migrate"];

/// The line of tern's, behind which stands the way down.
const TERN: &str = "---- create above / drop below ----";

/// The files of a folder that are run, in their order, and the folders that are passed over. Paths are relative to it.
///
/// Numbers in names count as numbers, so that `10_x` comes behind `2_x`.
pub(super) fn order(paths: &[PathBuf]) -> (Vec<PathBuf>, BTreeSet<PathBuf>) {
    let is_sql = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "sql");
    let is_hidden = |path: &Path| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    let is_aside = |path: &Path| path.components().next() == Some(Component::Normal(ASIDE.as_ref()));
    let all: Vec<&PathBuf> = paths.iter().filter(is_sql).filter(|path| !is_hidden(path) && !is_aside(path)).collect();
    let names: BTreeSet<String> = all.iter().map(|path| path.display().to_string()).collect();
    // Flyway and refinery look into folders, and go by the names of the files alone.
    let versioned: Vec<(Kind, String)> = all.iter().filter_map(|path| versioned(path)).collect();
    let has_versions = versioned.iter().any(|(kind, _)| *kind != Kind::Repeated);
    // An undo of Flyway's is one of something; refinery runs such a file in its place, without asking what came between.
    let is_run = |(kind, version): (Kind, String)| kind != Kind::Undo || !versioned.contains(&(Kind::Version, version));
    let (mut chosen, mut passed) = (Vec::new(), BTreeSet::new());
    for path in all {
        let is_found = match path.parent() {
            _ if has_versions => self::versioned(path).is_some_and(is_run),
            Some(parent) if parent.as_os_str().is_empty() => true,
            // A folder for each migration: Prisma, Drizzle; Diesel, Hasura.
            _ => ["migration.sql", "up.sql", "down.sql"].contains(&name(path).as_str()),
        };
        if !is_found {
            passed.extend(path.parent().filter(|parent| !has_versions && !parent.as_os_str().is_empty()).map(Path::to_owned));
        } else if !is_down(path, &names) {
            chosen.push(path.clone());
        }
    }
    if has_versions {
        // What is repeated is run behind all versions.
        chosen.sort_by(|left, right| {
            let key =
                |path: &Path| self::versioned(path).map(|(kind, version)| (kind == Kind::Repeated, version)).unwrap_or_default();
            let ((is_last, version), (is_other_last, other)) = (key(left), key(right));
            is_last
                .cmp(&is_other_last)
                .then_with(|| by_numbers(&version, &other))
                .then_with(|| by_numbers(&name(left), &name(right)))
        });
    } else {
        chosen.sort_by(|left, right| by_numbers(&left.display().to_string(), &right.display().to_string()));
    }
    (chosen, passed)
}

/// The part of a text that leads upward, with all else as empty lines, so that lines are those of the file. `None` where it is rowgate's own: that changes no table.
pub(super) fn part(text: &str) -> Option<String> {
    if text.contains(plan::MIGRATION_HEAD) {
        return None;
    }
    let mut is_up = true;
    let mut part = String::new();
    for line in text.split_inclusive('\n') {
        is_up = way(line).unwrap_or(is_up);
        part.push_str(if is_up { line } else { &line[line.trim_end_matches(['\r', '\n']).len()..] });
    }
    Some(part)
}

/// Whether a line says that what follows leads upward, or that it does not.
fn way(line: &str) -> Option<bool> {
    let line = line.trim();
    if line == TERN {
        return Some(false);
    }
    let rest = line.strip_prefix("--")?.trim_start();
    let rest = MARKERS.iter().find_map(|marker| rest.strip_prefix(marker))?;
    match rest.split_whitespace().next()?.to_ascii_lowercase().as_str() {
        "up" => Some(true),
        "down" => Some(false),
        _ => None,
    }
}

/// Whether a name says that it is the way down: `x.down.sql`, `down.sql`, and `x_down.sql` beside `x_up.sql`.
fn is_down(path: &Path, names: &BTreeSet<String>) -> bool {
    let path = path.display().to_string();
    let is_beside = |separator: &str| {
        let stem = path.strip_suffix(".sql").and_then(|stem| stem.strip_suffix("down")?.strip_suffix(separator));
        stem.is_some_and(|stem| names.contains(&format!("{stem}{separator}up.sql")))
    };
    path.ends_with(".down.sql") || path == "down.sql" || path.ends_with("/down.sql") || is_beside("_") || is_beside("-")
}

/// What a name begins with, for Flyway and refinery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `V1__x.sql`
    Version,
    /// `U1__x.sql`: for Flyway the way down from that version, for refinery a version that may come late.
    Undo,
    /// `R__x.sql`
    Repeated,
}

/// The kind and the version of a file, in which an underscore is a point: `1.2` of `V1_2__x.sql`.
fn versioned(path: &Path) -> Option<(Kind, String)> {
    let name = name(path);
    let (head, _) = name.split_once("__")?;
    let (kind, version) = [("V", Kind::Version), ("U", Kind::Undo), ("R", Kind::Repeated)]
        .into_iter()
        .find_map(|(letter, kind)| Some((kind, head.strip_prefix(letter)?)))?;
    let is_version = version.starts_with(|letter: char| letter.is_ascii_digit());
    (if kind == Kind::Repeated { version.is_empty() } else { is_version }).then(|| (kind, version.replace('_', ".")))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// By letters, and by numbers where both have one.
fn by_numbers(left: &str, right: &str) -> Ordering {
    let digits = |text: &str| text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (mut left_rest, mut right_rest) = (left, right);
    while let (Some(one), Some(other)) = (left_rest.chars().next(), right_rest.chars().next()) {
        let (ours, theirs) = (digits(left_rest), digits(right_rest));
        let (order, our_length, their_length) = if ours > 0 && theirs > 0 {
            let (ours_text, theirs_text) =
                (left_rest[..ours].trim_start_matches('0'), right_rest[..theirs].trim_start_matches('0'));
            (ours_text.len().cmp(&theirs_text.len()).then_with(|| ours_text.cmp(theirs_text)), ours, theirs)
        } else {
            (one.cmp(&other), one.len_utf8(), other.len_utf8())
        };
        if order != Ordering::Equal {
            return order;
        }
        (left_rest, right_rest) = (&left_rest[our_length..], &right_rest[their_length..]);
    }
    left_rest.len().cmp(&right_rest.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{order, part};

    fn ordered(paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let (chosen, passed) = order(&paths);
        let texts = |path: &PathBuf| path.display().to_string();
        (chosen.iter().map(texts).collect(), passed.iter().map(texts).collect())
    }

    #[test]
    fn files_of_each_tool_in_their_order() {
        for (there, run) in [
            (
                vec!["10_c.up.sql", "2_b.up.sql", "2_b.down.sql", "1_a.up.sql", "1_a.down.sql"],
                vec!["1_a.up.sql", "2_b.up.sql", "10_c.up.sql"],
            ),
            (
                vec!["20240102_b.sql", "20240101_a.sql", "state.json", ".old.sql", "notes.md"],
                vec!["20240101_a.sql", "20240102_b.sql"],
            ),
            (
                vec!["V10__c.sql", "old/V2__b.sql", "V1.1__a.sql", "U2__b.sql", "R__views.sql", "seed.sql"],
                vec!["V1.1__a.sql", "old/V2__b.sql", "V10__c.sql", "R__views.sql"],
            ),
            (
                vec!["V1.10__d.sql", "V1.1__b.sql", "V1_2__c.sql", "V1__a.sql", "V2__e.sql", "U1_2__c.sql"],
                vec!["V1__a.sql", "V1.1__b.sql", "V1_2__c.sql", "V1.10__d.sql", "V2__e.sql"],
            ),
            (vec!["V3__c.sql", "U2__b.sql", "V1__a.sql"], vec!["V1__a.sql", "U2__b.sql", "V3__c.sql"]),
            (vec!["U1__a.sql", "below/U2__b.sql"], vec!["U1__a.sql", "below/U2__b.sql"]),
            (
                vec!["2_b/migration.sql", "1_a/migration.sql", "1_a/down.sql", "1_a/indexes.sql"],
                vec!["1_a/migration.sql", "2_b/migration.sql"],
            ),
            (vec!["2_b/up.sql", "2_b/down.sql", "1_a/up.sql", "1_a/down.sql"], vec!["1_a/up.sql", "2_b/up.sql"]),
            (vec!["001-a-up.sql", "001-a-down.sql", "002_slow_down.sql"], vec!["001-a-up.sql", "002_slow_down.sql"]),
            (vec!["1_a.sql", "rowgate/1_a.down.sql", "rowgate/1_a.indexes.sql"], vec!["1_a.sql"]),
        ] {
            assert_eq!(ordered(&there).0, run);
        }
    }

    #[test]
    fn folders_that_are_passed_over_are_named() {
        let (run, passed) = ordered(&["1_a.sql", "seeds/1_rows.sql", "rowgate/1_a.down.sql"]);
        assert_eq!((run, passed), (vec!["1_a.sql".to_owned()], vec!["seeds".to_owned()]));
    }

    #[test]
    fn the_way_down_is_left_out_and_lines_stay() {
        for (text, up) in [
            ("-- migrate:up\nA\n-- migrate:down\nB\r\n", "-- migrate:up\nA\n\n\r\n"),
            (
                "-- +goose Up\nA\n-- +goose StatementBegin\nB\n-- +goose StatementEnd\n-- +goose Down\nC",
                "-- +goose Up\nA\n-- +goose StatementBegin\nB\n-- +goose StatementEnd\n\n",
            ),
            ("--  +migrate Down\nB\n-- +migrate Up\nA\n", "\n\n-- +migrate Up\nA\n"),
            ("A\n---- create above / drop below ----\nB\n", "A\n\n\n"),
            ("A -- migrate:down\nB", "A -- migrate:down\nB"),
        ] {
            assert_eq!(part(text).as_deref(), Some(up), "{text}");
        }
        assert_eq!(part(&format!("-- {}\nA", crate::plan::MIGRATION_HEAD)), None);
    }
}
