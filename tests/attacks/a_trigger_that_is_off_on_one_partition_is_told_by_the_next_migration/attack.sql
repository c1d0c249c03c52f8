-- Each partition has its own copy of the triggers; one that is switched off opens the records of that partition. The last step of a
-- migration reads them all.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');
INSERT INTO orders (id, year, status, price) VALUES (1, 1, 'new', 100), (2, 2, 'new', 200);
ALTER TABLE orders_2 DISABLE TRIGGER USER;

--> migrate to next.policy, or it fails with "orders_2"

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET price = 1 WHERE id = 2;
