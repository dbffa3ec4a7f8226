import { counter, gauge } from '../exposition/metric.ts'

const POOLER = ['pooler'] as const
const DATABASE = ['pooler', 'database'] as const
const POOL = ['pooler', 'database', 'user'] as const
const NAMED = ['pooler', 'name', 'host', 'port', 'database', 'pool_mode'] as const

/** Names of pgbouncer_exporter, with the label `pooler` (`host:port` of the console) since there can be several. */
export const POOLER_METRICS = {
  pgbouncer_up: gauge(
    '1 when the console of this PgBouncer answered in this scrape, 0 when it did not.',
    POOLER,
  ),
  pgbouncer_version_info: gauge('Version of PgBouncer, as label; the value is always 1.', [
    'pooler',
    'version',
  ]),
  pgbouncer_stats_totals_queries_pooled_total: counter('Queries pooled.', DATABASE),
  pgbouncer_stats_totals_sql_transactions_pooled_total: counter('Transactions pooled.', DATABASE),
  pgbouncer_stats_totals_received_bytes_total: counter('Bytes received from clients.', DATABASE),
  pgbouncer_stats_totals_sent_bytes_total: counter('Bytes sent to clients.', DATABASE),
  pgbouncer_stats_totals_queries_duration_seconds_total: counter('Time queries were executing.', DATABASE),
  pgbouncer_stats_totals_client_wait_seconds_total: counter('Time clients waited for a server.', DATABASE),
  pgbouncer_stats_totals_server_in_transaction_seconds_total: counter(
    'Time servers were in a transaction.',
    DATABASE,
  ),
  pgbouncer_stats_totals_server_assignments_total: counter(
    'Times a server was assigned to a client (1.23 and newer).',
    DATABASE,
  ),
  pgbouncer_stats_totals_client_parses_total: counter(
    'Statements clients prepared (1.24 and newer).',
    DATABASE,
  ),
  pgbouncer_stats_totals_server_parses_total: counter(
    'Statements prepared on servers (1.24 and newer).',
    DATABASE,
  ),
  pgbouncer_stats_totals_binds_total: counter('Prepared statements executed (1.24 and newer).', DATABASE),
  pgbouncer_pools_client_active_connections: gauge('Clients linked to a server, or idle.', POOL),
  pgbouncer_pools_client_waiting_connections: gauge('Clients that wait for a server.', POOL),
  pgbouncer_pools_client_active_cancel_connections: gauge(
    'Clients whose cancel request is on its way.',
    POOL,
  ),
  pgbouncer_pools_client_waiting_cancel_connections: gauge(
    'Clients whose cancel request is not yet on its way.',
    POOL,
  ),
  pgbouncer_pools_server_active_connections: gauge('Servers linked to a client.', POOL),
  pgbouncer_pools_server_idle_connections: gauge('Servers ready for a client.', POOL),
  pgbouncer_pools_server_used_connections: gauge('Idle servers that have to be checked before use.', POOL),
  pgbouncer_pools_server_testing_connections: gauge('Servers being reset or checked.', POOL),
  pgbouncer_pools_server_login_connections: gauge('Servers logging in.', POOL),
  pgbouncer_pools_server_active_cancel_connections: gauge('Servers that carry a cancel request.', POOL),
  pgbouncer_pools_server_being_canceled_connections: gauge(
    'Servers that wait for cancel requests to be through.',
    POOL,
  ),
  pgbouncer_pools_client_maxwait_seconds: gauge(
    'How long the client that waits longest has waited, with microseconds.',
    POOL,
  ),
  pgbouncer_pool_saturation_ratio: gauge(
    'Servers in use against pool_size; above 1 while the reserve is in use.',
    POOL,
  ),
  pgbouncer_databases_pool_size: gauge('Servers a pool of this database can have.', NAMED),
  pgbouncer_databases_min_pool_size: gauge('Servers a pool of this database keeps.', NAMED),
  pgbouncer_databases_reserve_pool: gauge('Servers a pool of this database can have in addition.', NAMED),
  pgbouncer_databases_max_connections: gauge('Servers this database can have in all; 0 is no limit.', NAMED),
  pgbouncer_databases_current_connections: gauge('Servers this database has.', NAMED),
  pgbouncer_databases_max_client_connections: gauge(
    'Clients this database can have (1.24 and newer); 0 is no limit.',
    NAMED,
  ),
  pgbouncer_databases_current_client_connections: gauge('Clients this database has (1.24 and newer).', NAMED),
  pgbouncer_databases_paused: gauge('1 while the database is paused.', NAMED),
  pgbouncer_databases_disabled: gauge('1 while the database is disabled.', NAMED),
  pgbouncer_databases: gauge('Databases known.', POOLER),
  pgbouncer_users: gauge('Users known.', POOLER),
  pgbouncer_pools: gauge('Pools there are.', POOLER),
  pgbouncer_free_clients: gauge('Client records free for use.', POOLER),
  pgbouncer_used_clients: gauge('Clients connected.', POOLER),
  pgbouncer_login_clients: gauge('Clients logging in.', POOLER),
  pgbouncer_free_servers: gauge('Server records free for use.', POOLER),
  pgbouncer_used_servers: gauge('Servers connected.', POOLER),
  pgbouncer_cached_dns_names: gauge('Host names remembered.', POOLER),
  pgbouncer_in_flight_dns_queries: gauge('Host names being looked up.', POOLER),
  pgbouncer_config_max_client_connections: gauge(
    'Clients PgBouncer accepts in all (max_client_conn).',
    POOLER,
  ),
  pgbouncer_config_max_user_connections: gauge(
    'Servers one user can have (max_user_connections); 0 is no limit.',
    POOLER,
  ),
  pgbouncer_config_default_pool_size: gauge('Servers a pool can have by default.', POOLER),
} as const
