import { sharp } from '../sharp-settings.js';

/** Opens libvips' TIFF loader in this whole process: for the image process alone, which is killed when it misbehaves. */
export function openTiffLoader(): void {
  sharp.unblock({ operation: ['VipsForeignLoadTiff'] });
}
