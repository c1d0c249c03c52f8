-- Look-ups take the identity as an argument, or read it; whoever could call one with another's would read what the other one may. Tried by
-- name, prepared, in a view, in functions with a text and a parsed body, as an operator, an aggregate, a default, over the search_path.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
CREATE SCHEMA playground AUTHORIZATION {attacker};

--> superuser sees
SELECT count(*) > 0 FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND prosecdef;
--= t

--> attacker sees
CREATE FUNCTION pg_temp.tried() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  one record;
  way text;
BEGIN
  FOR one IN
    SELECT format('rowgate.%I', proname) AS name, proname, prorettype::regtype AS result,
      (SELECT string_agg(format('NULL::%s', t::regtype), ', ') FROM unnest(proargtypes) AS t) AS arguments,
      (SELECT string_agg(t::regtype::text, ', ') FROM unnest(proargtypes) AS t) AS types,
      (proargtypes::oid[])[0]::regtype AS first
    FROM pg_catalog.pg_proc WHERE pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'rowgate') AND prosecdef
  LOOP
    FOREACH way IN ARRAY ARRAY[
      format('SELECT %s(%s)', one.name, one.arguments),
      format('PREPARE p AS SELECT %s(%s)', one.name, one.arguments),
      format('CREATE VIEW playground.v AS SELECT %s(%s)', one.name, one.arguments),
      format('CREATE FUNCTION playground.f() RETURNS %s LANGUAGE sql BEGIN ATOMIC SELECT %s(%s); END', one.result, one.name, one.arguments),
      format('CREATE FUNCTION playground.g() RETURNS %s LANGUAGE sql AS %L', one.result, format('SELECT %s(%s)', one.name, one.arguments)),
      format('CREATE OPERATOR playground.@@@ (RIGHTARG = %s, FUNCTION = %s)', coalesce(one.first, 'integer'::regtype), one.name),
      format('CREATE AGGREGATE playground.a (%s) (SFUNC = %s, STYPE = %s)', coalesce(one.types, '*'), one.name, one.result),
      format('CREATE TABLE playground.t (x integer DEFAULT (%s(%s) IS NULL)::integer)', one.name, one.arguments),
      format('ALTER FUNCTION %s(%s) SECURITY INVOKER', one.name, one.types),
      'SET search_path = rowgate, public'
    ] LOOP
      BEGIN
        EXECUTE way;
        IF way LIKE 'SET %' THEN EXECUTE format('SELECT %I(%s)', one.proname, one.arguments); END IF;
        RETURN NEXT way;
      EXCEPTION WHEN insufficient_privilege OR undefined_function THEN NULL;
      END;
    END LOOP;
  END LOOP;
  RETURN NEXT 'tried';
END $$;
SELECT * FROM pg_temp.tried();
--= tried

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
