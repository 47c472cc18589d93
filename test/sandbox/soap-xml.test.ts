import { describe, expect, it } from 'vitest';
import { readXml } from '../../sandbox/soap/read-xml.ts';
import { element } from '../../sandbox/soap/write-xml.ts';

describe('reading XML', () => {
  it('resolves prefixes where they are declared, and again where they are redeclared', () => {
    const root = readXml(
      '<a:x xmlns:a="one" xmlns="two"><y a:k="1" k="2"/><a:z xmlns:a="three"/><w xmlns=""/></a:x>',
    );
    expect([root, ...root.children].map(({ name, namespace }) => `${namespace}:${name}`)).toEqual([
      'one:x',
      'two:y',
      'three:z',
      ':w',
    ]);
    expect(root.children[0]!.attributes).toEqual([
      { name: 'k', namespace: 'one', value: '1' },
      { name: 'k', namespace: '', value: '2' },
    ]);
  });

  it('puts text together from CDATA, entities and what stands around comments', () => {
    const { text } = readXml(
      '\ufeff<?xml version="1.0"?>\r\n<!-- a --><a>x<!-- <b> -->&lt;&#65;&#x1F600;<![CDATA[<&]]>\r\ny</a><!-- z -->\n',
    );
    expect(text).toBe('x<A😀<&\ny');
  });

  it.each([
    ['', 'Premature end of file.'],
    ['<?xml version="1.0"?>', 'Premature end of file.'],
    ['text', 'Content is not allowed in prolog.'],
    [' <?xml version="1.0"?><a/>', 'The processing instruction target matching'],
    ['<a/>x', 'Content is not allowed in trailing section.'],
    ['<a/><b/>', 'The markup in the document following the root element'],
    ['<a><b></a></b>', 'The element type "b" must be terminated by the matching end-tag "</b>".'],
    ['<a>', 'XML document structures must start and end within the same entity.'],
    ['</a>', 'The markup in the document following the root element'],
    ['<a', 'The markup in the document preceding the root element'],
    ['<a><b', 'The content of elements must consist of well-formed'],
    ['<a><![CDATA[x</a>', 'The content of elements must consist of well-formed'],
    ['<a b=c/>', 'The markup in the document preceding the root element'],
    ['<a b="1" b="2"/>', 'Attribute "b" was already specified for element "a".'],
    ['<p:a/>', 'The prefix "p" for element "p:a" is not bound.'],
    ['<a p:b="1"/>', 'The prefix "p" for attribute "p:b" associated with an element type "a"'],
    ['<a>&nbsp;</a>', 'The entity "nbsp" was referenced, but not declared.'],
    ['<a>&constructor;</a>', 'The entity "constructor" was referenced, but not declared.'],
    ['<a>b & c</a>', "The entity name must immediately follow the '&'"],
    ['<a>&#0;</a>', 'Character reference "&#0" is an invalid XML character.'],
    ['<a>&#xD800;</a>', 'Character reference "&#xD800" is an invalid XML character.'],
    ['<a>&#x99999999;</a>', 'is an invalid XML character.'],
    ['<a>\u000b</a>', 'An invalid XML character (Unicode: 0xb) was found'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'DOCTYPE is disallowed'],
  ])('%j is no XML', (text, message) => {
    expect(() => readXml(text)).toThrow(message);
  });

  it('a document that nests without end is refused', () => {
    expect(() => readXml('<a>'.repeat(100_000))).toThrow('nests deeper than 200');
  });

  it('entities that would expand a billionfold are never read', () => {
    const laughs = Array.from(
      { length: 10 },
      (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
    ).join('');
    expect(() => readXml(`<!DOCTYPE a [<!ENTITY l0 "x">${laughs}]><a>&l10;</a>`)).toThrow(
      'DOCTYPE is disallowed',
    );
  });

  it('long hostile markup is refused in no time', () => {
    const started = performance.now();
    for (const text of [
      `<a ${' '.repeat(200_000)}`,
      `<a ${'b'.repeat(200_000)}`,
      `<a ${'b="1" '.repeat(200_000)}<`,
      `<a ${Array.from({ length: 20_000 }, (_, i) => `b${i}="1"`).join(' ')}>`,
      `<a><![CDATA[${']]'.repeat(200_000)}`,
      `<a>${'&'.repeat(200_000)}`,
      `<a><!--${'-'.repeat(200_000)}`,
    ])
      expect(() => readXml(text)).toThrow();
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('what is written is read again, but for characters that XML cannot hold', () => {
    const text = ' <&>"\' \r\n\t\u00e6\u{1f600} ]]> ';
    expect(readXml(element('a', text)).text).toBe(text);
    expect(readXml(element('a', 'x\u0000y')).text).toBe('x y');
  });
});
