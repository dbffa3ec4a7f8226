import { expect, test } from 'vitest'
import { DARK, LIGHT, type Palette } from './palette.ts'
import { contentSecurityPolicy, STYLE } from './style.ts'

/** Relative luminance as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

test('contrast is computed as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

test.each([
  ['light', LIGHT],
  ['dark', DARK],
])(
  'in the %s scheme every text has a contrast of at least 4.5, and every line one of 3',
  (_, palette: Palette) => {
    const texts = ['text', 'quiet', 'link', 'good', 'warning', 'critical'] as const
    const onGrounds = texts.flatMap(text => [
      [text, 'page', contrast(palette[text], palette.page)] as const,
      [text, 'panel', contrast(palette[text], palette.panel)] as const,
    ])
    const onOwn = (['good', 'warning', 'critical'] as const).map(
      level => [level, 'its ground', contrast(palette[level], palette[`${level}Ground`])] as const,
    )
    expect([...onGrounds, ...onOwn].filter(([, , ratio]) => ratio < 4.5)).toEqual([])
    expect(contrast(palette.line, palette.panel)).toBeGreaterThan(3)
  },
)

test('the style uses colours of the palette alone, print aside, and the policy allows nothing but it and the icon', () => {
  const colours = (STYLE.split('@media print')[0] ?? '').match(/#[0-9a-f]{3,8}\b/gi) ?? []
  expect(new Set(colours)).toEqual(new Set([...Object.values(LIGHT), ...Object.values(DARK)]))
  expect(STYLE).not.toContain('url(')
  expect(contentSecurityPolicy()).toMatch(/^default-src 'none'; style-src 'sha256-[^']{44}'; img-src data:;/)
  expect(contentSecurityPolicy()).not.toContain('unsafe')
})
