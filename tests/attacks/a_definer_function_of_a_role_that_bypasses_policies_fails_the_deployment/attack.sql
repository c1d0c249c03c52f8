-- A SECURITY DEFINER function of a superuser, or of a role with BYPASSRLS, hands out what no rule shows.

--> superuser does
CREATE FUNCTION all_items() RETURNS SETOF items LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT * FROM items';

--> deploy fails with "all_items"

--> superuser does
CREATE ROLE {service} BYPASSRLS; ALTER FUNCTION all_items() OWNER TO {service};

--> deploy fails with "all_items"

--> superuser does
REVOKE EXECUTE ON FUNCTION all_items() FROM PUBLIC; GRANT EXECUTE ON FUNCTION all_items() TO {attacker};

--> deploy fails with "all_items"

--> superuser does
REVOKE EXECUTE ON FUNCTION all_items() FROM {attacker};

--> deploy

--> attacker is refused 42501
SELECT all_items();
