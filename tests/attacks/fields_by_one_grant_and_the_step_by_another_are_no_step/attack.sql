-- One grant has to allow the fields, the record before and the record after. Asked in two places, one grant answers for the fields and
-- another for the step.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO orders (id, status, price) VALUES (1, 'draft', 100), (2, 'draft', 100);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1, status = 'approved' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'approved' WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'open' WHERE id = 1;

-- A field that keeps its value does not change.
--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'open', price = price WHERE id = 2;

--> superuser sees
SELECT id, price, status FROM orders ORDER BY id;
--= 1 | 100 | open
--= 2 | 100 | open
