import { defineConfig } from 'vitest/config'

const project = (name: string, include: readonly string[], testTimeout: number) => ({
  extends: true as const,
  test: { name, include: [...include], testTimeout, hookTimeout: 120_000 },
})

/** One project a level of the table in ARCHITECTURE.md. No retries: a flake is a bug. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    globalSetup: ['tests/harness/server-broker.ts'],
    reporters: ['default', './tests/harness/closing-line.ts'],
    // Two cores are what the smallest machine has; servers and child processes need their share.
    maxWorkers: 2,
    projects: [
      project(
        'unit',
        ['runner/**/*.test.ts', 'prisma/**/*.test.ts', 'monitoring/**/*.test.ts', 'infra/**/*.test.ts'],
        20_000,
      ),
      project('architecture', ['tests/architecture/**/*.test.ts'], 30_000),
      project('integration', ['tests/integration/**/*.test.ts'], 60_000),
      project('conformance', ['tests/conformance/**/*.test.ts'], 60_000),
      project('infra', ['tests/infra/**/*.test.ts'], 60_000),
      project('monitoring', ['tests/monitoring/**/*.test.ts'], 60_000),
      project('containers', ['tests/containers/**/*.test.ts'], 120_000),
      project('chaos', ['tests/chaos/**/*.test.ts'], 600_000),
    ],
  },
})
