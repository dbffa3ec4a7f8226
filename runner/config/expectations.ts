import { z } from 'zod'
import { listFromText } from './kinds.ts'

/** What makes a backup: the service every day, a snapshot of it, pg_dump, or a copy in another region. */
export const BACKUP_TYPES = ['rds_auto', 'rds_snapshot', 'logical', 'cross_region'] as const
export type BackupType = (typeof BACKUP_TYPES)[number]

/** A backup there has to be. */
export interface ExpectedBackup {
  /** `undefined`: it has the name of the database that is watched. */
  readonly cluster: string | undefined
  readonly type: BackupType
  /** How old the newest good one may be. */
  readonly maxAgeSeconds: number
}

/** What has to be there, by configuration: only so is it seen that all of it is gone. */
export interface Expectations {
  readonly backups: readonly ExpectedBackup[]
  /** How long backups have to be kept. */
  readonly retentions: readonly { readonly cluster: string | undefined; readonly seconds: number }[]
  readonly drills: readonly DrillTarget[]
  /** Physical replicas that are to stream from the server; `undefined`: nobody said how many. */
  readonly replicas?: number | undefined
}

/** What a recovery may take and lose. */
export interface DrillTarget {
  readonly scenario: string
  readonly rtoSeconds: number
  readonly rpoSeconds: number
}

const DURATION = String.raw`([1-9]\d{0,5})([smhd])`
const BACKUP = new RegExp(`^(?:([^/=,]+)/)?(${BACKUP_TYPES.join('|')})=${DURATION}$`)
const RETENTION = new RegExp(`^(?:([^/=,]+)=)?${DURATION}$`)
const DRILL = new RegExp(`^([^=,]+)=${DURATION}:${DURATION}$`)

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const seconds = (count = '', unit = '') => Number(count) * (SECONDS[unit] ?? Number.NaN)

/** Texts of one form, each about something else. */
const entries = (form: RegExp, subject: (found: RegExpExecArray) => string, example: string) =>
  z.preprocess(
    listFromText,
    z
      .array(z.string().regex(form, `must be like ${example}`), `must be like ${example}`)
      .min(1, 'must name at least one')
      .refine(values => {
        const subjects = values.flatMap(value => {
          const found = form.exec(value)
          return found ? [subject(found)] : []
        })
        return new Set(subjects).size === subjects.length
      }, 'names one of them twice'),
  )

export const expectedBackups = () =>
  entries(BACKUP, ([, cluster = '', type]) => `${cluster}/${type}`, 'logical=26h or shop/rds_auto=1d')
export const retentions = () => entries(RETENTION, ([, cluster = '']) => cluster, '30d or shop=35d')
export const drillTargets = () =>
  entries(DRILL, ([, scenario = '']) => scenario, 'region-loss=4h:15m (time to recover, loss of data)')

/** What the settings of those names say. */
export function expectationsOf(settings: {
  readonly expectedBackups?: readonly string[] | undefined
  readonly backupRetention?: readonly string[] | undefined
  readonly drillTargets?: readonly string[] | undefined
  readonly expectedReplicas?: number | undefined
}): Expectations {
  return {
    replicas: settings.expectedReplicas,
    backups: matches(BACKUP, settings.expectedBackups).map(([, cluster, type, count, unit]) => ({
      cluster,
      type: type as BackupType,
      maxAgeSeconds: seconds(count, unit),
    })),
    retentions: matches(RETENTION, settings.backupRetention).map(([, cluster, count, unit]) => ({
      cluster,
      seconds: seconds(count, unit),
    })),
    drills: matches(DRILL, settings.drillTargets).map(([, scenario = '', rto, rtoUnit, rpo, rpoUnit]) => ({
      scenario,
      rtoSeconds: seconds(rto, rtoUnit),
      rpoSeconds: seconds(rpo, rpoUnit),
    })),
  }
}

function matches(form: RegExp, values: readonly string[] = []): readonly RegExpExecArray[] {
  return values.flatMap(value => {
    const found = form.exec(value)
    return found ? [found] : []
  })
}
