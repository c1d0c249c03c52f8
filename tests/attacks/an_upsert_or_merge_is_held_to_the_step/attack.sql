-- The other statements that update, and what is refused leaves nothing behind.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET price = 1;

--> attacker is refused 42501
SET app.user_id = '1'; MERGE INTO orders USING (VALUES (1)) AS v (id) ON orders.id = v.id WHEN MATCHED THEN UPDATE SET price = 1;

--> attacker changes 1
SET app.user_id = '1'; MERGE INTO orders USING (VALUES (1)) AS v (id) ON orders.id = v.id WHEN MATCHED THEN UPDATE SET status = 'merged';

--> attacker is refused 42501
SET app.user_id = '1'; WITH w AS (UPDATE orders SET price = 1 RETURNING id) SELECT count(*) FROM w;

-- An exception that is caught keeps nothing of what was refused.
--> attacker does
SET app.user_id = '1';
DO $$ BEGIN UPDATE orders SET price = 1; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;

--> superuser sees
SELECT id, price, status FROM orders ORDER BY id;
--= 1 | 100 | merged
--= 2 | 200 | new
