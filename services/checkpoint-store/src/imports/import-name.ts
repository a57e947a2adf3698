import { posix } from 'node:path';
import { MeshError } from '@infermesh/errors';
import type { Outbound } from '@infermesh/outbound';

/** Kinds of files that may be imported; a folder comes as an archive. */
const fileEndings = /\.(?:pt|pth|ckpt|safetensors|ya?ml|onnx)$/u;
const archiveEndings = /\.(?:tar|zip)$/u;

const askTimeoutMs = 4_000;

/**
 * What a file at a URL is called: the last part of the address, after redirects, or what the server says of it. A server that does
 * not answer now is asked again when the import runs.
 *
 * @throws MeshError OUTBOUND_REFUSED when the URL, or where it redirects to, may not be called; the signal's reason
 */
export async function findImportName(outbound: Outbound, url: string, signal: AbortSignal): Promise<string> {
  try {
    await using answer = await outbound.fetch(url, { method: 'HEAD', timeoutMs: askTimeoutMs, signal });
    const name = baseName(answer.url);
    return hasEnding(name) ? name : (announcedName(answer.headers['content-disposition']) ?? name);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MeshError && error.code === 'OUTBOUND_REFUSED') throw error;
    return baseName(url);
  }
}

function hasEnding(name: string): boolean {
  return fileEndings.test(name) || archiveEndings.test(name);
}

function baseName(url: string): string {
  const last = posix.basename(new URL(url).pathname);
  try {
    return posix.basename(decodeURIComponent(last));
  } catch {
    return last;
  }
}

function announcedName(disposition: string | undefined): string | undefined {
  const name = /filename="?([^";]+)"?/iu.exec(disposition ?? '')?.[1];
  return name === undefined ? undefined : posix.basename(name.trim());
}

/** Undefined when it may be imported, else why not. */
export function importFault(name: string, isFolder: boolean): string | undefined {
  if (isFolder)
    return archiveEndings.test(name)
      ? undefined
      : `${name || 'the URL'} is no .tar or .zip: a folder is imported as one archive`;
  if (fileEndings.test(name)) return undefined;
  return `${name || 'the URL'} is no .safetensors, .ckpt, .pt, .pth, .onnx or .yaml file`;
}
