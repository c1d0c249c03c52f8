-- Few values go into these columns, and two tables need each other.
CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE FUNCTION signed_in() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
CREATE DOMAIN colour AS text CHECK (VALUE ~ '^#[0-9a-f]{6}$');
CREATE DOMAIN stage AS text CHECK (VALUE IN ('draft', 'sent', 'paid'));
CREATE DOMAIN late_stage AS stage CHECK (VALUE <> 'draft');

CREATE TABLE pages (id integer PRIMARY KEY, form_id integer, colour colour NOT NULL);
CREATE TABLE forms (id integer PRIMARY KEY, first_page_id integer NOT NULL REFERENCES pages, owner_id uuid NOT NULL REFERENCES users);
ALTER TABLE pages ADD FOREIGN KEY (form_id) REFERENCES forms;
CREATE TABLE invoices (
  id integer PRIMARY KEY, form_id integer NOT NULL REFERENCES forms, stage late_stage NOT NULL, kind text NOT NULL CHECK (kind IN ('small', 'large')),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^/'), paid_at timestamptz, paid_by text, CHECK (paid_at IS NULL = (paid_by IS NULL)), CHECK (paid_at IS NULL OR stage = 'paid')
);
ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE forms ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON users TO imp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pages, forms, invoices TO imp_app;
CREATE POLICY of_owner ON forms USING (owner_id = signed_in());
CREATE POLICY of_owner ON pages USING (form_id IN (SELECT id FROM forms WHERE owner_id = signed_in()));
CREATE POLICY paid ON invoices FOR SELECT USING (stage = 'paid' AND kind = 'large');
CREATE POLICY of_owner ON invoices USING (form_id IN (SELECT id FROM forms WHERE owner_id = signed_in()));
