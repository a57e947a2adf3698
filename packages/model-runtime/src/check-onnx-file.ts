import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { MeshError } from '@infermesh/errors';
import type { CheckpointFile } from './checkpoint-file.js';
import { isInside } from './confined-path.js';
import { readOnnxStructure, type OnnxStructure } from './onnx-structure.js';

/** Operator sets that onnxruntime brings itself; any other would need foreign code. */
const knownDomains = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

/** Built-in operators that open files or foreign engines of their own. */
const refusedOperators = new Set(['com.microsoft:EPContext', 'com.microsoft:Snpe', 'com.microsoft:PyOp']);

/** What onnxruntime can read at all: protobuf ends there. Larger models keep their weights in external data. */
export const maxOnnxFileBytes = 2 ** 31 - 1;

export interface CheckedOnnxFile {
  /** The author's own pairs, for example `scale`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Looks a model over before onnxruntime may: size, digest, that it is an ONNX graph, that its operators are standard, and
 * that its external weights lie beside it.
 *
 * @throws MeshError CHECKPOINT_CORRUPT with what is wrong
 */
export async function checkOnnxFile(
  { path, sha256 }: CheckpointFile,
  maxBytes = maxOnnxFileBytes,
): Promise<CheckedOnnxFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw new MeshError('CHECKPOINT_CORRUPT', 'the checkpoint file cannot be opened', { cause });
  });
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw corrupt(`it has ${size} bytes; at most ${maxBytes} are allowed`);
    await refuseOtherFormats(file);
    const structure = readStructure(file.fd, size);
    if (!structure.hasGraph) throw corrupt('it holds no ONNX graph');
    refuseOperators(structure);
    await confineExternalData(path, structure.externalData);
    if ((await digestOf(path)) !== sha256.toLowerCase()) throw corrupt('its digest differs from the record');
    return { metadata: structure.metadata };
  } finally {
    await file.close();
  }
}

function corrupt(why: string, cause?: unknown): MeshError {
  return new MeshError('CHECKPOINT_CORRUPT', `the checkpoint cannot be loaded: ${why}`, { cause });
}

async function refuseOtherFormats(file: FileHandle): Promise<void> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(16), position: 0 });
  const head = buffer.subarray(0, bytesRead);
  if (head.length === 0) throw corrupt('it is empty');
  if (head.toString('latin1', 0, 2) === 'PK') throw corrupt('it is a zip archive (PyTorch?); only ONNX is accepted');
  if (head[0] === 0x80) throw corrupt('it is a Python pickle; only ONNX is accepted');
  if (head[8] === 0x7b && head[9] === 0x22) throw corrupt('it is a safetensors file; only ONNX is accepted');
}

function readStructure(fd: number, sizeBytes: number): OnnxStructure {
  try {
    return readOnnxStructure(fd, sizeBytes);
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(`it is no ONNX model, or a truncated one (${error.message})`, error);
    throw error;
  }
}

function refuseOperators({ operators, functions }: OnnxStructure): void {
  for (const operator of operators) {
    const domain = operator.slice(0, operator.indexOf(':'));
    // a function of the file may share the name of an operator, and does not always win over it
    const isAllowed = !refusedOperators.has(operator) && (functions.has(operator) || knownDomains.has(domain));
    if (!isAllowed) throw corrupt(`it uses the operator ${operator}, which is not allowed`);
  }
}

async function confineExternalData(modelPath: string, locations: ReadonlySet<string>): Promise<void> {
  const folder = await realpath(dirname(modelPath));
  for (const location of locations) {
    if (isAbsolute(location) || !isInside(folder, resolve(folder, location)))
      throw corrupt('its external data lies outside its folder');
    const target = await realpath(resolve(folder, location)).catch((cause: unknown) => {
      throw corrupt(`its external data ${JSON.stringify(location)} is missing`, cause);
    });
    if (!isInside(folder, target)) throw corrupt('its external data lies outside its folder');
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
