//! Settings that every role may change, at odd values. In: what pg_settings lists. Out: SET commands.

use super::names::{Names, Setting};
use crate::random::Random;

/// What is not a format or a plan: who acts, what ends a statement or a session, what fills a log, what has ways of speaking of its own.
const LEFT_OUT: [&str; 22] = [
    "role",
    "session_authorization",
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "transaction_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "client_connection_check_interval",
    "default_transaction_read_only",
    "transaction_read_only",
    "transaction_isolation",
    "transaction_deferrable",
    "client_min_messages",
    "log_parameter_max_length_on_error",
    "jit",
    "jit_above_cost",
    "jit_inline_above_cost",
    "jit_optimize_above_cost",
    "max_stack_depth",
    "temp_buffers",
    "exit_on_error",
];

/// Texts that settings may be.
const TEXTS: [(&str, &[&str]); 12] = [
    ("DateStyle", &["German, DMY", "SQL, MDY", "Postgres, YMD", "ISO, DMY"]),
    ("TimeZone", &["Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "XYZ-13:45"]),
    ("timezone_abbreviations", &["Australia", "India"]),
    ("client_encoding", &["SQL_ASCII", "LATIN1"]),
    ("default_text_search_config", &["pg_catalog.german", "pg_catalog.simple"]),
    ("lc_monetary", &["C"]),
    ("lc_numeric", &["C"]),
    ("lc_time", &["C"]),
    ("application_name", &["'; SELECT 1; --", "rowgate"]),
    ("temp_tablespaces", &["", "pg_default"]),
    ("default_tablespace", &["pg_default"]),
    ("default_table_access_method", &["heap"]),
];

/// Half of all settings, and some of the project's own prefix.
pub fn prepare(random: &mut Random, names: &Names) -> Vec<String> {
    let mut commands = Vec::new();
    let parallel = random.below(6) == 0;
    for setting in &names.settings {
        let slow = setting.name == "force_parallel_mode" || setting.name.starts_with("debug_");
        if LEFT_OUT.contains(&setting.name.as_str()) || setting.name.starts_with("trace_") || (slow && !parallel) {
            continue;
        }
        if random.below(2) == 0 {
            commands.extend(
                odd(random, setting).map(|value| format!("SET {} = {}", setting.name, rowgate::objects::quote::literal(&value))),
            );
        }
    }
    if parallel {
        commands.extend(
            ["parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"].map(|name| format!("SET {name} = 0")),
        );
        commands.push("SET debug_parallel_query = on".to_owned());
        commands.push("SET force_parallel_mode = on".to_owned());
    }
    for (name, value) in
        [("rowgate.role", "none"), ("rowgate.identity", "1"), ("rowgate.bypass", "on"), ("rowgate_lookup.sees", "all")]
    {
        commands.push(format!("SET {name} = '{value}'"));
    }
    commands
}

/// Compiles all expressions, which takes long.
pub fn compiled(_: &mut Random, _: &Names) -> Vec<String> {
    ["SET jit = on", "SET jit_above_cost = 0"].map(str::to_owned).to_vec()
}

/// A value that the setting has not now.
fn odd(random: &mut Random, setting: &Setting) -> Option<String> {
    match setting.kind.as_str() {
        // Row security that is off makes every statement an error, which is a case of its own.
        "bool" if setting.name == "row_security" && random.below(8) > 0 => None,
        "bool" => Some(if setting.current == "on" { "off" } else { "on" }.to_owned()),
        "enum" => setting.values.get(random.below(setting.values.len())).cloned(),
        // Many generations are seconds for each plan.
        "integer" if setting.name.starts_with("geqo") => Some("2".to_owned()),
        "integer" | "real" => Some(if random.below(2) == 0 { &setting.least } else { &setting.most }.clone()),
        _ => {
            let (_, texts) = TEXTS.iter().find(|(name, _)| *name == setting.name)?;
            Some(texts[random.below(texts.len())].to_owned())
        }
    }
}
