import { serveRuntime } from '@infermesh/model-runtime';
import { echoRuntime } from './echo-runtime.js';

serveRuntime(echoRuntime);
