import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passwordRule } from '../acl.js';

export interface ServerSettings {
  readonly folder: string;
  readonly port: number;
  readonly maxMemoryMb: number;
  readonly password: string;
}

const quote = (path: string): string => `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The path of the configuration; it also stands in the process title, which tells our server from a stranger's. */
export function configPath(folder: string): string {
  return join(folder, 'redis.conf');
}

function configText({ folder, port, maxMemoryMb }: ServerSettings): string {
  return [
    'bind 127.0.0.1',
    'protected-mode yes',
    `port ${String(port)}`,
    'daemonize no',
    'proc-title-template "{title} {listen-addr} {config-file}"',
    `dir ${quote(folder)}`,
    `logfile ${quote(join(folder, 'redis.log'))}`,
    'loglevel warning',
    `aclfile ${quote(join(folder, 'users.acl'))}`,
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    `maxmemory ${String(maxMemoryMb)}mb`,
    'latency-monitor-threshold 50',
    // Every job has a stream of a few short events: Redis takes a node's memory at once, 4096 bytes by default.
    'stream-node-max-bytes 512',
    'shutdown-timeout 1',
    'tcp-keepalive 30',
    '',
  ].join('\n');
}

/** Replaces a file in one step, readable by its owner alone. */
function writeSecret(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The administrator gets a new password at each start; the other users stay as they were saved. */
function usersText(path: string, password: string): string {
  const saved = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const others = saved.filter((line) => line.startsWith('user ') && !line.startsWith('user default '));
  return [`user default on ${passwordRule(password)} ~* &* +@all`, ...others, ''].join('\n');
}

/** Writes the configuration and the users' file: no secret appears on a command line or, in clear, on disk. */
export function writeServerFiles(settings: ServerSettings): void {
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const usersPath = join(settings.folder, 'users.acl');
  writeSecret(usersPath, usersText(usersPath, settings.password));
  writeSecret(configPath(settings.folder), configText(settings));
}
