import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createInferenceRoute } from './create-inference.js';
import { getInferenceRoute } from './get-inference.js';
import { startInferenceRoute } from './start-inference.js';

export function inferenceRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [createInferenceRoute(parts), startInferenceRoute(parts), getInferenceRoute(parts)];
}
