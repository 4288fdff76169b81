import { CONTRACT_BUCKET, rateLimiterContract } from './contracts/rate-limiter.ts'
import { fakeRateLimiter } from './fake-rate-limiter.ts'

const limiter = fakeRateLimiter({ bucketOf: () => CONTRACT_BUCKET })

rateLimiterContract(() => ({ one: limiter, other: limiter }))
