import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { cancelInferenceRoute } from './cancel-inference.js';
import { createInferenceRoute } from './create-inference.js';
import { deleteInferencesRoute } from './delete-inferences.js';
import { followInferenceRoute } from './follow-inference.js';
import { getInferenceRoute } from './get-inference.js';
import { listInferencesRoute } from './list-inferences.js';
import { startInferenceRoute } from './start-inference.js';

export function inferenceRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [
    listInferencesRoute(parts),
    createInferenceRoute(parts),
    deleteInferencesRoute(parts),
    getInferenceRoute(parts),
    followInferenceRoute(parts),
    startInferenceRoute(parts),
    cancelInferenceRoute(parts),
  ];
}
