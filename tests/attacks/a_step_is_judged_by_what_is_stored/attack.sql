-- A trigger of the application trims and lowers the status after the step was asked for: what is stored is a step that no grant allows.

--> superuser does
CREATE FUNCTION norm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.status := lower(trim(new.status)); RETURN new; END $$;
CREATE TRIGGER norm BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION norm();

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO orders (id, status, price) VALUES (1, 'draft', 100);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'approved';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = ' Approved';

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = ' Reviewed';

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'APPROVED';

--> superuser sees
SELECT status FROM orders;
--= approved
