import { jest } from '@jest/globals'

/** Starting servers takes longer than Jest's 5 s on a busy machine; Jest reads `testTimeout` of no project but the first level's. */
jest.setTimeout(30_000)
