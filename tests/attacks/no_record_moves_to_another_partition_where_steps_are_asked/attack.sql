-- A move is a DELETE and an INSERT, for which no trigger of the UPDATE fires: the price could be changed on the way.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');
INSERT INTO orders (id, year, status, price) VALUES (1, 1, 'new', 100), (2, 2, 'new', 200);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1, year = 2 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET year = 2 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '2'; UPDATE orders SET year = 2 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1';
MERGE INTO orders USING (VALUES (1)) AS v (id) ON orders.id = v.id WHEN MATCHED THEN UPDATE SET price = 1, year = 2;

--> attacker is refused 42501
SET app.user_id = '1';
INSERT INTO orders (id, year, status) VALUES (1, 1, 'x') ON CONFLICT (id, year) DO UPDATE SET price = 1, year = 2;

-- A partition that is attached later has the triggers, too.
--> deployer does
CREATE TABLE orders_3 PARTITION OF orders FOR VALUES IN (3);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1, year = 3 WHERE id = 1;

--> attacker changes 2
SET app.user_id = '1'; UPDATE orders SET status = 'paid';

--> attacker changes 2
SET app.user_id = '2'; UPDATE orders SET price = price + 1, year = year;

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO orders (id, year, status) VALUES (3, 3, 'new');

--> superuser sees
SELECT tableoid::regclass, id, year, status, price FROM orders ORDER BY id;
--= orders_1 | 1 | 1 | paid | 101
--= orders_2 | 2 | 2 | paid | 201
--= orders_3 | 3 | 3 | new | null
