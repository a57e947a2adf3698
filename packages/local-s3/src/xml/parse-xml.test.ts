import { describe, expect, it } from '@jest/globals';
import { childText, parseXml } from './parse-xml.js';
import { writeXml } from './write-xml.js';

describe('parseXml', () => {
  it('reads elements, text and references', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<A xmlns="x">\n <B>1 &lt;&amp;&quot;&apos;&gt; &#228;&#xE4;</B><C/><B> two </B></A>\n',
    );
    expect(root.name).toBe('A');
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['B', `1 <&"'> ää`],
      ['C', ''],
      ['B', ' two '],
    ]);
    expect(childText(root, 'D')).toBeUndefined();
  });

  it('reads back what writeXml writes', () => {
    const key = 'a&b<c>"d"\u0001\r\n\u007fü𝄞';
    expect(childText(parseXml(writeXml(['A', [['Key', key]]])), 'Key')).toBe(key);
  });

  it.each([
    '',
    'text',
    '<A>',
    '</A>',
    '<A></B>',
    '<A/><B/>',
    '<A/>text',
    '<A>&unknown;</A>',
    '<A>&</A>',
    '<A>&#0;</A>',
    '<A>&#x110000;</A>',
    '<!DOCTYPE A><A/>',
    '<!DOCTYPE A [<!ENTITY e "x">]><A>&e;</A>',
    '<A><!-- comment --></A>',
    '<A><![CDATA[x]]></A>',
    '<A><?php ?></A>',
    '<A b="<"></A>',
    '<A>'.repeat(9) + '</A>'.repeat(9),
    '\u0000',
  ])('refuses %j', (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  it('does not lose itself in hostile text', () => {
    for (const text of [
      '<A ' + 'b="" '.repeat(50_000),
      '<'.repeat(100_000),
      '<A>' + '&'.repeat(100_000),
      ' '.repeat(100_000) + '<',
    ]) {
      expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
    }
  });
});
