import type { Transform } from '../../infra/components/transform.ts'
import type { Registered } from './pulumi-registrations.ts'

interface MarkedTransforms {
  /** To be given to a component as its `transform`. */
  readonly transform: Readonly<Record<string, Transform<object>>>
  /** Transforms that were never called, or whose change arrived nowhere; and resources that none of them reached. */
  missed(run: Registered): string[]
}

/** A transform for each name, which marks the resource it is called for, so that it can be found again. */
export function transformsOf(names: readonly string[]): MarkedTransforms {
  const called = new Map<string, number>(names.map(name => [name, 0]))
  const transform = Object.fromEntries(
    names.map((name): [string, Transform<object>] => [
      name,
      (_args, options) => {
        called.set(name, (called.get(name) ?? 0) + 1)
        options.replaceOnChanges = [`marked-${name}`]
      },
    ]),
  )
  return {
    transform,
    missed: run => {
      const marks = run.registrations
        .filter(({ custom }) => custom)
        .map(each => ({ each, mark: each.replaceOnChanges }))
      const arrived = (name: string) => marks.filter(({ mark }) => mark.includes(`marked-${name}`)).length
      return [
        ...names.filter(name => called.get(name) === 0 || arrived(name) !== called.get(name)),
        ...marks.filter(({ mark }) => mark.length === 0).map(({ each }) => each.name),
      ]
    },
  }
}
