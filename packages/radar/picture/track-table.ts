import type { RadarTrack } from '../ts/types.js';
import { radialOf } from './frame-picture.js';
import { style } from './style.js';
import { element, textElement } from './svg.js';

const rowHeight = 21;
const mostRows = 6;

interface Column {
  readonly title: string;
  /** Its right edge, from the table's left. */
  readonly right: number;
  readonly cell: (track: RadarTrack) => string;
}

const columns: readonly Column[] = [
  { title: 'track', right: 40, cell: ({ id }) => `#${id}` },
  { title: 'x, m', right: 118, cell: ({ xM }) => fixed(xM) },
  { title: 'y, m', right: 196, cell: ({ yM }) => fixed(yM) },
  { title: 'range, m', right: 290, cell: (track) => fixed(radialOf(track).rangeM) },
  { title: 'closing, m/s', right: 402, cell: (track) => fixed(radialOf(track).speedMps) },
  {
    title: 'size, m',
    right: 530,
    cell: ({ halfExtentXM, halfExtentYM }) => `${fixed(2 * halfExtentXM)} × ${fixed(2 * halfExtentYM)}`,
  },
];

/** The active tracks in numbers. */
export function drawTrackTable(tracks: readonly RadarTrack[], x: number, y: number): string {
  const rows = tracks.length > mostRows ? tracks.slice(0, mostRows - 1) : tracks;
  const head = columns.map(({ title, right }) => cellText(x + right, y, title, style.faintInk));
  const line = element('line', { x1: x, y1: y + 8, x2: x + 530, y2: y + 8, stroke: style.gridLine });
  const body = rows.flatMap((track, row) =>
    columns.map(({ cell, right }) => cellText(x + right, y + (row + 1) * rowHeight + 5, cell(track), style.ink)),
  );
  return [...head, line, ...body, ...drawRemark(tracks.length, rows.length, x, y)].join('');
}

function drawRemark(count: number, shown: number, x: number, y: number): string[] {
  if (count === shown && count > 0) return [];
  const text = count === 0 ? 'no active track yet' : `and ${count - shown} more`;
  const place = { x: x + 8, y: y + (shown + 1) * rowHeight + 5, 'font-size': 13, fill: style.faintInk };
  return [textElement(place, text)];
}

function cellText(x: number, y: number, text: string, fill: string): string {
  return textElement({ x, y, 'text-anchor': 'end', 'font-size': 13, fill }, text);
}

/** One decimal, with a true minus sign. */
function fixed(value: number): string {
  const text = value.toFixed(1);
  return tickTextOf(text === '-0.0' ? '0.0' : text);
}

function tickTextOf(text: string): string {
  return text.replace('-', '\u2212');
}
