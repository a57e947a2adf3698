import { parseArgs } from 'node:util';
import { MeshError } from '@infermesh/errors';

export const help = `Usage: npm start -- [options]

Starts the whole mesh on this machine, runs one real job through its public API, saves the picture and keeps serving
until Ctrl-C.

Options
  --once      stop after the first job, exit code 0 when it succeeded
  --no-job    do not run a first job
  --help      this text
  --new-admin-key  make a further key for an administrator and show it, once; with --revoke its other keys end

Settings (environment; the defaults need nothing)
  INFERMESH_FOLDER       where everything is kept              .infermesh
  LISTEN_ESD             addresses of the ESD API              127.0.0.1:8600/prod,127.0.0.1:8600
  LISTEN_AUTH            address of keys and users             127.0.0.1:8600/auth
  INFERMESH_WORKERS      workers of each of the two endpoints  1
  INFERMESH_MAX_PAYLOAD_BYTES  largest payload                 67108864
  INFERMESH_RUNTIME_MODULES    modules that add runtimes       none
  INFERMESH_EXECUTION_PROVIDERS  what models run on, such as cuda,cpu   cpu
  INFERMESH_THREADS              threads of one model process           1
  INFERMESH_MODEL_MEMORY_BYTES   a model process over it is replaced    2147483648
  INFERMESH_LOG_LEVEL    fatal, error, warn, info, debug       warn
  REDIS_URL, DATABASE_URL, S3_ENDPOINT (with S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION, S3_BUCKET)
                         servers of yours instead of the embedded ones

Examples
  npm start -- --once
  LISTEN_ESD=127.0.0.1:9000/prod LISTEN_AUTH=127.0.0.1:9000/auth npm start
`;

export interface Arguments {
  readonly once: boolean;
  readonly job: boolean;
  readonly help: boolean;
  /** A further key for an administrator: beside its others, or instead of them. */
  readonly newAdminKey: 'beside' | 'instead' | undefined;
}

/** @throws MeshError CONFIG_INVALID naming the option */
export function parseArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        'no-job': { type: 'boolean' },
        'new-admin-key': { type: 'boolean' },
        revoke: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const isNewKey = values['new-admin-key'] ?? false;
    if (values.revoke === true && !isNewKey) throw new Error('--revoke goes with --new-admin-key');
    return {
      once: values.once ?? false,
      job: !(values['no-job'] ?? false),
      help: values.help ?? false,
      newAdminKey: isNewKey ? (values.revoke === true ? 'instead' : 'beside') : undefined,
    };
  } catch (error) {
    throw new MeshError('CONFIG_INVALID', `${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  }
}
