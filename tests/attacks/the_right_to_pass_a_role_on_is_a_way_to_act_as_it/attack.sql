-- A login that may only pass on the second role, and so give it to itself.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead}; CREATE ROLE {hrlead} LOGIN NOINHERIT IN ROLE {hr};
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {lead} TO {hrlead} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  ELSE
    EXECUTE 'GRANT {lead} TO {hrlead} WITH ADMIN OPTION';
  END IF;
END $$;

--> deploy fails with "{hrlead}"
