import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface FoundFiles {
  /** Sorted; each once. */
  readonly files: readonly string[];
  /** Every folder in which a file could appear or vanish. */
  readonly folders: readonly string[];
  /** What was named and is not there. */
  readonly missing: readonly string[];
}

/** The name that the reference looks for, at any depth. */
const endpointFile = 'aime_api_endpoint.cfg';
const serverFile = 'aime_api_server.cfg';
const maxDepth = 8;

/**
 * Finds the files of endpoints: what is named itself; of a folder its `*.toml`, and `aime_api_endpoint.cfg` in it and below.
 * Names that begin with a dot, and node_modules, are passed over.
 *
 * @throws the system's error when a folder can be seen and not read
 */
export async function findEndpointFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const missing: string[] = [];
  for (const path of paths) {
    const kind = await kindOf(path);
    if (kind === 'folder') {
      await searchFolder(path, 0, files, folders);
      continue;
    }
    folders.add(dirname(path));
    if (kind === 'file') files.add(path);
    else missing.push(path);
  }
  return { files: [...files].sort(), folders: [...folders], missing };
}

async function searchFolder(folder: string, depth: number, files: Set<string>, folders: Set<string>): Promise<void> {
  folders.add(folder);
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = join(folder, name);
    // Asked of the target: a mounted ConfigMap is made of symbolic links.
    const kind = await kindOf(path);
    if (kind === 'folder' && depth < maxDepth) await searchFolder(path, depth + 1, files, folders);
    if (kind === 'file' && isEndpointFile(path, depth)) files.add(path);
  }
}

function isEndpointFile(path: string, depth: number): boolean {
  const name = basename(path);
  return name === endpointFile || (depth === 0 && name.endsWith('.toml') && name !== serverFile);
}

/** A folder that vanishes under the search is empty. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'missing';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
