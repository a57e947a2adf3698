import { exerciseObjectStore } from '../../packages/object-store/tests/suite.js';
import { foreignServers } from '../harness/foreign-storage.js';

for (const { name, start } of foreignServers(process.env)) exerciseObjectStore(name, start);
