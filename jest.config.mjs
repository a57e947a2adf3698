// Tests run from source: the workspace's own export condition resolves each package to its src folder.

// The one switch of the long suites, `*.long.test.ts`: they run where CI is set.
const runsLong = ['1', 'true'].includes(process.env.CI ?? '');

// The suites on servers that no package brings, `*.foreign.test.ts`: scripts/test-foreign.mjs finds the servers.
const runsForeign = process.env.FOREIGN_S3_URL !== undefined || process.env.FOREIGN_S3_VERSITYGW !== undefined;

const left = [...(runsLong ? [] : ['long']), ...(runsForeign ? [] : ['foreign'])];

export default {
  testEnvironment: 'node',
  testMatch: [
    '<rootDir>/{packages,services}/*/{src,tests,ts,sim,picture,reference}/**/*.test.ts',
    '<rootDir>/tests/**/*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', ...left.map((kind) => String.raw`\.${kind}\.test\.ts$`)],
  modulePathIgnorePatterns: ['<rootDir>/(?:packages|services)/[^/]+/dist/', '<rootDir>/.infermesh/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@infermesh/source', 'node', 'node-addons'] },
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  reporters: ['default', '<rootDir>/scripts/jest-budget-reporter.mjs'],
  testTimeout: 30_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
