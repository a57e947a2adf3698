import { xmlAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { S3Error } from '../s3-error.js';
import { childText, parseXml } from '../xml/parse-xml.js';
import type { XmlNode } from '../xml/write-xml.js';

const longestBodyBytes = 4 * 1024 * 1024;
const mostKeys = 1000;

function parseKeys(text: string): { readonly keys: readonly string[]; readonly isQuiet: boolean } {
  const root = parseXml(text);
  const objects = root.children.filter(({ name }) => name === 'Object');
  const keys = objects.map((element) => childText(element, 'Key') ?? '');
  if (root.name !== 'Delete' || keys.length === 0 || keys.length > mostKeys || keys.includes('')) {
    throw new S3Error(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  return { keys, isQuiet: childText(root, 'Quiet')?.trim() === 'true' };
}

export const deleteObjects: Operation = async ({ body, store, bucketName }) => {
  const bucket = store.get(bucketName);
  const { keys, isQuiet } = parseKeys(await body.readText(longestBodyBytes));
  const deleted: XmlNode[] = [];
  for (const key of keys) {
    await bucket.delete(key);
    if (!isQuiet) deleted.push(['Deleted', [['Key', key]]]);
  }
  return xmlAnswer(['DeleteResult', deleted]);
};
