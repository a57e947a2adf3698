import { MeshError } from '@infermesh/errors';

export interface Segment {
  readonly kind: 'literal' | 'param' | 'rest';
  readonly text: string;
}

/**
 * Splits `/a/:name/*rest`. A final `/` means nothing: paths match with and without it.
 *
 * @throws MeshError CONFIG_INVALID
 */
export function parsePathTemplate(template: string, owner: string): readonly Segment[] {
  if (!template.startsWith('/')) throw invalid(template, owner);
  const texts = template.replace(/\/$/u, '').split('/').slice(1);
  const segments = texts.map((text) => parseSegment(text) ?? raise(invalid(template, owner)));
  if (segments.some(({ kind }, index) => kind === 'rest' && index < segments.length - 1))
    throw invalid(template, owner);
  return segments;
}

function parseSegment(text: string): Segment | undefined {
  if (/^[A-Za-z0-9._~@-]+$/u.test(text)) return { kind: 'literal', text };
  if (/^:[A-Za-z_]\w*$/u.test(text)) return { kind: 'param', text: text.slice(1) };
  if (/^\*[A-Za-z_]\w*$/u.test(text)) return { kind: 'rest', text: text.slice(1) };
  return undefined;
}

/** Whether some path fits both. */
export function templatesOverlap(a: readonly Segment[], b: readonly Segment[]): boolean {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return false;
    if (left.kind === 'rest' || right.kind === 'rest') return true;
    if (left.kind === 'literal' && right.kind === 'literal' && left.text !== right.text) return false;
  }
  return true;
}

const rank = { literal: 0, param: 1, rest: 2 } as const;

/** Orders the more specific before the less: literals before parameters before the rest. */
export function compareSpecificity(a: readonly Segment[], b: readonly Segment[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left !== undefined && right !== undefined && left.kind !== right.kind)
      return rank[left.kind] - rank[right.kind];
  }
  return b.length - a.length;
}

/** Equal for templates that fit exactly the same paths. */
export function templateShape(segments: readonly Segment[]): string {
  return segments.map(({ kind, text }) => (kind === 'literal' ? `/${text}` : kind === 'param' ? '/:' : '/*')).join('');
}

function invalid(template: string, owner: string): MeshError {
  return new MeshError(
    'CONFIG_INVALID',
    `${owner}: ${template} is not a path of literals, ":name" and a final "*name"`,
  );
}

function raise(error: Error): never {
  throw error;
}
