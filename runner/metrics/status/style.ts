import { createHash } from 'node:crypto'
import { DARK, LIGHT, type Palette } from './palette.ts'

const variables = (palette: Palette) =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')

/** The whole style of the page. No attribute has any, so that its hash is all the policy has to allow. */
export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0;overflow-wrap:anywhere;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
.wrap{max-width:72rem;margin:0 auto;padding:1rem clamp(.75rem,3vw,2rem)}
h1,h2,h3,p,ul,dl,dd{margin:0}
h1{font-size:1rem;font-weight:600}
h2{font-size:1.375rem;line-height:1.3;font-weight:600}
h3{font-size:.875rem;font-weight:600;color:var(--quiet)}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.quiet{color:var(--quiet);font-size:.875rem}
.top{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:baseline}
.server{margin-top:1.5rem}
.head{display:flex;flex-wrap:wrap;gap:.5rem .875rem;align-items:center}
.facts{display:flex;flex-wrap:wrap;gap:.125rem 1.5rem;margin-top:.375rem}
.facts div{display:flex;gap:.375rem}
.facts dt{color:var(--quiet)}
.state{display:inline-block;border:1px solid;border-radius:1rem;padding:.0625rem .75rem;font-size:.875rem;font-weight:600;white-space:nowrap}
.good{color:var(--good)}.warning{color:var(--warning)}.critical{color:var(--critical)}
.state.good,.notice.good{background:var(--goodGround)}
.state.warning,.notice.warning{background:var(--warningGround)}
.state.critical,.notice.critical{background:var(--criticalGround)}
.notice{margin-top:1rem;border:1px solid;border-radius:.5rem;padding:.75rem 1rem}
.panel{margin-top:1rem;background:var(--panel);border:1px solid var(--border);border-radius:.5rem;padding:.875rem 1rem}
.conditions{list-style:none;padding:0;margin-top:.5rem}
.conditions li{display:grid;grid-template-columns:6.5rem 1fr;gap:.125rem .875rem;padding:.5rem 0;border-top:1px solid var(--border)}
.conditions li:first-child{border-top:0}
.conditions b{font-weight:600}
code{font:.875em ui-monospace,monospace}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(16rem,100%),1fr));gap:1rem;margin-top:1rem}
.tile{margin:0;min-width:0}
.value{font-size:1.625rem;line-height:1.25;font-weight:600}
.value.words{font-size:1.25rem;line-height:1.625}
.value small{font-size:.9375rem;font-weight:400;color:var(--quiet)}
.spark{display:block;width:100%;height:3rem;margin-top:.375rem}
.spark .area{fill:var(--fill)}
.spark .line{fill:none;stroke:var(--line);stroke-width:1.5;vector-effect:non-scaling-stroke}
.spark .axis{stroke:var(--border);vector-effect:non-scaling-stroke}
.spark .limit{stroke:var(--warning);stroke-dasharray:4 4;vector-effect:non-scaling-stroke}
.spark .away{fill:var(--critical)}
.old .value,.old td{color:var(--quiet)}
.old .tile,.old .panel{border-style:dashed}
.scroll{overflow-x:auto;margin-top:.375rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:right;padding:.4375rem 0 .4375rem 1.25rem;border-top:1px solid var(--border);vertical-align:baseline;white-space:nowrap}
th:first-child{text-align:left;padding-left:0;white-space:normal;min-width:8rem}
thead th{border-top:0;color:var(--quiet);font-size:.875rem;font-weight:600}
tbody th{font-weight:600}
td .warning,td .critical{font-weight:600}
footer{margin-top:1.5rem;border-top:1px solid var(--border);padding-top:.75rem}
footer p+p{margin-top:.25rem}
@media (max-width:30rem){.conditions li{grid-template-columns:1fr}h2{font-size:1.1875rem}}
@media (forced-colors:active){.spark .line,.spark .axis,.spark .limit{stroke:CanvasText}.spark .away{fill:CanvasText}}
@media print{body{background:#fff;color:#000}.tile,.panel,.notice{break-inside:avoid}.controls{display:none}}
`

/** Lets the browser use this style and the icon inside the page, and nothing else: no script, no frame, nothing from elsewhere. */
export function contentSecurityPolicy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}
