-- A view runs with its owner's rights, the application's role; the trigger sees who uses it.

--> superuser does
CREATE ROLE {authenticator} LOGIN NOINHERIT IN ROLE {app};

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO orders (id, status, price, owner_id) VALUES (1, 'new', 100, 1), (2, 'draft', 100, 1);

--> authenticator is refused 42501
SET app.user_id = '1'; SET ROLE {app}; UPDATE orders SET price = 3 WHERE id = 1;

--> authenticator does
SET app.user_id = '1'; SET ROLE {app};
CREATE TEMP VIEW v AS SELECT * FROM public.orders; GRANT ALL ON v TO public; RESET ROLE;

--> authenticator changes 0, or is refused 42501
UPDATE v SET price = 3 WHERE id = 1;

--> superuser sees
SELECT price FROM orders WHERE id = 1;
--= 100

--> authenticator changes 1
SET app.user_id = '1'; SET ROLE {app}; UPDATE orders SET price = 3 WHERE id = 2;
