//! The objects of states: in an order in which each can be made, recorded and read again as they are, changed in their place where PostgreSQL
//! can do that. (`migrations` tries on a server where such changes lead.)

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::objects::{Definition, Object, State};
use rowgate::plan::{self, How};

use crate::random::{self, Random};
use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("objects::what_an_object_needs_is_made_before_it", needs),
        trial("objects::a_recorded_state_is_read_as_it_was", recorded),
        trial("objects::a_state_of_a_later_program_is_refused", of_later),
        trial("objects::a_condition_changes_in_its_policy", altered_policy),
        trial("objects::rights_change_one_by_one", altered_rights),
        trial("objects::the_owner_is_bound_or_not_in_place", altered_force),
    ]
}

/// The states of the cases, and of some random projects.
fn states() -> Result<Vec<(String, State)>, String> {
    let mut states = Vec::new();
    for folder in folders(&root().join("tests/cases")) {
        let compiled = project::compile(&folder)?;
        states.extend(compiled.state().map(|state| (folder.display().to_string(), state)));
    }
    let mut random = Random::new(7);
    for index in 0..50 {
        let (compiled, ..) = random::project(&mut random);
        states.push((format!("random {index}"), compiled.state().ok_or("no state")?));
    }
    Ok(states)
}

fn needs() -> Result<(), String> {
    let mut asked = 0;
    for (name, state) in states()? {
        let mut made: BTreeSet<String> = BTreeSet::new();
        for object in &state.objects {
            for need in object.needs() {
                asked += 1;
                if !made.contains(need) {
                    return Err(format!("{name}: {:?} needs {need}, which is not made before it", object.id()));
                }
            }
            // What it says it calls is what stands in its statements.
            let text = object.create().join("\n");
            if let Some(missing) = object.needs().into_iter().find(|need| !text.contains(&format!("{need}("))) {
                return Err(format!("{name}: {:?} does not call {missing}", object.id()));
            }
            if let Some(unsaid) =
                made.iter().find(|known| text.contains(&format!("{known}(")) && !object.needs().contains(&known.as_str()))
            {
                return Err(format!("{name}: {:?} calls {unsaid} and does not say so", object.id()));
            }
            if let Definition::Function(function) = &object.definition {
                made.insert(rowgate::objects::quote::qualified(&function.name));
            }
        }
    }
    if asked < 1000 { Err(format!("only {asked} needs were looked at")) } else { Ok(()) }
}

fn recorded() -> Result<(), String> {
    for (name, state) in states()? {
        let text = serde_json::to_string(&state).map_err(|error| error.to_string())?;
        let again = State::read(&text).map_err(|error| format!("{name}: {error}"))?;
        let without_remarks = |object: &Object| Object::new(object.definition.clone(), Vec::new());
        let expected: Vec<Object> = state.objects.iter().map(without_remarks).collect();
        if again.objects != expected || again.check != state.check || again.version != state.version {
            return Err(format!("{name} is read otherwise than it was written"));
        }
        if plan::migration("none", &again, &state).is_some() {
            return Err(format!("{name}: a migration leads from a state to itself"));
        }
    }
    Ok(())
}

fn of_later() -> Result<(), String> {
    match State::read("{\"version\": 99, \"objects\": [], \"something\": {}}") {
        Err(error) if error.to_string().contains("version 99") => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn state_of(rules: &str) -> Result<State, String> {
    state_with("", rules)
}

/// The state of a project with one more line in its configuration.
fn state_with(line: &str, rules: &str) -> Result<State, String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                  closed_tables: { users: closed }\n";
    let config = format!("{config}{line}");
    let schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n  notes: { columns: { id: integer, owner: { type: integer, references: users }, title: text, kind: text } }\n";
    let (model, sources) = project::model_of(&config, schema, &format!("table notes {{ {rules} }}"))?;
    Ok(rowgate::sql::generate(&model, &project::encode(&model).0, &sources))
}

/// What is done to which object, and the statements of what is changed in its place.
fn changes(from: &str, to: &str) -> Result<Vec<String>, String> {
    Ok(between(&state_of(from)?, &state_of(to)?))
}

fn between(from: &State, to: &State) -> Vec<String> {
    let text = |change: &plan::Change<'_>| match change.how {
        How::Alter(old) => change.object.alter(old).unwrap_or_default().join("; "),
        How::Create => format!("create {}", change.object.id().name),
        How::Replace(_) => format!("replace {}", change.object.id().name),
        How::Drop => format!("drop {}", change.object.id().name),
    };
    plan::changes(from, to).iter().map(text).collect()
}

fn is(found: &[String], expected: &[&str]) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("expected {expected:#?}, found {found:#?}")) }
}

fn altered_policy() -> Result<(), String> {
    let rule = |kind: &str| format!("rule \"a\" for Authenticated {{ where Kind is \"{kind}\" allow read }}");
    is(
        &changes(&rule("open"), &rule("public"))?,
        &[
            "ALTER POLICY rowgate_read_app_user ON public.notes\n  USING (\n    (SELECT substring(current_setting('app.user_id', true), \
           '^-?[1-8]?[0-9]{1,18}$')::bigint) IS NOT NULL\n    AND notes.kind = 'public'\n  )",
        ],
    )?;
    // Only what it says of itself.
    is(
        &changes(&rule("open"), &rule("open").replace("\"a\"", "\"b\""))?,
        &["COMMENT ON POLICY rowgate_read_app_user ON public.notes IS 'Authenticated: \"b\"'"],
    )
}

fn altered_rights() -> Result<(), String> {
    let rule = |fields: &str| format!("rule \"a\" for Authenticated {{ where Owner is Logged in User allow read {fields} }}");
    let cases = [
        ("(id, kind)", "(id, kind, title)", "GRANT SELECT (title) ON TABLE public.notes TO app_user"),
        // A column that goes may have been dropped, and cannot be named.
        (
            "(id, kind)",
            "(id, title)",
            "REVOKE SELECT ON TABLE public.notes FROM app_user; GRANT SELECT (id, title) ON TABLE public.notes TO app_user",
        ),
        // All columns and some of them are rights of their own.
        ("", "(id)", "REVOKE SELECT ON TABLE public.notes FROM app_user; GRANT SELECT (id) ON TABLE public.notes TO app_user"),
        ("(id)", "", "REVOKE SELECT ON TABLE public.notes FROM app_user; GRANT SELECT ON TABLE public.notes TO app_user"),
        ("(id)", "(id) allow delete", "GRANT DELETE ON TABLE public.notes TO app_user"),
        ("(id) allow delete", "(id)", "REVOKE DELETE ON TABLE public.notes FROM app_user"),
    ];
    for (from, to, expected) in cases {
        let found: Vec<String> =
            changes(&rule(from), &rule(to))?.into_iter().filter(|text| text.contains(" ON TABLE public.notes")).collect();
        is(&found, &[expected])?;
    }
    Ok(())
}

/// No statement is between in which nobody is bound.
fn altered_force() -> Result<(), String> {
    let rule = "rule \"a\" for Authenticated { allow read }";
    let (forced, unforced) = (state_with("", rule)?, state_with("force_row_security: false", rule)?);
    let of_tables = |word: &str| ["notes", "users"].map(|table| format!("ALTER TABLE public.{table} {word} ROW LEVEL SECURITY"));
    for (from, to, word) in [(&forced, &unforced, "NO FORCE"), (&unforced, &forced, "FORCE")] {
        let expected = of_tables(word);
        is(&between(from, to), &expected.each_ref().map(String::as_str))?;
    }
    Ok(())
}
