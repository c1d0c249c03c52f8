//! An afternoon of three teams with the same rules: the files of two migration tools, each run by the tool, and `apply`. Whatever brings the rules, people see the
//! same after each step, the database says that it is as the rules say, and what somebody changes by hand is found and made good.

use std::process::Command;

use libtest_mimic::Trial;
use rowgate::db;

use crate::clients::rust_programs;
use crate::commands::{edit, expect};
use crate::deploying::Site;
use crate::layouts::{migrate, set_layout};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![trial("three_ways::files_of_two_tools_and_apply_lead_to_the_same", afternoon)]
}

/// The layouts of the tools; nothing for `apply`.
const WAYS: [Option<&str>; 3] = [Some("sqlx"), Some("refinery"), None];

/// What becomes of the rules: a text, what stands in its place, and whom it lets see which documents.
struct Step {
    title: &'static str,
    edit: Option<(&'static str, &'static str)>,
    widens: bool,
    seen: [&'static [i32]; 2],
}

const STEPS: [Step; 4] = [
    Step { title: "first", edit: None, widens: true, seen: [&[1], &[2, 3]] },
    Step {
        title: "public documents",
        edit: Some(("delete }", "delete }\n  rule \"Public\" for Authenticated { allow read when Public is true }")),
        widens: true,
        // Rules of one role are combined with AND: whoever reads a document is its owner.
        seen: [&[1], &[2, 3]],
    },
    Step {
        title: "anybody reads what is public",
        edit: Some((
            "where Owner is Logged in User allow read, create, update (title), delete",
            "allow read, create, update (title), delete when Owner is Logged in User",
        )),
        widens: true,
        seen: [&[1, 3], &[2, 3]],
    },
    Step { title: "nobody deletes", edit: Some((", delete when", " when")), widens: false, seen: [&[1, 3], &[2, 3]] },
];

fn afternoon() -> Result<(), String> {
    for way in WAYS {
        lead(way).map_err(|error| format!("{}: {error}", way.unwrap_or("apply")))?;
    }
    Ok(())
}

fn lead(layout: Option<&str>) -> Result<(), String> {
    let site = Site::new(&format!("by_{}", layout.unwrap_or("apply")))?;
    layout.iter().for_each(|layout| set_layout(&site.folder, layout));
    for (number, step) in STEPS.iter().enumerate() {
        if let Some((before, after)) = step.edit {
            edit(&site.folder, "docs.policy", before, after);
        }
        bring(&site, layout, step, number)?;
        for (user, seen) in [1, 2].into_iter().zip(step.seen) {
            let found = site.seen_by(user)?;
            expect(found == seen, &format!("{}: {user} sees {found:?}", step.title))?;
        }
        let title = if layout.is_some() { format!("Migration: {}", step.title) } else { step.title.to_owned() };
        let (_, err) = site.ends(0, &["verify"])?;
        expect(err.contains(&format!("deployment {}: \"{title}\"", number + 1)), &err)?;
        let (out, _) = site.ends(0, &["plan", "--exit-code"])?;
        expect(out.is_empty(), &out)?;
    }
    expect(deletes(&site)?.contains("permission denied"), "nobody may delete")?;
    drifts(&site, layout)
}

/// Brings a step as the team does it.
fn bring(site: &Site, layout: Option<&str>, step: &Step, number: usize) -> Result<(), String> {
    let Some(layout) = layout else {
        if number > 0 && step.widens && step.seen != STEPS[number - 1].seen {
            let (_, err) = site.ends(2, &["apply", "--yes", "--title", step.title])?;
            expect(err.contains("--allow-widening"), &err)?;
        }
        let allowed: &[&str] = if step.widens { &["--allow-widening"] } else { &[] };
        return site.ends(0, &[&["apply", "--yes", "--title", step.title], allowed].concat()).map(drop);
    };
    migrate(&site.folder, &[step.title])?;
    up(site, layout)
}

fn up(site: &Site, layout: &str) -> Result<(), String> {
    let way = if layout == "refinery" { "one-by-one" } else { "up" };
    site.tool(Command::new(rust_programs()?.join("migrate")).args([layout, way]).arg(site.migrations())).map(drop)
}

/// Somebody changes the database by hand while the team goes on: it is told, nothing is brought on top of it, and it is made good without what is new.
fn drifts(site: &Site, layout: Option<&str>) -> Result<(), String> {
    let role = site.role();
    site.deployer(&format!("ALTER POLICY rowgate_read_{role} ON docs USING (true)"))?;
    expect(site.seen_by(1)? == [1, 2, 3], "the door is open")?;
    let (out, _) = site.ends(1, &["verify"])?;
    expect(out.contains(&format!("policy rowgate_read_{role} on public.docs was altered")), &out)?;
    let (known, new) = ("update (title) when", "update (title) when Public is false and");
    edit(&site.folder, "docs.policy", known, new);
    if let Some(layout) = layout {
        migrate(&site.folder, &["late"])?;
        let told = up(site, layout).err().unwrap_or_default();
        expect(told.contains("what is in force is not what was applied"), &told)?;
    } else {
        let (_, err) = site.ends(1, &["apply", "--yes"])?;
        expect(err.contains("--repair"), &err)?;
    }
    expect(site.seen_by(1)? == [1, 2, 3], "nothing was brought on top of it")?;
    edit(&site.folder, "docs.policy", new, known);
    site.ends(0, &["apply", "--yes", "--repair"])?;
    expect(site.seen_by(1)? == [1, 3], "it is closed")?;
    edit(&site.folder, "docs.policy", known, new);
    match layout {
        Some(layout) => up(site, layout)?,
        None => drop(site.ends(0, &["apply", "--yes"])?),
    }
    site.ends(0, &["verify"])?;
    let (out, _) = site.ends(0, &["plan", "--exit-code"])?;
    expect(out.is_empty(), &out)
}

/// What the application is told that deletes.
fn deletes(site: &Site) -> Result<String, String> {
    let mut client = site.database.connect("postgres")?;
    let script = format!("SET ROLE {}; SET app.user_id = 1; DELETE FROM docs", site.role());
    Ok(client.batch_execute(&script).err().map(|error| db::describe_error(&error)).unwrap_or_default())
}
