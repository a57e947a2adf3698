// Who may import whom. `scripts/arch.mjs` runs these rules, and proves on scripts/arch-canary that they see.

// From the ground up. A room may import the rooms before it in this list, never one after it.
const floors = [
  ['errors', 'contracts'],
  ['config', 'credentials', 'telemetry', 'lifecycle'],
  ['redis', 'object-store', 'archive', 'database', 'outbound', 'media', 'http', 'model-runtime', 'radar', 'local-s3'],
  ['job-queue', 'flows', 'media-client', 'aime-endpoints'],
  ['sdk', 'console'],
];

// One door per driver: only these rooms import it, and type imports count. Benchmarks may: they stand the bare
// driver beside the mesh.
const doors = [
  { name: 'bullmq', drivers: ['bullmq'], rooms: ['packages/job-queue'] },
  { name: 'ioredis', drivers: ['ioredis'], rooms: ['packages/redis'] },
  { name: 'aws-sdk', drivers: ['@aws-sdk'], rooms: ['packages/object-store'], isOpenToTests: true },
  { name: 'pg', drivers: ['pg', '@types/pg'], rooms: ['packages/database'] },
  { name: 'pglite', drivers: ['@electric-sql'], rooms: ['packages/database'] },
  { name: 'drizzle', drivers: ['drizzle-orm'], rooms: ['packages/database', 'services/[^/]+'] },
  { name: 'onnxruntime', drivers: ['onnxruntime-node', 'onnxruntime-common'], rooms: ['packages/model-runtime'] },
  { name: 'sharp', drivers: ['sharp'], rooms: ['packages/media'] },
  { name: 'resvg', drivers: ['@resvg'], rooms: ['packages/media'] },
  { name: 'express', drivers: ['express', '@types/express'], rooms: ['packages/http'] },
  { name: 'undici', drivers: ['undici'], rooms: ['packages/outbound'] },
  { name: 'argon2', drivers: ['@node-rs/argon2'], rooms: ['services/auth'] },
];

const top = '^(?:scripts/arch-canary/)?';
const tests = String.raw`(?:\.test\.ts$|/tests/|^packages/radar/reference/|^tests/|^benchmarks/)`;
const rooms = floors.flat();

const upward = rooms.slice(0, -1).map((room, index) => ({
  name: `floor-of-${room}`,
  comment: `packages/${room} stands below the rooms that follow it in the list of floors; its tests may look up`,
  severity: 'error',
  from: { path: `${top}packages/${room}/`, pathNot: tests },
  to: { path: `${top}packages/(?:${rooms.slice(index + 1).join('|')})/` },
}));

const oneDoors = doors.map(({ name, drivers, rooms: inside, isOpenToTests = false }) => ({
  name: `one-door-to-${name}`,
  comment: `only ${inside.join(' and ')} may import it`,
  severity: 'error',
  from: {
    path: `${top}(?:packages|services|tests)/`,
    pathNot: [...inside.map((room) => `${top}${room}/`), ...(isOpenToTests ? [tests] : [])],
  },
  to: { path: drivers.map((driver) => `(?:^|node_modules/)${driver}(?:/|$)`) },
}));

module.exports = {
  floors,
  forbidden: [
    {
      name: 'no-circular',
      comment: 'imports of types count as well',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment:
        'a checker that cannot follow an import is blind to it; the package lacks a dependency, or a build output is imported',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-build-output',
      comment: 'import the package by its name: it resolves to the source',
      severity: 'error',
      from: {},
      to: { path: `${top}(?:packages|services)/[^/]+/dist/` },
    },
    {
      name: 'packages-below-services',
      severity: 'error',
      from: { path: `${top}packages/` },
      to: { path: `${top}services/` },
    },
    {
      name: 'services-are-islands',
      comment: 'they call each other through contracts; all-in-one, which boots them all, is the exception',
      severity: 'error',
      from: { path: `${top}services/([^/]+)/`, pathNot: `${top}services/all-in-one/` },
      to: { path: `${top}services/`, pathNot: `${top}services/$1/` },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: {},
      to: { path: String.raw`/src/main\.ts$` },
    },
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      // A room's build script belongs to the scripts, though it stands beside what it builds.
      from: { path: `${top}(?:packages|services)/`, pathNot: [tests, String.raw`^packages/[^/]+/build-native\.mjs$`] },
      to: { path: [tests, '^scripts/'], pathNot: 'node_modules' },
    },
    {
      name: 'contracts-import-zod-alone',
      severity: 'error',
      from: { path: `${top}packages/contracts/`, pathNot: tests },
      to: { pathNot: [`${top}packages/contracts/`, 'node_modules/zod/'] },
    },
    ...upward,
    ...oneDoors,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Without the first of these, an import of a room would lead to its build output, or nowhere.
      conditionNames: ['@infermesh/source', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node'],
    },
  },
};
