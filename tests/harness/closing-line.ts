import type { Reporter, TestModule } from 'vitest/node'

/**
 * The last line of every run, `N passed, N failed, N skipped`, and above it each skipped test by name:
 * a test that did not run is never passed over in silence.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 }
    const skipped: string[] = []
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') counts.passed += 1
        else if (state === 'failed') counts.failed += 1
        else {
          counts.skipped += 1
          skipped.push(test.fullName)
        }
      }
    }
    const lines = skipped.map(name => `skipped: ${name}`)
    process.stdout.write(
      `\n${[...lines, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`].join('\n')}\n`,
    )
  }
}
