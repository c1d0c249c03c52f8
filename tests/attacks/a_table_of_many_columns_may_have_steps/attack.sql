-- A function takes a hundred arguments at most. Two for each column that is granted in part, and the SQL of a wide table cannot be applied.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, c7, c110) VALUES (1, 'new', 7, 110);

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'paid';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET c110 = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'x', c7 = NULL;

--> attacker changes 1
SET app.user_id = '2'; UPDATE orders SET c7 = 1, c110 = 2;
