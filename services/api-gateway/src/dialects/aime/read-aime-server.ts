import {
  formatProblem,
  parseServer,
  readConfigText,
  refuseMistakes,
  type ServerConfig,
} from '@infermesh/aime-endpoints';
import type { ListenAddress } from '@infermesh/config';
import { MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';

export interface AimeConfig {
  /** Default: what the server's file says, else 127.0.0.1:7777. */
  readonly listen: readonly ListenAddress[] | undefined;
  /** A folder, or files with commas between them; default: what the server's file says. */
  readonly endpointsFolder: string | undefined;
  /** `aime_api_server.cfg`, when there is one. */
  readonly serverFile: string | undefined;
  /** Endpoints may ask for no authentication. */
  readonly allowOpen: boolean;
  /** What an operator's own runtimes take and give, a JSON file. */
  readonly runtimesFile?: string | undefined;
}

export interface AimeServer {
  readonly server: ServerConfig;
  readonly listen: readonly ListenAddress[];
}

const defaultListen: ListenAddress = { host: '127.0.0.1', port: 7777, prefix: '' };

/** The server's settings: variables count before its file, the file before the defaults. @throws MeshError CONFIG_INVALID */
export async function readAimeServer(config: AimeConfig, logger: Logger): Promise<AimeServer> {
  const { serverFile, endpointsFolder, listen } = config;
  const text = serverFile === undefined ? '' : await readConfigText(serverFile);
  const overrides = endpointsFolder === undefined ? {} : { endpointConfigs: endpointsFolder };
  const { server, problems } = parseServer(text, serverFile ?? 'aime_api_server.cfg', overrides);
  refuseMistakes(problems);
  if (server === null) throw new MeshError('CONFIG_INVALID', 'the server file of AIME cannot be used');
  for (const problem of problems)
    logger.warn({ problem: formatProblem(problem) }, 'the server file of AIME has a problem');
  const fromFile = serverFile === undefined ? defaultListen : { ...server.listen, prefix: '' };
  return { server, listen: listen ?? [fromFile] };
}
