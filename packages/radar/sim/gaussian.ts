import type { Random } from './random.js';

const layers = 128;
/** Where the tail begins, and the area of each layer, for 128 layers. */
const tailStart = 3.442619855899;
const layerArea = 9.91256303526217e-3;
/** A draw's place within its layer has 24 bits and a sign. */
const placeScale = 2 ** 24;

const { widths, insides, heights } = createLayers();

/**
 * A value of the standard normal distribution.
 *
 * Source: G. Marsaglia, W. W. Tsang, "The ziggurat method for generating random variables", 2000, with the layer and the
 * place within it taken from different bits (J. A. Doornik, 2005).
 */
export function gaussian(random: Random): number {
  for (;;) {
    const bits = random.int32();
    const layer = bits & (layers - 1);
    const place = bits >> 7;
    const value = place * (widths[layer] ?? 0);
    if ((place < 0 ? -place : place) < (insides[layer] ?? 0)) return value;
    if (layer === 0) return place < 0 ? -fromTail(random) : fromTail(random);
    const [low, high] = [heights[layer] ?? 0, heights[layer - 1] ?? 0];
    if (low + random.uniform() * (high - low) < density(value)) return value;
  }
}

/** A value beyond `tailStart`. */
function fromTail(random: Random): number {
  for (;;) {
    const beyond = -Math.log(random.uniform()) / tailStart;
    if (-2 * Math.log(random.uniform()) > beyond * beyond) return tailStart + beyond;
  }
}

/** Layer 0 is the base with the tail; the others follow from the outermost inwards to the peak. */
function createLayers() {
  const edges = new Float64Array(layers + 1);
  edges[layers] = layerArea / density(tailStart);
  edges[layers - 1] = tailStart;
  for (let layer = layers - 2; layer > 0; layer -= 1) {
    const outer = edges[layer + 1] ?? 0;
    edges[layer] = Math.sqrt(-2 * Math.log(layerArea / outer + density(outer)));
  }
  // Layer i >= 1 spans 0 to edges[i], and lies under the curve up to edges[i - 1].
  const spans = Float64Array.from({ length: layers }, (_, layer) => edges[layer === 0 ? layers : layer] ?? 0);
  const certain = spans.map((_, layer) => (layer === 0 ? tailStart : (edges[layer - 1] ?? 0)));
  return {
    widths: spans.map((span) => span / placeScale),
    insides: spans.map((span, layer) => ((certain[layer] ?? 0) / span) * placeScale),
    heights: Float64Array.from({ length: layers }, (_, layer) => density(edges[layer] ?? 0)),
  };
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}
