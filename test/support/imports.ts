import { parseAst } from 'vitest/node';

export interface ImportStatement {
  specifier: string;
  /** Erased at run time: `import type`, or every name in it marked `type`. */
  typeOnly: boolean;
}

interface Node {
  type: string;
  importKind?: 'type' | 'value';
  exportKind?: 'type' | 'value';
  source?: { value?: unknown };
  argument?: { value?: unknown; literal?: { value?: unknown } };
  specifiers?: Node[];
}

/** Every import and re-export of a module, `import()` and types of the form `import('…')` among them. */
export function importsOf(path: string, text: string): ImportStatement[] {
  const found: ImportStatement[] = [];
  walk(parseAst(text, { lang: path.endsWith('.ts') ? 'ts' : 'js' }), (node) => {
    const value =
      node.source?.value ?? (node.type === 'TSImportType' ? node.argument?.value : null);
    if (typeof value === 'string') found.push({ specifier: value, typeOnly: isTypeOnly(node) });
  });
  return found;
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = node.specifiers ?? [];
  return (
    names.length > 0 &&
    names.every((name) => name.importKind === 'type' || name.exportKind === 'type')
  );
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  if (typeof (value as Node).type === 'string') visit(value as Node);
  for (const child of Object.values(value)) walk(child, visit);
}
