import { runFfmpeg } from './run-ffmpeg.js';

/** The names of the encoders that a build of ffmpeg has. @throws MeshError CONFIG_INVALID is the caller's to say */
export async function listEncoders(program: string, memoryBytes: number): Promise<ReadonlySet<string>> {
  const { stdout } = await runFfmpeg({
    program,
    args: ['-hide_banner', '-nostdin', '-encoders'],
    input: null,
    bounds: { cpuSeconds: 10, memoryBytes, maxFileBytes: 1_000_000 },
    deadlineAt: Date.now() + 30_000,
  });
  const lines = stdout.toString('utf8').matchAll(/^ [VAS][A-Z.]{5} (\S+)/gmu);
  return new Set([...lines].map(([, name]) => name ?? ''));
}
