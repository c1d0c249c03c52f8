-- Refused at the end of the statement, a step would be in force until then: a function of the statement would read with the rights that the record gives.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk', 'c'), (2, 'boss', 'b'); INSERT INTO secrets (id, body) VALUES (1, 'secret');
CREATE SEQUENCE seen; GRANT ALL ON SEQUENCE seen TO {app};

-- What a sequence counts stays when the statement fails.
--> attacker does
CREATE FUNCTION pg_temp.spy() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  PERFORM nextval('public.seen') FROM public.secrets;
  RETURN true;
END $$;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE users SET kind = 'boss' WHERE id = 1 RETURNING pg_temp.spy();

--> attacker is refused 42501
SET app.user_id = '1'; WITH w AS (UPDATE users SET kind = 'boss' WHERE id = 1 RETURNING id) SELECT pg_temp.spy() FROM w;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE users SET kind = 'boss' FROM generate_series(1, 2) AS n WHERE id = 1 AND pg_temp.spy();

--> superuser sees
SELECT is_called FROM seen;
--= f
