import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { readInterFonts } from './inter-font.js';
import type { RawImage } from './raw-image.js';

const require = createRequire(import.meta.url);
let fonts: Promise<Buffer[]> | undefined;

/**
 * Draws an SVG document **of our own making** in its own size. Pictures from outside go through `decodeImage`, which takes no
 * SVG. Text is set in Inter, whatever fonts the machine has; references to files and addresses are not followed.
 */
export async function rasteriseDrawing(svg: string): Promise<RawImage> {
  fonts ??= load();
  const drawing = new Resvg(svg, { font: { fontBuffers: await fonts, defaultFontFamily: 'Inter' } });
  try {
    const image = drawing.render();
    try {
      return { data: Buffer.from(image.pixels), width: image.width, height: image.height, channels: 4 };
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}

async function load(): Promise<Buffer[]> {
  await initWasm(readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return readInterFonts();
}
