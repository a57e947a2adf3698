import { drawFrame, drawXAxis, drawYAxis, xOf, yOf, type Axis } from './axis.js';
import { activeTracks, type FramePicture } from './frame-picture.js';
import { arrowMark, clusterMark, labelMark, pointMark, trackMark } from './marks.js';
import { placeLabels, type Box } from './place-labels.js';
import { style } from './style.js';
import { element } from './svg.js';
import { roundTicks } from './ticks.js';

/** How far ahead the arrow of a track points. */
export const arrowSeconds = 1;

interface Ground {
  readonly forward: Axis;
  readonly lateral: Axis;
  readonly panel: Box;
  readonly pixelsPerMetre: number;
  readonly farM: number;
}

/** From above, the radar at the bottom: one metre is as long forward as sideways. The panel is twice as wide as high. */
export function drawBirdsEyePanel(picture: FramePicture, panel: Box): string {
  const ground = groundOf(picture, panel);
  const marks = [
    drawTrails(picture, ground),
    drawClusters(picture, ground),
    drawPoints(picture, ground),
    drawTracks(picture, ground),
  ];
  return (
    element('rect', { ...panel, fill: style.panel }) +
    element('g', { 'clip-path': 'url(#birds-eye)' }, drawGrid(ground), ...marks) +
    drawFrame(panel) +
    drawXAxis(ground.lateral, panel) +
    drawYAxis(ground.forward, panel)
  );
}

function groundOf({ scale }: FramePicture, panel: Box): Ground {
  const farM = scale.mirror * scale.rangeStepM;
  return {
    forward: { low: 0, high: farM, label: 'x forward, m', ticks: 5 },
    lateral: { low: -farM, high: farM, label: 'y lateral, m', ticks: 10 },
    panel,
    pixelsPerMetre: panel.height / farM,
    farM,
  };
}

function place({ forward, lateral, panel }: Ground, xM: number, yM: number): readonly [x: number, y: number] {
  return [xOf(lateral, panel, yM), yOf(forward, panel, xM)];
}

/** Rings at round distances, rays every 30 degrees. */
function drawGrid(ground: Ground): string {
  const [x, y] = place(ground, 0, 0);
  const line = { fill: 'none', stroke: style.gridLine, 'stroke-width': 1.2 };
  const rings = roundTicks(0, ground.farM, 5).map((rangeM) =>
    element('circle', { cx: x, cy: y, r: rangeM * ground.pixelsPerMetre, ...line }),
  );
  const rays = [-60, -30, 0, 30, 60].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const [x2, y2] = place(ground, 2 * ground.farM * Math.cos(angle), 2 * ground.farM * Math.sin(angle));
    return element('line', { x1: x, y1: y, x2, y2, ...line });
  });
  return [...rings, ...rays].join('');
}

function drawTrails({ trails }: FramePicture, ground: Ground): string {
  return [...trails.values()]
    .map((trail) => {
      const points = trail.map(({ xM, yM }) =>
        place(ground, xM, yM)
          .map((value) => value.toFixed(1))
          .join(','),
      );
      return element('polyline', {
        points: points.join(' '),
        fill: 'none',
        stroke: style.track,
        'stroke-width': 2,
        'stroke-opacity': 0.35,
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
      });
    })
    .join('');
}

function drawClusters({ result }: FramePicture, ground: Ground): string {
  const smallest = 12;
  return result.clusters
    .map(({ centerXM, centerYM, halfExtentXM, halfExtentYM }) => {
      const [x, y] = place(ground, centerXM, centerYM);
      const width = Math.max(smallest, 2 * halfExtentYM * ground.pixelsPerMetre);
      const height = Math.max(smallest, 2 * halfExtentXM * ground.pixelsPerMetre);
      return clusterMark(x, y, width, height);
    })
    .join('');
}

function drawPoints({ result }: FramePicture, ground: Ground): string {
  return result.points
    .map(({ rangeM, angleDegrees }) => {
      const angle = (angleDegrees * Math.PI) / 180;
      return pointMark(...place(ground, rangeM * Math.cos(angle), rangeM * Math.sin(angle)));
    })
    .join('');
}

function drawTracks(picture: FramePicture, ground: Ground): string {
  const tracks = activeTracks(picture).map(({ id, xM, yM, vxMps, vyMps }) => {
    const [x, y] = place(ground, xM, yM);
    const [toX, toY] = place(ground, xM + vxMps * arrowSeconds, yM + vyMps * arrowSeconds);
    return { x, y, toX, toY, text: `#${id}` };
  });
  const arrows = tracks.map(({ x, y, toX, toY }) => arrowMark(x, y, toX, toY));
  const marks = tracks.map(({ x, y }) => trackMark(x, y));
  const labels = placeLabels(tracks, ground.panel, tracks.flatMap(alongArrow)).map(labelMark);
  return [...arrows, ...marks, ...labels].join('');
}

/** Boxes that cover an arrow. */
function alongArrow({ x, y, toX, toY }: { x: number; y: number; toX: number; toY: number }): Box[] {
  return [0.25, 0.5, 0.75, 1].map((part) => ({
    x: x + (toX - x) * part - 4,
    y: y + (toY - y) * part - 4,
    width: 8,
    height: 8,
  }));
}
