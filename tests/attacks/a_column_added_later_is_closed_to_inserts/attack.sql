-- The same for new records.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);
ALTER TABLE orders ADD COLUMN approved boolean DEFAULT false;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status, price) VALUES (5, 'new', 7);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status, approved) VALUES (5, 'new', true);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO orders (id, status) VALUES (5, 'new');

--> superuser sees
SELECT price, approved FROM orders WHERE id = 5;
--= null | f
