import type { ChatContextInput, ImageListInput, InputDefinition, MediaInput } from '../definition/input-definition.js';
import type { JobEndpoint } from '../definition/job-endpoint.js';
import type { JsonValue } from '../definition/json-value.js';
import type { MediaConverter } from '../media/media-converter.js';
import type { ParameterValue } from '../media/media-value.js';
import { checkChatContext, type ChatMedium } from './check-chat-context.js';
import { checkPlain, isPlain } from './check-plain.js';
import { fallbackOf } from './check-selection.js';
import type { Checked } from './checked.js';
import { readCredentials, type RequestCredentials } from './credentials.js';
import { MediaChecker, type MeasuredMedia } from './media-checker.js';
import { defaultRequestLimits, type RequestLimits } from './request-limits.js';
import { shownValue, typeNameOf } from './type-names.js';

export interface RequestCheckOptions {
  readonly media: MediaConverter;
  /** Aborted when nobody waits for the request any more. */
  readonly signal: AbortSignal;
  /** What is missing is taken from {@link defaultRequestLimits}. */
  readonly limits?: Partial<RequestLimits>;
}

export type RequestReading = RequestAccepted | RequestRefused;

export interface RequestAccepted extends RequestCredentials {
  readonly ok: true;
  /** By input, in the order of the file. Inputs that the request left out and that have no default are not there. */
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  /** For the operator's log: what a conversion did not bring about. */
  readonly warnings: readonly string[];
}

export interface RequestRefused {
  readonly ok: false;
  /** Every mistake of the request, each a sentence that names its parameter: the array `error` of the answer. */
  readonly errors: readonly string[];
}

/**
 * Checks the parameters of a request, and converts what does not fit where the endpoint says so. Media are measured in any
 * case, so that all mistakes are told together, and converted only when there is none.
 *
 * @param body the JSON of the body, or of a GET the query's names and values
 * @throws MeshError where the converter cannot work: not the client's fault. Also the signal's reason
 */
export async function checkRequest(
  endpoint: JobEndpoint,
  body: unknown,
  { media, signal, limits }: RequestCheckOptions,
): Promise<RequestReading> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, errors: [`the request must be a JSON object with the parameters, is ${typeNameOf(body)}`] };
  }
  const { maxMediaBytes, maxMediaCount } = { ...defaultRequestLimits, ...limits };
  const checker = new RequestChecker(
    endpoint,
    body as Readonly<Record<string, unknown>>,
    new MediaChecker(media, maxMediaBytes, signal),
    maxMediaCount,
  );
  return checker.check();
}

/** What takes a value's place until the media in it are converted. */
type Finish = () => Promise<ParameterValue>;

const maxErrors = 100;

class RequestChecker {
  readonly #endpoint: JobEndpoint;
  readonly #body: Readonly<Record<string, unknown>>;
  readonly #media: MediaChecker;
  readonly #maxMediaCount: number;
  readonly #errors: string[] = [];
  readonly #warnings: string[] = [];

  constructor(
    endpoint: JobEndpoint,
    body: Readonly<Record<string, unknown>>,
    media: MediaChecker,
    maxMediaCount: number,
  ) {
    this.#endpoint = endpoint;
    this.#body = body;
    this.#media = media;
    this.#maxMediaCount = maxMediaCount;
  }

  async check(): Promise<RequestReading> {
    const credentials = readCredentials(this.#body);
    if (!credentials.ok) this.#errors.push(...credentials.errors);
    const finishers = new Map<string, Finish>();
    for (const input of this.#endpoint.inputs) {
      const finish = await this.#checkInput(input);
      if (finish !== null) finishers.set(input.name, finish);
    }
    this.#checkContexts();
    this.#checkUnknown();
    const parameters = new Map<string, ParameterValue>();
    if (this.#errors.length === 0) {
      for (const [name, finish] of finishers) parameters.set(name, await finish());
    }
    if (this.#errors.length > 0 || !credentials.ok) return { ok: false, errors: this.#shownErrors() };
    return { ok: true, ...credentials.value, parameters, warnings: this.#warnings };
  }

  async #checkInput(input: InputDefinition): Promise<Finish | null> {
    const value = this.#valueOf(input);
    if (value === undefined) return null;
    if (isPlain(input)) return this.#keep(input, checkPlain(input, value));
    if (input.kind === 'chat_context') return this.#checkChat(input, value);
    return input.kind === 'image_list' ? this.#checkImageList(input, value) : this.#checkMedium(input, value);
  }

  /** Undefined: nothing came and nothing takes its place, which is an error where the input is required. */
  #valueOf(input: InputDefinition): unknown {
    const sent = this.#sent(input.name);
    // A page sends an empty text for a picture that nobody chose.
    if (sent !== undefined && !(sent === '' && 'rules' in input)) return sent;
    if (input.required && !input.autoConvert) {
      this.#refuse(input, 'is required and missing');
      return undefined;
    }
    if (input.kind === 'selection' && input.autoConvert) return fallbackOf(input);
    if (input.required && input.defaultValue === undefined) this.#refuse(input, 'is required and missing');
    return input.defaultValue;
  }

  /** Null and a missing name are the same. */
  #sent(name: string): unknown {
    return Object.hasOwn(this.#body, name) ? (this.#body[name] ?? undefined) : undefined;
  }

  #keep(input: InputDefinition, checked: Checked<JsonValue>): Finish | null {
    const value = this.#taken(input, checked);
    return value === null ? null : () => Promise.resolve(value.it);
  }

  async #checkMedium(input: MediaInput, value: unknown): Promise<Finish | null> {
    const measured = this.#taken(input, await this.#media.measure(value, input.rules));
    return measured === null ? null : () => this.#convert(input, measured.it);
  }

  async #checkImageList(input: ImageListInput, value: unknown): Promise<Finish | null> {
    const urls = asList(value, input.autoConvert);
    if (urls === null) {
      this.#refuse(input, `the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is list`);
      return null;
    }
    if (!this.#isCountAllowed(input, urls.length)) return null;
    const measured: MeasuredMedia[] = [];
    for (const [index, url] of urls.entries()) {
      const one = this.#taken(input, await this.#media.measure(url, input.rules), `image ${index + 1}: `);
      if (one !== null) measured.push(one.it);
    }
    return () => this.#convertAll(input, measured);
  }

  async #checkChat(input: ChatContextInput, value: unknown): Promise<Finish | null> {
    const chat = this.#taken(input, checkChatContext(input.media, value))?.it;
    if (chat === undefined || !this.#isCountAllowed(input, chat.media.length)) return null;
    const measured = new Map<ChatMedium, MeasuredMedia>();
    for (const medium of chat.media) {
      const rules = input.media.get(medium.kind);
      if (rules === undefined) continue;
      const place = `message ${medium.message + 1}: part ${medium.part + 1}: `;
      const one = this.#taken(input, await this.#media.measure(medium.value, rules), place);
      if (one !== null) measured.set(medium, one.it);
    }
    return async () => {
      const messages = structuredClone(chat.messages) as ParameterValue;
      for (const [medium, one] of measured) putMedium(messages, medium, await this.#convert(input, one));
      return messages;
    };
  }

  #isCountAllowed(input: InputDefinition, count: number): boolean {
    if (count <= this.#maxMediaCount) return true;
    this.#refuse(input, `holds ${count} media, the most that is taken is ${this.#maxMediaCount}`);
    return false;
  }

  async #convertAll(input: InputDefinition, measured: readonly MeasuredMedia[]): Promise<ParameterValue> {
    const converted: ParameterValue[] = [];
    for (const one of measured) converted.push(await this.#convert(input, one));
    return converted;
  }

  /** Null, with an error noted, where the converter refuses the bytes after all. */
  async #convert(input: InputDefinition, measured: MeasuredMedia): Promise<ParameterValue> {
    const finished = this.#taken(input, await this.#media.convert(measured));
    if (finished === null) return null;
    const { media, differences } = finished.it;
    this.#warnings.push(...differences.map((text) => `parameter ${input.name} after its conversion: ${text}`));
    return media;
  }

  /** A text for the model and a chat for the model exclude each other. */
  #checkContexts(): void {
    const given = (kind: InputDefinition['kind']): InputDefinition | undefined =>
      this.#endpoint.inputs.find((input) => input.kind === kind && !isEmpty(this.#sent(input.name)));
    const [text, chat] = [given('text_context'), given('chat_context')];
    if (text !== undefined && chat !== undefined) this.#refuse(text, `excludes the parameter "${chat.name}"`);
  }

  #checkUnknown(): void {
    const known = new Set(this.#endpoint.inputs.map(({ name }) => name));
    const implicit = new Set(['key', 'client_session_auth_key', 'wait_for_result']);
    const unknown = Object.keys(this.#body).filter((name) => !known.has(name) && !implicit.has(name));
    if (unknown.length === 0) return;
    const list = unknown.slice(0, maxErrors).map(shownValue).join(', ');
    this.#errors.push(`unknown parameter${unknown.length === 1 ? '' : 's'}: ${list}`);
  }

  #taken<Value>(input: InputDefinition, checked: Checked<Value>, place = ''): { readonly it: Value } | null {
    if (checked.ok) return { it: checked.value };
    for (const error of checked.errors) this.#refuse(input, `${place}${error}`);
    return null;
  }

  #refuse({ name, autoConvert, kind }: InputDefinition, reason: string): void {
    this.#errors.push(`parameter "${name}" (${kind}${autoConvert ? ', auto_convert' : ''}): ${reason}`);
  }

  #shownErrors(): readonly string[] {
    const more = this.#errors.length - maxErrors;
    return more > 0 ? [...this.#errors.slice(0, maxErrors), `and ${more} more`] : this.#errors;
  }
}

function asList(value: unknown, autoConvert: boolean): readonly unknown[] | null {
  if (Array.isArray(value)) return value as readonly unknown[];
  return autoConvert && typeof value === 'string' ? [value] : null;
}

function putMedium(messages: ParameterValue, { kind, message, part }: ChatMedium, media: ParameterValue): void {
  const list = messages as Record<string, Record<string, ParameterValue>[]>[];
  const holder = list[message]?.['content']?.[part];
  if (holder !== undefined) holder[kind] = media;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return ['', '[]', 'null'].includes(value.trim());
  return Array.isArray(value) && value.length === 0;
}
