//! What a command found, in the formats of those who run it: GitHub's annotations, SARIF for code scanning, JUnit for test reports. In: findings of any
//! command. Out: text. It knows neither rules nor databases.

use std::fmt::Write;
use std::path::{Component, MAIN_SEPARATOR_STR, Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::names::CONFIG;
use super::output::Output;
use super::{Error, Verdict, loader};
use crate::diagnostic::Severity;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Reporting {
    /// For people.
    Text,
    /// For programs of your own, on stdout.
    Json,
    /// Annotations of the files of a pull request on GitHub.
    Github,
    /// SARIF 2.1.0, which code scanning reads.
    Sarif,
    /// JUnit's XML, which test reports of GitLab, Jenkins, Azure and others read.
    Junit,
}

/// How findings are printed, as an argument.
#[derive(Debug, Args)]
pub(super) struct ReportingArgument {
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Reporting::Text)]
    pub(super) format: Reporting,
}

/// Something found.
#[derive(Debug)]
pub(super) struct Reported {
    /// The kind of finding: a code of a diagnostic, or `drift-policy`.
    pub(super) code: String,
    /// What that kind is about.
    pub(super) about: String,
    pub(super) severity: Severity,
    /// What is wrong, one line.
    pub(super) says: String,
    /// Why, and what to do: further lines.
    pub(super) more: Vec<String>,
    /// Where, if that is in a file.
    pub(super) place: Option<Place>,
}

/// A range in a file; lines and columns count from 1, the end is behind the last character.
#[derive(Debug)]
pub(super) struct Place {
    /// See [`seen_from_top`].
    pub(super) file: PathBuf,
    pub(super) start: (usize, usize),
    pub(super) end: (usize, usize),
}

/// A file of a project, as annotations and code scanning name it wherever in it a command runs: from the top of the repository on. Without one, as seen from
/// here.
pub(super) fn seen_from_top(root: &Path, file: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let mut path = PathBuf::new();
    for part in here.join(root).join(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            other => path.push(other),
        }
    }
    let top = path.ancestors().skip(1).find(|folder| folder.join(".git").exists()).unwrap_or(&here);
    path.strip_prefix(top).unwrap_or(&path).to_owned()
}

/// The findings of `command` on the project in `root`; `None` for what each command prints by itself.
pub(super) fn render(format: Reporting, command: &str, root: &Path, all: &[Reported]) -> Option<String> {
    match format {
        Reporting::Text | Reporting::Json => None,
        Reporting::Github => Some(all.iter().map(github).collect()),
        Reporting::Sarif => Some(format!("{:#}\n", sarif(root, all))),
        Reporting::Junit => Some(junit(command, all)),
    }
}

/// What a command says that had nothing to compare: why is told on stderr. A report that is empty could not be read.
pub(super) fn not_looked_at(format: Reporting, command: &str, root: Option<&Path>, output: &Output) -> Result<Verdict, Error> {
    let all = [Reported {
        code: "not-compared".to_owned(),
        about: "Nothing was compared".to_owned(),
        severity: Severity::Error,
        says: "nothing was compared: the project has errors, or no tables".to_owned(),
        more: vec!["`rowgate check` tells them".to_owned()],
        place: None,
    }];
    if let Some(text) = render(format, command, &loader::find(root)?, &all) {
        output.result(&text)?;
    }
    Ok(Verdict::Findings)
}

/// A workflow command (docs.github.com, "Workflow commands for GitHub Actions").
fn github(one: &Reported) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let word = match one.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let place = one.place.as_ref().map_or_else(String::new, |place| {
        let file = property(&place.file.to_string_lossy());
        // Columns are taken only where a finding is on one line.
        let columns = if place.start.0 == place.end.0 {
            format!(",col={},endColumn={}", place.start.1, place.end.1)
        } else {
            String::new()
        };
        format!("file={file},line={},endLine={}{columns},", place.start.0, place.end.0)
    });
    let text = std::iter::once(&one.says).chain(&one.more).map(String::as_str).collect::<Vec<_>>().join("\n");
    format!("::{word} {place}title={}::{}\n", property(&one.code), data(&text))
}

/// A log of one run (docs.oasis-open.org/sarif/sarif/v2.1.0). What is in no file is shown at the project's configuration: code scanning shows nothing without a place.
fn sarif(root: &Path, all: &[Reported]) -> serde_json::Value {
    let level = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    };
    let mut rules: Vec<(&str, &str)> = all.iter().map(|one| (one.code.as_str(), one.about.as_str())).collect();
    rules.sort_unstable();
    rules.dedup_by_key(|(code, _)| *code);
    let result = |one: &Reported| {
        let (file, start, end) = match &one.place {
            Some(place) => (place.file.clone(), place.start, place.end),
            None => (seen_from_top(root, Path::new(CONFIG)), (1, 1), (1, 1)),
        };
        let text = std::iter::once(&one.says).chain(&one.more).map(String::as_str).collect::<Vec<_>>().join("\n");
        json!({
            "ruleId": one.code,
            "level": level(one.severity),
            "message": { "text": text },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": uri(&file) },
                "region": { "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 },
            } }],
        })
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rowgate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|(code, about)| json!({ "id": code, "shortDescription": { "text": about } })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": all.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// A path as a reference (RFC 3986), in which everything that is no plain letter of a path is escaped.
fn uri(path: &Path) -> String {
    let mut uri = if path.is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.to_string_lossy().replace(MAIN_SEPARATOR_STR, "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b',' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// A suite with a case for each finding: errors fail, what is milder is told in a case that passes. A report without a case would look like a command that did not run.
fn junit(command: &str, all: &[Reported]) -> String {
    let failures = all.iter().filter(|one| one.severity == Severity::Error).count();
    let name = xml(&format!("rowgate {command}"));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{0}\" failures=\"{failures}\">\n  <testsuite name=\"{name}\" tests=\"{0}\" failures=\"{failures}\">\n",
        all.len().max(1)
    );
    if all.is_empty() {
        text.push_str(&format!("    <testcase classname=\"{name}\" name=\"nothing was found\"/>\n"));
    }
    for one in all {
        let place = one.place.as_ref().map_or_else(String::new, |place| format!("{}:{}: ", place.file.display(), place.start.0));
        let says = xml(&one.says);
        let body =
            xml(&std::iter::once(format!("{place}{}", one.says)).chain(one.more.iter().cloned()).collect::<Vec<_>>().join("\n"));
        let case = format!("<testcase classname=\"{name} {}\" name=\"{}\"", xml(&one.code), xml(&format!("{place}{}", one.says)));
        // Writing to a text cannot fail.
        let written = match one.severity {
            Severity::Error => {
                writeln!(text, "    {case}><failure type=\"{}\" message=\"{says}\">{body}</failure></testcase>", xml(&one.code))
            }
            Severity::Warning | Severity::Advice => writeln!(text, "    {case}><system-out>{body}</system-out></testcase>"),
        };
        written.ok();
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// Text in XML. Characters that XML 1.0 has no way to write are left out.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Place, Reported, Reporting, render, seen_from_top, uri};
    use crate::diagnostic::Severity;
    use std::path::Path;

    fn found() -> Vec<Reported> {
        let place = Place { file: "rules, old/a b.policy".into(), start: (3, 5), end: (3, 9) };
        let of = |severity, place| Reported {
            code: "RG0101".to_owned(),
            about: "Syntax".to_owned(),
            severity,
            says: "50% of \"x\" <y> & z".to_owned(),
            more: vec!["help: do\u{1b} it".to_owned()],
            place,
        };
        vec![of(Severity::Error, Some(place)), of(Severity::Warning, None)]
    }

    fn rendered(format: Reporting, all: &[Reported]) -> String {
        render(format, "check", Path::new("project"), all).unwrap_or_default()
    }

    #[test]
    fn annotations_escape_what_ends_them() {
        let expected = "::error file=rules%2C old/a b.policy,line=3,endLine=3,col=5,endColumn=9,title=RG0101::50%25 of \"x\" <y> & z%0Ahelp: do\u{1b} it\n\
                        ::warning title=RG0101::50%25 of \"x\" <y> & z%0Ahelp: do\u{1b} it\n";
        assert_eq!(rendered(Reporting::Github, &found()), expected);
    }

    #[test]
    fn columns_of_several_lines_are_left_out_of_annotations() {
        let mut all = found();
        all.iter_mut().filter_map(|one| one.place.as_mut()).for_each(|place| place.end = (4, 2));
        let expected = "::error file=rules%2C old/a b.policy,line=3,endLine=4,title=RG0101::";
        assert!(rendered(Reporting::Github, &all).starts_with(expected));
    }

    #[test]
    fn sarif_has_a_place_for_everything() {
        let value: serde_json::Value = serde_json::from_str(&rendered(Reporting::Sarif, &found())).unwrap_or_default();
        let run = &value["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(1));
        let uri = |index: usize| &run["results"][index]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!((uri(0), uri(1)), (&"rules,%20old/a%20b.policy".into(), &"project/rowgate.yaml".into()));
        assert_eq!(run["results"][1]["level"], "warning");
        let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(*region, serde_json::json!({ "startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9 }));
    }

    #[test]
    fn uris_lead_back_to_the_file() {
        assert_eq!(uri(Path::new("a%b#c?d:e/f\\é.policy")), "a%25b%23c%3Fd%3Ae/f%5C%C3%A9.policy");
        assert_eq!(uri(Path::new("/rules/a b")), "file:///rules/a%20b");
    }

    #[test]
    fn files_are_named_from_the_top_of_the_repository_on() {
        let top = std::env::temp_dir().join(format!("rowgate-top-{}", std::process::id()));
        let seen = |root: &str, file: &str| seen_from_top(&top.join(root), Path::new(file));
        let made = std::fs::create_dir_all(top.join(".git")).is_ok();
        let found = (seen("access", "docs.policy"), seen("access/sub/..", "../shared/docs.policy"));
        drop(std::fs::remove_dir_all(&top));
        assert!(made);
        assert_eq!(found, ("access/docs.policy".into(), "shared/docs.policy".into()));
    }

    #[test]
    fn junit_fails_for_errors_only_and_is_never_empty() {
        let text = rendered(Reporting::Junit, &found());
        assert!(text.contains("tests=\"2\" failures=\"1\""), "{text}");
        assert_eq!(text.matches("<failure").count(), 1, "{text}");
        let body = "rules, old/a b.policy:3: 50% of &quot;x&quot; &lt;y&gt; &amp; z&#10;help: do it";
        assert!(text.contains(body), "{text}");
        let empty = rendered(Reporting::Junit, &[]);
        assert!(empty.contains("tests=\"1\" failures=\"0\"") && empty.contains("nothing was found"), "{empty}");
    }
}
