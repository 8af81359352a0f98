// Owns: holding src to the import rules of the house, and holding the checker of these rules to its word.
// Leaves: the rules (support/import-rules.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenRules, importedFile, importsOf } from './support/import-rules.ts';

const ROOT = join(import.meta.dirname, '..');

const sources = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(ROOT, file).split(sep).join('/'), readFileSync(file, 'utf8')] as const),
);

describe('src', () => {
  test('holds nothing but TypeScript', () => {
    expect([...sources.keys()].filter((path) => !path.endsWith('.ts'))).toEqual([]);
    expect(sources.size).toBeGreaterThan(20);
  });

  test.each([...sources])('%s keeps the rules', (path, text) => {
    expect(brokenRules(path, text)).toEqual([]);
  });

  test.each([...sources])('%s names in its first lines no file that is not there', (path, text) => {
    const [head = ''] = /^(?:(?:#!|\/\/).*\n)*/.exec(text) ?? [];
    const named = head.match(/(?<=[\s(,])(?:[\w-]+\/)*[\w-]+\.ts\b/g) ?? [];
    // Beside it, or from a folder above it.
    const above = path.split('/').map((_part, depth, parts) => parts.slice(0, depth).join('/'));
    const isThere = (name: string): boolean => above.some((folder) => existsSync(join(ROOT, folder, name)));
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  test('imports in no circle', () => {
    expect(circles()).toEqual([]);
  });
});

const HEAD = '// Owns: this.\n// Leaves: that.\n';

describe('the checker', () => {
  test.each([
    ['src/main/a.ts', "import { b } from '../workers/b.ts';", 'main does not know workers'],
    ['src/workers/a.ts', "import type { B } from '../main/b.ts';", 'workers does not know main'],
    ['src/workers/a.ts', "type B = import('../main/b.ts').B;", 'workers does not know main'],
    ['src/shared/a.ts', "import { readFile } from 'node:fs';", 'shared imports only shared'],
    ['src/shared/a.ts', "import { b } from '../main/b.ts';", 'shared does not know main'],
    ['src/main/git/a.ts', "import { b } from '../config/b.ts';", 'git does not know config'],
    ['src/main/git/a.ts', "export { b } from '../daemon.ts';", 'it stands above this folder'],
    ['src/workers/ssh/a.ts', "const b = await import('../polling/b.ts');", 'ssh does not know polling'],
    ['src/workers/ssh/a.ts', "import '../entry.ts';", 'it stands above this folder'],
    ['src/main/a.ts', "import {\n  execa,\n  type Options,\n} from 'execa';", 'this file is not the one that may'],
    ['src/workers/ssh/a.ts', "import type ssh2 from 'ssh2';", 'this file is not the one that may'],
    ['src/main/a.ts', "const b = require('piscina');", 'this file is not the one that may'],
    ['src/main/a.ts', 'const b = await import(name);', 'imports what only running it would tell'],
    ['src/main/a.ts', `const b = await import(\`./\${'b'}.ts\`);`, 'imports what only running it would tell'],
    ['src/main/a.ts', "import { b } from './b.js';", 'a relative import names the .ts file'],
    ['src/main/a.ts', "import { b } from '../../test/b.ts';", 'it is outside of src'],
    ['src/main/a.ts', 'export default 1;', 'has a default export'],
  ])('finds fault with %s: %s', (path, code, fault) => {
    expect(brokenRules(path, HEAD + code).join()).toContain(fault);
  });

  test('finds fault with a file that does not say what it owns', () => {
    expect(brokenRules('src/main/a.ts', '// Something.\n')).toEqual(['does not begin with // Owns: and // Leaves:']);
  });

  test.each([
    ['src/main/a.ts', "import { b } from '../shared/b.ts';\nimport fs from 'node:fs';"],
    ['src/main/daemon.ts', "import { b } from './git/b.ts';"],
    ['src/main/git/run-git.ts', "import { execa } from 'execa';"],
    ['src/main/a.ts', "// import { b } from '../workers/b.ts';\n/* export default */"],
  ])('has nothing against %s: %s', (path, code) => {
    expect(brokenRules(path, HEAD + code)).toEqual([]);
  });
});

/** Each circle of static imports once, from its first file in the order they are met. */
function circles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) {
      found.push([...above.slice(above.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    done.add(path);
    for (const specifier of importsOf(sources.get(path) ?? '')) {
      if (specifier?.startsWith('.')) visit(importedFile(path, specifier), [...above, path]);
    }
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}
