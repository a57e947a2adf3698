import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

const Secrets = z.object({
  /** Key of the HMAC that API keys travel and are stored as. */
  pepper: z.string().min(32),
  s3AccessKeyId: z.string().min(1),
  s3SecretAccessKey: z.string().min(1),
});
export type Secrets = z.infer<typeof Secrets>;

/** What this installation knows and nobody else: made at first start, kept in its folder, readable by its owner alone. */
export async function loadSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return parseSecrets(file, text);
  const secrets: Secrets = {
    pepper: randomBytes(32).toString('base64url'),
    s3AccessKeyId: `im${randomBytes(9).toString('hex')}`,
    s3SecretAccessKey: randomBytes(32).toString('base64url'),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.part`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.part`, file);
  return secrets;
}

function parseSecrets(file: string, text: string): Secrets {
  try {
    return Secrets.parse(JSON.parse(text));
  } catch {
    throw new MeshError(
      'CONFIG_INVALID',
      `${file} is damaged: restore it from a backup; without it no API key of this installation works`,
    );
  }
}
