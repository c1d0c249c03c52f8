-- The policies are fixed when a statement begins, the trigger's question is asked for each row. If "who acts here is none of ours"
-- let a step pass, a statement that gives its role away in the middle would do what it likes.

--> superuser does
CREATE ROLE {authenticator} LOGIN NOINHERIT IN ROLE {app};
CREATE ROLE {otherteam}; CREATE ROLE {both} LOGIN IN ROLE {app}, {otherteam};

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> authenticator is refused 42501
SET app.user_id = '1'; SET ROLE {app}; UPDATE orders SET price = 1 WHERE id = 1;

--> authenticator changes 0, or is refused 42501
SET app.user_id = '1'; SET ROLE {app}; UPDATE orders SET price = 1 WHERE set_config('role', 'none', true) IS NOT NULL;

--> authenticator changes 0, or is refused 42501
SET app.user_id = '1'; SET ROLE {app};
UPDATE orders SET price = 1, status = 'x' WHERE set_config('role', 'none', false) IS NOT NULL RETURNING *;

--> both changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 2 WHERE set_config('role', '{otherteam}', true) IS NOT NULL RETURNING *;

--> superuser sees
SELECT DISTINCT price FROM orders ORDER BY price;
--= 100
--= 200

-- What the clerk may do goes on.
--> both/2 changes 2
SET app.user_id = '1'; UPDATE orders SET status = 'paid';
