-- PostgreSQL adds policies when it rewrites a statement and asks for privileges when it begins to run it. A login that may switch
-- between two roles of the application puts the switch in between: the rows of one with the fields of the other.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead}; CREATE ROLE {hrlead} LOGIN NOINHERIT IN ROLE {hr}, {lead};

--> deploy fails with "{hrlead}"

-- Over a role in between.
--> superuser does
REVOKE {lead} FROM {hrlead}; CREATE ROLE {leads} NOINHERIT IN ROLE {lead}; GRANT {leads} TO {hrlead};

--> deploy fails with "{hrlead}"

--> superuser does
REVOKE {leads} FROM {hrlead}; CREATE ROLE {leader} LOGIN NOINHERIT IN ROLE {lead};
INSERT INTO emp (id, name, salary, dept) VALUES (1, 'A', 1, 'sales'), (2, 'B', 2, 'it');

--> deploy

--> hrlead is refused 42501
SET ROLE {hr}; SELECT name, salary FROM emp;

--> leader sees
SET ROLE {lead}; SELECT name, salary FROM emp;
--= A | 1

--> hrlead is refused 42501
SET ROLE {lead};
