-- Nobody writes a generated column, so no list of fields mentions it; as soon as it is an ordinary one, everybody could.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100);
ALTER TABLE orders ALTER COLUMN total DROP EXPRESSION;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET total = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE orders SET status = 'paid';
