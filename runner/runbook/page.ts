/** The parts of every page, in this order. */
export const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Verify', 'Escalate'] as const

export interface Section {
  readonly title: string
  /** Markdown, without the heading. */
  readonly text: string
}

/** A page of `monitoring/runbooks`. Its head comes from the rules, by `npm run monitoring`. */
export interface Page {
  /** The alert. */
  readonly name: string
  readonly severity: string
  /** How long the condition holds before the alert fires; `at once` or a duration of Prometheus. */
  readonly fires: string
  /** In it stand names of labels where the alert has their values. */
  readonly summary: string
  /** What Prometheus evaluates; `undefined` while no rule has it. */
  readonly expression: string | undefined
  readonly sections: readonly Section[]
  /** Names of the questions in it, in its order. */
  readonly questions: readonly string[]
  /** All of it. */
  readonly markdown: string
}

/** Reads a page. What it lacks is empty; a test holds each page to the form. */
export function parsePage(name: string, markdown: string): Page {
  const [, head = ''] = /<!-- alert -->([\s\S]*?)<!-- \/alert -->/.exec(markdown) ?? []
  const [, severity = '', fires = '', summary = ''] =
    /^\*\*(\w+)\*\*, (at once|after \w+): (.+)$/m.exec(head) ?? []
  const [, expression] = /```promql\n([\s\S]*?)\n```/.exec(head) ?? []
  const sections = markdown.split(/^## /m).slice(1)
  return {
    name,
    severity,
    fires,
    summary,
    expression,
    sections: sections.map(section => {
      const [title = '', ...lines] = section.split('\n')
      return { title: title.trim(), text: lines.join('\n').trim() }
    }),
    questions: [...markdown.matchAll(/^<!-- sql:([\w-]+) -->$/gm)].map(([, question = '']) => question),
    markdown,
  }
}
