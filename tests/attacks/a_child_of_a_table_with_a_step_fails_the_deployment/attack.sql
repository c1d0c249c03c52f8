-- The policies of a table hold for the rows of its children, its triggers do not: what a step refuses could be done there.

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);
CREATE TABLE orders_old () INHERITS (orders); INSERT INTO orders_old (id, status, price) VALUES (10, 'new', 500);

--> deploy fails with "orders_old"

--> superuser does
ALTER TABLE orders_old NO INHERIT orders;

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id FROM orders ORDER BY id;
--= 1
--= 2
