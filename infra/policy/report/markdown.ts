import type { Verdict } from '../verdicts.ts'
import type { Compliance, ControlCompliance, StackVerdict } from './compliance.ts'

/** What a verdict reads in a table, and what it means. */
const WORDS: Readonly<Record<Verdict, readonly [word: string, meaning: string]>> = {
  passed: ['passed', 'every resource it looks at conforms'],
  violated: ['**VIOLATED**', 'a resource does not conform, and the stack is held to it: `pulumi up` refuses'],
  advised: ['advised', 'a resource does not conform; `pulumi up` says so and goes on'],
  waived: ['waived', 'a resource does not conform, and the stack is not held to it; the reason is below'],
  untold: ['cannot be told', 'a value is known only after the update, or is not in this program: no pass'],
  nothing: ['–', 'the stack registers nothing the control looks at: no pass either'],
}

const VERDICTS = Object.keys(WORDS) as Verdict[]

/** The report as it is committed. It has no date, so that it changes when the program or a control does, and at no other time. */
export function complianceMarkdown(compliance: Compliance): string {
  const sections = [
    introduction(compliance),
    summary(compliance),
    controls(compliance),
    findings(compliance),
    waivers(compliance),
    exceptions(compliance),
    listOfIds(
      'Not applicable',
      'Published for the services used here, and without anything here to look at.',
      compliance.notApplicable,
    ),
    listOfIds(
      'Seen only while it runs',
      'No configuration tells; ask the running platform.',
      compliance.seenWhileRunning,
    ),
    unwatched(compliance),
  ]
  return `${sections.filter(Boolean).join('\n\n')}\n`
}

function introduction({ stacks }: Compliance): string {
  const names = stacks.map(({ stack }) => `\`${stack}\``).join(', ')
  return [
    '# Compliance',
    '',
    `Written by \`npm run infra:compliance\`: the program of each stack (${names}) is run as Pulumi runs it, against an engine that`,
    'makes nothing, and every control of `infra/policy` looks at what it registers. A test keeps this page as the command writes it.',
  ].join('\n')
}

function summary({ stacks }: Compliance): string {
  const rows = VERDICTS.map(verdict => [
    WORDS[verdict][0],
    ...stacks.map(({ counts }) => `${counts[verdict]}`),
    WORDS[verdict][1],
  ])
  const resources = ['resources', ...stacks.map(stack => `${stack.resources}`), 'without components']
  return table(['verdict', ...stacks.map(({ stack }) => stack), 'meaning'], [...rows, resources])
}

function controls({ stacks, controls }: Compliance): string {
  const rows = controls.map(control => [
    control.ids.join('<br>'),
    control.title,
    control.severity,
    ...control.stacks.map(verdictCell),
    `\`${control.key}\``,
  ])
  const header = ['identifiers', 'control', 'severity', ...stacks.map(({ stack }) => stack), 'file']
  return `## Controls\n\nIn brackets: how many resources were looked at.\n\n${table(header, rows)}`
}

function verdictCell({ verdict, looked, excepted }: StackVerdict): string {
  if (verdict === 'nothing') return WORDS.nothing[0]
  const beside = excepted.length > 0 ? `, ${excepted.length} excepted` : ''
  return `${WORDS[verdict][0]} (${looked}${beside})`
}

function findings({ controls }: Compliance): string {
  const lines = eachVerdict(
    controls,
    ({ verdict }) => verdict === 'violated' || verdict === 'untold',
  ).flatMap(([control, on]) =>
    [...on.violations, ...on.untold].map(
      ({ resource, message }) =>
        `- ${on.stack}, ${control.ids[0]}: \`${resource}\` ${message}. To do: ${control.remedy}.`,
    ),
  )
  return lines.length === 0 ? '' : `## To do\n\n${lines.join('\n')}`
}

function waivers({ controls }: Compliance): string {
  const rows = eachVerdict(controls, ({ waiver }) => waiver !== undefined).map(([control, on]) => [
    on.stack,
    control.ids[0] ?? '',
    on.waiver?.level ?? '',
    on.violations.map(({ resource }) => `\`${resource}\``).join(', ') || 'made no use of',
    on.waiver?.reason ?? '',
  ])
  const header = ['stack', 'control', 'level', 'does not conform', 'reason']
  return `## Waivers\n\nStacks that are not named here are held to every control.\n\n${table(header, rows)}`
}

function exceptions({ controls }: Compliance): string {
  const lines = controls.flatMap(control => {
    const excepted = control.stacks.flatMap(on => on.excepted.map(one => ({ ...one, stack: on.stack })))
    return [...new Set(excepted.map(({ reason }) => reason))].flatMap(reason => [
      `- ${control.ids[0]}: ${reason}.`,
      ...control.stacks.flatMap(({ stack }) => {
        const names = excepted
          .filter(one => one.reason === reason && one.stack === stack)
          .map(({ resource }) => `\`${resource}\``)
        return names.length > 0 ? [`  - ${stack}: ${names.join(', ')}`] : []
      }),
    ])
  })
  return lines.length === 0
    ? ''
    : `## Exceptions\n\nResources that a control finds, and that are left as they are on every stack.\n\n${lines.join('\n')}`
}

function listOfIds(title: string, about: string, ids: Compliance['notApplicable']): string {
  const rows = ids.map(({ id, title, reason }) => [id, title, reason])
  return `## ${title}\n\n${about}\n\n${table(['identifier', 'control', 'why'], rows)}`
}

function unwatched({ stacks }: Compliance): string {
  const types = [...new Set(stacks.flatMap(({ unwatched }) => unwatched))].sort()
  const about = 'Registered by a stack, and looked at by no control itself; some are followed from what is.'
  return `## Types without a control\n\n${about}\n\n${types.map(type => `- \`${type}\``).join('\n') || 'None.'}`
}

function eachVerdict(
  controls: readonly ControlCompliance[],
  wanted: (on: StackVerdict) => boolean,
): readonly (readonly [ControlCompliance, StackVerdict])[] {
  return controls.flatMap(control => control.stacks.filter(wanted).map(on => [control, on] as const))
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
