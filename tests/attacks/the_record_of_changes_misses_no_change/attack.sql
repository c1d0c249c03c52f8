-- Numbers are printed with as many digits as the session wants, so a change that is not printed would not be recorded.

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
SET extra_float_digits = -15; UPDATE items SET price = 54;

--> superuser sees
SELECT operation, array_to_string(changed, ',') FROM change_log;
--= update | price
