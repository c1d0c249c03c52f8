//! Settings by which a session could switch triggers off, and the zone that days are counted in.

use super::constants::{Constants, list};
use super::{Check, quote};
use crate::model::Model;

pub(super) const CHECKS: &[Check] = &[GRANTED, SET, WHO, ZONE];

/// From version 15, the right to set a parameter can be granted; as `replica`, ordinary triggers do not fire.
const GRANTED: Check = Check {
    about: "Who may set session_replication_role, which switches triggers off.",
    query: r"
  SELECT grantee.name, 'may set session_replication_role, which switches triggers off',
    format('REVOKE SET ON PARAMETER session_replication_role FROM %s', grantee.name), true
  FROM pg_parameter_acl AS parameter
  CROSS JOIN LATERAL aclexplode(parameter.paracl) AS entry
  JOIN grantee ON grantee.oid = entry.grantee
  WHERE parameter.parname = 'session_replication_role' AND entry.privilege_type = 'SET'
    AND entry.grantee IN (SELECT audience.grantee FROM audience)",
};

const SET: Check = Check {
    about: "Sessions that begin with triggers switched off.",
    query: r"
  SELECT coalesce(quote_ident(role.rolname), 'every role'), 'begins its sessions with session_replication_role set, which switches triggers off',
    CASE WHEN given.setrole = 0 AND given.setdatabase <> 0 THEN format('ALTER DATABASE %I RESET session_replication_role', current_database())
      ELSE concat('ALTER ROLE ', coalesce(quote_ident(role.rolname), 'ALL'),
        CASE WHEN given.setdatabase <> 0 THEN format(' IN DATABASE %I', current_database()) END, ' RESET session_replication_role') END,
    true
  FROM pg_db_role_setting AS given
  CROSS JOIN LATERAL unnest(given.setconfig) AS setting
  LEFT JOIN server_role AS role ON role.oid = given.setrole
  WHERE setting LIKE 'session\_replication\_role=%' AND setting <> 'session_replication_role=origin'
    AND (given.setrole = 0 OR given.setrole IN (SELECT role FROM reached))
    AND (given.setdatabase = 0 OR given.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))",
};

/// Each such session would be somebody before the application says who: whoever forgets to say it is that user.
const WHO: Check = Check {
    about: "Sessions that begin as somebody, before the application says who it is.",
    query: r"
  SELECT coalesce(quote_ident(role.rolname), 'every role'), format('begins its sessions with %s set to %L: without another word, it is taken for whom that names', told.name, told.value),
    CASE WHEN given.setrole = 0 AND given.setdatabase <> 0 THEN format('ALTER DATABASE %I RESET %s', current_database(), told.as_sql)
      ELSE concat('ALTER ROLE ', coalesce(quote_ident(role.rolname), 'ALL'),
        CASE WHEN given.setdatabase <> 0 THEN format(' IN DATABASE %I', current_database()) END, ' RESET ', told.as_sql) END,
    false
  FROM pg_db_role_setting AS given
  CROSS JOIN LATERAL unnest(given.setconfig) AS setting
  CROSS JOIN LATERAL (SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1),
    (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(split_part(setting, '=', 1), '.')) AS part)) AS told (name, value, as_sql)
  JOIN session_setting ON lower(session_setting.name) = lower(told.name) AND told.value <> ''
  LEFT JOIN server_role AS role ON role.oid = given.setrole
  WHERE (given.setrole = 0 OR given.setrole IN (SELECT login FROM acting))
    AND (given.setdatabase = 0 OR given.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))",
};

/// The view is read only where there is a zone to look for: it takes a tenth of a second. (What could be an abbreviation, which a client may
/// redefine, is refused when the configuration is read.)
const ZONE: Check = Check {
    about: "The time zone that days are counted in.",
    query: r"
  SELECT quote_literal(zone.name), 'there is no such time zone on this server: every query that asks for a day would fail', NULL, true
  FROM zone
  WHERE NOT zone.name = ANY (ARRAY(SELECT known.name FROM pg_timezone_names AS known))",
};

/// The settings by which a session says who it is.
pub(super) fn of_sessions(model: &Model) -> Constants {
    let rows = model.session_settings().into_iter().map(|name| vec![quote::literal(name)]);
    list("session_setting", &[("name", "text")], rows.collect())
}
