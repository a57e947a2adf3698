import { existsSync } from 'node:fs';
import { findProgram } from './find-program.mjs';
import { runCommand } from './run-quietly.mjs';

// Another installation may hold the lock: wait for it, in seconds.
const aptOptions = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'APT::Acquire::Retries=2'];

/** In the order they are looked for: a Mac has no apt-get, and Linux with both means brew was added by hand. */
const managers = [
  {
    name: 'apt-get',
    needsRoot: true,
    // In runlevel 1 the init scripts start nothing; systemd pays no heed to it, see stopServices.
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    refresh: ['apt-get', ...aptOptions, 'update'],
    install: ['apt-get', ...aptOptions, 'install', '-y', '--no-install-recommends'],
  },
  { name: 'dnf', needsRoot: true, env: {}, install: ['dnf', 'install', '-y'] },
  { name: 'apk', needsRoot: true, env: {}, install: ['apk', 'add', '--no-cache'] },
  {
    name: 'brew',
    needsRoot: false,
    env: { NONINTERACTIVE: '1', HOMEBREW_NO_ENV_HINTS: '1' },
    install: ['brew', 'install'],
  },
];

/** The machine's package manager, or undefined. */
export function findPackageManager() {
  return managers.find(({ name }) => findProgram(name, ['/opt/homebrew/bin']) !== undefined);
}

/** The one command a person would type. */
export function installAdvice(manager, packages) {
  const sudo = manager.needsRoot && !isRoot() ? 'sudo ' : '';
  const typed = [manager.refresh, [...manager.install, ...packages]].filter((command) => command !== undefined);
  return typed.map((command) => sudo + command.filter((word) => !aptOptions.includes(word)).join(' ')).join(' && ');
}

/**
 * What goes before a command of this manager, so that it may change the machine without asking anybody.
 * @returns undefined where that isn't possible
 */
export async function findPrivilege(manager) {
  if (manager.needsRoot) {
    if (isRoot()) return [];
    const { code } = await runCommand('sudo', ['-n', 'true']);
    return code === 0 ? ['sudo', '-n'] : undefined;
  }
  return isRoot() ? undefined : [];
}

/** Installs packages without a question; a stale package list is refreshed once. */
export async function installPackages(manager, privilege, packages) {
  const env = Object.entries(manager.env).map(([name, value]) => `${name}=${value}`);
  const run = ([command, ...args]) => {
    const [first, ...rest] = [...privilege, 'env', ...env, command, ...args];
    return runCommand(first, rest);
  };
  const firstTry = await run([...manager.install, ...packages]);
  if (firstTry.code === 0 || manager.refresh === undefined) return firstTry;
  const refreshed = await run(manager.refresh);
  return refreshed.code === 0 ? run([...manager.install, ...packages]) : refreshed;
}

/** Ends services that the installation started, and keeps them from starting at the next boot. */
export async function stopServices(privilege, services) {
  for (const service of services) {
    const stop = existsSync('/run/systemd/system')
      ? ['systemctl', 'disable', '--now', service]
      : ['service', service, 'stop'];
    const [first, ...rest] = [...privilege, ...stop];
    await runCommand(first, rest);
  }
}

function isRoot() {
  return process.getuid?.() === 0;
}
