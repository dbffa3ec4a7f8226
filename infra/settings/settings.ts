import { ALARMS, BACKUPS, RUNNER } from './groups/backups.ts'
import { DATABASE, DATABASE_OPERATION, REPLICAS } from './groups/database.ts'
import { KEYS, NETWORK } from './groups/network.ts'
import { PLATFORM, PROVIDER } from './groups/platform.ts'
import { ACCESS, POOLER } from './groups/pooler.ts'
import type { SettingGroup, ValuesOf } from './setting.ts'

/** The one table of the stack's settings: parser, types and documents are made of it. */
export const GROUPS = {
  provider: PROVIDER,
  platform: PLATFORM,
  network: NETWORK,
  keys: KEYS,
  database: { ...DATABASE, ...DATABASE_OPERATION },
  replicas: REPLICAS,
  pooler: POOLER,
  access: ACCESS,
  backups: BACKUPS,
  runner: RUNNER,
  alarms: ALARMS,
} as const satisfies Readonly<Record<string, SettingGroup>>

export type GroupName = keyof typeof GROUPS

export type Settings = { readonly [G in GroupName]: ValuesOf<(typeof GROUPS)[G]> } & {
  /** The stack's environment: that of the settings, else the stack's name. */
  readonly environment: string
}

export const GROUP_NAMES = Object.keys(GROUPS) as readonly GroupName[]

/** A setting as it is written in a stack: `aws:region`, `howdah:tier`, `howdah:database.port`. */
export function keyOf(group: GroupName, name: string): string {
  if (group === 'provider') return `aws:${name}`
  return group === 'platform' ? `howdah:${name}` : `howdah:${group}.${name}`
}

type NamesOf<G extends GroupName> = Extract<keyof (typeof GROUPS)[G], string>

/** Every key there is, for those who name one: a misspelt one does not compile. */
export type SettingKey = {
  [G in GroupName]: G extends 'provider'
    ? `aws:${NamesOf<G>}`
    : G extends 'platform'
      ? `howdah:${NamesOf<G>}`
      : `howdah:${G}.${NamesOf<G>}`
}[GroupName]
