// `npm run bench -- upscale`: what a picture costs in a model process, by the bundled network and by Lanczos.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { machineFacts } from '../machine.js';
import { median, round } from '../statistics.js';
import { UpscalerBench, type Sample } from './upscaler-bench.js';

const help = `npm run bench -- upscale [options]

Doubles the bundled photograph, stretched to so many megapixels, in a model process of its own for each upscaler; the
payload is read and the result written as in a job. Rounds are interleaved; of each figure the median is printed.
Milliseconds are per megapixel sent; the peak is all memory of the model process.

  --upscalers a,b        which (infermesh-photo-x2,Lanczos)
  --megapixels 1         size of the picture sent, 4:3
  --threads 1            threads of the network
  --rounds 3             rounds
  --json FILE            write the figures`;

const { values } = parseArgs({
  options: {
    upscalers: { type: 'string', default: 'infermesh-photo-x2,Lanczos' },
    megapixels: { type: 'string', default: '1' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface Figure extends Sample {
  readonly upscaler: string;
}

function middleOf(upscaler: string, samples: readonly Sample[]): Figure {
  const middle = (of: (sample: Sample) => number): number => round(median(samples.map(of)));
  return {
    upscaler,
    decodeMsPerMegapixel: middle((sample) => sample.decodeMsPerMegapixel),
    enlargeMsPerMegapixel: middle((sample) => sample.enlargeMsPerMegapixel),
    encodeMsPerMegapixel: middle((sample) => sample.encodeMsPerMegapixel),
    peakMebibytes: middle((sample) => sample.peakMebibytes),
  };
}

async function measure(bench: UpscalerBench, upscalers: readonly string[]): Promise<Figure[]> {
  const samples = new Map(upscalers.map((upscaler) => [upscaler, [] as Sample[]]));
  for (let round_ = 0; round_ < Number(values.rounds); round_ += 1) {
    for (const [upscaler, taken] of samples) taken.push(await bench.sample(upscaler));
  }
  return [...samples].map(([upscaler, taken]) => middleOf(upscaler, taken));
}

if (values.help) {
  console.log(help);
} else {
  const bench = await UpscalerBench.open({
    megapixels: Number(values.megapixels),
    threads: Number(values.threads),
  });
  const before = machineFacts();
  console.log(`${before.cpu}, ${before.cores} cores, node ${before.node}, load ${before.loadAverage}`);
  console.log(`${bench.width} x ${bench.height} pixels, ${values.threads} threads`);
  const figures = await measure(bench, values.upscalers.split(','));
  console.table(figures);
  const machine = machineFacts();
  console.log(`load at the end ${machine.loadAverage}`);
  if (values.json !== undefined) {
    const picture = { width: bench.width, height: bench.height };
    const report = { benchmark: 'upscale', picture, threads: Number(values.threads), machine, figures };
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}
