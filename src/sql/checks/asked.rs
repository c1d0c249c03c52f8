//! The query of the last step as somebody asks it who does not deploy: a session of the application. In: the expressions that every project has.
//! Out: the same, where who asks counts for nothing, and where nothing needs the right to a schema.

/// A script is run by who deploys. For others, these are the owners of the schemas of what is generated.
const DEPLOYING: [&str; 2] = [
    "SELECT oid FROM server_role WHERE rolname IN (current_user, session_user)",
    "SELECT namespace.nspowner FROM own_schema JOIN pg_namespace AS namespace ON namespace.nspname = own_schema.name",
];

/// Names of functions are looked up in schemas that may be closed to who asks.
const FUNCTIONS: [&str; 2] = [
    "SELECT to_regprocedure(signature)::oid AS function, function_made.* FROM function_made",
    "SELECT known.oid AS function, function_made.* FROM function_made
  CROSS JOIN LATERAL (
    SELECT left(signature, strpos(signature, '(') - 1), coalesce(string_agg(to_regtype(type)::oid::text, ' ' ORDER BY place), '')
    FROM unnest(string_to_array(substr(left(signature, -1), strpos(signature, '(') + 1), ', ')) WITH ORDINALITY AS argument (type, place)
  ) AS wanted (name, types)
  LEFT JOIN (
    SELECT function.oid, format('%I.%I', namespace.nspname, function.proname), function.proargtypes::text
    FROM pg_proc AS function
    JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
    JOIN own_schema ON own_schema.name = namespace.nspname
  ) AS known (oid, name, types) ON known.name = wanted.name AND known.types = wanted.types",
];

/// The expressions for a session of the application.
pub(super) fn by_a_session(expressions: &str) -> String {
    [DEPLOYING, FUNCTIONS]
        .iter()
        .fold(expressions.to_owned(), |text, [of_deployer, of_session]| text.replace(of_deployer, of_session))
}

#[cfg(test)]
mod tests {
    use super::{DEPLOYING, FUNCTIONS};
    use crate::sql::checks::shared::EXPRESSIONS;

    /// Whoever rewrites one of them has to say what it is for a session.
    #[test]
    fn what_is_replaced_is_there() {
        for [of_deployer, _] in [DEPLOYING, FUNCTIONS] {
            assert_eq!(EXPRESSIONS.matches(of_deployer).count(), 1, "{of_deployer}");
        }
    }
}
