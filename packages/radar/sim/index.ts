export { raddetConfig, raddetOsCfarConfig, streetConfig } from './configs.js';
export { decodeFrame, encodeFrame } from './frame-file.js';
export { createScene, parseScene, type Scene, type SceneInput, type SceneTarget } from './scene.js';
export { SceneSimulator, cubeLength } from './scene-simulator.js';
export { targetTruth, type TargetTruth } from './target-truth.js';
