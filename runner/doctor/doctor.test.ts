import { describe, expect, test } from 'vitest'
import { systemClock } from '../core/clock.ts'
import { HowdahError } from '../core/errors.ts'
import { clockFinding } from './checks/clock.ts'
import { isLocal } from './checks/connectivity.ts'
import { statements } from './checks/extensions.ts'
import { CHECKS } from './checks/registry.ts'
import { nodeVersion, serverVersion } from './checks/versions.ts'
import { finding, hidden, isHealthy, notChecked, ok } from './finding.ts'
import { reportExamination } from './report.ts'
import { runCheck } from './run-check.ts'

describe('health', () => {
  const cases = [
    ['nothing but fine', [ok('a', 'x')], true],
    ['a note and a warning', [finding('a', 'note', 'x', 'y'), finding('b', 'warning', 'x', 'y')], true],
    ['something this role may not see', [hidden('a', 'x', 'y')], true],
    ['something an error kept from being checked', [notChecked('a', 'boom')], false],
    ['a problem', [ok('a', 'x'), finding('b', 'problem', 'x', 'y')], false],
  ] as const
  test.each(cases)('%s', (_, findings, healthy) => {
    expect(isHealthy(findings)).toBe(healthy)
    expect(reportExamination({ findings, healthy }).exit).toBe(healthy ? 0 : 6)
  })

  test('without a connection no check that needs one is fine', async () => {
    const failure = new HowdahError('server-unreachable', { host: 'h', port: 1, reason: 'silence' })
    const arrival = { failure, clock: systemClock, poolerAdminUrls: [], connectTimeoutMs: 1000 }
    const findings = (await Promise.all(CHECKS.map(check => runCheck(check, arrival)))).flat()
    const fine = findings.filter(({ status }) => status === 'ok').map(({ key }) => key)
    expect(fine.sort()).toEqual(['versions.driver', 'versions.node'])
    const unknown = findings.filter(({ status }) => status === 'unknown').map(({ key }) => key)
    const needy = CHECKS.filter(({ needs }) => needs === 'connection').map(({ key }) => key)
    expect(unknown.sort()).toEqual([...needy, 'versions.server'].sort())
    expect(findings.find(({ key }) => key === 'connectivity.reach')).toMatchObject({
      status: 'problem',
      sentence: failure.message,
      next: failure.hint,
    })
  })

  test('every finding that is not fine says what to do', () => {
    const report = reportExamination({ findings: [notChecked('a', 'boom'), ok('b', 'x')], healthy: false })
    expect(report.text).toContain('? a  not checked: boom\n     → Put the cause right')
    expect(report.text).toContain('Not healthy: 1 unknown, 1 fine.')
  })
})

test('clocks agree as far as can be told, or they do not', () => {
  expect(clockFinding({ skewMs: 1200, durationMs: 800 }).status).toBe('ok')
  expect(clockFinding({ skewMs: -1200, durationMs: 2 })).toMatchObject({
    status: 'warning',
    sentence: "the server's clock is 1.2 s behind this machine's, ± 2.0 ms (half a round trip of 2.0 ms)",
  })
  expect(clockFinding({ skewMs: 400_000, durationMs: 2 }).status).toBe('problem')
})

test('versions: supported, too old, newer than tested', () => {
  expect(serverVersion({ version: '15.18', major: 15 }).status).toBe('ok')
  expect(serverVersion({ version: '14.23', major: 14 }).status).toBe('problem')
  expect(serverVersion({ version: '19.0', major: 19 }).status).toBe('note')
  expect(nodeVersion('Node.js/24').status).toBe('ok')
  expect(nodeVersion('Node.js/20').status).toBe('problem')
  expect(nodeVersion('something else').status).toBe('problem')
})

test.each([
  ['loaded and created', { available: '1.12', installed: '1.12', preloaded: 'x, pg_stat_statements' }, 'ok'],
  ['created only', { available: '1.12', installed: '1.12', preloaded: '' }, 'note'],
  ['loaded only', { available: '1.12', installed: null, preloaded: 'pg_stat_statements' }, 'note'],
  ['not there at all', { available: null, installed: null, preloaded: '' }, 'note'],
  ['hidden', { available: '1.12', installed: '1.12', preloaded: null }, 'unknown'],
] as const)('pg_stat_statements %s', (_, row, status) => {
  expect(statements(row).status).toBe(status)
})

test('only addresses of this machine count as local', () => {
  expect(['', '::1', '127.0.0.1', '127.1.2.3', '::ffff:127.0.0.1'].map(isLocal)).toEqual(Array(5).fill(true))
  expect(['10.0.0.1', '1.127.0.0', 'fe80::1', '::ffff:10.0.0.1'].map(isLocal)).toEqual(Array(4).fill(false))
})
