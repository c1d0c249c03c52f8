-- The owner switches the triggers of a table off for an import and forgets them, or somebody drops them: then the policies for writing
-- must not stand alone.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> deployer does
ALTER TABLE orders DISABLE TRIGGER USER;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status, price) VALUES (9, 'new', 1);

--> deployer does
ALTER TABLE orders ENABLE TRIGGER USER;

-- Enabled as others are, and no longer always: it asks again, and is at least not taken for more than it is.
--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1;

--> superuser does
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'public.orders'::regclass AND NOT tgisinternal LOOP
    EXECUTE format('DROP TRIGGER %I ON public.orders', name);
  END LOOP;
END $$;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status, price) VALUES (9, 'new', 1);

--> superuser sees
SELECT price FROM orders ORDER BY id;
--= 100
--= 200
