import { MeshError } from '@infermesh/errors';
import type { ArchiveLimits } from './archive-entry.js';

const longestPath = 200;
const deepestFolder = 16;
const control = /[\p{Cc}\p{Surrogate}]/u;

export function invalidArchive(why: string, cause?: unknown): MeshError {
  return new MeshError('BAD_REQUEST', `the archive cannot be taken: ${why}`, { cause });
}

/** Judges entries one by one: their paths, how many they are, and how much. */
export class EntryGuard {
  readonly #limits: ArchiveLimits;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #entries = 0;
  #sizeBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** @returns the path as it is used from here on @throws MeshError BAD_REQUEST, PAYLOAD_TOO_LARGE */
  file(name: string, sizeBytes: number): string {
    const path = this.#path(name);
    this.#count();
    this.#sizeBytes += sizeBytes;
    if (this.#sizeBytes > this.#limits.maxBytes) {
      throw new MeshError('PAYLOAD_TOO_LARGE', `the archive unpacks to more than ${this.#limits.maxBytes} bytes`);
    }
    const folders = parentsOf(path);
    if (this.#files.has(path) || this.#folders.has(path)) throw invalidArchive(`${shown(path)} is there twice`);
    const blocked = folders.find((folder) => this.#files.has(folder));
    if (blocked !== undefined) throw invalidArchive(`${shown(blocked)} is a file and a folder`);
    this.#files.add(path);
    for (const folder of folders) this.#folders.add(folder);
    return path;
  }

  /** Folders are made for the files in them; an entry of their own is only judged. */
  folder(name: string): void {
    const trimmed = name.replace(/\/+$/u, '');
    if (trimmed !== '.' && trimmed !== '') this.#path(trimmed);
    this.#count();
  }

  #count(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.maxEntries) {
      throw new MeshError('PAYLOAD_TOO_LARGE', `the archive has more than ${this.#limits.maxEntries} entries`);
    }
  }

  #path(name: string): string {
    const path = name.replace(/^(?:\.\/)+/u, '');
    const segments = path.split('/');
    if (path.length > longestPath || segments.length > deepestFolder)
      throw invalidArchive(`${shown(path)} is too long or too deep`);
    const leaves = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
    if (leaves || control.test(path) || path.includes('\\'))
      throw invalidArchive(`${shown(path)} leaves its folder, or is no path`);
    return path;
  }
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 100));
}

function parentsOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
