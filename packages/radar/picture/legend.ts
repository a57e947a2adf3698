import { arrowSeconds } from './birds-eye-panel.js';
import { arrowMark, clusterMark, pointMark, trackMark } from './marks.js';
import { textElement } from './svg.js';

/** One row: what the marks mean. */
export function drawLegend(x: number, y: number): string {
  const entry = (offset: number, mark: string, text: string): string =>
    mark + textElement({ x: x + offset, y: y + 4.5, 'font-size': 13 }, text);
  return [
    entry(14, pointMark(x + 4, y), 'point'),
    entry(92, clusterMark(x + 76, y, 20, 14), 'cluster'),
    entry(
      212,
      trackMark(x + 172, y) + arrowMark(x + 172, y, x + 204, y),
      `track, and where it will be in ${arrowSeconds} s`,
    ),
  ].join('');
}
