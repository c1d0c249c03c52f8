//! What came of scenarios, for those who collect results of tests: JUnit's XML and TAP. In: a report. Out: text.

use super::super::look::{Look, harmless};
use super::super::reported::xml;
use super::report::{FileReport, Report, ScenarioReport};

/// A suite for each file, a case for each scenario.
pub(super) fn junit(report: &Report) -> String {
    let failing = |scenarios: &[ScenarioReport]| scenarios.iter().filter(|one| !one.failures.is_empty()).count();
    let (all, failed) = (report.scenarios().count(), report.files.iter().map(|file| failing(&file.scenarios)).sum::<usize>());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rowgate test\" tests=\"{all}\" failures=\"{failed}\">\n"
    );
    for file in &report.files {
        let (name, failed) = (xml(&file.name), failing(&file.scenarios));
        text.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\">\n", file.scenarios.len()));
        for scenario in &file.scenarios {
            let case = format!("<testcase classname=\"{name}\" name=\"{}\"", xml(&scenario.name));
            let lines = lines(file, scenario);
            match lines.first() {
                None => text.push_str(&format!("    {case}/>\n")),
                Some(first) => text.push_str(&format!(
                    "    {case}><failure type=\"expectation\" message=\"{}\">{}</failure></testcase>\n",
                    xml(first),
                    xml(&lines.join("\n"))
                )),
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Version 14 of the Test Anything Protocol (testanything.org): a line for each scenario, remarks for what fails.
pub(super) fn tap(report: &Report) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.scenarios().count());
    let mut number = 0;
    for file in &report.files {
        for scenario in &file.scenarios {
            number += 1;
            let word = if scenario.failures.is_empty() { "ok" } else { "not ok" };
            // A `#` would begin a directive.
            let name = harmless(&scenario.name.replace('\\', "\\\\").replace('#', "\\#"));
            text.push_str(&format!("{word} {number} - {name}\n"));
            for line in lines(file, scenario).iter().flat_map(|line| line.split('\n')) {
                text.push_str(&format!("# {}\n", harmless(line)));
            }
        }
    }
    text
}

/// What is wrong, and why: nothing where all is well.
fn lines(file: &FileReport, scenario: &ScenarioReport) -> Vec<String> {
    let mut lines = Vec::new();
    for told in scenario.told() {
        let (line, column) = told.first.place;
        lines.push(format!("{}:{line}:{column}: {}", file.name, told.text()));
        lines.extend(told.reasons(Look::PLAIN).iter().map(|reason| format!("  {reason}")));
    }
    lines
}
