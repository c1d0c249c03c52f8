//! Taking away what the application may use.

use super::quote;
use super::template::fill;

/// Takes away what the application may use, a view or a function. What a session has made of it for itself goes with it, or it could stop every
/// deployment; what else uses it is somebody's, and is named.
pub(super) fn drop_used(word: &str, catalog: &str, as_type: &str, name: &str) -> Vec<String> {
    let catalog = quote::literal(&format!("pg_catalog.{catalog}"));
    // Of what is gone there is no number, and nothing uses it.
    let object = format!("to_{as_type}({})", quote::literal(name));
    let body = fill(USED, &[("catalog", &catalog), ("object", &object)]);
    vec![format!("DO {}", quote::dollar(&body)), format!("DROP {word} {name} CASCADE")]
}

const USED: &str = "DECLARE
  used text;
BEGIN
  WITH RECURSIVE users (class, object) AS (
    SELECT @catalog@::regclass::oid, @object@::oid
    UNION
    SELECT CASE depend.classid WHEN 'pg_rewrite'::regclass THEN 'pg_class'::regclass ELSE depend.classid END,
      coalesce(rewrite.ev_class, depend.objid)
    FROM users
    JOIN pg_depend AS depend ON depend.refclassid = users.class AND depend.refobjid = users.object AND depend.deptype IN ('n', 'a')
    LEFT JOIN pg_rewrite AS rewrite ON depend.classid = 'pg_rewrite'::regclass AND rewrite.oid = depend.objid
  )
  SELECT string_agg(pg_describe_object(class, object, 0), ', ')
  INTO used
  FROM users
  WHERE object <> @object@::oid
    AND NOT EXISTS (
      SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE class = 'pg_class'::regclass AND pg_class.oid = object AND nspname LIKE 'pg\\_temp\\_%');
  IF used IS NOT NULL THEN
    RAISE EXCEPTION '% is used by %', @object@, used
      USING HINT = 'Drop what uses it, apply, and make it again.';
  END IF;
END";
