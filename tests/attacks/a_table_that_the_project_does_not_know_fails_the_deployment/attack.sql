-- A table of the same schema that the schema file does not mention, open to the application by a grant of before.

--> superuser does
INSERT INTO users VALUES (1);

--> deployer does
CREATE TABLE payments (id integer PRIMARY KEY, user_id integer REFERENCES users, card text);
INSERT INTO payments VALUES (1, 1, '4111'); GRANT ALL ON payments TO {app};

--> deploy fails with "payments"

--> superuser does
REVOKE ALL ON payments FROM {app}; GRANT SELECT (card) ON payments TO {attacker};

--> deploy fails with "payments"

--> superuser does
REVOKE SELECT (card) ON payments FROM {attacker};

-- What the application cannot use is nobody's business.
--> deploy

--> attacker is refused 42501
SELECT card FROM payments;
