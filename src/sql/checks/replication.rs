//! Logical replication of the project's tables: out of the database, past all policies, and into it. Both may be meant, so that the script goes on.

use super::Check;

pub(super) const CHECKS: &[Check] = &[PUBLICATIONS, SUBSCRIPTIONS];

/// A publication of a partitioned table has the changes of its partitions, and one of a partition has those alone (manual section 31.1).
const PUBLICATIONS: Check = Check {
    about: "Publications: who subscribes to one gets rows of the tables, whatever the policies say.",
    query: r"
  SELECT quote_ident(publication.pubname), format('copies the rows of %s to other servers, and no policy is asked', published.names),
    CASE WHEN publication.puballtables THEN format('DROP PUBLICATION %I', publication.pubname) ELSE concat_ws('; ',
      format('ALTER PUBLICATION %I DROP TABLE ', publication.pubname) || published.single,
      format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA ', publication.pubname) || published.schemas) END, false
  FROM pg_publication AS publication
  CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT place.relation::regclass::text, ', '),
      string_agg(DISTINCT place.relation::regclass::text, ', ') FILTER (WHERE given.prrelid IS NOT NULL),
      string_agg(DISTINCT quote_ident(namespace.nspname), ', ') FILTER (WHERE whole.pnnspid IS NOT NULL)
    FROM (SELECT relation::oid FROM project UNION SELECT relation FROM descendant) AS place (relation)
    JOIN pg_class AS class ON class.oid = place.relation
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    LEFT JOIN pg_publication_rel AS given ON given.prpubid = publication.oid AND given.prrelid = place.relation
    LEFT JOIN pg_publication_namespace AS whole ON whole.pnpubid = publication.oid AND whole.pnnspid = class.relnamespace
    WHERE publication.puballtables OR given.prrelid IS NOT NULL OR whole.pnnspid IS NOT NULL
  ) AS published (names, single, schemas)
  WHERE published.names IS NOT NULL",
};

/// The worker is nobody whom the rules know (manual section 31.9): where its role is held to policies it stops with an error, else it asks none.
const SUBSCRIPTIONS: Check = Check {
    about: "Subscriptions: what comes from another server is written to the tables, whatever the policies say.",
    query: r"
  SELECT quote_ident(subscription.subname), format('writes what another server sends to %s, with the rights of %I or of the tables'' owner, and no policy is asked',
      string_agg(given.srrelid::regclass::text, ', ' ORDER BY given.srrelid::regclass::text), pg_get_userbyid(subscription.subowner)),
    format('DROP SUBSCRIPTION %I', subscription.subname), false
  FROM pg_subscription AS subscription
  JOIN pg_subscription_rel AS given ON given.srsubid = subscription.oid
  WHERE subscription.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND given.srrelid IN (SELECT relation FROM project UNION SELECT relation FROM descendant)
  GROUP BY subscription.oid, subscription.subname, subscription.subowner",
};
