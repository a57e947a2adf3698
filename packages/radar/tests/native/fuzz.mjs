// Fuzzes every function of the C interface until it is stopped or something breaks, under address and
// undefined-behaviour checks. `node packages/radar/tests/native/fuzz.mjs [minutes] [first seed]`
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildNative } from '../../build-native.mjs';

const targets = [
  'radarGetMemSize',
  'radarInitHandle',
  'radarDetection',
  'radarClustering',
  'radarTracking',
  'radarDestroyHandle',
];
const roundsPerTurn = 2000;
const minutes = Number(process.argv[2] ?? 10);
const program = fileURLToPath(new URL('../../build/sanitized/fuzz', import.meta.url));

await buildNative('sanitized');
const endsAt = Date.now() + minutes * 60_000;
for (
  let seed = Number(process.argv[3] ?? 1);
  Date.now() < endsAt && process.exitCode === undefined;
  seed += roundsPerTurn
) {
  for (const target of targets) {
    const { status } = spawnSync(program, [target, String(seed), String(roundsPerTurn)], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
