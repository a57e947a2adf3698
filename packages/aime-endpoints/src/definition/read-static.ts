import { resolve } from 'node:path';
import type { KeyPath } from '../problems/key-text.js';
import type { ProblemList } from '../problems/problem-list.js';
import type { StaticToml } from '../schema/static-schema.js';
import type { StaticRoute } from './job-endpoint.js';

/** Reads [STATIC]. Destinations are relative to `folder`, the one of the file. */
export function readStatic(toml: StaticToml, folder: string, problems: ProblemList): readonly StaticRoute[] {
  const routes = new Map<string, StaticRoute>();
  for (const [written, entry] of Object.entries(toml)) {
    const path = ['STATIC', written];
    const slug = normaliseSlug(written);
    if (/\/\.{1,2}(?:\/|$)/u.test(slug)) problems.mistake(path, 'must have no . or .. in it');
    if (routes.has(slug)) problems.mistake(path, `the route ${slug} stands in this file twice`);
    const source = entry.file ?? entry.path;
    if (source === undefined || (entry.file !== undefined && entry.path !== undefined)) {
      problems.mistake(path, 'needs either file or path');
      continue;
    }
    const compile = readCompile(entry.compile, path, problems);
    const compiledPath = entry.compiled_path === undefined ? null : resolve(folder, entry.compiled_path);
    const kind = entry.file === undefined ? 'folder' : 'file';
    const sourcePath = resolve(folder, source);
    routes.set(slug, {
      slug,
      writtenSlug: written,
      kind,
      sourcePath,
      compile,
      compiledPath,
      cssFile: entry.css_file ?? null,
    });
  }
  return [...routes.values()];
}

/** Without the slash at the end, and single ones inside: how routes are compared. */
export function normaliseSlug(slug: string): string {
  const single = slug.replace(/\/{2,}/gu, '/');
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single;
}

function readCompile(
  compile: 'None' | 'scss' | 'md' | undefined,
  path: KeyPath,
  problems: ProblemList,
): StaticRoute['compile'] {
  if (compile === undefined || compile === 'None') return 'none';
  problems.warning([...path, 'compile'], `"${compile}" is not compiled yet: the route is not served`);
  return compile;
}
