/** The releases of ESD that a deployment may speak as. */
export const esdVersions = ['1.4', '1.5', '1.7'] as const;
export type EsdVersion = (typeof esdVersions)[number];

/** How the releases differ, beyond single words (dossier 1.1, 2 and 12). */
export interface VersionRules {
  /** Clients compare it with their own and warn. */
  readonly apiVersion: string;
  /** Some routes want `Authorization` before anything else, and bodies name who acts. Else the header `username` does. */
  readonly hasAuthorizer: boolean;
  /** Lists of names descend, others come newest first and in pages. */
  readonly hasPages: boolean;
  /** Answers carry `debug` and `requestId`, times are ISO, and endpoints are named after their service. */
  readonly isTraced: boolean;
}

const rules: Readonly<Record<EsdVersion, VersionRules>> = {
  '1.4': { apiVersion: '1.4.0', hasAuthorizer: true, hasPages: false, isTraced: false },
  '1.5': { apiVersion: '1.5.0', hasAuthorizer: false, hasPages: true, isTraced: false },
  '1.7': { apiVersion: '1.7.0', hasAuthorizer: false, hasPages: true, isTraced: true },
};

export function rulesOf({ settings }: { readonly settings: { readonly version: EsdVersion } }): VersionRules {
  return rules[settings.version];
}
