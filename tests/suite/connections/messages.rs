//! What is said where there is no connection, and that a command says it.

use std::net::TcpListener;
use std::process::Command;

use super::server::{PASSWORD, Server, free_port, rowgate};
use crate::pages::temporary;

/// Each failure with a piece of the sentence, and of what to do.
pub fn errors() -> Result<(), String> {
    let server = Server::start("errors")?;
    let (port, free) = (server.port, free_port()?);
    let root = server.certificates.path("root.crt").display().to_string();
    let to = |more: &str| format!("host=localhost port={port} user=ann {more}");
    let verified = to(&format!("sslmode=verify-full sslrootcert={root}"));
    let path = |name: &str| server.certificates.path(name).display().to_string();
    let mismatch = format!("sslcert={} sslkey={}", path("ann.crt"), path("mallory.key"));
    let host = "host all all all scram-sha-256";
    let cases: Vec<(Option<&str>, &str, String, &str, &str)> = vec![
        (None, host, format!("host=localhost port={free}"), "Connection refused", "is the server running"),
        (None, host, format!("host=/nowhere port={free}"), "No such file", "no server has its socket there"),
        (None, host, "host=nowhere.invalid".to_owned(), "cannot connect to `nowhere.invalid`, port 5432", ""),
        (None, host, to("password=wrong"), "password authentication failed for user \"ann\"", "PGPASSWORD"),
        (None, host, to(""), "it asks for a password, and there is none", "~/.pgpass"),
        (None, host, to("sslmode=require"), "it has no TLS", "sslmode=prefer"),
        (None, "host all all all trust", to("user=zoe"), "role \"zoe\" does not exist", "createuser zoe"),
        (None, "host all all all trust", to("dbname=none"), "database \"none\" does not exist", "createdb none"),
        (None, "host all all all trust", to("dbname=closed"), "permission denied for database \"closed\"", "GRANT CONNECT"),
        (None, "host all bob all trust", to(""), "no pg_hba.conf entry", "pg_hba.conf has no line"),
        (Some("good"), "hostssl all all all scram-sha-256", to("sslmode=disable"), "no encryption", "sslmode=require"),
        (Some("good"), host, to("sslmode=verify-ca sslrootcert=/nowhere"), "`/nowhere` cannot be used: it does not exist", ""),
        (Some("good"), host, to("sslmode=verify-full"), ".postgresql/root.crt` cannot be used", ""),
        (Some("expired"), host, verified.clone(), "its certificate has expired", "give the server a new one"),
        (
            Some("elsewhere"),
            host,
            verified.clone(),
            "its certificate is for `elsewhere.example.org`, not for `localhost`",
            "subjectAltName",
        ),
        (Some("stranger"), host, verified.clone(), "signed by an authority that is not trusted", "sslrootcert"),
        (Some("good"), "hostssl all all all cert", to("password=x"), "requires a valid client certificate", "sslcert"),
        (Some("good"), host, to(&mismatch), "it is not that of `", ""),
        (
            Some("good"),
            host,
            to("gssencmode=require"),
            "`gssencmode` is set to something else: rowgate does not speak GSSAPI",
            "",
        ),
        (Some("good"), host, to("sslpassword=x"), "`sslpassword` cannot be used", ""),
        (Some("good"), host, to("requirepeer=x"), "`requirepeer` cannot be used", ""),
        (Some("good"), host, to("ssl_mode=x"), "`ssl_mode` is no parameter of a connection; did you mean `sslmode`?", ""),
        (Some("good"), host, to("sslrootcert=system sslmode=require"), "`sslrootcert` is `system`", ""),
        (Some("good"), host, to("service=none"), "there is no service `none`", "pg_service.conf"),
    ];
    let mut wrong = Vec::new();
    for (certificate, line, text, sentence, help) in cases {
        server.set(certificate, &[line])?;
        let Err(error) = rowgate(&text, &server.around(&[])) else {
            wrong.push(format!("{text}: connects"));
            continue;
        };
        let (said, advice) = (error.to_string(), error.help().unwrap_or_default());
        if !said.contains(sentence) || !advice.contains(help) || said.contains('\n') {
            wrong.push(format!("{text}\n  {said}\n  {advice}"));
        }
    }
    // Only the authorities of the system are trusted then, of which none is ours.
    let error = rowgate(&to("sslrootcert=system"), &server.around(&[])).err().map(|error| error.to_string()).unwrap_or_default();
    if !error.contains("not trusted") && !error.contains("no root certificates") {
        wrong.push(error);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Whatever is wrong with a text, its password is not repeated.
pub fn passwords() -> Result<(), String> {
    let server = Server::start("secrets")?;
    server.set(None, &["host all all all scram-sha-256"])?;
    let port = server.port;
    let file = server.home().join(".pgpass");
    std::fs::write(&file, "*:*:*:filed:hunter2\n*:*:*:filed\n").map_err(|error| error.to_string())?;
    super::certificates::restrict(&file)?;
    std::fs::write(server.home().join(".pg_service.conf"), "[a]\nhost=localhost\npassword=hunter2\nhunter2\n")
        .map_err(|error| error.to_string())?;
    let mut count = 0;
    for text in [
        format!("host=localhost port={port} user=ann password=hunter2"),
        format!("postgres://ann:hunter2@localhost:{port}"),
        format!("postgres://ann:hunter2@localhost:{port}/none?sslmode=require"),
        format!("host=localhost port={port} user=filed"),
        "password=a hunter2".to_owned(),
        "password=a hunter2=b".to_owned(),
        "password='hunter2".to_owned(),
        "postgres://ann:a/hunter2@localhost".to_owned(),
        "postgres://ann:hunter2/b@localhost".to_owned(),
        "postgres://ann:a/b?hunter2=c@localhost".to_owned(),
        "postgres://ann:a@hunter2@localhost".to_owned(),
        "postgres://ann:hunter2%zz@localhost".to_owned(),
        "postgres://ann:hunter2%ff@localhost".to_owned(),
        "postgres://localhost/?password=hunter2&x=y".to_owned(),
        "password=hunter2 sslmode=x".to_owned(),
        "password=hunter2 port=x".to_owned(),
        "sslpassword=hunter2".to_owned(),
        "service=a".to_owned(),
    ] {
        let Err(error) = rowgate(&text, &server.around(&[])) else { return Err(format!("{text}: connects")) };
        // A name that is no host can be a piece of a password that was not written as it has to be: the server's name is all that is said.
        let said = format!("{error}\n{error:?}\n{}", error.help().unwrap_or_default());
        let is_host = text.contains("a@hunter2@");
        if said.contains("hunter2") && !is_host {
            return Err(format!("{text}\n{said}"));
        }
        count += 1;
    }
    assert!(count > 15);
    Ok(())
}

/// Something takes the call and never answers.
pub fn silence() -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let start = std::time::Instant::now();
    let text = format!("host=127.0.0.1 port={port} user=ann connect_timeout=2");
    let error = rowgate(&text, &rowgate::db::Surroundings::default()).err().map(|error| error.to_string()).unwrap_or_default();
    if !error.contains("no answer within 2 seconds") || start.elapsed().as_secs() > 5 {
        return Err(format!("{error} after {:?}", start.elapsed()));
    }
    Ok(())
}

/// A command connects so, too, and says why not.
pub fn commands() -> Result<(), String> {
    let server = Server::start("commands")?;
    server.set(Some("good"), &["hostssl all all all scram-sha-256"])?;
    let folder = temporary("connections_project")?;
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let around = server.around(variables);
        let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .envs(&around.variables)
            .output()
            .map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok::<_, String>((output.status.code(), text(&output.stdout), text(&output.stderr)))
    };
    run(&["init"], &[])?;
    let url = format!("host=localhost port={} user=ann dbname=ann sslmode=require", server.port);
    let asks = ["as", "1", "--sql", "SELECT 1", "--database-url", &url];
    let (code, _, error) = run(&asks, &[("PGPASSWORD", "wrong")])?;
    if code != Some(2)
        || !error.starts_with("error: cannot connect to `localhost`, port")
        || !error.contains("\nhelp: check `user`")
    {
        return Err(error);
    }
    // It is let in; what the database lacks is another matter.
    let (code, _, error) = run(&asks, &[("PGPASSWORD", PASSWORD)])?;
    if code != Some(2) || !error.contains("there is no role `app_user` in this database") {
        return Err(error);
    }
    let port = server.port.to_string();
    let variables = [
        ("DATABASE_URL", "postgres://"),
        ("PGHOST", "localhost"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "ann"),
        ("PGPASSWORD", PASSWORD),
    ];
    let (_, _, error) = run(&["as", "1"], &variables)?;
    if !error.contains("there is no role `app_user` in this database") {
        return Err(error);
    }
    // Variables of PostgreSQL alone do not turn it from the test files.
    let (code, _, error) = run(&["as", "1"], &variables[1..])?;
    if code == Some(0) { Ok(()) } else { Err(error) }
}
