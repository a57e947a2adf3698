import { drawFrame, drawXAxis, drawYAxis, xOf, yOf, type Axis } from './axis.js';
import { activeTracks, radialOf, type FramePicture, type PictureScale } from './frame-picture.js';
import { heatMapPng } from './heat-map.js';
import { clusterMark, labelMark, smallPointMark, trackMark } from './marks.js';
import { placeLabels, type Box } from './place-labels.js';
import { element } from './svg.js';

/** Free space between a cluster's points and its box, in pixels. */
const clusterMargin = 8;

interface Axes {
  readonly speed: Axis;
  readonly range: Axis;
}

/** Range over speed: the map in colours, and on it points, clusters and tracks. */
export function drawRangeDopplerPanel(picture: FramePicture, panel: Box): string {
  const axes = axesOf(picture.scale);
  const marks = [
    drawPoints(picture, axes, panel),
    drawClusters(picture, axes, panel),
    drawTracks(picture, axes, panel),
  ];
  return (
    drawMap(picture, panel) +
    element('g', { 'clip-path': 'url(#range-doppler)' }, ...marks) +
    drawFrame(panel) +
    drawXAxis(axes.speed, panel) +
    drawYAxis(axes.range, panel)
  );
}

/** Cells reach half a step to each side of their values. */
function axesOf({ rangeBins, dopplerBins, rangeStepM, speedStepMps, mirror }: PictureScale): Axes {
  const firstSpeed = -Math.floor(dopplerBins / 2) - 0.5;
  return {
    speed: {
      low: firstSpeed * speedStepMps,
      high: (firstSpeed + dopplerBins) * speedStepMps,
      label: 'speed, m/s (positive comes closer)',
      ticks: 6,
    },
    range: {
      low: (mirror - rangeBins + 0.5) * rangeStepM,
      high: (mirror + 0.5) * rangeStepM,
      label: 'range, m',
      ticks: 6,
    },
  };
}

function drawMap({ result }: FramePicture, panel: Box): string {
  return element('image', {
    ...panel,
    preserveAspectRatio: 'none',
    'image-rendering': 'optimizeSpeed',
    href: `data:image/png;base64,${heatMapPng(result.map).toString('base64')}`,
  });
}

function drawPoints({ result }: FramePicture, { speed, range }: Axes, panel: Box): string {
  return result.points
    .map(({ speedMps, rangeM }) => smallPointMark(xOf(speed, panel, speedMps), yOf(range, panel, rangeM)))
    .join('');
}

function drawClusters({ result }: FramePicture, { speed, range }: Axes, panel: Box): string {
  const boxes = result.clusters.map((_, index) => {
    const points = result.points.filter(({ cluster }) => cluster === index);
    const xs = points.map(({ speedMps }) => xOf(speed, panel, speedMps));
    const ys = points.map(({ rangeM }) => yOf(range, panel, rangeM));
    if (points.length === 0) return '';
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    return clusterMark(
      (left + right) / 2,
      (top + bottom) / 2,
      right - left + 2 * clusterMargin,
      bottom - top + 2 * clusterMargin,
    );
  });
  return boxes.join('');
}

function drawTracks(picture: FramePicture, { speed, range }: Axes, panel: Box): string {
  const places = activeTracks(picture).map((track) => {
    const { rangeM, speedMps } = radialOf(track);
    return { x: xOf(speed, panel, speedMps), y: yOf(range, panel, rangeM), text: `#${track.id}` };
  });
  const inside = places.filter(({ x, y }) => isInside(panel, x, y));
  return inside.map(({ x, y }) => trackMark(x, y)).join('') + placeLabels(inside, panel).map(labelMark).join('');
}

function isInside(panel: Box, x: number, y: number): boolean {
  return x >= panel.x && x <= panel.x + panel.width && y >= panel.y && y <= panel.y + panel.height;
}
