-- Among fields of several grants, what a statement writes as it is does not change, and what a new record leaves at its default is not
-- given.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'paid', price = price WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'paid', price = 200 WHERE id = 2;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'paid', price = 201 WHERE id = 2;

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO orders (id, status, price) VALUES (3, 'new', DEFAULT);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO orders (id, status, price) VALUES (4, 'new', 1);

--> attacker changes 1
SET app.user_id = '2'; INSERT INTO orders (id, status, price) VALUES (4, 'new', 1);
