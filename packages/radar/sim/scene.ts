import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

const metres = z.tuple([z.number(), z.number()]);

const targetSchema = z.strictObject({
  positionM: metres,
  velocityMps: metres.default([0, 0]),
  snrDb: z.number(),
  sizeM: metres.default([0, 0]),
  scatterers: z.int().min(1).max(1000).default(1),
});

const sceneSchema = z.strictObject({
  seed: z.int().default(1),
  frames: z.int().min(1).max(1_000_000).default(1),
  noiseRms: z.number().positive().default(1),
  multiplexing: z.enum(['tdm', 'coded']).default('coded'),
  targets: z.array(targetSchema).max(1000).default([]),
});

/** A thing that moves in a straight line. */
export interface SceneTarget {
  /** Of its centre, in frame 0: x forward from the radar, y lateral. */
  readonly positionM: readonly [x: number, y: number];
  readonly velocityMps: readonly [vx: number, vy: number];
  /**
   * Power over noise power in the target's cell of the range-Doppler spectrum of one antenna, under Hann windows, when it lies
   * in the middle of the cell; between cells up to 2.8 dB less. All scatterers together.
   */
  readonly snrDb: number;
  /** Length along the direction of motion (along x when it stands still) and width of the box that the scatterers fill. */
  readonly sizeM: readonly [length: number, width: number];
  /** 1 is a point at the centre. */
  readonly scatterers: number;
}

export interface Scene {
  /** The same seed gives the same bytes on every machine. */
  readonly seed: number;
  readonly frames: number;
  /** Root mean square of the complex noise on a sample. */
  readonly noiseRms: number;
  /**
   * `tdm`: the transmitters take turns, chirp by chirp. `coded`: they send at once and are told apart by their code, as in
   * RADDet; a moving target has the same phase for all.
   */
  readonly multiplexing: 'tdm' | 'coded';
  readonly targets: readonly SceneTarget[];
}

/** What may be left out of a scene, and is filled in by `createScene`. */
export type SceneInput = z.input<typeof sceneSchema>;

/** Fills in what is left out: seed 1, one frame, noise of 1, `coded`, no targets; points that stand still. */
export function createScene(input: SceneInput): Scene {
  return checked(input);
}

/**
 * Reads a scene: a JSON object with the fields of `Scene`, in metres and metres per second.
 *
 * @throws MeshError PAYLOAD_INVALID naming the field that is wrong
 */
export function parseScene(text: string): Scene {
  try {
    return checked(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof MeshError) throw cause;
    throw new MeshError('PAYLOAD_INVALID', 'scene: the text is not JSON', { cause });
  }
}

function checked(value: unknown): Scene {
  const parsed = sceneSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  throw new MeshError('PAYLOAD_INVALID', `scene: ${field}: ${issue?.message ?? 'is not valid'}`);
}
