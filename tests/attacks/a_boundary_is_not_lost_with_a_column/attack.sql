-- `DROP COLUMN … CASCADE` drops each policy that reads the column. If the boundary stood in a policy of its own, it would go alone, and
-- the grants that it limits would stay.

--> deploy

--> superuser does
INSERT INTO companies VALUES (1), (2); INSERT INTO users (id, kind, company_id) VALUES (1, 'clerk', 1), (2, 'boss', 1);
INSERT INTO orders (id, status, price, secret, company_id) VALUES (1, 'new', 100, false, 1), (2, 'new', 200, false, 2);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM orders;
--= 1

--> deployer does
ALTER TABLE orders DROP COLUMN secret CASCADE;

--> attacker sees nothing, or is refused 42501
SET app.user_id = '1'; SELECT id FROM orders WHERE company_id = 2;

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'x' WHERE id = 2;
