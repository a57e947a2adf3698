import { stat } from 'node:fs/promises';
import { MeshError } from '@infermesh/errors';
import type { LoadedEndpoint } from '../definition/job-endpoint.js';
import { parseEndpoint, type EndpointContext, type EndpointReading } from '../definition/read-endpoint.js';
import type { ConfigProblem } from '../problems/config-problem.js';
import { keyText } from '../problems/key-text.js';
import { readConfigText } from '../toml/read-config-text.js';

/** Reads one endpoint's file from disk. A file that cannot be read is a mistake like any other. */
export async function loadEndpointFile(file: string, context: EndpointContext): Promise<EndpointReading> {
  let text: string;
  try {
    text = await readConfigText(file);
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    const problem = { severity: 'mistake', file, line: 1, column: 1, key: '', message: error.message } as const;
    return { endpoint: null, problems: [problem], positionOf: () => problem };
  }
  const reading = parseEndpoint(text, file, context);
  const missing = reading.endpoint === null ? [] : await findMissingSources(reading.endpoint, reading);
  return { ...reading, problems: [...reading.problems, ...missing] };
}

/** What [STATIC] names may come later, so that it is not there is no mistake. */
async function findMissingSources(
  { file, definition }: LoadedEndpoint,
  { positionOf }: EndpointReading,
): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  for (const { writtenSlug, sourcePath } of definition.staticRoutes) {
    if (await exists(sourcePath)) continue;
    const path = ['STATIC', writtenSlug];
    const message = `there is nothing at ${sourcePath}`;
    problems.push({ severity: 'warning', file, ...positionOf(path), key: keyText(path), message });
  }
  return problems;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
