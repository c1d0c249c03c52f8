-- Beside a grant of all fields, a list of fields that was written down when the rules were built does not know a column that is
-- added afterwards, so a clerk could change it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);
ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET discount = 99;

--> attacker changes 2
SET app.user_id = '1'; UPDATE orders SET status = 'paid';

-- Reading goes on: every read grant names all fields.
--> attacker sees
SET app.user_id = '1'; SELECT * FROM orders ORDER BY id;
--= 1 | 100 | paid | 0
--= 2 | 200 | paid | 0

-- Nobody may write it until the rules are built again, the boss neither; what was there is as before.
--> attacker is refused 42501
SET app.user_id = '2'; UPDATE orders SET discount = 5;

--> attacker changes 2
SET app.user_id = '2'; UPDATE orders SET price = 5;
