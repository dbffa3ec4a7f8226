import { settingRows } from '../config/present.ts'
import { SETTING_NAMES } from '../config/settings.ts'
import { EXIT } from '../core/exit-codes.ts'
import type { Verb } from './verb.ts'

export const configShow: Verb = {
  path: ['config', 'show'],
  summary: 'print every setting, its value and where it came from',
  settings: SETTING_NAMES,
  flags: [],
  examples: [
    { command: 'howdah config show', meaning: 'What would a verb run here see? Secrets print as [set].' },
    { command: 'howdah config show --json | jq .settings', meaning: 'The same for a program.' },
  ],
  run: async ({ config, provenance }) => {
    const rows = settingRows({ config, provenance })
    const width = (pick: (row: (typeof rows)[number]) => string) =>
      Math.max(...rows.map(row => pick(row).length))
    const [names, values] = [width(row => row.name), width(row => String(row.value ?? '-'))]
    const lines = rows.map(
      row => `${row.name.padEnd(names)}  ${String(row.value ?? '-').padEnd(values)}  ${row.origin}`,
    )
    return { data: { settings: rows }, text: lines.join('\n'), exit: EXIT.done }
  },
}
