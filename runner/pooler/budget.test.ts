import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HowdahError } from '../core/errors.ts'
import { type PoolerPlan, type PoolerSizing, planPooler } from './budget.ts'

const MEDIUM: PoolerSizing = { maxConnections: 400, tasks: 3, processes: 1, users: 2, databases: 1, vcpus: 4 }

const whole = (min: number, max: number) => fc.integer({ min, max })
const sizings = fc.record(
  {
    maxConnections: fc.oneof(whole(1, 200), whole(100, 5000), whole(1, 262_143)),
    reservedConnections: whole(0, 40),
    directConnections: whole(0, 100),
    tasks: whole(1, 30),
    deploymentMaximumPercent: fc.oneof(fc.constantFrom(100, 150, 200), whole(100, 400)),
    processes: whole(1, 16),
    users: whole(1, 12),
    databases: whole(1, 8),
    vcpus: whole(1, 192),
    clients: whole(1, 100_000),
    openFiles: fc.constantFrom(256, 1024, 4096, 65_535, 1_048_576),
    sharePercent: whole(1, 100),
  },
  { requiredKeys: ['maxConnections', 'tasks', 'users', 'vcpus'] },
)

const attempt = (sizing: PoolerSizing): PoolerPlan | HowdahError => {
  try {
    return planPooler(sizing)
  } catch (error) {
    if (error instanceof HowdahError) return error
    throw error
  }
}

test('ten thousand random sizings never ask the server for more connections than it has', () => {
  let kept = 0
  const everySetting = new Set<string>()
  fc.assert(
    fc.property(sizings, sizing => {
      const plan = attempt(sizing)
      if (plan instanceof HowdahError) {
        expect(plan.code).toBe('pooler-budget-exceeded')
        everySetting.add(plan.message.split(' ')[0] ?? '')
        return
      }
      kept += 1
      const {
        reservedConnections = 13,
        directConnections = 20,
        deploymentMaximumPercent = 200,
        processes = 1,
        databases = 1,
        openFiles = 65_535,
      } = sizing
      const tasksAtSurge = Math.ceil((sizing.tasks * deploymentMaximumPercent) / 100)
      const most = tasksAtSurge * processes * databases * plan.maxDbConnections
      expect(most + reservedConnections + directConnections).toBeLessThanOrEqual(sizing.maxConnections)
      expect(plan.serverConnectionsAtMost).toBe(most)
      // Every user can have its pool and its reserve, and one connection is left for auth_query.
      const perUser = plan.defaultPoolSize + plan.reservePoolSize
      expect(sizing.users * perUser + 1).toBeLessThanOrEqual(plan.maxDbConnections)
      expect(plan.defaultPoolSize).toBeGreaterThanOrEqual(1)
      expect(plan.reservePoolSize).toBeGreaterThanOrEqual(0)
      expect(plan.maxClientConn + databases * plan.maxDbConnections).toBeLessThan(openFiles)
    }),
    { numRuns: 10_000 },
  )
  expect(kept).toBeGreaterThan(2000)
  expect([...everySetting].sort()).toEqual(expect.arrayContaining(['maxConnections', 'openFiles', 'tasks']))
})

test('the setting an error names is one that alone mends it, by as much as the hint says', () => {
  let mended = 0
  fc.assert(
    fc.property(sizings, sizing => {
      const error = attempt(sizing)
      if (!(error instanceof HowdahError)) return
      const [setting = ''] = error.message.split(' ')
      const to = /(?:Lower|Raise) (?:\S+ \(nofile of the task\)|\S+) to (\d+)/.exec(error.hint)?.[1]
      if (Number(to) > 262_143) return
      const better = attempt({ ...sizing, [setting]: Number(to) })
      if (better instanceof HowdahError) expect(better.message).toMatch(/^openFiles /)
      else mended += 1
    }),
    { numRuns: 2000 },
  )
  expect(mended).toBeGreaterThan(200)
})

test('a medium instance with three poolers and two users', () => {
  expect(planPooler(MEDIUM)).toEqual({
    defaultPoolSize: 3,
    reservePoolSize: 1,
    maxDbConnections: 48,
    maxClientConn: 750,
    tasksAtSurge: 6,
    serverConnectionsAtMost: 288,
    openFilesNeeded: 750 + 48 + 64,
  })
})

test('pools grow with the cores of the server, and no further than their share', () => {
  const sizes = [1, 8, 32, 128].map(vcpus => planPooler({ ...MEDIUM, vcpus }).defaultPoolSize)
  expect(sizes).toEqual([2, 6, 19, 19])
})

test('a rollout that doubles the poolers halves what each may have', () => {
  const { maxDbConnections: rolling } = planPooler({ ...MEDIUM, deploymentMaximumPercent: 200 })
  const { maxDbConnections: fixed } = planPooler({ ...MEDIUM, deploymentMaximumPercent: 100 })
  expect(fixed).toBe(2 * rolling + 1)
})

test.each([
  [{ maxConnections: 0 }, 'maxConnections: must be a whole number from 1 to 262143, and is 0'],
  [{ tasks: 1.5 }, 'tasks: must be a whole number'],
  [{ vcpus: Number.NaN }, 'vcpus: must be a whole number'],
  [{ processes: -1 }, 'processes: must be'],
  [{ sharePercent: 101 }, 'sharePercent: must be'],
  [
    { processes: 40 },
    'processes is 40: 400 connections less 13 reserved and 20 direct ones leave poolers 293',
  ],
  [{ tasks: 200, deploymentMaximumPercent: 100 }, 'tasks is 200'],
  [{ maxConnections: 20, users: 5 }, 'maxConnections is 20'],
  [{ maxConnections: 36, tasks: 1, users: 5 }, 'directConnections is 20'],
  [{ maxConnections: 60, directConnections: 40 }, 'directConnections is 40'],
  [{ clients: 200_000, openFiles: 4096 }, 'openFiles is 4096'],
])('%j is refused by the name of the setting', (change, message) => {
  expect(() => planPooler({ ...MEDIUM, ...change })).toThrow(message)
})
