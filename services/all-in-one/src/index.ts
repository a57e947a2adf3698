export { Config, type MeshConfig } from './config.js';
export { startMesh, type Mesh, type MeshOptions } from './mesh.js';
export { createServiceUsers, type ServiceName } from './service-users.js';
