/** A colour scheme. Texts stand on `page` and `panel`; `line` and `fill` carry no text. */
export interface Palette {
  readonly page: string
  readonly panel: string
  readonly border: string
  readonly text: string
  readonly quiet: string
  readonly link: string
  /** A series: its line, and the area below. */
  readonly line: string
  readonly fill: string
  readonly good: string
  readonly warning: string
  readonly critical: string
  /** Behind text of the colour above. */
  readonly goodGround: string
  readonly warningGround: string
  readonly criticalGround: string
}

export const LIGHT: Palette = {
  page: '#f6f5f1',
  panel: '#ffffff',
  border: '#dcd9d0',
  text: '#1d2125',
  quiet: '#565d63',
  link: '#0b5a86',
  line: '#2c7a9e',
  fill: '#dcebf1',
  good: '#1c6a3c',
  warning: '#854d00',
  critical: '#ad1f1f',
  goodGround: '#e6f3ea',
  warningGround: '#fdf0d8',
  criticalGround: '#fdeaea',
}

export const DARK: Palette = {
  page: '#14171a',
  panel: '#1c2125',
  border: '#353c42',
  text: '#e7e8e6',
  quiet: '#a3abb1',
  link: '#82c4e8',
  line: '#62abd0',
  fill: '#21404f',
  good: '#7fd39e',
  warning: '#f0bd66',
  critical: '#ff9c96',
  goodGround: '#1b3325',
  warningGround: '#3a2d14',
  criticalGround: '#451f20',
}
