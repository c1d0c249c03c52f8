CREATE ROLE {platform};
CREATE SCHEMA ident AUTHORIZATION {platform};
SET ROLE {platform};
CREATE TABLE ident.users (id integer PRIMARY KEY, kind text);
CREATE TABLE ident.bans (id integer PRIMARY KEY, user_id integer REFERENCES ident.users);
RESET ROLE;
