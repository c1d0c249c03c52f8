CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE orders (id integer, year integer, status text, price integer, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2);
