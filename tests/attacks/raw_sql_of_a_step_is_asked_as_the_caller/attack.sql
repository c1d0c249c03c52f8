-- Raw SQL in a step is copied to where another role acts, on another path: it would name somebody else there, and steps that are allowed would be refused.

--> superuser does
CREATE SCHEMA desk; CREATE FUNCTION desk.is_open() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
GRANT USAGE ON SCHEMA desk TO PUBLIC;

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO orders (id, status, price, author) VALUES (1, 'draft', 1, '{attacker}'), (2, 'draft', 1, 'somebody');

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'sent' WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET price = 2 WHERE id = 1;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'sent' WHERE id = 2;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 3, status = 'sent' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'draft' WHERE id = 1;

--> superuser sees
SELECT id, status, price FROM orders ORDER BY id;
--= 1 | sent | 2
--= 2 | draft | 1
