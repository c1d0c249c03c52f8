CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE SEQUENCE numbers;
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number integer DEFAULT nextval('numbers'), owner_id integer REFERENCES users, body text,
  pinned boolean DEFAULT false, state text DEFAULT 'draft', rank integer, day timestamptz DEFAULT date_trunc('day', now()), made_at timestamptz(0) DEFAULT now(), token uuid DEFAULT gen_random_uuid(), slug text
);
CREATE FUNCTION slug() RETURNS trigger SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$BEGIN NEW.slug := NEW.body || '-1'; RETURN NEW; END$$;
CREATE TRIGGER a_slug BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION slug();
