// Compiles libradar (build/libradar.so) and the Node addon (build/radar.node); on request the programs of the tests.
// `node packages/radar/build-native.mjs [release|programs|sanitized]`
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, runMain } from '../../scripts/bootstrap/failure.mjs';
import { runCommand } from '../../scripts/bootstrap/run-quietly.mjs';

const room = dirname(fileURLToPath(import.meta.url));
const source = join(room, 'src');
const require = createRequire(import.meta.url);
const compiler = process.env.CXX || 'c++';

const warnings = ['-Wall', '-Wextra', '-Wno-psabi'];
// Without contraction the steps behind the kernels give the same bits on every machine.
const common = ['-std=c++17', '-fPIC', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno', ...warnings];
const core = ['-fno-exceptions', '-fno-rtti'];

const variants = {
  release: { folder: 'build', flags: ['-O3'], link: [] },
  programs: { folder: 'build', flags: ['-O3'], link: [] },
  sanitized: {
    folder: 'build/sanitized',
    flags: ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    link: ['-fsanitize=address,undefined'],
  },
};

// Each set of kernels is one compilation of kernels.cc. The baseline is what every machine of the architecture has.
const kernelSets = [
  { name: 'baseline', table: 'kBaselineKernels', lanes: 4, flags: [] },
  ...(process.arch === 'x64'
    ? [
        { name: 'avx2', table: 'kAvx2Kernels', lanes: 8, flags: ['-mavx2', '-mfma'] },
        {
          name: 'avx512',
          table: 'kAvx512Kernels',
          lanes: 16,
          flags: ['-mavx512f', '-mavx512vl', '-mavx512dq', '-mavx512bw', '-mfma', '-mprefer-vector-width=512'],
        },
      ]
    : []),
];

// The last one: a worker thread that is ended in the midst of a frame has nobody left to throw at.
const addonDefines = ['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'];

/**
 * Builds one variant; what is up to date is passed over.
 * @param variant `release`: library and addon. `programs`: src/test.cpp and those in tests/native. `sanitized`: the same
 *   with checks of addresses and undefined behaviour
 * @returns `already there`, or how many files were compiled
 */
export async function buildNative(variant = 'release') {
  const { folder: name, flags, link } = variants[variant];
  const folder = join(room, name);
  mkdirSync(join(folder, 'objects'), { recursive: true });
  const library = [...coreUnits(flags), ...kernelUnits(flags)];
  const targets = variant === 'release' ? releaseTargets(folder, library, flags) : programs(folder, library, flags);
  const units = [...new Set(targets.flatMap((target) => target.units))];
  for (const unit of units) unit.object = objectPath(folder, unit);
  const stale = units.filter(({ object }) => !existsSync(object));
  await inParallel(stale, (unit) => compile(folder, unit));
  const linked = await inParallel(targets, (target) => linkTarget(target, link));
  return linked.some(Boolean) ? `${stale.length} files` : 'already there';
}

function coreUnits(flags) {
  const apart = new Set(['kernels.cc', 'addon.cc']);
  return readdirSync(source)
    .filter((file) => file.endsWith('.cc') && !apart.has(file))
    .map((file) => ({ name: file, file: join(source, file), flags: [...common, ...core, ...flags] }));
}

function kernelUnits(flags) {
  return kernelSets.map(({ name, table, lanes, flags: set }) => ({
    name: `kernels-${name}.cc`,
    file: join(source, 'kernels.cc'),
    flags: [
      ...common.filter((flag) => flag !== '-ffp-contract=off'),
      ...core,
      ...flags,
      ...set,
      `-DRADAR_LANES=${lanes}`,
      `-DRADAR_KERNELS=${table}`,
      `-DRADAR_KERNELS_NAME="${name}"`,
    ],
  }));
}

function releaseTargets(folder, library, flags) {
  const addon = { name: 'addon.cc', file: join(source, 'addon.cc'), flags: [...common, ...addonFlags(), ...flags] };
  const shared = process.platform === 'darwin' ? ['-dynamiclib'] : ['-shared'];
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  return [
    { output: join(folder, 'libradar.so'), units: library, flags: shared },
    { output: join(folder, 'radar.node'), units: [...library, addon], flags: [...shared, ...undefinedSymbols] },
  ];
}

function addonFlags() {
  const folders = [require('node-api-headers').include_dir, dirname(require.resolve('node-addon-api/package.json'))];
  return [...folders.flatMap((folder) => ['-isystem', folder]), ...addonDefines];
}

/** Every program in tests/native, and src/test.cpp, each linked with the library's objects. */
function programs(folder, library, flags) {
  const tests = join(room, 'tests/native');
  const cases = existsSync(tests) ? readdirSync(tests).filter((file) => file.endsWith('.cpp')) : [];
  const files = [join(source, 'test.cpp'), ...cases.map((file) => join(tests, file))];
  return files.map((file) => {
    const name = file.slice(file.lastIndexOf('/') + 1);
    const unit = { name, file, flags: [...common, '-I', source, ...flags] };
    return { output: join(folder, name.replace('.cpp', '')), units: [...library, unit], flags: [] };
  });
}

/** Named after all that goes into it, so that an object that exists is up to date. */
function objectPath(folder, { name, file, flags }) {
  const hash = createHash('sha256').update(compilerVersion()).update(JSON.stringify(flags)).update(readFileSync(file));
  for (const folderOfHeaders of [source, dirname(file)]) {
    const headers = readdirSync(folderOfHeaders).filter((entry) => entry.endsWith('.h'));
    for (const header of headers.sort()) hash.update(readFileSync(join(folderOfHeaders, header)));
  }
  return join(folder, 'objects', `${name}-${hash.digest('hex').slice(0, 16)}.o`);
}

let knownVersion;

/** Part of every object's name: a new compiler compiles anew. */
function compilerVersion() {
  knownVersion ??= `${compiler} ${process.version} ${process.arch}`;
  return knownVersion;
}

async function compile(folder, { name, file, flags, object }) {
  const objects = join(folder, 'objects');
  const partial = `${object}.${process.pid}`;
  await run([...flags, '-c', file, '-o', partial]);
  for (const old of readdirSync(objects)) {
    // Not the same one: another process may have made it just now, and be about to link it.
    const isOld = old.startsWith(`${name}-`) && old.endsWith('.o') && join(objects, old) !== object;
    if (isOld) rmSync(join(objects, old), { force: true });
  }
  renameSync(partial, object);
}

/** A target is up to date when the list of its objects, kept beside it, is the same. @returns whether it was linked */
async function linkTarget({ output, units, flags }, link) {
  const list = units.map(({ object }) => object).join('\n');
  const listPath = `${output}.objects`;
  if (existsSync(output) && existsSync(listPath) && readFileSync(listPath, 'utf8') === list) return false;
  const partial = `${output}.${process.pid}`;
  await run([...units.map(({ object }) => object), ...flags, ...link, '-o', partial]);
  renameSync(partial, output);
  writeFileSync(listPath, list);
  return true;
}

async function inParallel(items, action) {
  const waiting = [...items];
  const results = [];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) results.push(await action(item));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

async function run(args) {
  const { code, output } = await runCommand(compiler, args);
  if (code === 127)
    throw new Failure(`A C++ compiler is needed. Please run:\n\n  sudo apt-get install -y g++\n\n${output}`);
  if (code !== 0) throw new Failure(`${output.trimEnd()}\n\n${[compiler, ...args].join(' ')}: exit code ${code}`);
  if (output !== '') process.stderr.write(output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    console.log(await buildNative(process.argv[2]));
    return 0;
  });
}
