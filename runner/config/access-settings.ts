import { z } from 'zod'

/** What a role is for. */
export const ROLE_KINDS = ['owner', 'migrator', 'application', 'readOnly', 'monitor', 'pooler'] as const
export type RoleKind = (typeof ROLE_KINDS)[number]

/** What `howdah setup access` and the Pulumi component are told; everything left out has a default. */
export interface AccessSettings {
  /** Begins the names of the roles owner, migrator, application and read-only. Absent: the first database's name. */
  readonly prefix?: string | undefined
  /** Names of roles that are to be called otherwise. */
  readonly roles?: { readonly [K in RoleKind]?: string | undefined } | undefined
  /**
   * Roles the application logs in as, each a member of its role, so that a password can change while the other is in use.
   * Absent: the application's role logs in itself.
   */
  readonly logins?: readonly string[] | undefined
  readonly databases?: readonly AccessDatabase[] | undefined
  /** Roles that log in by IAM where the server is Amazon RDS; with a password they cannot any more. Absent: none. */
  readonly iam?: readonly RoleKind[] | undefined
  /** The most sessions a role may have; -1: as many as there are. */
  readonly connectionLimits?: { readonly [K in RoleKind]?: number | undefined } | undefined
  /** Limits the sessions of a role begin with, in milliseconds; 0 is none. */
  readonly timeouts?: { readonly [K in RoleKind]?: RoleTimeouts | undefined } | undefined
  /** Whether the read-only role may call functions: those declared SECURITY DEFINER may write. Absent: it may not. */
  readonly readOnlyExecutes?: boolean | undefined
}

export interface AccessDatabase {
  readonly name: string
  /** Absent: `public`. */
  readonly schemas?: readonly string[] | undefined
  readonly extensions?: readonly AccessExtension[] | undefined
}

export interface AccessExtension {
  readonly name: string
  /** Where its objects go. Absent: the first schema of the database. */
  readonly schema?: string | undefined
}

export interface RoleTimeouts {
  readonly statementMs?: number | undefined
  readonly lockMs?: number | undefined
  readonly idleInTransactionMs?: number | undefined
}

/** Postgres cuts longer names off, and two of them may then be one. */
const LONGEST_NAME = 63

const name = (refused: RegExp, why: string) =>
  z
    .string('must be text')
    .refine(
      value => value !== '' && Buffer.byteLength(value) <= LONGEST_NAME,
      `a name has 1 to ${LONGEST_NAME} bytes`,
    )
    .refine(value => !value.includes('\0'), 'a name has no zero byte')
    .refine(value => !refused.test(value), why)

const roleName = () =>
  name(
    /^(pg_.*|rds_.*|rds.*admin|rdsrepladmin|public|none)$/i,
    'is a name that Postgres or RDS keeps for itself',
  )
const schemaName = () =>
  name(
    /^(pg_.*|information_schema|howdah)$/,
    'is a schema of the server or of our own record, which is always among them',
  )
const databaseName = () =>
  name(/^(template0|template1|rdsadmin)$/, 'is a database the server keeps for itself')

const milliseconds = () => z.int('must be a whole number of milliseconds').min(0).max(86_400_000)
const eachKind = <T extends z.ZodType>(value: T) =>
  z.partialRecord(z.enum(ROLE_KINDS, `must be one of ${ROLE_KINDS.join(', ')}`), value)

const ACCESS = z.strictObject({
  prefix: name(/^(pg_|rds)/i, 'begins names that Postgres or RDS keep for themselves').optional(),
  roles: eachKind(roleName()).optional(),
  logins: z.array(roleName()).max(10, 'names at most 10').optional(),
  databases: z
    .array(
      z.strictObject({
        name: databaseName(),
        schemas: z.array(schemaName()).min(1, 'must name at least one').optional(),
        extensions: z
          .array(
            z.strictObject({
              name: name(/^plpgsql$/, 'is always there'),
              schema: name(/^(pg_.*|information_schema|howdah)$/, 'takes no extension').optional(),
            }),
          )
          .optional(),
      }),
    )
    .min(1, 'must name at least one')
    .optional(),
  iam: z.array(z.enum(ROLE_KINDS, `must be one of ${ROLE_KINDS.join(', ')}`)).optional(),
  connectionLimits: eachKind(z.int('must be a whole number').min(-1).max(10_000)).optional(),
  timeouts: eachKind(
    z.strictObject({
      statementMs: milliseconds().optional(),
      lockMs: milliseconds().optional(),
      idleInTransactionMs: milliseconds().optional(),
    }),
  ).optional(),
  readOnlyExecutes: z.boolean('must be true or false').optional(),
})

const jsonFromText = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** The settings as JSON, or as themselves from the configuration file. */
export const accessSettings = () =>
  z
    .preprocess(jsonFromText, ACCESS)
    .transform((value): AccessSettings => value)
    .superRefine((value, context) => {
      for (const problem of repeated(value)) context.addIssue({ code: 'custom', message: problem })
    })

function repeated({ databases = [], logins = [], iam = [] }: AccessSettings): string[] {
  const twice = (what: string, values: readonly string[]) =>
    new Set(values).size === values.length ? [] : [`${what} names one of them twice`]
  return [
    ...twice(
      'databases',
      databases.map(database => database.name),
    ),
    ...twice('logins', logins),
    ...twice('iam', iam),
    ...databases.flatMap(database => [
      ...twice(`schemas of ${database.name}`, database.schemas ?? []),
      ...twice(
        `extensions of ${database.name}`,
        (database.extensions ?? []).map(extension => extension.name),
      ),
    ]),
  ]
}

/** What is wrong with settings that somebody wrote, each with its key; none: they can be used. */
export function accessSettingsProblems(value: unknown): string[] {
  const result = accessSettings().safeParse(value)
  if (result.success) return []
  return result.error.issues.map(({ path, message }) => `${['access', ...path].join('.')}: ${message}`)
}
