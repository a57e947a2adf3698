import { serveRuntime } from '@infermesh/model-runtime';
import { extrasRuntime } from './extras-runtime.js';

serveRuntime(extrasRuntime);
