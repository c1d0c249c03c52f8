-- A function without a search_path of its own finds its names where the session says, so the session says who it is.

--> deploy fails with "app.me"

--> superuser does
ALTER FUNCTION app.me() SET search_path = pg_catalog, pg_temp;

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
CREATE SCHEMA playground AUTHORIZATION {attacker};

--> attacker does
CREATE FUNCTION playground.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;
SET app.user_id = '1'; SET search_path = playground, pg_catalog;

--> attacker sees
SELECT name FROM public.items;
--= mine
