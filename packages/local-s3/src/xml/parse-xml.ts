import { S3Error } from '../s3-error.js';

/** An element: its own text (without that of its children) and its children in order. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const deepest = 8;
const token =
  /<(?<close>\/?)(?<name>[A-Za-z][\w.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(?<empty>\/?)>|(?<text>[^<]+)/uy;
const declaration = /^\uFEFF?\s*(?:<\?xml[^<>]*\?>)?\s*/u;
const signByEntity: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function malformed(): S3Error {
  return new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

function decodeReference(body: string): string {
  const sign = Object.hasOwn(signByEntity, body) ? signByEntity[body] : undefined;
  if (sign !== undefined) return sign;
  const number = /^#(?:x(?<hex>[0-9a-f]{1,6})|(?<decimal>\d{1,7}))$/iu.exec(body)?.groups;
  const codePoint =
    number === undefined
      ? NaN
      : Number.parseInt(number['hex'] ?? number['decimal'] ?? '', number['hex'] === undefined ? 10 : 16);
  if (!(codePoint > 0 && codePoint <= 0x10ffff)) throw malformed();
  return String.fromCodePoint(codePoint);
}

function decodeText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?<body>[^;&]{0,10})(?<end>;?)/gu, (_match, body: string, end: string) => {
    if (end === '') throw malformed();
    return decodeReference(body);
  });
}

function apply(groups: Readonly<Record<string, string | undefined>>, open: OpenElement[]): void {
  const parent = open.at(-1);
  if (parent === undefined) throw malformed();
  if (groups['text'] !== undefined) {
    parent.text += decodeText(groups['text']);
    return;
  }
  const name = groups['name'] ?? '';
  if (groups['close'] === '/') {
    if (parent.name !== name || open.length === 1) throw malformed();
    open.pop();
    return;
  }
  const element: OpenElement = { name, text: '', children: [] };
  parent.children.push(element);
  if (groups['empty'] !== '/') open.push(element);
  if (open.length > deepest) throw malformed();
}

/**
 * Reads the small part of XML that S3 requests are made of: elements, text, the five entities and numeric references.
 * Document types, entities of one's own, comments, CDATA and processing instructions are refused, so that nothing can
 * expand or point elsewhere. Attributes are skipped. Linear in the length.
 *
 * @throws S3Error MalformedXML
 */
export function parseXml(text: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  const open = [document];
  let position = declaration.exec(text)?.[0].length ?? 0;
  while (position < text.length) {
    token.lastIndex = position;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) throw malformed();
    apply(groups, open);
    position = token.lastIndex;
  }
  const [root] = document.children;
  if (root === undefined || open.length !== 1 || document.children.length !== 1 || document.text.trim() !== '')
    throw malformed();
  return root;
}

function findChild(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

export function childText(element: XmlElement, name: string): string | undefined {
  return findChild(element, name)?.text;
}
