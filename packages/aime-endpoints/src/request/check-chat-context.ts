import type { JsonValue } from '../definition/json-value.js';
import type { MediaKind, MediaRules } from '../definition/media-rules.js';
import { checkJson } from './check-json.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** A medium inside a chat, and where it stands: `messages[message].content[part][kind]`. */
export interface ChatMedium {
  readonly kind: MediaKind;
  readonly message: number;
  readonly part: number;
  /** As it was sent: a data URL, if it is right. */
  readonly value: unknown;
}

export interface ChatContext {
  /** The messages as they were sent; null for an empty text. */
  readonly messages: JsonValue;
  readonly media: readonly ChatMedium[];
}

const roles: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant']);
const contentKeys = ['text', 'image', 'audio', 'video'] as const;

/** Checks a chat but for what its media hold: a list of `{role, content}`, as JSON text or as itself. */
export function checkChatContext(allowed: ReadonlyMap<MediaKind, MediaRules>, value: unknown): Checked<ChatContext> {
  const parsed = checkJson(value, false);
  if (!parsed.ok) return parsed;
  if (parsed.value === null) return accepted({ messages: null, media: [] });
  if (!Array.isArray(parsed.value))
    return refused(`expected is a list of messages, received ${typeNameOf(parsed.value)}`);
  const reader = new ChatReader(allowed);
  for (const [index, message] of parsed.value.entries()) reader.readMessage(message, index);
  return reader.errors.length > 0
    ? { ok: false, errors: reader.errors }
    : accepted({ messages: parsed.value, media: reader.media });
}

class ChatReader {
  readonly errors: string[] = [];
  readonly media: ChatMedium[] = [];
  readonly #allowed: ReadonlyMap<MediaKind, MediaRules>;

  constructor(allowed: ReadonlyMap<MediaKind, MediaRules>) {
    this.#allowed = allowed;
  }

  readMessage(message: unknown, index: number): void {
    if (!isTable(message)) {
      this.#refuse(index, `must have role and content, is ${shownValue(message)}`);
      return;
    }
    const { role, content } = message;
    if (!roles.has(role)) this.#refuse(index, `the role ${shownValue(role)} is not system, user or assistant`);
    if (typeof content === 'string') return;
    if (!Array.isArray(content)) this.#refuse(index, 'the content must be a text or a list of parts');
    else for (const [part, value] of content.entries()) this.#readPart(value, index, part);
  }

  #readPart(part: unknown, message: number, index: number): void {
    const keys = isTable(part) ? contentKeys.filter((key) => Object.hasOwn(part, key)) : [];
    const [key] = keys;
    if (!isTable(part) || key === undefined || keys.length > 1) {
      this.#refuse(message, `part ${index + 1} must have one of text, image, audio and video`);
    } else if (key === 'text') {
      if (typeof part['text'] !== 'string') this.#refuse(message, `the text of part ${index + 1} must be a str`);
    } else if (this.#allowed.has(key)) {
      this.media.push({ kind: key, message, part: index, value: part[key] });
    } else {
      this.#refuse(message, `part ${index + 1} holds ${key}, which this endpoint does not take`);
    }
  }

  #refuse(message: number, reason: string): void {
    this.errors.push(`message ${message + 1}: ${reason}`);
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
