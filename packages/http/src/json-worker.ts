import { parentPort } from 'node:worker_threads';
import { toErrorDto } from '@infermesh/errors';
import { parseJson } from './parse-json.js';

// The thread behind JsonReader: bytes in, value or error out.
parentPort?.on('message', (bytes: Uint8Array) => {
  try {
    parentPort?.postMessage({ value: parseJson(bytes) });
  } catch (error) {
    parentPort?.postMessage({ error: toErrorDto(error) });
  }
});
