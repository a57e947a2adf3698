import type { PlacedLabel } from './place-labels.js';
import { style } from './style.js';
import { element, textElement } from './svg.js';

/** A label whose middle is nearer to its mark than this needs no line to it, in pixels. */
const nearLabel = 36;

/** The marks of points, clusters and tracks are the same in every panel and in the legend. */
export function pointMark(x: number, y: number): string {
  return element('circle', { cx: x, cy: y, r: 1.9, fill: style.point, stroke: style.pointEdge, 'stroke-width': 0.8 });
}

/** On the map, where neighbouring points are two pixels apart. */
export function smallPointMark(x: number, y: number): string {
  return element('circle', { cx: x, cy: y, r: 1, fill: style.point });
}

export function clusterMark(x: number, y: number, width: number, height: number): string {
  const shape = { x: x - width / 2, y: y - height / 2, width, height, rx: 4, fill: 'none' };
  return (
    element('rect', { ...shape, stroke: style.paper, 'stroke-width': 4, 'stroke-opacity': 0.75 }) +
    element('rect', { ...shape, stroke: style.cluster, 'stroke-width': 2 })
  );
}

/** Hollow, so that what it stands on can be seen. */
export function trackMark(x: number, y: number): string {
  const size = 7;
  const corners = [
    [x, y - size],
    [x + size, y],
    [x, y + size],
    [x - size, y],
  ].map((corner) => corner.map((value) => value.toFixed(1)).join(','));
  const shape = { points: corners.join(' '), fill: 'none', 'stroke-linejoin': 'round' };
  return (
    element('polygon', { ...shape, stroke: style.paper, 'stroke-width': 4.5, 'stroke-opacity': 0.8 }) +
    element('polygon', { ...shape, stroke: style.track, 'stroke-width': 2 })
  );
}

/** From a track to where it will be. */
export function arrowMark(x: number, y: number, toX: number, toY: number): string {
  const length = Math.hypot(toX - x, toY - y);
  if (length < 4) return '';
  const [alongX, alongY] = [(toX - x) / length, (toY - y) / length];
  const head = Math.min(9, length);
  const wing = (side: number): string =>
    `${(toX - head * alongX - side * 0.45 * head * alongY).toFixed(1)},${(toY - head * alongY + side * 0.45 * head * alongX).toFixed(1)}`;
  return (
    element('line', {
      x1: x,
      y1: y,
      x2: toX - alongX * head * 0.7,
      y2: toY - alongY * head * 0.7,
      stroke: style.track,
      'stroke-width': 2.2,
    }) + element('polygon', { points: `${toX.toFixed(1)},${toY.toFixed(1)} ${wing(1)} ${wing(-1)}`, fill: style.track })
  );
}

export function labelMark({ x, y, box, text }: PlacedLabel): string {
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const isNear = Math.hypot(middle.x - x, middle.y - y) < nearLabel;
  const leader = { x1: x, y1: y, x2: middle.x, y2: middle.y, stroke: style.track, 'stroke-dasharray': '1 3' };
  return (
    (isNear ? '' : element('line', leader)) +
    element('rect', {
      ...box,
      rx: 4,
      fill: style.paper,
      'fill-opacity': 0.92,
      stroke: style.track,
      'stroke-width': 1,
    }) +
    textElement(
      {
        x: middle.x,
        y: middle.y + 4.3,
        'font-size': 12,
        'font-weight': 700,
        fill: style.track,
        'text-anchor': 'middle',
      },
      text,
    )
  );
}
