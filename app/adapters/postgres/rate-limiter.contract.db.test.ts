import { afterAll, beforeAll } from '@jest/globals'
import { CONTRACT_BUCKET, rateLimiterContract } from '#app/testing/contracts/rate-limiter.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { postgresRateLimiter } from './rate-limiter.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})

afterAll(() => database.drop())

rateLimiterContract(() => ({
  one: postgresRateLimiter(database.db, () => CONTRACT_BUCKET),
  other: postgresRateLimiter(database.db, () => CONTRACT_BUCKET)
}))
