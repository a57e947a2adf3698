import type { MediaOutput } from '../definition/output-definition.js';
import { MeshError } from '@infermesh/errors';
import type { MediaConverter } from '../media/media-converter.js';
import { MediaValue } from '../media/media-value.js';
import { planMedia } from '../media/plan-media.js';

/**
 * Makes of one medium that a runtime gave what the output is declared to be. What complies stays as it is.
 *
 * @throws MeshError MEDIA_INVALID when it is of another kind, or cannot become what is declared; whatever the converter throws
 */
export async function convertOutput(
  { name, rules }: MediaOutput,
  bytes: Uint8Array,
  converter: MediaConverter,
  signal: AbortSignal,
): Promise<MediaValue> {
  const attributes = await converter.probe(
    bytes,
    { expectedKind: rules.kind, inputTempFile: rules.inputTempFile, decode: false },
    signal,
  );
  if (attributes.kind !== rules.kind) {
    throw new MeshError('MEDIA_INVALID', `the output ${name} shall be ${rules.kind} and is ${attributes.kind}`);
  }
  const { errors, target } = planMedia(attributes, rules);
  if (errors.length > 0) throw new MeshError('MEDIA_INVALID', `the output ${name}: ${errors.join('; ')}`);
  if (target === null) return new MediaValue(bytes, attributes, false);
  const converted = await converter.convert(bytes, target, signal);
  return new MediaValue(converted.bytes, converted.attributes, true);
}
