/**
 * SQL, true for a session `a` of pg_stat_activity that is at work for the application: no session of this project, no dump,
 * and nobody in VACUUM, ANALYZE, CLUSTER or a build of an index. All of those may take hours and are nobody's slow query.
 * The views of progress tell who is in them; the text of a query is never read.
 */
export const APPLICATION_SESSION = `a.application_name !~ '^(howdah/|pg_dump)'
   AND a.pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_progress_vacuum
                     UNION ALL SELECT pid FROM pg_catalog.pg_stat_progress_analyze
                     UNION ALL SELECT pid FROM pg_catalog.pg_stat_progress_cluster
                     UNION ALL SELECT pid FROM pg_catalog.pg_stat_progress_create_index)`

/**
 * SQL, true for a session `a` of pg_stat_activity that is a client's. Where this role may not see the kind of a session, it is
 * a client's if it has both a user and a database.
 */
export const CLIENT_SESSION = `a.pid <> pg_catalog.pg_backend_pid()
   AND coalesce(a.backend_type = 'client backend', a.usesysid IS NOT NULL AND a.datid IS NOT NULL)`
