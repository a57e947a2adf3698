export { defaultLimits, type ArchiveEntry, type ArchiveLimits } from './archive-entry.js';
export { extractTar } from './extract-tar.js';
export { readTar } from './read-tar.js';
export { readZip, type RangeSource } from './read-zip.js';
export { writeTar } from './write-tar.js';
