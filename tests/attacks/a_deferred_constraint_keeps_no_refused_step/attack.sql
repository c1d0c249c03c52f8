-- What is asked about when the transaction ends comes after the step is refused: a key, a reference, a trigger that waits.

--> superuser does
CREATE TABLE told (id integer, kind text); CREATE SEQUENCE asked;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  PERFORM nextval('public.asked'); INSERT INTO public.told SELECT id, kind FROM public.users WHERE kind = 'boss' AND id = 1; RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tell() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER "  first" AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk', 'c', NULL, 'clerk'), (2, 'boss', 'b', 1, 'boss');

--> superuser does
TRUNCATE told; SELECT setval('asked', 1, false);

--> attacker is refused 42501
SET app.user_id = '1'; SET CONSTRAINTS ALL DEFERRED; UPDATE users SET kind = 'boss' WHERE id = 1;

-- The transaction goes on behind a savepoint, and so does what waits for its end.
--> attacker does
BEGIN; SET CONSTRAINTS ALL DEFERRED; SET LOCAL app.user_id = '1'; UPDATE users SET name = 'd' WHERE id = 1; SAVEPOINT before;

--> attacker is refused 42501
UPDATE users SET kind = 'boss', boss_id = 99 WHERE id = 1;

--> attacker sees
ROLLBACK TO before; SET CONSTRAINTS ALL IMMEDIATE; SELECT id, kind, name FROM users;
--= 1 | clerk | d

--> attacker does
COMMIT;

-- A DO block catches the error, and what was done before it stays alone.
--> attacker does
DO $$ BEGIN
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM set_config('app.user_id', '1', true);
  BEGIN
    UPDATE users SET kind = 'boss', nick = 'x' WHERE id = 1;
  EXCEPTION WHEN insufficient_privilege THEN NULL; END;
END $$;

-- A reference that leads nowhere until the end, and a key that is there twice until then, are no grants.
--> attacker is refused 42501
BEGIN; SET CONSTRAINTS ALL DEFERRED; SET LOCAL app.user_id = '1'; UPDATE users SET boss_id = 1, nick = 'boss' WHERE id = 1;

--> attacker does
ROLLBACK;

--> superuser sees
SELECT id, kind, name, boss_id FROM users ORDER BY id;
--= 1 | clerk | d | null
--= 2 | boss | b | 1

--> superuser sees nothing
SELECT * FROM told;

-- Once for the name that was changed.
--> superuser sees
SELECT last_value, is_called FROM asked;
--= 1 | t
