-- Two roles that are kept apart meet in what belongs to one of them: a view or a function of it shows the other what only the first may see.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead};
CREATE VIEW seen AS SELECT * FROM emp; ALTER VIEW seen OWNER TO {lead}; GRANT SELECT ON seen TO {hr};

--> deploy fails with "seen"

--> superuser does
DROP VIEW seen;
CREATE FUNCTION seen() RETURNS SETOF emp LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT * FROM emp';
ALTER FUNCTION seen() OWNER TO {lead};

--> deploy fails with "seen"

-- To those who may see as much, it shows nothing new.
--> superuser does
REVOKE EXECUTE ON FUNCTION seen() FROM PUBLIC; GRANT EXECUTE ON FUNCTION seen() TO {lead};

--> deploy
