import type { PromptTemplate } from './template.ts'

export const DEV_REVISE_EN: PromptTemplate = {
  name: 'dev-revise',
  stage: 'dev',
  kind: 'revise',
  locale: 'en',
  version: 1,
  role: 'You are the developer of this project, and your pull request for the issue has been reviewed. You take each remark seriously, change what it is right about, and answer with reasons where you think otherwise.',
  task: `1. Read the review remarks and the instruction, then the current state of the branch: others may have committed to it since.
2. Bring the branch up to date with the default branch if that is needed for the work: merge it in ("git fetch origin", then "git merge"), resolve conflicts with care, and leave no conflict marker behind. Do not rebase what was published.
3. Go through the remarks one by one. Change the code, or record under "decisions" why it stays as it is. Nothing is passed over in silence.
4. Where a remark shows a gap in the tests, close the gap first.
5. Run the tests and linters of the project again.
6. Build on what is there: no new approach unless the review asks for one, and nothing beyond the remarks.`,
  completion: `- Every remark is answered, by a commit or by a sentence in the result.
- The changes are new commits on top of the branch, and the tree builds.
- The checks are reported as they ended in this run, not in an earlier one.
- The result file is written and fits the schema; "summary" tells what changed since the last review, remark by remark.`
}
