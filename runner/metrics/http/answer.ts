import type { Answer } from '../route.ts'

/** What is sent: a page, and what goes with it. */
export interface FullAnswer extends Answer {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** One line of text. */
export function plain(status: number, body: string, headers?: FullAnswer['headers']): FullAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n`, ...(headers && { headers }) }
}
