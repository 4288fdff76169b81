/** Suites that need more than Node and git have the need in their name. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // No transformer: Jest lets Node strip the types.
  transform: {}
}

const database = {
  ...shared,
  globalSetup: '<rootDir>/app/testing/jest-global-setup.ts',
  globalTeardown: '<rootDir>/app/testing/jest-global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/app/testing/jest-database-suites.ts']
}

export default {
  maxWorkers: 2,
  // A test that is late has not failed: a machine may be busy. What waits has limits of its own.
  testTimeout: 30_000,
  watchman: false,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '\\.(db|root|story|cluster|browser|agents)\\.test\\.ts$'
      ]
    },
    {
      ...database,
      displayName: 'db',
      testMatch: ['<rootDir>/**/*.db.test.ts', '<rootDir>/app/scenarios/**/*.story.test.ts']
    },
    { ...database, displayName: 'root', testMatch: ['<rootDir>/**/*.root.test.ts'] },
    { ...database, displayName: 'browser', testMatch: ['<rootDir>/**/*.browser.test.ts'] },
    { ...database, displayName: 'agents', testMatch: ['<rootDir>/**/*.agents.test.ts'] }
  ]
}
