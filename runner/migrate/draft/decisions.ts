import { HowdahError } from '../../core/errors.ts'
import { readName, readPair } from './object-names.ts'

/** A dropped thing that may live on under one of several new names. */
export interface RenameQuestion {
  readonly kind: 'table' | 'column' | 'type'
  /** `users.name` */
  readonly from: string
  /** `users.full_name`, the likeliest first. */
  readonly to: readonly [string, ...string[]]
}

/** Asks a person: the index of the chosen name, or that it is dropped; `undefined` when there was no answer. */
export type AskRename = (question: RenameQuestion) => Promise<number | 'dropped' | undefined>

interface Wish {
  readonly flag: string
  readonly from: readonly string[]
  /** `undefined`: it is to be dropped. */
  readonly to: readonly string[] | undefined
  used: boolean
}

/** What `--rename` and `--drop` say. */
export class Decisions {
  readonly #wishes: Wish[]

  /** @throws HowdahError rename-unknown for what is no name */
  constructor(renames: readonly string[], drops: readonly string[]) {
    this.#wishes = [
      ...renames.map(text => {
        const [from, to] = readPair(text) ?? refuse(`--rename ${text}`, 'it is not of the form old=new')
        return { flag: `--rename ${text}`, from, to, used: false }
      }),
      ...drops.map(text => {
        const from = readName(text) ?? refuse(`--drop ${text}`, 'it is no name')
        return { flag: `--drop ${text}`, from, to: undefined, used: false }
      }),
    ]
  }

  /** The wish about a thing, by any of its names. */
  about(
    names: readonly (readonly string[])[],
  ): 'drop' | { readonly to: readonly string[]; readonly flag: string } | undefined {
    const wish = this.#wishes.find(({ from }) => names.some(name => same(name, from)))
    if (!wish) return undefined
    wish.used = true
    return wish.to === undefined ? 'drop' : { to: wish.to, flag: wish.flag }
  }

  drops(names: readonly (readonly string[])[]): boolean {
    const found = this.#wishes.filter(
      ({ from, to }) => to === undefined && names.some(name => same(name, from)),
    )
    for (const wish of found) wish.used = true
    return found.length > 0
  }

  /** The flags that were about nothing so far. */
  idle(): string[] {
    return this.#wishes.flatMap(({ flag, used }) => (used ? [] : [flag]))
  }

  /** @throws HowdahError rename-unknown for a wish about something that is not dropped */
  requireAllUsed(): void {
    const [idle] = this.idle()
    if (idle !== undefined) refuse(idle, 'the schema drops nothing of that name')
  }
}

const same = (a: readonly string[], b: readonly string[]) => a.join('\0') === b.join('\0')

function refuse(flag: string, problem: string): never {
  throw new HowdahError('rename-unknown', { flag, problem })
}
