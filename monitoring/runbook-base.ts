/**
 * What stands before `<AlertName>.md` in `runbook_url`. The pages' place in this repository: whoever knows where they are
 * hosted (a forge, a wiki) puts that address here, `https://…/`, and runs `npm run monitoring`. Alertmanager makes a link of an
 * address and shows a path as it is; `howdah runbook <AlertName>` prints the page wherever the command is installed.
 */
export const RUNBOOK_BASE = 'monitoring/runbooks/'
