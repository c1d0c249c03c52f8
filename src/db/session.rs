//! Being somebody else for the length of a transaction, as the application would be.

use postgres::Transaction;
use postgres::error::SqlState;

use super::DatabaseError;
use crate::catalog::{QualifiedName, Table};
use crate::model::{AttributeSource, ClaimPath, ClaimsSource, Model, Provider};
use crate::objects::quote::{identifier, literal};
use crate::scenario::{Actor, insert_claim, plain_text};

/// Becomes the actor until the end of the transaction. `sign_in` is the SQL that signs somebody in, `{identity}` standing for who, where the
/// provider is a function of the project.
pub(super) fn act(
    transaction: &mut Transaction<'_>,
    model: &Model,
    sign_in: Option<&str>,
    actor: &Actor,
) -> Result<(), DatabaseError> {
    transaction.batch_execute(&acting(model, sign_in, actor))
}

/// The statements that do so.
pub(super) fn acting(model: &Model, sign_in: Option<&str>, actor: &Actor) -> String {
    let mut script = String::new();
    let mut set = |name: &str, value: &str| {
        script.push_str(&format!("SELECT set_config({}, {}, true);\n", literal(name), literal(value)));
    };
    let identity = actor.identity.as_ref().map(plain_text).unwrap_or_default();
    let mut claims = actor.claims.clone();
    if let Provider::Setting(name) = &model.identity.provider {
        set(name, &identity);
    }
    if !identity.is_empty() {
        let subject = match &model.identity.provider {
            Provider::Supabase | Provider::Neon => vec!["sub".to_owned()],
            Provider::Postgrest(ClaimPath(steps)) => steps.clone(),
            _ => Vec::new(),
        };
        insert_claim(&mut claims, &subject, identity.as_str().into());
    }
    for attribute in &model.attributes {
        if let AttributeSource::Setting(name) = &attribute.source {
            set(name, actor.settings.get(name).map_or("", String::as_str));
        }
    }
    // What rules know no name of may be asked all the same, by SQL.
    let is_declared =
        |name: &str| model.attributes.iter().any(|one| matches!(&one.source, AttributeSource::Setting(own) if own == name));
    for (name, value) in actor.settings.iter().filter(|(name, _)| !is_declared(name)) {
        set(name, value);
    }
    let text = if claims.is_empty() { String::new() } else { serde_json::Value::Object(claims).to_string() };
    match (&model.identity.claims, &model.identity.provider) {
        (Some(ClaimsSource::Setting(name)), _) => set(name, &text),
        (_, Provider::Supabase | Provider::Neon) => set("request.jwt.claims", &text),
        _ => {}
    }
    if let (Provider::Function(_), Some(sign_in)) = (&model.identity.provider, sign_in) {
        script.push_str(&format!("{};\n", sign_in.replace("{identity}", &literal(&identity))));
    }
    if model.identity.provider == Provider::DatabaseUser && !identity.is_empty() {
        script.push_str(&format!("SET LOCAL SESSION AUTHORIZATION {};\n", identifier(&identity)));
    }
    script.push_str(&format!("SET LOCAL ROLE {}", identifier(actor.database_role(model))));
    script
}

/// Where the application reads a table: in its masking view, if there is one.
///
/// The catalog is asked by names: a login that does not inherit the application's roles may not use the schema before it acts as one.
pub(super) fn source(transaction: &mut Transaction<'_>, model: &Model, table: &Table) -> Result<QualifiedName, DatabaseError> {
    if let Some(masking) = &model.masking {
        let view = QualifiedName::new(masking.schema.as_str(), table.name.name.as_str());
        let is_there = format!("SELECT {} IS NOT NULL", relation(&view));
        if transaction.query_one(&is_there, &[])?.get(0) {
            return Ok(view);
        }
    }
    Ok(table.name.clone())
}

/// The number of a relation as SQL, NULL where there is none.
pub(super) fn relation(name: &QualifiedName) -> String {
    format!(
        "(SELECT class.oid FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         WHERE namespace.nspname = {} AND class.relname = {})",
        literal(&name.schema),
        literal(&name.name)
    )
}

/// Whether the server refused for want of a right, be it a policy's or a grant's.
pub(super) fn is_denial(error: &DatabaseError) -> bool {
    error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
}

/// Whether a right to something is missing. A policy and a function that refuses have the same code, and no language of messages says which it is: the server's function does.
pub(super) fn is_forbidden(error: &DatabaseError) -> bool {
    is_denial(error)
        && error.as_db_error().and_then(|said| said.routine()).is_some_and(|routine| routine.starts_with("aclcheck_error"))
}

/// Whether a constraint is violated: the class of its SQLSTATE (manual appendix A).
pub(super) fn is_violation(error: &DatabaseError) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("23"))
}
