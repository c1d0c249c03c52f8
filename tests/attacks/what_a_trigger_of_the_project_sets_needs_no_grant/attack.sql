-- A trigger of the project stamps each change, and only bosses are granted the stamp. Taken for a change of the clerk's it would refuse all that
-- a clerk does; not asked at all it would let the clerk set it.

--> superuser does
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.updated_at := coalesce(old.updated_at, 0) + 1; RETURN new; END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price, updated_at) VALUES (1, 'new', 100, 0);

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'open' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'late', updated_at = 9 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 1;

--> attacker changes 1
SET app.user_id = '2'; UPDATE orders SET price = 2, updated_at = 9 WHERE id = 1;

--> superuser does
ALTER TABLE orders DISABLE TRIGGER "!rowgate_update_assigned";

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET updated_at = 7 WHERE id = 1;

--> superuser sees
SELECT status, price, updated_at FROM orders;
--= open | 2 | 2
