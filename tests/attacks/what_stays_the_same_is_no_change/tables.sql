CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE sites (
  id integer PRIMARY KEY, status text, pos point, long text, doc json, span daterange, code char(5), nothing text, list integer[]
);
