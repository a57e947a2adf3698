export interface Tile {
  /** What the model sees: the core with its margins, cut at the picture's border. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** What is kept of its answer, in input pixels of the whole picture. */
  readonly core: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/**
 * Covers a picture with squares of at most `core` pixels a side, each seen with `margin` pixels of its surroundings: as long as
 * the model looks no further than the margin, the parts kept fit together without a seam.
 */
export function cutTiles(
  picture: { readonly width: number; readonly height: number },
  core: number,
  margin: number,
): Tile[] {
  const tiles: Tile[] = [];
  for (let top = 0; top < picture.height; top += core) {
    for (let left = 0; left < picture.width; left += core) {
      const kept = {
        left,
        top,
        width: Math.min(core, picture.width - left),
        height: Math.min(core, picture.height - top),
      };
      const seenLeft = Math.max(0, left - margin);
      const seenTop = Math.max(0, top - margin);
      tiles.push({
        left: seenLeft,
        top: seenTop,
        width: Math.min(picture.width, left + kept.width + margin) - seenLeft,
        height: Math.min(picture.height, top + kept.height + margin) - seenTop,
        core: kept,
      });
    }
  }
  return tiles;
}
