/** A name with its text or its children. Absent children are left out. */
export type XmlNode = readonly [name: string, content: string | readonly (XmlNode | undefined)[]];

const entityBySign: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters become references, as S3 writes them; a client that may meet them asks for `encoding-type=url`. */
function escapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the signs to be replaced
  return text.replaceAll(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/gu, (sign) => entityBySign[sign] ?? reference(sign));
}

function reference(sign: string): string {
  return `&#x${sign.charCodeAt(0).toString(16).toUpperCase()};`;
}

function writeNode([name, content]: XmlNode): string {
  const inner = typeof content === 'string' ? escapeXml(content) : content.map(writeChild).join('');
  return `<${name}>${inner}</${name}>`;
}

function writeChild(node: XmlNode | undefined): string {
  return node === undefined ? '' : writeNode(node);
}

/** A whole document in S3's namespace. */
export function writeXml([name, content]: XmlNode): string {
  const inner = writeNode([name, content]).slice(name.length + 2);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}`;
}

/** S3's errors stand in no namespace. */
export function writeXmlError(content: readonly XmlNode[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeNode(['Error', content])}`;
}
