import type { RangeDopplerMap } from '../ts/types.js';
import { createColourMap } from './colour-map.js';
import { encodeIndexedPng } from './indexed-png.js';

/** The colours span this many decibels above the map's median. */
export const spanDb = 35;

export const colourMap = createColourMap();

/**
 * The map as a PNG, one pixel a cell, range bin 0 on top. A cell's colour is its magnitude in decibels over the median, which
 * is the noise wherever most cells are empty.
 */
export function heatMapPng({ magnitudes, dopplerBins }: RangeDopplerMap): Buffer {
  const sorted = magnitudes.toSorted();
  const floor = Math.max(sorted[sorted.length >> 1] ?? 0, Number.MIN_VALUE);
  const indices = Uint8Array.from(magnitudes, (magnitude) => {
    const aboveDb = 20 * Math.log10(Math.max(magnitude, floor) / floor);
    return Math.round((255 * Math.min(aboveDb, spanDb)) / spanDb);
  });
  return encodeIndexedPng(indices, dopplerBins, colourMap);
}
