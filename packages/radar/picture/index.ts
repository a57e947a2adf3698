export { drawFrame } from './draw-frame.js';
export { pictureScale, type FramePicture, type PictureScale, type TrailPoint } from './frame-picture.js';
