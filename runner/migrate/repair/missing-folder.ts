import type { Evidence } from './evidence.ts'
import type { LeftAlone, RepairPlan } from './repair-plan.ts'
import { shellArgument } from './shell-argument.ts'

/** The text is gone from here: nothing can stand for it. */
export function planMissingFolders({ inspection, folder }: Evidence): RepairPlan {
  const left = inspection.comparison.missingOnDisk.map(
    (name): LeftAlone => ({
      kind: 'missing-folder',
      subject: name,
      reason: 'it is applied according to the history, and its folder is not on disk',
      instead: [
        'Find the commit that took it out, and put it back:',
        `git log --all --oneline -- ${shellArgument(`${folder.migrations}/${name}`)}`,
        `git checkout <commit>^ -- ${shellArgument(`${folder.migrations}/${name}`)}`,
      ],
    }),
  )
  return { repairs: [], left }
}
