import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, extname, join, sep } from 'node:path';
import type { StaticRoute } from '@infermesh/aime-endpoints';
import { streamAnswer, type HttpAnswer, type RequestHead } from '@infermesh/http';
import type { AimeParts } from '../aime-parts.js';

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** A file of [STATIC] for the path; undefined where there is none. What has to be compiled first is not served. */
export async function answerStatic(
  { catalogue, server }: Pick<AimeParts, 'catalogue' | 'server'>,
  { path }: Pick<RequestHead, 'path'>,
): Promise<HttpAnswer | undefined> {
  const wanted = decoded(path);
  if (wanted === undefined) return undefined;
  const { name, isFolder } = wanted;
  // `/<endpoint>` is the API, `/<endpoint>/` may be its page.
  if (!isFolder && catalogue.find(name.slice(1)) !== undefined) return undefined;
  const routes = [...catalogue.all.flatMap(({ definition }) => definition.staticRoutes), ...server.staticRoutes];
  const [best] = routes
    .filter((route) => route.compile === 'none' && fits(route, name))
    .sort((a, b) => b.slug.length - a.slug.length);
  return best === undefined ? undefined : answerFile(best, name);
}

/** Without the slash at its end; undefined for what no file is called by. */
function decoded(path: string): { name: string; isFolder: boolean } | undefined {
  try {
    const text = decodeURIComponent(path);
    if (text.includes('\0') || text.split('/').some((part) => part === '..' || part === '.')) return undefined;
    return { name: text.length > 1 ? text.replace(/\/$/u, '') : text, isFolder: text.endsWith('/') };
  } catch {
    return undefined;
  }
}

function fits({ slug, kind }: StaticRoute, name: string): boolean {
  if (slug === name) return true;
  return kind === 'folder' && name.startsWith(slug === '/' ? '/' : `${slug}/`);
}

async function answerFile({ slug, kind, sourcePath }: StaticRoute, name: string): Promise<HttpAnswer | undefined> {
  try {
    const root = await realpath(sourcePath);
    const file = await fileAt(kind === 'folder' ? join(root, name.slice(slug.length)) : root);
    // A link must not lead out of the folder that was declared.
    if (file === undefined || (kind === 'folder' && !file.path.startsWith(`${root}${sep}`))) return undefined;
    if (holdsKeys(file.path)) return undefined;
    return streamAnswer(200, createReadStream(file.path), {
      'content-type': mediaTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
      'content-length': String(file.sizeBytes),
      'last-modified': file.changedAt.toUTCString(),
      'cache-control': 'no-cache',
    });
  } catch {
    return undefined; // it is not there, or not ours to read
  }
}

/** Files of endpoints and of the server, those that are not served yet or any more included: a page's folder may hold them too. */
function holdsKeys(path: string): boolean {
  return ['.toml', '.cfg'].includes(extname(path).toLowerCase()) || basename(path).startsWith('.');
}

interface ServedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedAt: Date;
}

/** A file, or the index of a folder. */
async function fileAt(path: string): Promise<ServedFile | undefined> {
  const real = await realpath(path);
  const found = await stat(real);
  if (found.isFile()) return { path: real, sizeBytes: found.size, changedAt: found.mtime };
  return found.isDirectory() ? fileAt(join(real, 'index.html')) : undefined;
}
