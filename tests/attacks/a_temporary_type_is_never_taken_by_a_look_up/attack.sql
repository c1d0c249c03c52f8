-- A look-up is a function with rights of its own. Types that its text names without a schema are looked for among the temporary
-- objects of the session first, and the check of a temporary domain would run a function of the attacker's with those rights.

--> deploy

--> superuser does
INSERT INTO users (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Ann'), ('00000000-0000-0000-0000-000000000002', 'Bob');
INSERT INTO teams VALUES ('00000000-0000-0000-0000-00000000000a'), ('00000000-0000-0000-0000-00000000000b');
INSERT INTO members (id, user_id, team_id, role, permissions) VALUES
  ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a', 'member', '["edit"]'),
  ('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000b', 'member', '[]');
INSERT INTO items (id, team_id, name, since) VALUES
  ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', 'mine', '2020-01-01'),
  ('00000000-0000-0000-0000-0000000000c2', '00000000-0000-0000-0000-00000000000b', 'theirs', '2020-01-01');
INSERT INTO notes (id, item_id) VALUES (1, '00000000-0000-0000-0000-0000000000c1'), (2, '00000000-0000-0000-0000-0000000000c2');

--> attacker does
SET app.user_id = '00000000-0000-0000-0000-000000000001';
CREATE FUNCTION pg_temp.overhear(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> '{attacker}' THEN RAISE EXCEPTION 'code of the session runs as %', current_user; END IF;
  RETURN true;
END $$;
CREATE DOMAIN pg_temp.uuid AS pg_catalog.uuid CHECK (pg_temp.overhear(VALUE::pg_catalog.text));
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (pg_temp.overhear(VALUE::pg_catalog.text));
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.overhear(VALUE));
CREATE DOMAIN pg_temp.date AS pg_catalog.date CHECK (pg_temp.overhear(VALUE::pg_catalog.text));
CREATE DOMAIN pg_temp.timestamptz AS pg_catalog.timestamptz CHECK (pg_temp.overhear(VALUE::pg_catalog.text));

--> attacker sees
SELECT name FROM public.items;
--= mine

--> attacker sees
SELECT id FROM public.notes;
--= 1

--> attacker changes 1
UPDATE public.items SET name = 'still mine';
