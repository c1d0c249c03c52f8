-- The trigger that asks for the step mentions all columns and goes with any of them; the policies and grants would stay.

--> deploy

--> superuser does
INSERT INTO companies VALUES (1), (2); INSERT INTO users (id, kind, company_id) VALUES (1, 'clerk', 1), (2, 'boss', 1);
INSERT INTO orders (id, status, price, secret, company_id) VALUES (1, 'new', 100, false, 1), (2, 'new', 200, false, 2);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 1;

--> deployer does
ALTER TABLE orders DROP COLUMN note CASCADE;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 1;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1;

--> superuser sees
SELECT price FROM orders ORDER BY id;
--= 100
--= 200
