CREATE ROLE {visitor} NOLOGIN;
CREATE ROLE {guest} LOGIN IN ROLE {visitor};
