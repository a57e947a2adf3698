import { drawBirdsEyePanel } from './birds-eye-panel.js';
import { drawColourBar } from './colour-bar.js';
import { activeTracks, type FramePicture } from './frame-picture.js';
import { drawLegend } from './legend.js';
import type { Box } from './place-labels.js';
import { drawRangeDopplerPanel } from './range-doppler-panel.js';
import { style } from './style.js';
import { element, textElement } from './svg.js';
import { drawTrackTable } from './track-table.js';

const rangeDoppler: Box = { x: 84, y: 116, width: 448, height: 512 };
const colourBar: Box = { x: 546, y: 116, width: 14, height: 512 };
const birdsEye: Box = { x: 690, y: 116, width: 544, height: 272 };

/**
 * One frame as an SVG document of 1280 x 720 pixels: the range-Doppler map with what was found in it, the same from above,
 * the tracks in numbers.
 */
export function drawFrame(picture: FramePicture): string {
  const { width, height, paper, ink, fontFamily } = style;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': fontFamily,
      fill: ink,
    },
    element('title', {}, textless(picture.title)),
    element('defs', {}, clipTo('range-doppler', rangeDoppler), clipTo('birds-eye', birdsEye)),
    element('rect', { width, height, fill: paper }),
    drawHead(picture),
    drawRangeDopplerPanel(picture, rangeDoppler),
    drawColourBar(colourBar),
    drawBirdsEyePanel(picture, birdsEye),
    drawLegend(birdsEye.x, 476),
    drawTrackTable(
      activeTracks(picture).toSorted((a, b) => a.id - b.id),
      birdsEye.x,
      526,
    ),
  );
}

function drawHead({ title, subtitle }: FramePicture): string {
  const caption = { 'font-size': 14, 'font-weight': 700, y: rangeDoppler.y - 14 };
  return (
    textElement({ x: rangeDoppler.x, y: 46, 'font-size': 23, 'font-weight': 700 }, title) +
    textElement({ x: rangeDoppler.x, y: 70, 'font-size': 14, fill: style.faintInk }, subtitle) +
    textElement({ x: rangeDoppler.x, ...caption }, 'Range-Doppler map') +
    textElement({ x: birdsEye.x, ...caption }, 'From above')
  );
}

function clipTo(id: string, box: Box): string {
  return element('clipPath', { id }, element('rect', { ...box }));
}

/** The title of a document is plain text. */
function textless(title: string): string {
  return title.replace(/[&<>]/gu, ' ');
}
