import { closeTemplate } from './template-database.ts'

export default async function globalTeardown(): Promise<void> {
  await closeTemplate()
}
