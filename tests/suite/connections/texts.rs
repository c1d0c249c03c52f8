//! Connection strings, variables, password files and services.

use super::certificates::set_mode;
use super::server::{PASSWORD, Server, compare};
use super::verdict;

/// Quoted for a connection string.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

pub fn strings() -> Result<(), String> {
    let server = Server::start("strings")?;
    server.set(Some("good"), &["host all all all scram-sha-256"])?;
    let (port, socket, word) = (server.port, server.socket().display().to_string(), quoted(PASSWORD));
    let encoded = "se%20cr%27et%5C%3ax";
    let in_url = socket.replace('/', "%2F");
    let port_text = port.to_string();
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    let base = [("PGHOST", "localhost"), ("PGPORT", port_text.as_str()), ("PGUSER", "ann"), ("PGPASSWORD", PASSWORD)];
    let none: [(&str, &str); 0] = [];
    let cases: Vec<(String, Vec<(&str, &str)>)> = vec![
        (format!("host=localhost port={port} user=ann password={word}"), none.to_vec()),
        (format!("host = localhost  port = {port} user='ann' password = {word} dbname='it\\'s:one'"), none.to_vec()),
        (format!("host=localhost port={port} user=ann user=plain user=ann password={word}"), none.to_vec()),
        (format!("postgres://ann:{encoded}@localhost:{port}/it%27s%3Aone"), none.to_vec()),
        (format!("postgresql://ann:{encoded}@[::1]:1,localhost:{port}/ann?sslmode=require"), none.to_vec()),
        (format!("postgresql://ann:{encoded}@/ann?host=localhost&port={port}&ssl=true"), none.to_vec()),
        (format!("postgresql://ann@{in_url}:{port}"), none.to_vec()),
        (format!("postgresql:///ann?host={in_url}&port={port}&user=ann"), none.to_vec()),
        (format!("host={socket},localhost port=1,{port} user=ann password={word}"), none.to_vec()),
        (format!("host=localhost,localhost port={port} user=ann password={word}"), none.to_vec()),
        (format!("host=a,b,c port={port},{port} user=ann"), none.to_vec()),
        (format!("host=nowhere.invalid hostaddr=127.0.0.1 port={port} user=ann password={word}"), none.to_vec()),
        (format!("host=a,b hostaddr=127.0.0.1 port={port} user=ann password={word}"), none.to_vec()),
        (format!("hostaddr=127.0.0.1 port={port} user=ann password={word}"), none.to_vec()),
        (format!("hostaddr=localhost port={port} user=ann password={word}"), none.to_vec()),
        (format!("host={socket} port={port}"), none.to_vec()),
        (format!("host={socket} port={port} dbname=postgres user=nobody"), none.to_vec()),
        (String::new(), base.to_vec()),
        ("postgres://".to_owned(), base.to_vec()),
        ("dbname=\"it's:one\"".to_owned(), base.to_vec()),
        ("user=\"b:o\" dbname=ann".to_owned(), base.to_vec()),
        ("dbname=postgres".to_owned(), [&base[..], &[("PGDATABASE", "ann")]].concat()),
        ("host=".to_owned(), base.to_vec()),
        ("user= dbname=ann".to_owned(), base.to_vec()),
        ("password=wrong".to_owned(), base.to_vec()),
        ("password=".to_owned(), base.to_vec()),
        ("application_name='my app'".to_owned(), base.to_vec()),
        ("options='-c work_mem=77kB'".to_owned(), base.to_vec()),
        ("postgres://?options=-c%20work_mem%3D77kB".to_owned(), base.to_vec()),
        ("options='-c nothing_such=1'".to_owned(), base.to_vec()),
        (
            "connect_timeout=5 keepalives=1 keepalives_idle=10 keepalives_interval=10 keepalives_count=3 tcp_user_timeout=1000"
                .to_owned(),
            base.to_vec(),
        ),
        ("connect_timeout=abc".to_owned(), base.to_vec()),
        ("port=0".to_owned(), base.to_vec()),
        ("port=70000".to_owned(), base.to_vec()),
        ("port=x".to_owned(), base.to_vec()),
        ("sslmode=REQUIRE".to_owned(), base.to_vec()),
        ("sslmode=".to_owned(), base.to_vec()),
        ("nothing=1".to_owned(), base.to_vec()),
        ("timezone=UTC".to_owned(), base.to_vec()),
        ("gssencmode=prefer krbsrvname=x gsslib=gssapi".to_owned(), base.to_vec()),
        ("client_encoding=UTF8 sslcompression=0 replication=false".to_owned(), base.to_vec()),
        ("channel_binding=perhaps".to_owned(), base.to_vec()),
        ("target_session_attrs=perhaps".to_owned(), base.to_vec()),
        ("ssl_min_protocol_version=tlsv1.3 ssl_max_protocol_version=TLSv1.2".to_owned(), base.to_vec()),
        ("ssl_min_protocol_version=tlsv1.3".to_owned(), base.to_vec()),
    ];
    for (text, variables) in &cases {
        let outcome = compare(text, &server.around(variables), &mut differences);
        *(if outcome.is_ok() { &mut connected } else { &mut refused }) += 1;
    }
    for (name, value) in [
        ("PGDATABASE", "it's:one"),
        ("PGOPTIONS", "-c work_mem=88kB"),
        ("PGAPPNAME", "of the environment"),
        ("PGTZ", "Asia/Tokyo"),
        ("PGTZ", "Nowhere/At all"),
        ("PGDATESTYLE", "ISO, DMY"),
        ("PGSSLMODE", "disable"),
        ("PGSSLMODE", "sometimes"),
        ("PGREQUIRESSL", "1"),
        ("PGCONNECT_TIMEOUT", "5"),
        ("PGPORT", ""),
        ("PGHOSTADDR", "127.0.0.1"),
        ("PGTARGETSESSIONATTRS", "read-only"),
        ("PGGSSENCMODE", "require"),
        ("PGCHANNELBINDING", "require"),
        ("PGSSLROOTCERT", &server.certificates.path("root.crt").display().to_string()),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.3"),
    ] {
        let around = server.around(&[&base[..], &[(name, value)]].concat());
        let outcome = compare("", &around, &mut differences);
        *(if outcome.is_ok() { &mut connected } else { &mut refused }) += 1;
    }
    for wanted in ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] {
        for options in ["", " options='-c default_transaction_read_only=on'"] {
            drop(compare(&format!("target_session_attrs={wanted}{options}"), &server.around(&base), &mut differences));
        }
    }
    verdict(&differences, connected, refused)
}

pub fn password_files() -> Result<(), String> {
    let server = Server::start("passwords")?;
    server.set(Some("good"), &["host all all all scram-sha-256"])?;
    let port = server.port;
    let right = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    let file = server.home().join(".pgpass");
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    for (text, mode) in [
        (format!("localhost:{port}:ann:ann:{right}\n"), 0o600),
        (format!("localhost:{port}:ann:ann:{right}\n"), 0o640),
        (format!("localhost:{port}:ann:ann:{right}\n"), 0o604),
        (format!("localhost:{port}:ann:ann:{right}\n"), 0o400),
        (format!("# a remark\n\n*:*:*:*:{right}"), 0o600),
        (format!("other:*:*:*:x\nlocalhost:1:*:*:x\n*:*:other:*:x\n*:*:*:other:x\nlocalhost:*:*:ann:{right}:more\r\n"), 0o600),
        (format!("*:*:*:*:wrong\n*:*:*:*:{right}\n"), 0o600),
        (format!("*:*:it's\\:one:b\\:o:{right}\n"), 0o600),
        ("*:*:*:*:\n".to_owned(), 0o600),
        ("*:*:*\n".to_owned(), 0o600),
        (format!("127.0.0.1:*:*:*:{right}\n"), 0o600),
    ] {
        std::fs::write(&file, &text).map_err(|error| error.to_string())?;
        set_mode(&file, mode)?;
        for (host, user, database) in
            [("host=localhost", "ann", "ann"), ("hostaddr=127.0.0.1", "ann", "ann"), ("host=localhost", "'b:o'", "'it\\'s:one'")]
        {
            let text = format!("{host} port={port} user={user} dbname={database}");
            let before = differences.len();
            let outcome = compare(&text, &server.around(&[]), &mut differences);
            *(if outcome.is_ok() { &mut connected } else { &mut refused }) += 1;
            if let Some(found) = differences.get_mut(before) {
                found.insert_str(0, &format!("[{} {mode:o}] ", std::fs::read_to_string(&file).unwrap_or_default()));
            }
            set_mode(&file, mode)?;
        }
    }
    // Another file, by a variable and by a parameter; a password that is said comes first.
    let other = server.folder.join("other pass");
    std::fs::write(&other, format!("*:*:*:*:{right}\n")).map_err(|error| error.to_string())?;
    set_mode(&other, 0o600)?;
    std::fs::write(&file, "*:*:*:*:wrong\n").map_err(|error| error.to_string())?;
    set_mode(&file, 0o600)?;
    let (other, folder) = (other.display().to_string(), server.folder.display().to_string());
    for (more, variables) in [
        (String::new(), vec![("PGPASSFILE", other.as_str())]),
        (String::new(), vec![("PGPASSFILE", folder.as_str())]),
        (String::new(), vec![("PGPASSFILE", "/nowhere/at/all")]),
        (format!(" passfile='{other}'"), vec![]),
        (" passfile=''".to_owned(), vec![]),
        (" password=wrong".to_owned(), vec![("PGPASSFILE", other.as_str())]),
        (String::new(), vec![("PGPASSWORD", "wrong"), ("PGPASSFILE", other.as_str())]),
        (String::new(), vec![("PGPASSWORD", ""), ("PGPASSFILE", other.as_str())]),
    ] {
        let text = format!("host=localhost port={port} user=ann{more}");
        let outcome = compare(&text, &server.around(&variables), &mut differences);
        *(if outcome.is_ok() { &mut connected } else { &mut refused }) += 1;
    }
    verdict(&differences, connected, refused)
}

pub fn services() -> Result<(), String> {
    let server = Server::start("services")?;
    server.set(Some("good"), &["host all all all scram-sha-256"])?;
    let port = server.port;
    let own = server.home().join(".pg_service.conf");
    let write = |path: &std::path::Path, text: String| std::fs::write(path, text).map_err(|error| error.to_string());
    write(
        &own,
        format!(
            "# mine\n[a]\nhost=localhost\nport={port}\nuser=ann\npassword={PASSWORD}\n\n[b]\n  host=localhost\nport={port}\nuser=plain\nuser=ann\ndbname=it's:one \npassword={PASSWORD}\n[wrong]\nnothing=1\n[nested]\nservice=a\n[line]\nhost\n[empty]\n"
        ),
    )?;
    let (folder, other) = (server.folder.join("system"), server.folder.join("other.conf"));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    write(
        &folder.join("pg_service.conf"),
        format!("[a]\nhost=nowhere.invalid\n[system]\nhost=localhost\nport={port}\nuser=ann\npassword={PASSWORD}\n"),
    )?;
    write(&other, format!("[other]\nhost=localhost\nport={port}\nuser=ann\npassword={PASSWORD}\n"))?;
    let (folder, other) = (folder.display().to_string(), other.display().to_string());
    let system = ("PGSYSCONFDIR", folder.as_str());
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    let port_text = port.to_string();
    for (text, variables) in [
        ("service=a", vec![]),
        ("service=b", vec![]),
        ("postgres://?service=b", vec![]),
        ("postgres:///ann?service=b", vec![]),
        ("service=b user=plain", vec![]),
        ("", vec![("PGSERVICE", "b")]),
        ("service=a", vec![("PGSERVICE", "none")]),
        ("service=a", vec![("PGHOST", "nowhere.invalid"), ("PGPASSWORD", "wrong"), ("PGDATABASE", "it's:one")]),
        ("service=wrong", vec![]),
        ("service=nested", vec![]),
        ("service=line", vec![]),
        ("service=empty user=ann", vec![("PGHOST", "localhost"), ("PGPORT", port_text.as_str()), ("PGPASSWORD", PASSWORD)]),
        ("service=none", vec![system]),
        ("service=system", vec![system]),
        ("service=a", vec![system]),
        ("service=other", vec![("PGSERVICEFILE", other.as_str())]),
        ("service=a", vec![("PGSERVICEFILE", other.as_str())]),
        ("service=system", vec![("PGSERVICEFILE", other.as_str()), system]),
        ("service=a", vec![("PGSERVICEFILE", "/nowhere/at/all")]),
    ] {
        let outcome = compare(text, &server.around(&variables), &mut differences);
        *(if outcome.is_ok() { &mut connected } else { &mut refused }) += 1;
    }
    verdict(&differences, connected, refused)
}
