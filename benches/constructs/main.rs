//! What each construct of the language costs on 1,000,000 rows: under the policies that rowgate compiles, beside the same filter by hand with all
//! keys given as constants.
//!
//!     cargo bench --bench constructs                  the table, on standard output
//!     cargo bench --bench constructs -- WORDS         only constructs whose sentence contains this
//!
//! It runs on a throw-away server of the tests; `ROWGATE_POSTGRES_BIN` names another version. 2 GB of disk and some minutes are needed.
#![allow(missing_docs)]

#[path = "../../tests/suite/cluster.rs"]
#[allow(dead_code)]
mod cluster;
mod construct;
#[path = "../../tests/suite/ddl.rs"]
mod ddl;
mod measure;
#[path = "../measuring.rs"]
mod measuring;
mod memberships;
mod reading;
mod report;
mod rows;
mod writing;

use std::collections::BTreeSet;
use std::time::Instant;

use rowgate::objects::State;
use rowgate::plan;

use cluster::{DEPLOYER, Database};
use construct::{Construct, compile};
use measure::Measured;
use measuring::describe;

fn main() {
    let outcome = run();
    cluster::stop();
    if let Err(error) = outcome {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let filter = std::env::args().skip(1).find(|argument| argument != "--bench").unwrap_or_default();
    let all = rows::ALL.iter().chain(reading::ALL).chain(memberships::ALL).chain(writing::ALL);
    let constructs: Vec<&Construct> = all.filter(|construct| construct.sentence.contains(&filter)).collect();
    let start = Instant::now();
    let database = prepare(&constructs)?;
    eprintln!("{:>4} s  the rows and their indexes", start.elapsed().as_secs());
    let version = database.connect("postgres")?.query_one("SHOW server_version", &[]).map_err(describe)?;
    let version = version.get::<_, String>(0);
    println!("{}\n\n{}", measuring::machine(&[version.split(' ').next().unwrap_or_default()]), report::HEAD);
    for construct in constructs {
        let measured = under_policies(&database, construct)?;
        eprintln!("{:>4} s  {}", start.elapsed().as_secs(), construct.sentence);
        report::lines(&measured).iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// The rows, and the indexes that rowgate names for some constructs.
fn prepare(constructs: &[&Construct]) -> Result<Database, String> {
    let database = Database::create("constructs")?;
    let mut wanted = BTreeSet::new();
    for construct in constructs {
        wanted.extend(compile(construct)?.wanted_indexes().iter().map(|index| index.create(false)));
    }
    let schema = compile(constructs.first().ok_or("no construct has these words")?)?;
    let catalog = &schema.meaning.as_ref().ok_or("the project has errors")?.model.catalog;
    database.apply(DEPLOYER, &ddl::create(catalog))?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute(include_str!("project/rows.sql")).map_err(describe)?;
    for index in wanted {
        admin.batch_execute(&index).map_err(|error| format!("{}\n{index}", describe(error)))?;
    }
    admin.batch_execute("VACUUM ANALYZE").map_err(describe)?;
    Ok(database)
}

/// What is measured while the policies of a construct are in force.
fn under_policies(database: &Database, construct: &'static Construct) -> Result<Vec<Measured>, String> {
    let state = compile(construct)?.state().ok_or("the construct has errors")?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let measured = measure::all(database, construct)?;
    let down = plan::migration("down", &state, &State::empty()).ok_or("nothing to undo")?;
    database.apply(DEPLOYER, &down)?;
    if construct.queries.iter().any(|query| query.writes()) {
        measure::vacuum(&mut database.connect("postgres")?)?;
    }
    Ok(measured)
}
