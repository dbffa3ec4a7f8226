import { escapeIdentifier } from 'pg'
import type { Check } from '../check.ts'
import { type Finding, finding, ok } from '../finding.ts'

const SQL = `SELECT current_user AS role, current_database() AS database,
  (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
  pg_catalog.has_database_privilege(current_database(), 'CREATE') AS creates_schemas,
  (SELECT pg_catalog.has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = $1) AS creates_tables,
  (SELECT pg_catalog.has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = 'howdah') AS keeps_ledger,
  (SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT')
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = '_prisma_migrations') AS reads_history,
  pg_catalog.pg_has_role('pg_monitor', 'USAGE') AS monitors`

/** `null` stands for an object that does not exist. */
interface Row {
  readonly role: string
  readonly database: string
  readonly superuser: boolean
  readonly creates_schemas: boolean
  readonly creates_tables: boolean | null
  readonly keeps_ledger: boolean | null
  readonly reads_history: boolean | null
  readonly monitors: boolean
}

/** What the role may do: migrate, keep the ledger, read statistics. */
export const privileges: Check = {
  key: 'privileges',
  needs: 'connection',
  examine: async ({ connection }) => {
    const { schema } = connection.target
    const row = await connection.row<Row>(SQL, [schema])
    const findings = [tables(row, schema), ledger(row), statistics(row)]
    if (row.reads_history === false) findings.push(history(row, schema))
    if (row.superuser) findings.push(superuser(row))
    return findings
  },
}

function tables({ role, database, creates_tables, creates_schemas }: Row, schema: string): Finding {
  const key = 'privileges.schema'
  const [quotedSchema, quotedRole] = [escapeIdentifier(schema), escapeIdentifier(role)]
  if (creates_tables) return ok(key, `"${role}" may create tables in schema "${schema}"`)
  if (creates_tables === false)
    return finding(
      key,
      'problem',
      `"${role}" may not create tables in schema "${schema}": migrations would fail`,
      `As its owner or a superuser: \`GRANT USAGE, CREATE ON SCHEMA ${quotedSchema} TO ${quotedRole}\`.`,
    )
  if (creates_schemas) return ok(key, `schema "${schema}" does not exist yet, and "${role}" may create it`)
  return finding(
    key,
    'problem',
    `schema "${schema}" does not exist, and "${role}" may not create it in "${database}"`,
    `As a superuser: \`CREATE SCHEMA ${quotedSchema} AUTHORIZATION ${quotedRole}\`.`,
  )
}

function ledger({ role, database, keeps_ledger, creates_schemas }: Row): Finding {
  const key = 'privileges.ledger'
  const quotedRole = escapeIdentifier(role)
  if (keeps_ledger) return ok(key, `"${role}" may write to the "howdah" schema`)
  if (keeps_ledger === false)
    return finding(
      key,
      'problem',
      `the "howdah" schema exists, and "${role}" may not use it: runs could not be recorded`,
      `As its owner or a superuser: \`ALTER SCHEMA howdah OWNER TO ${quotedRole}\`, and its tables likewise.`,
    )
  if (creates_schemas) return ok(key, `"${role}" may create the "howdah" schema`)
  return finding(
    key,
    'problem',
    `"${role}" may not create the "howdah" schema in "${database}": runs could not be recorded`,
    `As the database's owner or a superuser: \`GRANT CREATE ON DATABASE ${escapeIdentifier(database)} TO ${quotedRole}\`.`,
  )
}

function statistics({ role, monitors }: Row): Finding {
  const key = 'privileges.statistics'
  if (monitors) return ok(key, `"${role}" may read all statistics (pg_monitor)`)
  return finding(
    key,
    'note',
    `"${role}" is no member of pg_monitor: metrics do not see what other roles do`,
    `As a superuser, for the role that serves metrics: \`GRANT pg_monitor TO ${escapeIdentifier(role)}\`.`,
  )
}

function history({ role }: Row, schema: string): Finding {
  const table = `${escapeIdentifier(schema)}._prisma_migrations`
  return finding(
    'privileges.history',
    'problem',
    `"${role}" may not read ${table}: nobody can tell which migrations are applied`,
    `As its owner or a superuser: \`GRANT SELECT ON ${table} TO ${escapeIdentifier(role)}\`.`,
  )
}

function superuser({ role }: Row): Finding {
  return finding(
    'privileges.superuser',
    'note',
    `"${role}" is a superuser: no mistake of a migration is stopped by a missing privilege`,
    'In production use a role that owns the schema and nothing else.',
  )
}
