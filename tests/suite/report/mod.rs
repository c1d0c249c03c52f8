//! `rowgate report`: that it says what the matrix says, for every cell of every example; that the page is whole, needs nothing else, and that nothing gets out of its place; that its
//! colours can be read; what a review records.

mod browser;
mod colours;
mod html;
mod matrix;
mod people;
mod reviews;

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::Trial;
use rowgate::report::html::page;
use rowgate::report::{Input, May, People, Person, Reach, Reached, Report, Tried, Who, make};

use self::html::{Element, elements};
use crate::commands::{copy_examples, expect, files, rowgate, write};
use crate::pages::temporary;
use crate::{folders, project, root, trial};

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 13] = [
        ("every_cell_is_that_of_the_matrix", matrix::every_cell),
        ("the_page_shows_what_the_data_say", matrix::page_shows),
        ("pages_are_whole_and_load_nothing", whole),
        ("nothing_gets_out_of_its_place", hostile),
        ("the_committed_page_is_what_the_tool_makes", committed),
        ("nothing_is_written_over_but_reports", written_over),
        ("colours_can_be_read", colours::readable),
        ("a_review_is_recorded_and_compared", reviews::cycle),
        ("a_record_is_taken_as_it_was_signed", reviews::records),
        ("the_last_review_is_the_one_that_was_signed_last", reviews::several),
        ("people_reach_what_the_reasons_say", people::in_samples),
        ("people_reach_what_the_server_shows_them", people::in_database),
        ("it_tells_what_changed_since_other_rules", reviews::since),
    ];
    let with_folder = |(name, body): (&'static str, Body)| {
        trial(format!("report::{name}"), move || body(&temporary(&format!("report_{name}"))?))
    };
    all.into_iter().map(with_folder).chain([browser::trial()]).collect()
}

/// The report of an example project, without what its scenarios show.
pub fn of_example(folder: &Path) -> Result<Report, String> {
    let compiled = project::compile(folder)?;
    let (state, meaning) = (compiled.state().ok_or("no state")?, compiled.meaning.as_ref().ok_or("no meaning")?);
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let found = compiled.check();
    let (sources, tried) = (&compiled.sources, Tried::default());
    Ok(make(Input { project: name, sources, meaning, state: &state, found: &found, tried }))
}

/// What no page of ours has anything but: other names are somebody's who got out.
const ATTRIBUTES: [&str; 44] = [
    ",
    ",
    ", ",
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "aria-live",
    "autocomplete",
    "charset",
    "class",
    "content",
    "d",
    "data-op",
    "data-roles",
    "data-table",
    "datetime",
    "fill",
    "patternUnits",
    "height",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "lang",
    "marker-end",
    "markerHeight",
    "markerWidth",
    "name",
    "open",
    "orient",
    "refX",
    "refY",
    "role",
    "rx",
    "scope",
    "tabindex",
    "text-anchor",
    "transform",
    "type",
    "value",
    "viewBox",
    "width",
    "x",
    "xmlns",
    "y",
];

/// Whether a page is whole by itself.
fn check(page: &str) -> Result<Vec<Element>, String> {
    let all = elements(page)?;
    let ids: Vec<&str> = all.iter().filter_map(|element| element.attribute("id")).collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    expect(known.len() == ids.len(), "an id is there twice")?;
    for element in &all {
        for (name, value) in &element.attributes {
            expect(ATTRIBUTES.contains(&name.as_str()), &format!("<{}> has `{name}`", element.name))?;
            let leads = match name.as_str() {
                "href" => Some(value.strip_prefix('#').ok_or(format!("a link leads away: {value}"))?),
                "aria-labelledby" => Some(value.as_str()),
                _ => None,
            };
            expect(leads.is_none_or(|id| known.contains(id)), &format!("nothing has the id of {name}=\"{value}\""))?;
            let is_of_data = matches!(name.as_str(), "xmlns" | "value" | "data-roles" | "data-table" | "aria-label");
            expect(is_of_data || !value.contains("//"), &format!("an address: {name}=\"{value}\""))?;
        }
    }
    let count = |name: &str| all.iter().filter(|element| element.name == name).count();
    expect(["script", "style", "h1", "main"].map(count) == [1; 4], "a script, a style and a heading, once each")?;
    let inline = |name: &str| all.iter().find(|element| element.name == name).map(|element| element.text.as_str());
    expect(inline("script") == Some(rowgate::report::html::SCRIPT), "the script is another one")?;
    let style = inline("style").unwrap_or_default();
    expect(style == rowgate::report::html::STYLE && !style.contains("url(") && !style.contains("@import"), "the style loads")?;
    let policy = all.iter().find(|element| element.attribute("http-equiv") == Some("Content-Security-Policy"));
    let policy = policy.and_then(|element| element.attribute("content")).unwrap_or_default();
    expect(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), &format!("the policy is {policy}"))?;
    headings(&all)?;
    Ok(all)
}

/// No level is left out on the way down, every cell of a heading says whose it is, and whoever cannot see a picture is told what it shows.
fn headings(all: &[Element]) -> Result<(), String> {
    let mut last = 0;
    for element in all {
        if let Some(level) = element.name.strip_prefix('h').and_then(|level| level.parse::<usize>().ok()) {
            expect(level <= last + 1, &format!("h{level} follows h{last}: {}", element.text))?;
            last = level;
        }
        let is_said = match element.name.as_str() {
            "th" => element.attribute("scope").is_some(),
            "svg" => element.attribute("role") == Some("img") && element.attribute("aria-label").is_some(),
            "pre" => element.attribute("tabindex").is_some() && element.attribute("aria-label").is_some(),
            _ => true,
        };
        expect(is_said, &format!("<{}> does not say what it is: {}", element.name, element.text))?;
    }
    Ok(())
}

fn whole(_: &Path) -> Result<(), String> {
    for folder in folders(&root().join("policies")) {
        let all = check(&page(&of_example(&folder)?)).map_err(|error| format!("{}: {error}", folder.display()))?;
        expect(all.len() > 200, &format!("{} has hardly anything", folder.display()))?;
    }
    Ok(())
}

/// Closes whatever it could stand in, and turns around what follows.
const HOSTILE: &str = "\u{202e}\"'><script>alert(1)</script><img src=x onerror=alert(1)></style></title>&lt;<!-- \u{2066}\u{0}";

/// Says of everything that has a name in the rules that it is called so.
fn renamed(mut report: Report) -> Report {
    let mut number = 0;
    let mut rename = |text: &mut String| {
        number += 1;
        text.push_str(&format!("{HOSTILE}{number}"));
    };
    rename(&mut report.project);
    rename(&mut report.summary.identity);
    for table in &mut report.tables {
        rename(&mut table.name);
        table.fields.iter_mut().for_each(&mut rename);
        table.rows.iter_mut().flat_map(|row| &mut row.roles).for_each(&mut rename);
        for note in &mut table.notes {
            note.condition.iter_mut().chain(note.fields.iter_mut().flatten()).chain(&mut note.rules).for_each(&mut rename);
        }
        table.calls.iter_mut().flat_map(|call| [&mut call.action, &mut call.condition]).for_each(&mut rename);
        table.closed.iter_mut().for_each(&mut rename);
    }
    for role in &mut report.roles {
        [&mut role.name, &mut role.held].into_iter().chain(&mut role.includes).chain(&mut role.held_by).for_each(&mut rename);
        role.given.iter_mut().map(|given| &mut given.what).for_each(&mut rename);
    }
    for one in &mut report.memberships {
        [&mut one.name, &mut one.table, &mut one.user].into_iter().chain(&mut one.condition).for_each(&mut rename);
    }
    for one in &mut report.boundaries {
        [&mut one.name, &mut one.file].into_iter().for_each(&mut rename);
        let of_clause = |clause: &mut rowgate::report::Clause| {
            [&mut clause.table, &mut clause.condition, &mut clause.except].into_iter().for_each(&mut rename);
        };
        one.clauses.iter_mut().for_each(of_clause);
    }
    report.actions.iter_mut().flat_map(|one| [&mut one.name, &mut one.text]).for_each(&mut rename);
    report.never.iter_mut().flat_map(|one| [&mut one.text, &mut one.file]).for_each(&mut rename);
    report.classes.iter_mut().map(|one| &mut one.name).for_each(&mut rename);
    for rule in &mut report.rules {
        [&mut rule.id, &mut rule.table, &mut rule.name, &mut rule.file, &mut rule.text, &mut rule.roles]
            .into_iter()
            .chain(&mut rule.filters)
            .chain(&mut rule.grants)
            .chain(&mut rule.remarks)
            .chain(&mut rule.delegates)
            .for_each(&mut rename);
        rule.tests.push(HOSTILE.to_owned());
    }
    report.policies.iter_mut().flat_map(|one| [&mut one.role, &mut one.sql, &mut one.name]).for_each(&mut rename);
    report.findings.iter_mut().flat_map(|one| [&mut one.text, &mut one.file]).for_each(&mut rename);
    for place in &mut report.people {
        [&mut place.place]
            .into_iter()
            .chain(&mut place.cut)
            .chain(&mut place.said)
            .chain(&mut place.otherwise)
            .for_each(&mut rename);
        place.unsaid = place.unsaid.iter().map(|claim| format!("{claim}{HOSTILE}")).collect();
        let people = place.nothing.iter_mut().chain(place.people.iter_mut().map(|person| &mut person.who));
        for Who { who, name } in people {
            rename(who);
            *name = Some(HOSTILE.to_owned());
        }
        for person in &mut place.people {
            person.roles.iter_mut().for_each(&mut rename);
            person.tables.iter_mut().map(|reach| &mut reach.table).for_each(&mut rename);
            person.actions.iter_mut().flat_map(|may| [&mut may.action, &mut may.when]).for_each(&mut rename);
            for cell in person.tables.iter_mut().flat_map(|reach| &mut reach.cells) {
                cell.roles = cell.roles.iter().map(|role| format!("{role}{HOSTILE}")).collect();
            }
        }
    }
    report
}

/// Somebody who reaches something, where something is left out.
fn somebody() -> People {
    let cell = Reached { records: 1, some_fields: true, roles: ["Clerk".to_owned()].into() };
    let tables = vec![Reach { table: "things".to_owned(), of: 2, cells: vec![cell; 4] }];
    let actions = vec![May { action: "do_it".to_owned(), when: "Name equals \"x\"".to_owned() }];
    let who = |who: &str| Who { who: who.to_owned(), name: None };
    let people = vec![Person { who: who("somebody"), roles: vec!["Clerk of Team 1".to_owned()], tables, actions }];
    let (cut, nothing) = (vec!["things".to_owned()], vec![who("nobody")]);
    let said = People { said: vec!["Desk=1".to_owned()], unsaid: ["Claim".to_owned()].into(), ..People::default() };
    let otherwise = Some("the database".to_owned());
    People { place: "rows".to_owned(), users: Some(1), records: 2, cut, raw_sql: true, people, nothing, otherwise, ..said }
}

fn hostile(_: &Path) -> Result<(), String> {
    let mut seen = 0;
    for folder in folders(&root().join("policies")) {
        let mut plain = of_example(&folder)?;
        plain.people = vec![somebody()];
        let page = page(&renamed(plain));
        let all = check(&page).map_err(|error| format!("{}: {error}", folder.display()))?;
        expect(!page.contains(['\u{202e}', '\u{2066}', '\0']), "a letter turns around what follows")?;
        expect(page.contains("\u{27e8}U+202E\u{27e9}"), "nor is it said that it was there")?;
        let odd = all.iter().find(|element| ["img", "iframe", "object", "base", "link"].contains(&element.name.as_str()));
        expect(odd.is_none(), &format!("{odd:?}"))?;
        seen += page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count();
    }
    expect(seen > 1000, &format!("only {seen} hostile names were shown"))
}

/// The same twice, and in the folder what the tool makes.
fn committed(folder: &Path) -> Result<(), String> {
    let example = root().join("policies/team_rbac");
    copy_examples(folder, &["team_rbac"]);
    let (code, first, said) = rowgate(folder, &["report", "team_rbac"])?;
    expect(code == 0 && said.is_empty(), &format!("{code}: {said}"))?;
    expect(first == rowgate(folder, &["report", "team_rbac"])?.1, "twice is not the same")?;
    let text = std::fs::read_to_string(example.join("report.html")).map_err(|error| error.to_string())?;
    expect(
        text == first,
        "report.html is stale: run `cargo run -- report policies/team_rbac --output policies/team_rbac/report.html`",
    )
}

fn written_over(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    write(folder, "notes.html", "<p>mine</p>");
    let before = files(folder);
    let (code, out, said) = rowgate(folder, &["report", "user_items", "--output", "notes.html"])?;
    expect(code == 2 && out.is_empty() && said.contains("`notes.html` is no report"), &format!("{code}: {said}"))?;
    expect(files(folder) == before, "something was written")?;
    for format in ["html", "json", "html"] {
        let (code, _, said) = rowgate(folder, &["report", "user_items", "--format", format, "--output", "r"])?;
        expect(code == 0 && said == "wrote `r`\n", &format!("{format}: {code}: {said}"))?;
        expect(
            files(folder)["r"] == rowgate(folder, &["report", "user_items", "--format", format])?.1,
            "what is printed is written",
        )?;
    }
    Ok(())
}
