CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE users (name text PRIMARY KEY);
CREATE TABLE codes (id integer PRIMARY KEY, code text NOT NULL UNIQUE, state text COLLATE any_case);
CREATE TABLE vouchers (shop text, number integer, used_by text REFERENCES users, PRIMARY KEY (shop, number));
CREATE SEQUENCE uses_id;
CREATE TABLE uses (id integer PRIMARY KEY DEFAULT nextval('uses_id'), code text, user_name text REFERENCES users);
