-- A price goes up: by another statement, by two changes at once, by a trigger of the application's, or beside a session that lowers it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO orders VALUES (1, 'a', 100, 'x'), (2, 'a', 100, 'x');

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 101 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders VALUES (1, 'b', 101, 'x') ON CONFLICT (id) DO UPDATE SET price = excluded.price;

--> attacker is refused 42501
SET app.user_id = '1'; MERGE INTO orders USING (VALUES (1)) AS v (id) ON orders.id = v.id WHEN MATCHED THEN UPDATE SET price = 101;

-- The field by one grant, its step by another one.
--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 101, status = 'y' WHERE id = 1;

-- Down and up at once: a row is changed by one of them, which the database chooses.
--> attacker does
SET app.user_id = '1'; WITH less AS (UPDATE orders SET price = 90 WHERE id = 1 RETURNING id) UPDATE orders SET price = 95 WHERE id = 1 AND EXISTS (SELECT FROM less);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 96 WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO orders VALUES (1, 'b', 80, 'x') ON CONFLICT (id) DO UPDATE SET price = excluded.price;

-- What another session has lowered meanwhile is what it was.
--> attacker does
SET app.user_id = '1'; BEGIN; UPDATE orders SET price = 50 WHERE id = 2;

--> attacker/2 starts and waits
SET app.user_id = '1'; UPDATE orders SET price = 80 WHERE id = 2;

--> attacker does
COMMIT;

--> attacker/2 ends and is refused 42501

-- The application's triggers: what is stored counts, whatever was assigned.
--> superuser does
CREATE FUNCTION dearer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN old.price := 1000; new.price := new.price * 3; RETURN new; END $$;
CREATE TRIGGER dearer BEFORE UPDATE ON orders FOR EACH ROW WHEN (new.note = 'dearer') EXECUTE FUNCTION dearer();
CREATE FUNCTION less() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.price := least(new.price, old.price); RETURN new; END $$;
CREATE TRIGGER less BEFORE UPDATE ON orders FOR EACH ROW WHEN (new.note = 'less') EXECUTE FUNCTION less();

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET note = 'dearer' WHERE id = 2;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET note = 'dearer', price = 40 WHERE id = 2;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET note = 'dearer', price = 10 WHERE id = 2;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET note = 'less', price = 500 WHERE id = 2;

-- A trigger that changes the record once more takes a step of its own.
--> superuser does
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE orders SET price = 31, note = 'b' WHERE id = new.id; RETURN NULL; END $$;
CREATE TRIGGER again AFTER UPDATE ON orders FOR EACH ROW WHEN (new.note = 'again') EXECUTE FUNCTION again();

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET note = 'again', price = 20 WHERE id = 2;

--> superuser sees
SELECT id, note, price, status FROM orders ORDER BY id;
--= 1 | a | 80 | x
--= 2 | less | 30 | x
