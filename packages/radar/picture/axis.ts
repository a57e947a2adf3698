import type { Box } from './place-labels.js';
import { style } from './style.js';
import { element, textElement } from './svg.js';
import { roundTicks, tickText } from './ticks.js';

/** A range of values along one side of a panel. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly label: string;
  /** About how many ticks. */
  readonly ticks: number;
}

export function xOf(axis: Axis, { x, width }: Box, value: number): number {
  return x + ((value - axis.low) / (axis.high - axis.low)) * width;
}

/** Values rise upwards. */
export function yOf(axis: Axis, { y, height }: Box, value: number): number {
  return y + height - ((value - axis.low) / (axis.high - axis.low)) * height;
}

/** Ticks, numbers and the label below a panel. */
export function drawXAxis(axis: Axis, panel: Box): string {
  const bottom = panel.y + panel.height;
  const ticks = roundTicks(axis.low, axis.high, axis.ticks).map((value) => {
    const x = xOf(axis, panel, value);
    return (
      element('line', { x1: x, y1: bottom, x2: x, y2: bottom + 6, stroke: style.faintInk }) +
      textElement({ x, y: bottom + 21, 'text-anchor': 'middle', 'font-size': 13 }, tickText(value))
    );
  });
  const middle = panel.x + panel.width / 2;
  return (
    ticks.join('') + textElement({ x: middle, y: bottom + 45, 'text-anchor': 'middle', 'font-size': 14 }, axis.label)
  );
}

/** Ticks, numbers and the label left of a panel. */
export function drawYAxis(axis: Axis, panel: Box): string {
  const ticks = roundTicks(axis.low, axis.high, axis.ticks).map((value) => {
    const y = yOf(axis, panel, value);
    return (
      element('line', { x1: panel.x - 6, y1: y, x2: panel.x, y2: y, stroke: style.faintInk }) +
      textElement({ x: panel.x - 11, y: y + 4.5, 'text-anchor': 'end', 'font-size': 13 }, tickText(value))
    );
  });
  const [x, y] = [panel.x - 46, panel.y + panel.height / 2];
  const turned = { x, y, 'text-anchor': 'middle', 'font-size': 14, transform: `rotate(-90 ${x} ${y})` };
  return ticks.join('') + textElement(turned, axis.label);
}

export function drawFrame(panel: Box): string {
  return element('rect', { ...panel, fill: 'none', stroke: style.faintInk, 'stroke-width': 1 });
}
