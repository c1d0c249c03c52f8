-- The function that gives the token is believed as much as the one that says who is signed in.

--> deploy fails with "app.claims"

--> superuser does
ALTER FUNCTION app.claims() SET search_path = pg_catalog, pg_temp;

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'red'), (2, 1, 'blue');
CREATE SCHEMA playground AUTHORIZATION {attacker};

--> attacker does
CREATE FUNCTION playground.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '{"color": "blue"}' $$;
SET app.user_id = '1'; SET app.token = '{"color": "red"}'; SET search_path = playground, pg_catalog;

--> attacker sees
SELECT name FROM public.items;
--= red
