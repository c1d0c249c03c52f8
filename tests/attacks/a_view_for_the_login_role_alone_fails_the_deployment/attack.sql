-- A view runs with its owner's rights; that only the login role may use it, and not the application's, makes it no safer.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO emp (id, name, salary, boss_id) VALUES (1, 'a', 100, 1), (2, 'b', 200, 2);
CREATE VIEW v_emp AS SELECT * FROM emp; GRANT SELECT ON v_emp TO {attacker};

--> deploy fails with "v_emp"

--> superuser does
REVOKE SELECT ON v_emp FROM {attacker};

--> deploy
