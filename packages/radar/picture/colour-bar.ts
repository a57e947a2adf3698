import { yOf } from './axis.js';
import { colourMap, spanDb } from './heat-map.js';
import { encodeIndexedPng } from './indexed-png.js';
import type { Box } from './place-labels.js';
import { style } from './style.js';
import { element, textElement } from './svg.js';
import { roundTicks } from './ticks.js';

/** What the colours of the map mean. */
export function drawColourBar(bar: Box): string {
  const rising = Uint8Array.from({ length: 256 }, (_, index) => 255 - index);
  const axis = { low: 0, high: spanDb, label: '', ticks: 7 };
  const right = bar.x + bar.width;
  const ticks = roundTicks(0, spanDb, 7).map((value) => {
    const y = yOf(axis, bar, value);
    return (
      element('line', { x1: right, y1: y, x2: right + 5, y2: y, stroke: style.faintInk }) +
      textElement({ x: right + 9, y: y + 4.5, 'font-size': 13 }, String(value))
    );
  });
  const [x, y] = [right + 46, bar.y + bar.height / 2];
  const href = `data:image/png;base64,${encodeIndexedPng(rising, 1, colourMap).toString('base64')}`;
  return (
    element('image', { ...bar, preserveAspectRatio: 'none', href }) +
    element('rect', { ...bar, fill: 'none', stroke: style.faintInk }) +
    ticks.join('') +
    textElement(
      { x, y, 'text-anchor': 'middle', 'font-size': 14, transform: `rotate(-90 ${x} ${y})` },
      'dB over the median',
    )
  );
}
