//! `rowgate show`: what each stage makes of a project.

use clap::{Args, ValueEnum};

use super::output::Output;
use super::{Error, ProjectArgument, Verdict, compile, loader};
use crate::model::{self, Model, RoleId};
use crate::{access, plan, project};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The stage.
    stage: Stage,
    #[command(flatten)]
    project: ProjectArgument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// The syntax trees, as JSON.
    Ast,
    /// The rules with every name bound.
    Model,
    /// Who may do what: role by table by operation.
    Access,
    /// The SQL, as `build` prints it.
    Sql,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    if arguments.stage == Stage::Ast {
        return show_ast(arguments, output);
    }
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    output.result(&match arguments.stage {
        Stage::Access => access::render(&meaning.model, &meaning.access),
        Stage::Model => model::render_text(&meaning.model),
        Stage::Ast | Stage::Sql => plan::desired_state(&state),
    })?;
    if arguments.stage == Stage::Access {
        note_inclusions(&meaning.model, output);
    }
    Ok(Verdict::Clean)
}

/// The stage knows each role by its own rules.
fn note_inclusions(model: &Model, output: &Output) {
    let names = |roles: &[RoleId]| roles.iter().map(|&role| model.role(role).name.as_str()).collect::<Vec<_>>().join(", ");
    let including = model.roles.iter().filter(|role| !role.includes.is_empty());
    let all: Vec<String> = including.map(|role| format!("{} ({})", role.name, names(&role.includes))).collect();
    if !all.is_empty() {
        output.note(&format!("each role stands by its own rules, without those that it includes: {}", all.join(", ")));
        output.help("`rowgate matrix` adds them up");
    }
}

/// Syntax trees need no schema, so they are shown as far as the texts can be read.
fn show_ast(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let root = loader::find(arguments.project.project.as_deref())?;
    let texts = match loader::texts(&root)? {
        Ok((texts, _)) => texts,
        Err(failed) => {
            output.diagnostics(&failed.diagnostics, &failed.sources);
            return Ok(Verdict::Findings);
        }
    };
    let files = project::trees(&texts).into_iter().map(|(name, file)| Ok((name.to_owned(), serde_json::to_value(&file.items)?)));
    let files: serde_json::Map<String, serde_json::Value> = files.collect::<Result<_, Error>>()?;
    output.result(&format!("{:#}\n", serde_json::Value::Object(files)))?;
    Ok(Verdict::Clean)
}
