/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element as text; children are markup. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const pairs = Object.entries(attributes).map(([key, value]) =>
    value === undefined ? '' : ` ${key}="${typeof value === 'number' ? shortNumber(value) : escapeText(value)}"`,
  );
  return `<${name}${pairs.join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;
}

/** An element whose content is text. */
export function textElement(attributes: Attributes, text: string): string {
  return element('text', attributes, escapeText(text));
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

/** Hundredths of a pixel are enough. */
function shortNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}
