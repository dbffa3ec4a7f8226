import { EXIT } from '../exit-codes.ts'

/** PgBouncer: how large it may be, what it is configured with, and what its consoles are told. */
export const POOLER_ERRORS = {
  'pooler-setting-invalid': {
    exit: EXIT.usage,
    message: (p: { setting: string; problem: string }) => `${p.setting}: ${p.problem}`,
    hint: () => 'Correct the value; nothing was rendered, planned or sent.',
  },
  'pooler-budget-exceeded': {
    exit: EXIT.usage,
    message: (p: { setting: string; value: number; problem: string }) =>
      `${p.setting} is ${p.value}: ${p.problem}`,
    hint: (p: { remedy: string }) => p.remedy,
  },
} as const
