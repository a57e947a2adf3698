import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { findProgram } from './find-program.mjs';
import {
  findPackageManager,
  findPrivilege,
  installAdvice,
  installPackages,
  stopServices,
} from './package-managers.mjs';
import { programs } from './programs.mjs';
import { runCommand } from './run-quietly.mjs';
import { step } from './step.mjs';

/**
 * Makes sure of the programs that a script needs, and prints a line for each.
 * A program found outside PATH has its folder added to this process's PATH, for the children to find it.
 * @param script `start` or `test`
 * @throws Failure with the one command to run, where they may not be installed from here
 */
export async function providePrograms(script) {
  const needed = programs.filter((program) => program.for.includes(script) && !isReplaced(program, script));
  const missing = needed.filter((program) => locate(program) === undefined);
  if (missing.length > 0) await step(`install ${missing.map(({ name }) => name).join(', ')}`, () => install(missing));

  for (const line of await Promise.all(needed.map((program) => describe(program, missing.includes(program))))) {
    console.log(line);
  }
}

function isReplaced(program, script) {
  return script === 'start' && (program.replacedBy ?? []).some((variable) => (process.env[variable] ?? '') !== '');
}

function locate(program) {
  return findProgram(program.name, program.folders);
}

async function install(missing) {
  const manager = findPackageManager();
  if (manager === undefined) throw new Failure(`Please install ${missing.map(({ name }) => name).join(' and ')}.`);

  const packages = missing.map((program) => program.packages[manager.name]);
  const advice = `Please run:\n\n  ${installAdvice(manager, packages)}\n`;
  const privilege = await findPrivilege(manager);
  if (privilege === undefined) throw new Failure(advice);

  const { code, output } = await installPackages(manager, privilege, packages);
  const services = missing.flatMap((program) => program.services ?? []);
  if (manager.name === 'apt-get') await stopServices(privilege, services);
  if (code !== 0) throw new Failure(`${output.trimEnd()}\n\n${advice}`);
  return `by ${manager.name}`;
}

async function describe(program, isNew) {
  const folder = locate(program);
  if (folder === undefined) throw new Failure(`${program.name} was installed, yet it is not found on PATH.`);
  const path = process.env.PATH ?? '';
  if (!path.split(delimiter).includes(folder)) process.env.PATH = `${path}${delimiter}${folder}`;

  const { output } = await runCommand(join(folder, program.name), [program.versionFlag ?? '--version']);
  const version = /\d+(?:\.\d+)+/.exec(output)?.[0] ?? '';
  return `✓ ${program.name} ${version} (${isNew ? 'installed' : 'already there'})`;
}
