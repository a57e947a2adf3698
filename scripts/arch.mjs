// `npm run arch`: checks who imports whom, and that the checker sees: the canary's imports must be reported.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';
import { Failure, runMain } from './bootstrap/failure.mjs';
import { listRooms, sourceFolders } from './bootstrap/rooms.mjs';
import { root } from './bootstrap/root.mjs';

const { floors, forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const canary = 'scripts/arch-canary/';
const canaryRules = ['floor-of-errors', 'no-circular', 'one-door-to-bullmq', 'services-are-islands'];

await runMain(async () => {
  process.chdir(root);
  const { output } = await cruise(cruisedFolders(), {
    ...options,
    ruleSet: { forbidden, options },
    validate: true,
  });
  const violations = output.summary.violations;
  const edges = countWorkspaceEdges(output.modules);
  const seen = new Set(violations.filter(({ from }) => from.startsWith(canary)).map(({ rule }) => rule.name));
  const complaints = [
    ...checkFloors(),
    ...canaryRules
      .filter((name) => !seen.has(name))
      .map((name) => `blind: the canary's breach of ${name} was not reported`),
    ...(edges === 0 ? ['blind: no import from one room into another was found'] : []),
    ...violations.filter(({ from }) => !from.startsWith(canary)).map(describe),
  ];
  if (complaints.length > 0) throw new Failure(complaints.join('\n'));
  console.log(`${output.modules.length} modules, ${edges} imports between rooms, ${seen.size} canaries reported`);
  return 0;
});

// Never `dist`: nor may the options exclude it, or an import that leads there would pass unseen.
function cruisedFolders() {
  const inRooms = listRooms().flatMap((room) =>
    [...sourceFolders(room), 'tests', 'reference'].map((folder) => `${room}/${folder}`),
  );
  return [...inRooms, 'tests', 'benchmarks', canary].filter((folder) => existsSync(folder));
}

function checkFloors() {
  const known = new Set(floors.flat().map((room) => `packages/${room}`));
  return listRooms(['packages'])
    .filter((room) => !known.has(room))
    .map((room) => `${room} stands on no floor: add it to the list in .dependency-cruiser.cjs`);
}

function countWorkspaceEdges(modules) {
  return modules
    .filter(({ source }) => roomOf(source) !== undefined)
    .flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [roomOf(source), roomOf(resolved)]))
    .filter(([from, to]) => to !== undefined && from !== to).length;
}

function roomOf(path) {
  return /^(?:packages|services)\/[^/]+(?=\/src\/)/.exec(path)?.[0];
}

function describe({ rule, from, to, cycle }) {
  const path = cycle ? [from, ...cycle.map(({ name }) => name)].join(' -> ') : `${from} -> ${to}`;
  const comment = forbidden.find(({ name }) => name === rule.name)?.comment;
  return `${rule.name}: ${path}${comment ? `\n    ${comment}` : ''}`;
}
