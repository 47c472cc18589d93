/** Signs and texts, and what lies between them: numbers and words. Blanks are left out. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** JSON laid out as Salesforce's writer does it. Works on the text: parsed, `300.0` would lose its point. */
export function prettyJson(json: string): string {
  const open: string[] = [];
  let depth = 0;
  let previous = '';
  let pretty = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '}') {
      depth -= 1;
      pretty += previous === '{' ? ' ' : line();
      open.pop();
    } else if (token === ']') {
      pretty += ' ';
      open.pop();
    } else if (previous === '{') pretty += line();
    else if (previous === '[') pretty += ' ';
    else if (previous === ',') pretty += open.at(-1) === '{' ? line() : ' ';
    pretty += token === ':' ? ' : ' : token;
    if (token === '{' || token === '[') open.push(token);
    if (token === '{') depth += 1;
    previous = token;
  }
  return pretty;
}
