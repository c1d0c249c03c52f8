-- Given to the deployer, one by one or all that the lookup role owns, look-ups see nothing, and must not say that there is nothing.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
DO $$
DECLARE one regprocedure;
BEGIN
  FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO deployer', one);
  END LOOP;
END $$;

--> attacker sees, or is refused
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker sees, or is refused
SET app.user_id = '2'; SELECT id FROM items ORDER BY id;
--= 1
--= 2
