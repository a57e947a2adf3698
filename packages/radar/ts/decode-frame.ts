import type { NativeFrame } from './native.js';
import type { CfarHit, RadarCluster, RadarFrameResult, RadarPoint, RadarTrack } from './types.js';

const pointFields = 6;
const clusterFields = 9;
const trackFields = 7;
const hitFields = 3;

export function decodeFrame(frame: NativeFrame): RadarFrameResult {
  return {
    points: rows(frame.points, pointFields, (at, index) => decodePoint(at, frame.labels[index] ?? -1)),
    clusters: rows(frame.clusters, clusterFields, decodeCluster),
    tracks: rows(frame.tracks, trackFields, decodeTrack),
    droppedPoints: frame.droppedPoints,
  };
}

export function decodeHits(hits: Float64Array): CfarHit[] {
  return rows(hits, hitFields, (at) => ({ rangeBin: at(0), dopplerBin: at(1), snr: at(2) }));
}

type Field = (field: number) => number;

function rows<Row>(
  values: Float32Array | Float64Array,
  fields: number,
  decode: (at: Field, index: number) => Row,
): Row[] {
  return Array.from({ length: values.length / fields }, (_, index) =>
    decode((field) => values[index * fields + field] ?? NaN, index),
  );
}

function decodePoint(at: Field, cluster: number): RadarPoint {
  return {
    rangeIndex: at(0),
    speedIndex: at(1),
    rangeM: at(2),
    speedMps: at(3),
    angleDegrees: at(4),
    snr: at(5),
    cluster,
  };
}

function decodeCluster(at: Field): RadarCluster {
  return {
    points: at(0),
    centerXM: at(1),
    centerYM: at(2),
    halfExtentXM: at(3),
    halfExtentYM: at(4),
    speedMps: at(5),
    rangeVariance: at(6),
    angleVariance: at(7),
    speedVariance: at(8),
  };
}

function decodeTrack(at: Field): RadarTrack {
  return {
    id: at(0),
    state: at(0) === 0 ? 'detection' : 'active',
    xM: at(1),
    yM: at(2),
    vxMps: at(3),
    vyMps: at(4),
    halfExtentXM: at(5),
    halfExtentYM: at(6),
  };
}
