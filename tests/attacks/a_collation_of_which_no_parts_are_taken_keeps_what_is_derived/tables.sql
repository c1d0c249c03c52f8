CREATE COLLATION no_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE objects (id integer PRIMARY KEY, name text COLLATE no_case NOT NULL, labels varchar COLLATE no_case NOT NULL);
