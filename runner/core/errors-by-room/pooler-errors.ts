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
  'pooler-processes-unknown': {
    exit: EXIT.failed,
    message: (p: { host: string; port: number }) =>
      `PgBouncer at ${p.host}:${p.port} shares its port (so_reuseport) and has no peers, so nobody can tell how many processes there are`,
    hint: () =>
      'Give each process a peer_id and all of them the same [peers] (PgBouncer 1.19); renderPgbouncerIni does. Cancel requests need them as well.',
  },
} as const
