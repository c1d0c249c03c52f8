-- A trigger of the application that updates the record again does so as whoever fired it; what it writes on the way in counts when
-- some grant names the field, and not when none does.

--> superuser does
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF new.status = 'cheap' THEN UPDATE orders SET price = 77 WHERE id = new.id; END IF; RETURN NULL; END $$;
CREATE TRIGGER again AFTER UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION again();
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN new.updated_at := 7; IF new.status = 'sly' THEN new.price := 1; END IF; RETURN new; END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'paid' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET updated_at = 8 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'cheap' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'sly' WHERE id = 1;

--> attacker changes 1
SET app.user_id = '2'; UPDATE orders SET status = 'cheap' WHERE id = 2;

--> superuser sees
SELECT id, status, price, updated_at FROM orders ORDER BY id;
--= 1 | paid | 100 | 7
--= 2 | cheap | 77 | 7
