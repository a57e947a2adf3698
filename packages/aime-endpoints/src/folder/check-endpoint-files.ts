import { defaultServer } from '../definition/read-server.js';
import type { EndpointContext } from '../definition/read-endpoint.js';
import type { ConfigProblem } from '../problems/config-problem.js';
import { findEndpointFiles } from './find-endpoint-files.js';
import { loadEndpointFile } from './load-endpoint-file.js';
import { mergeEndpoints, type MergedEndpoints } from './merge-endpoints.js';

export interface CheckedFiles extends MergedEndpoints {
  readonly files: readonly string[];
}

/** Reads files, and folders of files, as a starting server would: each by itself, then all of them beside each other. */
export async function checkEndpointFiles(
  paths: readonly string[],
  context: EndpointContext = {},
): Promise<CheckedFiles> {
  const { files, missing } = await findEndpointFiles(paths);
  const readings = await Promise.all(
    files.map(async (file) => ({ file, reading: await loadEndpointFile(file, context), live: null })),
  );
  const { staticRoutes } = context.server ?? defaultServer;
  const { endpoints, problems } = mergeEndpoints(readings, staticRoutes);
  return { files, endpoints, problems: [...missing.map(missingProblem), ...problems] };
}

/** What was named as a place of endpoints, and is not there. */
export function missingProblem(file: string): ConfigProblem {
  return { severity: 'mistake', file, line: 1, column: 1, key: '', message: 'there is no such file or folder' };
}
