-- An action would happen again: where the text that it sets equals the one that it asks for, or where what it sets turns out to be empty. Or it would be done by
-- the acting role, where a function says who is signed in.

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'), ('{actor}'); INSERT INTO codes VALUES (1, 'a', 'New'), (2, 'b', 'other');
INSERT INTO vouchers (shop, number) VALUES ('x', 1), ('x', 2), ('y', 1);

--> attacker is refused 42501
SELECT guard.use_code('a');

--> attacker is refused 42501
SELECT guard.use_code('b');

-- Nobody is signed in, so there is nobody who could have used it.
--> guest is refused 42501
SET ROLE {visitor}; SELECT guard.use_voucher('x', 1);

--> attacker sees
SELECT guard.use_voucher(number => 1, shop => 'x') ->> 'uses';
--= {"id": 1}

--> attacker is refused 42501
SELECT guard.use_voucher('x', 1);

--> attacker sees
SELECT count(guard.use_voucher(shop, number)) FROM (VALUES ('x', 2), ('y', 1)) AS these (shop, number);
--= 2

--> attacker is refused 42501
SELECT count(guard.use_voucher(shop, number)) FROM (VALUES ('y', 1), ('y', 1)) AS these (shop, number);

--> superuser sees
SELECT code, user_name = '{attacker}' FROM uses ORDER BY id;
--= x | t
--= x | t
--= y | t

-- Tables that are closed to the application are open to its actions alone.
--> attacker is refused 42501
INSERT INTO uses (code, user_name) VALUES ('x', '{attacker}');

--> attacker is refused 42501
UPDATE vouchers SET used_by = NULL;

--> attacker is refused 42501
SELECT nextval('uses_id');
