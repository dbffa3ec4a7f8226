import type { Verb } from './verb.ts'

/** How to get one verb without the others, by its path; a test holds it to the registry. */
const LOADERS: ReadonlyMap<string, () => Promise<Verb>> = new Map([
  ['up', async () => (await import('./up.ts')).up],
  ['migrate new', async () => (await import('./migrate-new.ts')).migrateNew],
  ['migrate deploy', async () => (await import('./migrate-deploy.ts')).migrateDeploy],
  ['migrate plan', async () => (await import('./migrate-plan.ts')).migratePlan],
  ['migrate status', async () => (await import('./migrate-status.ts')).migrateStatus],
  ['migrate verify', async () => (await import('./migrate-verify.ts')).migrateVerify],
  ['migrate rollback', async () => (await import('./migrate-rollback.ts')).migrateRollback],
  ['migrate repair', async () => (await import('./migrate-repair.ts')).migrateRepair],
  ['migrate diff', async () => (await import('./migrate-diff.ts')).migrateDiff],
  ['migrate resolve', async () => (await import('./migrate-resolve.ts')).migrateResolve],
  ['migrate baseline', async () => (await import('./migrate-baseline.ts')).migrateBaseline],
  ['seed', async () => (await import('./seed.ts')).seed],
  ['serve', async () => (await import('./serve.ts')).serve],
  ['metrics list', async () => (await import('./metrics-list.ts')).metricsList],
  ['metrics explain', async () => (await import('./metrics-explain.ts')).metricsExplain],
  ['runbook', async () => (await import('./runbook.ts')).runbook],
  ['setup access', async () => (await import('./setup-access.ts')).setupAccess],
  ['pooler status', async () => (await import('./pooler-status.ts')).poolerStatusVerb],
  ['pooler pause', async () => (await import('./pooler-pause.ts')).poolerPause],
  ['pooler resume', async () => (await import('./pooler-resume.ts')).poolerResume],
  ['pooler reconnect', async () => (await import('./pooler-reconnect.ts')).poolerReconnect],
  ['pooler reload', async () => (await import('./pooler-reload.ts')).poolerReload],
  ['pooler repoint', async () => (await import('./pooler-repoint.ts')).poolerRepoint],
  [
    'pooler rotate-credentials',
    async () => (await import('./pooler-rotate-credentials.ts')).poolerRotateCredentials,
  ],
  ['setup pooler-auth', async () => (await import('./setup-pooler-auth.ts')).setupPoolerAuth],
  ['ecs run', async () => (await import('./ecs-run.ts')).ecsRun],
  ['setup monitor-role', async () => (await import('./setup-monitor-role.ts')).setupMonitorRole],
  ['doctor', async () => (await import('./doctor.ts')).doctor],
  ['config show', async () => (await import('./config-show.ts')).configShow],
])

/**
 * The verbs a command line can mean: the one it names, loaded alone, or all of them where it names none (`--help`, a slip of
 * the pen). All of them, with their capabilities, take about 100 ms longer to load than `migrate deploy`.
 */
export async function loadVerbs(argv: readonly string[]): Promise<readonly Verb[]> {
  const load = LOADERS.get(argv.slice(0, 2).join(' ')) ?? LOADERS.get(argv[0] ?? '')
  return load ? [await load()] : (await import('./verbs.ts')).VERBS
}
