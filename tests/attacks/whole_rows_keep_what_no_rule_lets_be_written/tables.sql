CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('calm', 'loud');
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE notes (
  id integer PRIMARY KEY, owner_id integer REFERENCES users, body text, pinned boolean DEFAULT false, state text DEFAULT 'draft', rank integer,
  made_at timestamptz DEFAULT now(), slug text, mood app.mood DEFAULT 'calm', moods app.mood[] DEFAULT '{}', tags text[] DEFAULT '{}'
);
CREATE TABLE plain (id integer PRIMARY KEY, owner_id integer REFERENCES users, note text);
CREATE FUNCTION slug() RETURNS trigger SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$BEGIN NEW.slug := NEW.body || '-1'; RETURN NEW; END$$;
CREATE TRIGGER a_slug BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION slug();
