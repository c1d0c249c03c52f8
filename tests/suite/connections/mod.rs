//! Connections: each case is asked of psql too, on the same server and in the same environment, and both connect or neither does.

mod certificates;
mod messages;
mod pooler;
mod server;
mod texts;

use libtest_mimic::Trial;

use crate::trial;
pub use server::free_port;
use server::{PASSWORD, Server, compare};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("connections::modes_of_tls_do_as_in_psql", modes),
        trial("connections::certificates_are_taken_as_in_psql", roots),
        trial("connections::clients_show_certificates_as_in_psql", clients),
        trial("connections::strings_and_variables_mean_what_they_mean_to_psql", texts::strings),
        trial("connections::password_files_are_read_as_in_psql", texts::password_files),
        trial("connections::services_are_read_as_in_psql", texts::services),
        trial("connections::errors_say_what_to_do", messages::errors),
        trial("connections::no_message_has_a_password", messages::passwords),
        trial("connections::a_server_that_says_nothing_is_left", messages::silence),
        trial("connections::commands_use_them", messages::commands),
        trial("connections::through_a_pooler", pooler::through),
    ]
}

const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

fn verdict(differences: &[String], connected: usize, refused: usize) -> Result<(), String> {
    if !differences.is_empty() {
        return Err(format!("{} differences:\n{}", differences.len(), differences.join("\n")));
    }
    // A comparison of nothing but refusals would show nothing.
    if connected < 3 || refused < 3 { Err(format!("{connected} connect, {refused} do not")) } else { Ok(()) }
}

/// Each mode on servers with TLS and without, that insist on it, and that refuse it.
fn modes() -> Result<(), String> {
    let server = Server::start("modes")?;
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    let around = server.around(&[("PGPASSWORD", PASSWORD)]);
    for (certificate, line) in [
        (None, "host all all all scram-sha-256"),
        (Some("good"), "host all all all scram-sha-256"),
        (Some("good"), "host all all all trust"),
        (Some("good"), "host all all all md5"),
        (Some("good"), "hostssl all all all scram-sha-256"),
        (Some("good"), "hostnossl all all all scram-sha-256"),
        (Some("good"), "host all all all reject"),
    ] {
        server.set(certificate, &[line])?;
        for mode in MODES {
            for more in
                ["", " channel_binding=require", " channel_binding=disable", " ssl_max_protocol_version=TLSv1.2", " sslsni=0"]
            {
                for host in ["localhost", "127.0.0.1", &server.socket().display().to_string()] {
                    // The name of the host has no part in what else is said.
                    if host != "localhost" && !more.is_empty() {
                        continue;
                    }
                    let text = format!("host={host} port={} user=ann sslmode={mode}{more}", server.port);
                    let root = server.certificates.path("root.crt");
                    let text = if mode.starts_with("verify") { format!("{text} sslrootcert={}", root.display()) } else { text };
                    let before = differences.len();
                    match compare(&text, &around, &mut differences) {
                        Ok(_) => connected += 1,
                        Err(_) => refused += 1,
                    }
                    if let Some(found) = differences.get_mut(before) {
                        found.insert_str(0, &format!("[{certificate:?} {line}] "));
                    }
                }
            }
        }
    }
    verdict(&differences, connected, refused)
}

/// Each kind of certificate against each file of roots.
fn roots() -> Result<(), String> {
    let server = Server::start("roots")?;
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    let around = server.around(&[("PGPASSWORD", PASSWORD)]);
    for certificate in certificates::SERVERS {
        server.set(Some(certificate), &["hostssl all all all scram-sha-256"])?;
        for root in ["", "root.crt", "other.crt", "impostor.crt", "itself.crt", "good.crt", "old.crt"] {
            for mode in ["prefer", "require", "verify-ca", "verify-full"] {
                for (host, more) in
                    [("localhost", ""), ("127.0.0.1", ""), ("db.localhost", " hostaddr=127.0.0.1"), ("", " hostaddr=127.0.0.1")]
                {
                    if host != "localhost" && !mode.starts_with("verify") {
                        continue;
                    }
                    let mut text = format!("host='{host}' port={} user=ann sslmode={mode}{more}", server.port);
                    if !root.is_empty() {
                        text.push_str(&format!(" sslrootcert={}", server.certificates.path(root).display()));
                    }
                    let before = differences.len();
                    match compare(&text, &around, &mut differences) {
                        Ok(_) => connected += 1,
                        Err(_) => refused += 1,
                    }
                    if let Some(found) = differences.get_mut(before) {
                        found.insert_str(0, &format!("[{certificate}] "));
                    }
                }
            }
        }
    }
    server.set(Some("good"), &["hostssl all all all scram-sha-256"])?;
    for (list, root) in [("none.crl", "root.crt"), ("revoked.crl", "root.crt"), ("revoked.crl", ""), ("root.crt", "root.crt")] {
        let path = |name: &str| server.certificates.path(name).display().to_string();
        let root = if root.is_empty() { String::new() } else { format!(" sslrootcert={}", path(root)) };
        let text = format!("host=localhost port={} user=ann sslmode=require sslcrl={}{root}", server.port, path(list));
        drop(compare(&text, &around, &mut differences));
    }
    // What stands in the home folder counts without being named.
    let home = server.home().join(".postgresql/root.crt");
    for root in ["root.crt", "other.crt"] {
        std::fs::copy(server.certificates.path(root), &home).map_err(|error| error.to_string())?;
        for mode in MODES {
            drop(compare(&format!("host=localhost port={} user=ann sslmode={mode}", server.port), &around, &mut differences));
        }
    }
    verdict(&differences, connected, refused)
}

/// A server that asks for certificates.
fn clients() -> Result<(), String> {
    let server = Server::start("clients")?;
    let (mut differences, mut connected, mut refused) = (Vec::new(), 0, 0);
    let path = |name: &str| server.certificates.path(name).display().to_string();
    let open = server.certificates.path("open.key");
    std::fs::copy(server.certificates.path("ann.key"), &open).map_err(|error| error.to_string())?;
    certificates::set_mode(&open, 0o644)?;
    for lines in [
        &["hostssl all all all cert"][..],
        &["hostssl all all all scram-sha-256 clientcert=verify-full"],
        &["hostssl all all all scram-sha-256 clientcert=verify-ca"],
        &["hostssl all all all scram-sha-256"],
    ] {
        server.set(Some("good"), lines)?;
        for version in ["TLSv1.2", "TLSv1.3"] {
            for (certificate, key) in [
                ("ann", "ann"),
                ("mallory", "mallory"),
                ("ann", "mallory"),
                ("ann", "open"),
                ("ann", "missing"),
                ("missing", "ann"),
                ("root", "ann"),
            ] {
                for user in ["ann", "plain"] {
                    let text = format!(
                        "host=localhost port={} user={user} dbname=ann sslmode=require sslcert={} sslkey={} ssl_max_protocol_version={version}",
                        server.port,
                        path(&format!("{certificate}.crt")),
                        path(&format!("{key}.key"))
                    );
                    match compare(&text, &server.around(&[("PGPASSWORD", PASSWORD)]), &mut differences) {
                        Ok(_) => connected += 1,
                        Err(_) => refused += 1,
                    }
                }
            }
        }
    }
    verdict(&differences, connected, refused)
}
