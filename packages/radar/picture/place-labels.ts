export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelRequest {
  /** Of the mark that the label belongs to, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface PlacedLabel extends LabelRequest {
  readonly box: Box;
}

const labelHeight = 18;
const characterWidth = 7.4;
const padding = 5;
/** From the mark to its label. */
const distance = 13;

/**
 * Gives each label a place beside its mark, inside of the frame, where it covers no mark, no obstacle and no earlier label;
 * where there is none, the label is left out.
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  frame: Box,
  obstacles: readonly Box[] = [],
): PlacedLabel[] {
  const marks = [...obstacles, ...requests.map(({ x, y }) => ({ x: x - 8, y: y - 8, width: 16, height: 16 }))];
  const placed: PlacedLabel[] = [];
  for (const request of requests) {
    const box = candidates(request).find(
      (candidate) =>
        contains(frame, candidate) &&
        ![...marks, ...placed.map((label) => label.box)].some((other) => meets(candidate, other)),
    );
    if (box !== undefined) placed.push({ ...request, box });
  }
  return placed;
}

/** Right and left above, right and left below, then further out. */
function candidates({ x, y, text }: LabelRequest): Box[] {
  const width = text.length * characterWidth + 2 * padding;
  const away = [distance, 2.2 * distance, 3.6 * distance];
  return away.flatMap((gap) => [
    { x: x + gap, y: y - gap - labelHeight / 2, width, height: labelHeight },
    { x: x - gap - width, y: y - gap - labelHeight / 2, width, height: labelHeight },
    { x: x + gap, y: y + gap - labelHeight / 2, width, height: labelHeight },
    { x: x - gap - width, y: y + gap - labelHeight / 2, width, height: labelHeight },
  ]);
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function meets(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
