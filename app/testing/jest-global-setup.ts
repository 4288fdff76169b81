import { openTemplate } from './template-database.ts'

/** Runs once before the database suites, in Jest's own process; the test processes inherit its environment. */
export default async function globalSetup(): Promise<void> {
  await openTemplate()
}
