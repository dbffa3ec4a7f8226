/** The texts of all code blocks of one language. */
export function fences(markdown: string, language: string): readonly string[] {
  const blocks = markdown.matchAll(/^( *)```(\w+)\n([\s\S]*?)\n\1```$/gm)
  return [...blocks].flatMap(([, indent = '', marked, text = '']) =>
    marked === language ? [text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] : [],
  )
}

/** What stands between backticks within sentences. */
export function inlineCode(markdown: string): readonly string[] {
  const sentences = markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '')
  return [...sentences.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

/** What a person fills in, and an example of it. A placeholder that is not here is a slip of the pen. */
const EXAMPLES: Readonly<Record<string, string>> = {
  pid: '12345',
  gid: 'g1',
  slot: 'slot1',
  role: 'app',
  schema: 'public',
  table: 'orders',
  column: 'id',
  index: 'orders_idx',
  constraint: 'orders_check',
  sequence: 'orders_id_seq',
  extension: 'pg_stat_statements',
  setting: 'work_mem',
  database: 'shop',
  user: 'app',
  pool: 'shop',
  number: '100',
  instance: 'db-1',
  'new-instance': 'db-2',
  snapshot: 'snap-1',
  'parameter-group': 'group-1',
  class: 'db.r6g.large',
  host: 'db.example.com',
  time: '2026-01-01T00:00:00Z',
  migration: '20240101000000_orders',
  arn: 'arn:aws:rds:eu-west-1:1:db:db-1',
  log: 'error/postgresql.log',
  action: 'system-update',
  port: '9188',
}

/** @throws Error for a placeholder nobody has an example of */
export function withPlaceholders(text: string): string {
  return text.replace(/<([a-z][a-z-]*)>/g, (mark, name: string) => {
    const example = EXAMPLES[name]
    if (example === undefined) throw new Error(`what is ${mark} in: ${text}`)
    return example
  })
}
