//! Runs the migrations of a folder with the library that is named: `migrate sqlx up|down FOLDER`, `migrate refinery one-by-one|in-one FOLDER`. Where the server is,
//! PGHOST, PGUSER and PGDATABASE say.

use std::path::Path;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};

type Failure = Box<dyn std::error::Error>;

async fn with_sqlx(way: &str, folder: &Path) -> Result<(), Failure> {
    let mut connection = PgConnection::connect_with(&PgConnectOptions::new()).await?;
    let migrator = Migrator::new(folder).await?;
    match way {
        "up" => migrator.run(&mut connection).await?,
        _ => migrator.undo(&mut connection, 0).await?,
    }
    Ok(())
}

fn with_refinery(way: &str, folder: &Path) -> Result<(), Failure> {
    let mut config = postgres::Config::new();
    config.host(&std::env::var("PGHOST")?).user(&std::env::var("PGUSER")?).dbname(&std::env::var("PGDATABASE")?);
    let migrations = refinery::load_sql_migrations(folder)?;
    let runner = refinery::Runner::new(&migrations).set_grouped(way == "in-one");
    runner.run(&mut config.connect(postgres::NoTls)?)?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, way, folder] = arguments.as_slice() else { return Err("a library, a way and a folder".into()) };
    match library.as_str() {
        "sqlx" => tokio::runtime::Runtime::new()?.block_on(with_sqlx(way, Path::new(folder))),
        _ => with_refinery(way, Path::new(folder)),
    }
}
