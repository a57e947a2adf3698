import type { NativeFrame } from './native.js';
import type { CfarHit, RadarCluster, RadarFrameResult, RadarPoint, RadarTrack } from './types.js';

const pointFields = 6;
const clusterFields = 9;
const trackFields = 7;
const hitFields = 3;

export function decodeFrame(frame: NativeFrame): RadarFrameResult {
  return {
    points: rows(frame.points, pointFields, (row, index) => decodePoint(row, frame.labels[index] ?? -1)),
    clusters: rows(frame.clusters, clusterFields, decodeCluster),
    tracks: rows(frame.tracks, trackFields, decodeTrack),
    droppedPoints: frame.droppedPoints,
  };
}

export function decodeHits(hits: Float64Array): CfarHit[] {
  return rows(hits, hitFields, (row) => ({ rangeBin: row.next(), dopplerBin: row.next(), snr: row.next() }));
}

/** A row's numbers, read one after the other. One reader serves a whole table: frames come by the thousand a second. */
class RowReader {
  readonly #values: Float32Array | Float64Array;
  #at = 0;

  constructor(values: Float32Array | Float64Array) {
    this.#values = values;
  }

  next(): number {
    return this.#values[this.#at++] ?? NaN;
  }
}

function rows<Row>(
  values: Float32Array | Float64Array,
  fields: number,
  decode: (row: RowReader, index: number) => Row,
): Row[] {
  const reader = new RowReader(values);
  const decoded: Row[] = [];
  for (let index = 0; index < values.length / fields; index += 1) decoded.push(decode(reader, index));
  return decoded;
}

function decodePoint(row: RowReader, cluster: number): RadarPoint {
  return {
    rangeIndex: row.next(),
    speedIndex: row.next(),
    rangeM: row.next(),
    speedMps: row.next(),
    angleDegrees: row.next(),
    snr: row.next(),
    cluster,
  };
}

function decodeCluster(row: RowReader): RadarCluster {
  return {
    points: row.next(),
    centerXM: row.next(),
    centerYM: row.next(),
    halfExtentXM: row.next(),
    halfExtentYM: row.next(),
    speedMps: row.next(),
    rangeVariance: row.next(),
    angleVariance: row.next(),
    speedVariance: row.next(),
  };
}

function decodeTrack(row: RowReader): RadarTrack {
  const id = row.next();
  return {
    id,
    state: id === 0 ? 'detection' : 'active',
    xM: row.next(),
    yM: row.next(),
    vxMps: row.next(),
    vyMps: row.next(),
    halfExtentXM: row.next(),
    halfExtentYM: row.next(),
  };
}
