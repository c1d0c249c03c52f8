//! What the README says is tried: its policies and configuration compile, its SQL is what comes out, its commands print what it shows.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use crate::pages::temporary;
use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("documentation::policies_and_configuration_compile", examples_compile),
        trial("documentation::commands_print_what_is_shown", commands_run),
        trial("documentation::links_lead_somewhere", links),
        trial("documentation::the_two_commands_are_there", two_commands),
    ]
}

/// Fenced blocks: what stands behind the fence, and the text.
pub fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((info.to_owned(), format!("{}\n", block.join("\n"))));
        }
    }
    found
}

pub fn readme() -> Result<String, String> {
    std::fs::read_to_string(root().join("README.md")).map_err(|error| error.to_string())
}

fn examples_compile() -> Result<(), String> {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).map_err(|error| error.to_string());
    let mut tried = 0;
    for (info, text) in blocks(&readme()?) {
        let replaced = match info.as_str() {
            // Parts of an example project: a rule, what it becomes, and a scenario.
            "policy items" | "sql items" | "yaml items.test.yaml" => {
                let file = match info.as_str() {
                    "policy items" => "items.policy",
                    "sql items" => "rls.sql",
                    _ => "items.test.yaml",
                };
                if !read(&format!("policies/user_items/{file}"))?.contains(&text) {
                    return Err(format!("{file} of policies/user_items does not contain\n{text}"));
                }
                tried += 1;
                continue;
            }
            "policy documents" | "policy comments" | "policy folders" | "policy blocks" => "main.policy",
            "yaml rowgate.yaml" => "rowgate.yaml",
            "yaml schema.yaml" => "schema.yaml",
            // Errors of a server are tried by `last_step`, what guards and actions answer by `guards`.
            _ if info.contains(" tests/clients/") => continue, // by `clients`
            "sh" | "console" | "text" | "yaml" | "sql guards" | "sql actions" => continue,
            other => return Err(format!("nothing tries a block of `{other}`")),
        };
        let folder = temporary(&format!("readme_{replaced}"))?;
        for name in ["rowgate.yaml", "schema.yaml", "main.policy"] {
            let mut content = read(&format!("tests/pages/{name}"))?;
            // What a membership lists.
            content = match name {
                "schema.yaml" => content.replace("      role: text\n", "      role: text\n      rights: text[]\n"),
                "rowgate.yaml" => content
                    .replace("role: role }", "role: role, permissions: rights }")
                    .replace("setting: app.user_id\n", "setting: app.user_id\n  claims: app.claims\n"),
                _ => content,
            };
            if info == "policy comments" {
                content.push_str(match name {
                    "schema.yaml" => {
                        "  comments:\n    columns: { id: uuid, document_id: { type: uuid, references: documents }, \
                         owner_id: { type: uuid, references: users }, text: text, written_at: timestamptz, \
                         reader_ids: { type: \"uuid[]\", references: users } }\n  \
                         settings: { columns: { id: uuid, deletions_allowed: boolean } }\n"
                    }
                    "rowgate.yaml" => "  settings: managed elsewhere\n",
                    _ => "",
                });
            }
            if info == "policy blocks" {
                content = match name {
                    // The tables that stand above it.
                    "schema.yaml" => content + &tables_of_several()?,
                    "rowgate.yaml" => content + "  documents: managed elsewhere\n",
                    _ => content,
                };
            }
            if info == "policy folders" {
                content = match name {
                    "schema.yaml" => {
                        content.replace(
                            "  users:\n    columns:\n",
                            "  users:\n    columns:\n      manager_id: { type: uuid, references: users }\n",
                        ) + "  folders:\n    columns: { id: uuid, parent_id: { type: uuid, references: folders }, \
                               owner_id: { type: uuid, references: users }, archived: boolean }\n  \
                               folder_members:\n    columns: { id: uuid, user_id: { type: uuid, references: users }, \
                               folder_id: { type: uuid, references: folders } }\n"
                    }
                    "rowgate.yaml" => {
                        let folder = "memberships:\n  Folder: { table: folder_members, user: user_id, within: folder_id }\n";
                        content.replace("memberships:\n", folder)
                            + "  folder_members: managed elsewhere\n  documents: managed elsewhere\n"
                    }
                    _ => content,
                };
            }
            // A table of others that both files name.
            if replaced == "rowgate.yaml" && name == "schema.yaml" {
                content.push_str("  storage.objects: { policies_only: true, columns: { id: uuid } }\n");
            }
            if replaced != "main.policy" && name == "main.policy" {
                content.push_str("table storage.objects { rule \"All\" for Authenticated { allow read } }\n");
            }
            if replaced == "schema.yaml" && name == "rowgate.yaml" {
                // A schema of two tables has nothing else to close.
                content = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                           closed_tables: { users: managed elsewhere }\n"
                    .to_owned();
            }
            std::fs::write(folder.join(name), if name == replaced { &text } else { &content })
                .map_err(|error| error.to_string())?;
        }
        let compiled = project::compile(&folder)?;
        if !compiled.diagnostics.is_empty() {
            return Err(format!("`{info}`:\n{}", project::render(&compiled.diagnostics, &compiled.sources)));
        }
        tried += 1;
    }
    if tried >= 5 { Ok(()) } else { Err(format!("only {tried} examples were found")) }
}

/// The tables that the README has for references of several columns.
fn tables_of_several() -> Result<String, String> {
    let found = blocks(&readme()?).into_iter().find(|(info, text)| info == "yaml" && text.contains("foreign_keys:"));
    found.map(|(_, text)| text).ok_or_else(|| "no tables".to_owned())
}

/// `console` blocks: each line after `$` is run, and both streams together are what stands below. Those of an example run in its folder.
fn commands_run() -> Result<(), String> {
    let mut tried = run_blocks(&readme()?, &temporary("readme_commands")?)?;
    for folder in folders(&root().join("policies")) {
        let text = std::fs::read_to_string(folder.join("README.md")).map_err(|error| error.to_string())?;
        tried += run_blocks(&text, &folder)?;
    }
    if tried >= 8 { Ok(()) } else { Err(format!("only {tried} commands were found")) }
}

fn run_blocks(text: &str, folder: &Path) -> Result<usize, String> {
    let mut tried = 0;
    for (_, text) in blocks(text).into_iter().filter(|(info, _)| info == "console") {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ rowgate ").ok_or(format!("not a command: {line}"))?;
            let mut expected = String::new();
            while let Some(output) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push_str(&format!("{output}\n"));
            }
            let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
                .args(command.split_whitespace())
                .current_dir(folder)
                .env_remove("DATABASE_URL")
                .output()
                .map_err(|error| error.to_string())?;
            let printed = [output.stdout, output.stderr].concat();
            if String::from_utf8_lossy(&printed) != expected {
                return Err(format!("{line} prints\n{}", String::from_utf8_lossy(&printed)));
            }
            tried += 1;
        }
    }
    Ok(tried)
}

fn links() -> Result<(), String> {
    for page in ["README.md", "ARCHITECTURE.md"] {
        let text = std::fs::read_to_string(root().join(page)).map_err(|error| error.to_string())?;
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            if !target.starts_with("http") && !Path::new(&root().join(target)).exists() {
                return Err(format!("{page} links to `{target}`, which is not there"));
            }
        }
    }
    Ok(())
}

fn two_commands() -> Result<(), String> {
    let readme = readme()?;
    for command in ["cargo run --release -- build policies/real_estate", "tests/run"] {
        if !readme.lines().any(|line| line == command) {
            return Err(format!("`{command}` is missing"));
        }
    }
    Ok(())
}
