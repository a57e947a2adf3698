import { MeshError } from '@infermesh/errors';
import { FfmpegProcess, type FfmpegRun } from './ffmpeg-process.js';

/** Runs ffmpeg to its end. @throws MeshError as FfmpegProcess.finished; MEDIA_TOO_LARGE past `maxFileBytes` on its standard output */
export async function runFfmpeg(run: FfmpegRun): Promise<{ readonly stdout: Buffer; readonly text: string }> {
  await using process = new FfmpegProcess(run);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of process.stdout as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > run.bounds.maxFileBytes)
        throw new MeshError('MEDIA_TOO_LARGE', 'the converted media would be over the limit');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof MeshError) throw error;
  }
  await process.finished();
  return { stdout: Buffer.concat(chunks), text: process.text };
}
