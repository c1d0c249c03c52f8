//! A deliberately broken emitter: each of its decisions undone in the SQL of a project that depends on it. The tests have to notice, by the
//! scenarios, by what others than the application see, or because the deployment fails. (`mutations` takes out conditions one by one.)

use libtest_mimic::Trial;
use rowgate::objects::quote;
use rowgate::{db, plan};

use crate::attacks::masked_leak;
use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, project, root, trial};

/// What is broken, in which case folder, by which replacement in the SQL.
const BROKEN: [(&str, &str, &str, &str); 21] = [
    ("policies for everybody", "negation_keeps_the_unknown_unknown", "TO app_user", "TO PUBLIC"),
    ("no FORCE", "negation_keeps_the_unknown_unknown", "ALTER TABLE public.\"both\" FORCE ROW LEVEL SECURITY", "SELECT 1"),
    ("no nullif", "postgrest_identifies_by_a_claim_and_roles_come_from_claims", "nullif(", "coalesce("),
    ("names without schema", "conditions_look_at_children_and_other_tables", "FROM public.", "FROM "),
    (
        "boundaries hold for nobody",
        "a_boundary_holds_for_every_role_but_those_it_excepts",
        "bills.company_id = (SELECT",
        "bills.company_id IS DISTINCT FROM 0 OR bills.company_id = (SELECT",
    ),
    ("look-ups belong to the deployer", "paths_may_be_long_on_both_sides", "SECURITY DEFINER", "SECURITY INVOKER"),
    (
        "the lookup role has no policy",
        "paths_may_be_long_on_both_sides",
        "TO rowgate_lookup\n  USING (true)",
        "TO rowgate_lookup\n  USING (false)",
    ),
    (
        "what stays is what changes",
        "a_trigger_tells_which_grant_allows_a_step",
        "record_image_eq(ROW(old.price)",
        "record_image_ne(ROW(old.price)",
    ),
    ("a step without what changes", "a_trigger_tells_which_grant_allows_a_step", "($6 OR", "(true OR"),
    ("a trigger that is off", "a_trigger_tells_which_grant_allows_a_step", "ENABLE ALWAYS TRIGGER", "DISABLE TRIGGER"),
    (
        "triggers ask nobody",
        "a_trigger_tells_which_grant_allows_a_step",
        "pg_has_role(current_user, 'app_user', 'USAGE')",
        "false",
    ),
    ("before and after are exchanged", "a_step_leads_from_one_state_to_the_next", "= 'draft'", "= 'open'"),
    ("nobody is somebody", "a_set_of_the_user_means_any_of_them_and_its_negation_none", "IS NOT NULL", "IS NULL"),
    (
        "none of them is one of them",
        "a_set_of_the_user_means_any_of_them_and_its_negation_none",
        "AND NOT (set_differs.team_id IN",
        "AND (set_differs.team_id IN",
    ),
    (
        "none of them without case is one of them",
        "citext_compares_without_case_and_text_with_it",
        "AND NOT (events.club OPERATOR",
        "AND (events.club OPERATOR",
    ),
    ("an empty value in an empty list", "what_random_projects_found_stays_found", "measures.flag IS NOT NULL", "true"),
    (
        "cells are shown in every row",
        "fields_that_no_grant_shows_are_masked",
        "THEN people.phone",
        "THEN people.phone ELSE people.phone",
    ),
    ("views are no barrier", "fields_that_no_grant_shows_are_masked", "security_barrier = true", "security_barrier = false"),
    (
        "views for every role",
        "fields_that_no_grant_shows_are_masked",
        "pg_has_role(current_user, 'masked_support', 'USAGE')",
        "true",
    ),
    ("columns are granted as a whole", "fields_are_granted_by_column", "GRANT SELECT (", "GRANT SELECT, REFERENCES ("),
    (
        "texts are patterns",
        "texts_lists_and_claims_contain_parts",
        "strpos(files.path::text COLLATE \"C\", E'50%_\\\\' COLLATE \"C\") > 0",
        "files.path LIKE '%50%'",
    ),
];

pub fn trials() -> Vec<Trial> {
    let trial_of = |&(what, case, from, to): &(&'static str, &'static str, &'static str, &'static str)| {
        trial(format!("emitter::{}", what.replace(' ', "_")), move || is_noticed(what, case, from, to))
    };
    BROKEN.iter().map(trial_of).collect()
}

fn is_noticed(what: &str, case: &str, from: &str, to: &str) -> Result<(), String> {
    let folder = root().join("tests/cases").join(case);
    let compiled = project::compile(&folder)?;
    let model = project::model(&compiled)?;
    let script = plan::desired_state(&compiled.state().ok_or("no state")?);
    let broken = script.replace(from, to);
    if broken == script {
        return Err(format!("{case} does not contain `{from}`"));
    }
    let mut reasons = Vec::new();
    // The same steps with the unbroken script notice nothing: that the test can tell is tested, too.
    for (script, expected) in [(script, false), (broken, true)] {
        let mut noticed = None;
        for (_, scenarios) in &compiled.scenarios().0 {
            let database = Database::create(&format!("emitter{}", what.len()))?;
            if let Ok(setup) = std::fs::read_to_string(folder.join("setup.sql")) {
                database.apply("postgres", &setup)?;
            }
            database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
            if let Err(error) = database.apply(DEPLOYER, &script) {
                noticed = Some(error);
                break;
            }
            let mut admin = database.connect("postgres")?;
            db::insert_rows(&mut admin, &model.catalog, scenarios).map_err(|error| db::describe_error(&error))?;
            // An error is a denial that says so.
            let failures = project::run(&database, model, scenarios).unwrap_or_else(|error| vec![error]);
            noticed = failures.first().cloned();
            noticed = noticed.or_else(|| project::outsiders_see_nothing(&database, model, scenarios).err());
            noticed = noticed.or_else(|| owner_sees_nothing(&database, model).err());
            if model.masking.is_some() {
                noticed = noticed.or_else(|| masked_leak(&database).err());
            }
        }
        match (noticed, expected) {
            (Some(reason), true) => reasons.push(reason),
            (None, false) => {}
            (None, true) => return Err(format!("{what}: nothing notices `{to}` for `{from}` in {case}")),
            (Some(reason), false) => return Err(format!("the unbroken script of {case}: {reason}")),
        }
    }
    if reasons.is_empty() { Err("nothing was tried".to_owned()) } else { Ok(()) }
}

fn owner_sees_nothing(database: &Database, model: &rowgate::model::Model) -> Result<(), String> {
    let mut owner = database.connect(DEPLOYER)?;
    for &table in model.tables.keys() {
        let name = quote::qualified(&model.catalog.table(table).name);
        let query = format!("SELECT count(*) FROM {name}");
        let count: i64 = owner.query_one(&query, &[]).map_err(|error| db::describe_error(&error))?.get(0);
        if count > 0 {
            return Err(format!("the owner sees {count} rows of {name}"));
        }
    }
    Ok(())
}
