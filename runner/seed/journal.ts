import type { Secret } from '../core/secret.ts'
import type { SeedJournal, TableRows } from './profile.ts'

/** A password made in this run. Whoever reports it reveals it, once. */
export interface GeneratedPassword {
  readonly account: string
  readonly password: Secret
}

export interface JournalEntries {
  readonly tables: TableRows[]
  readonly notes: string[]
  readonly passwords: GeneratedPassword[]
}

export function createJournal(): { journal: SeedJournal; entries: JournalEntries } {
  const entries: JournalEntries = { tables: [], notes: [], passwords: [] }
  return {
    entries,
    journal: {
      table: rows => void entries.tables.push(rows),
      note: sentence => void entries.notes.push(sentence),
      password: (account, password) => void entries.passwords.push({ account, password }),
    },
  }
}
