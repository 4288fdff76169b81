import { executorContract } from '#app/testing/contracts/executor.ts'
import { localHarness } from '#app/testing/local-harness.ts'

executorContract('local', localHarness, { processes: true, adoption: true })
