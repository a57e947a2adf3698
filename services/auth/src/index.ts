export { administratorPermissions, bootstrapAuth, defaultTenant } from './bootstrap-auth.js';
export { Config } from './config.js';
export { renewAdministratorKey, type RenewedKey } from './renew-administrator-key.js';
export { startAuth, type AuthOptions } from './service.js';
export type { NewKey } from './keys/create-key.js';
