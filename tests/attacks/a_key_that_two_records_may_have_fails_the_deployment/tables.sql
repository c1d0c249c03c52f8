CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE projects (id integer CONSTRAINT key PRIMARY KEY DEFERRABLE, owner_id integer REFERENCES users);
CREATE TABLE tasks (id integer PRIMARY KEY, project_id integer, text text);
