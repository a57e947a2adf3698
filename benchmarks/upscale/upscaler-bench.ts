import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeImage, encodePng, resizeImage } from '@infermesh/media';
import { LoneModel } from '../lone-model.js';

const models = new URL('../../models/', import.meta.url);

export interface Sample {
  readonly decodeMsPerMegapixel: number;
  readonly enlargeMsPerMegapixel: number;
  readonly encodeMsPerMegapixel: number;
  /** Resident memory of the model process at its highest, node and onnxruntime included; NaN where there is no /proc. */
  readonly peakMebibytes: number;
}

export interface UpscalerBenchOptions {
  /** Of the picture sent. */
  readonly megapixels: number;
  /** Threads of one model process. */
  readonly threads: number;
}

interface Means {
  readonly width: number;
  readonly height: number;
  readonly image: string;
  readonly threads: number;
}

/** A photograph and what it takes to enlarge it as a job would, without the mesh around it. */
export class UpscalerBench {
  readonly #means: Means;

  private constructor(means: Means) {
    this.#means = means;
  }

  static async open({ megapixels, threads }: UpscalerBenchOptions): Promise<UpscalerBench> {
    const height = Math.round(Math.sqrt((megapixels * 1e6 * 3) / 4));
    const width = Math.round((height * 4) / 3);
    const image = await photographOf(width, height);
    return new UpscalerBench({ width, height, image, threads });
  }

  get width(): number {
    return this.#means.width;
  }

  get height(): number {
    return this.#means.height;
  }

  /** One picture in a fresh model process, whose model is opened by a small picture first. */
  async sample(upscaler: string): Promise<Sample> {
    const { width, height, image, threads } = this.#means;
    await using model = await LoneModel.start({ threads });
    await model.run({ upscaler_1: upscaler, image: await photographOf(64, 48) });
    const stages = await model.run({ upscaler_1: upscaler, image });
    const megapixels = (width * height) / 1e6;
    return {
      decodeMsPerMegapixel: stages.decodeMs / megapixels,
      enlargeMsPerMegapixel: stages.enlargeMs / megapixels,
      encodeMsPerMegapixel: stages.encodeMs / megapixels,
      peakMebibytes: await peakMebibytes(model.pid),
    };
  }
}

/** The bundled photograph, stretched, as the Base64 of a PNG. */
async function photographOf(width: number, height: number): Promise<string> {
  const photograph = await decodeImage(fileURLToPath(new URL('photographs/coffee.jpg', models)));
  const stretched = await resizeImage(photograph, { width, height, kernel: 'lanczos3' });
  return (await encodePng(stretched)).toString('base64');
}

async function peakMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1] ?? NaN) / 1024;
}
