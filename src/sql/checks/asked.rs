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

/// So are views and windows.
const VIEWS: [&str; 2] = [
    "to_regclass(made.name)",
    "(
    SELECT named.oid FROM pg_class AS named JOIN pg_namespace AS namespace ON namespace.oid = named.relnamespace
    WHERE named.relname = (parse_ident(made.name))[2] AND namespace.nspname = (parse_ident(made.name))[1])",
];

const WINDOWS: [&str; 2] = [
    "function.oid = to_regprocedure(shown.signature)",
    "function.oid IN (SELECT own_function.function FROM own_function WHERE own_function.signature = shown.signature)",
];

/// Expressions or a check for a session of the application.
pub(super) fn by_a_session(text: &str) -> String {
    let replaced = [DEPLOYING, FUNCTIONS, VIEWS, WINDOWS];
    replaced.iter().fold(text.to_owned(), |text, [of_deployer, of_session]| text.replace(of_deployer, of_session))
}

#[cfg(test)]
mod tests {
    use super::{DEPLOYING, FUNCTIONS, VIEWS, WINDOWS, by_a_session};
    use crate::sql::checks::CHECKS;
    use crate::sql::checks::shared::EXPRESSIONS;

    /// Whoever rewrites one of them has to say what it is for a session.
    #[test]
    fn what_is_replaced_is_there() {
        let checks = || CHECKS.iter().copied().flatten().map(|check| check.query);
        for ([of_deployer, _], count) in [(DEPLOYING, 1), (FUNCTIONS, 1), (VIEWS, 2), (WINDOWS, 2)] {
            let found: usize = checks().chain([EXPRESSIONS]).map(|text| text.matches(of_deployer).count()).sum();
            assert_eq!(found, count, "{of_deployer}");
        }
    }

    /// PostgreSQL looks a name up only for who may use its schema.
    #[test]
    fn a_session_looks_no_name_up() {
        let checks = CHECKS.iter().copied().flatten().map(|check| check.query);
        for text in checks.chain([EXPRESSIONS]).map(by_a_session) {
            for function in ["to_regclass(", "to_regproc(", "to_regprocedure("] {
                assert!(!text.contains(function), "{function} in {text}");
            }
        }
    }
}
