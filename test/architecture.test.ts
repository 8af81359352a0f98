// Owns: holding src to the import rules of the house, and holding the checker of these rules to its word.
// Leaves: the rules (support/import-rules.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenRules, importedFile, importsOf, placeOf, SCRIPT, SHIPPED } from './support/import-rules.ts';

const ROOT = join(import.meta.dirname, '..');

/** For people. */
const GUIDE = 'src/README.md';

const sources = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(ROOT, file).split(sep).join('/'), readFileSync(file, 'utf8')] as const)
    .filter(([path]) => path !== GUIDE),
);

describe('src', () => {
  test('holds nothing but TypeScript, and the scripts that it hands to a shell or to perl', () => {
    const imported = new Set([...filesImportedBy().values()].flatMap((targets) => [...targets]));
    const isAtHome = (path: string): boolean =>
      path.endsWith('.ts') || (SCRIPT.test(path) && (imported.has(path) || SHIPPED.has(path)));
    expect([...sources.keys()].filter((path) => !isAtHome(path))).toEqual([]);
    expect(sources.size).toBeGreaterThan(20);
  });

  test.each([...sources])('%s keeps the rules', (path, text) => {
    expect(brokenRules(path, text)).toEqual([]);
  });

  test.each([...sources])('%s names in its first lines no file that is not there', (path, text) => {
    const [head = ''] = /^(?:(?:#|\/\/).*\n)*/.exec(text) ?? [];
    const named = head.match(/(?<=[\s(,])(?:[\w-]+\/)*[\w-]+\.(?:ts|sh|pl)\b/g) ?? [];
    // Beside it, or from a folder above it.
    const above = path.split('/').map((_part, depth, parts) => parts.slice(0, depth).join('/'));
    const isThere = (name: string): boolean => above.some((folder) => existsSync(join(ROOT, folder, name)));
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  test('imports in no circle', () => {
    expect(circles(filesImportedBy())).toEqual([]);
  });

  test('has no two folders that know each other, not even by types', () => {
    expect(circles(placesKnownBy())).toEqual([]);
  });

  test('has at the top of main no more than its doors', () => {
    const atTop = [...sources.keys()].filter((path) => /^src\/main\/[^/]+$/.test(path));
    expect(atTop.length, atTop.join(' ')).toBeLessThanOrEqual(8);
  });

  test('has no file of more than 220 lines', () => {
    expect([...sources].filter(([, text]) => text.split('\n').length > 221).map(([path]) => path)).toEqual([]);
  });
});

const HEAD = '// Owns: this.\n// Leaves: that.\n';

describe('the checker', () => {
  test.each([
    ['src/main/a.ts', "import { b } from '../workers/b.ts';", 'main does not know workers'],
    ['src/workers/a.ts', "import type { B } from '../main/b.ts';", 'workers does not know main'],
    ['src/workers/a.ts', "type B = import('../main/b.ts').B;", 'workers does not know main'],
    ['src/shared/a.ts', "import { readFile } from 'node:fs';", 'only shared/system may ask the machine'],
    ['src/shared/refs/a.ts', "import { b } from '../system/b.ts';", 'shared is pure but for system'],
    [
      'src/shared/refs/a.ts',
      "import { b } from '../git-protocol/b.ts';",
      'shared/refs does not know shared/git-protocol',
    ],
    ['src/shared/a.ts', "import { b } from 'execa';", 'this file is not the one that may'],
    ['src/shared/a.ts', "import { b } from '../main/b.ts';", 'shared does not know main'],
    ['src/main/git/a.ts', "import { b } from '../config/b.ts';", 'main/git does not know main/config'],
    ['src/main/git/a.ts', "import type { B } from '../supervisor/b.ts';", 'main/git does not know main/supervisor'],
    ['src/main/git/a.ts', "export { b } from '../daemon.ts';", 'main/git does not know main/daemon.ts'],
    ['src/main/supervisor/a.ts', "import { b } from '../git/b.ts';", 'main/supervisor knows only types of main/git'],
    [
      'src/main/supervisor/a.ts',
      "import { type B, b } from '../git/b.ts';",
      'main/supervisor knows only types of main/git',
    ],
    [
      'src/main/commands/a.ts',
      "import { b } from '../config/settings.ts';",
      'main/commands knows only types of main/config',
    ],
    ['src/workers/ssh/a.ts', "const b = await import('../local/b.ts');", 'workers/ssh does not know workers/local'],
    ['src/workers/refs/a.ts', "import type { B } from '../ssh/b.ts';", 'workers/refs does not know workers/ssh'],
    ['src/workers/ssh/a.ts', "import '../entry.ts';", 'workers/ssh does not know workers/entry.ts'],
    [
      'src/workers/upload-pack/a.ts',
      "import type { B } from './ahead/predict.ts';",
      'src/workers/upload-pack/ahead/ is known by ahead.ts only',
    ],
    ['src/workers/new/a.ts', "import '../refs/b.ts';", 'workers/new does not know workers/refs'],
    ['src/main/git/a.ts', "import { b } from '../../workers/patience.ts';", 'main does not know workers'],
    ['src/main/a.ts', "import {\n  execa,\n  type Options,\n} from 'execa';", 'this file is not the one that may'],
    ['src/workers/ssh/a.ts', "import type ssh2 from 'ssh2';", 'this file is not the one that may'],
    ['src/main/a.ts', "import b from 'ssh2/lib/agent.js';", 'this file is not the one that may'],
    ['src/main/a.ts', "const b = require('piscina');", 'this file is not the one that may'],
    ['src/main/a.ts', 'const b = await import(name);', 'imports what only running it would tell'],
    ['src/main/a.ts', `const b = await import(\`./\${'b'}.ts\`);`, 'imports what only running it would tell'],
    ['src/main/git/a.ts', "import { script } from '../relay/b.pl';", 'a script is for the file beside it'],
    ['src/main/a.ts', "import { b } from './b.js';", 'a relative import names the .ts file'],
    ['src/main/a.ts', "import { b } from '../../test/b.ts';", 'it is outside of src'],
    ['src/main/a.ts', 'export default 1;', 'has a default export'],
  ])('finds fault with %s: %s', (path, code, fault) => {
    expect(brokenRules(path, HEAD + code).join()).toContain(fault);
  });

  test.each([
    ['src/main/a.ts', '// Something.\n'],
    ['src/main/a.sh', '#!/bin/sh\nexit\n'],
    ['src/main/a.pl', HEAD],
  ])('finds fault with %s, which does not say what it owns', (path, text) => {
    expect(brokenRules(path, text).join()).toContain('does not begin with Owns: and Leaves:');
  });

  test.each([
    ['src/main/a.ts', "import { b } from '../shared/b.ts';\nimport fs from 'node:fs';"],
    ['src/main/daemon.ts', "import { b } from './git/b.ts';"],
    ['src/main/git/run-git.ts', "import { execa } from 'execa';"],
    ['src/workers/ssh/connection/ssh2-parts/client.ts', "import b from 'ssh2/lib/agent.js';"],
    ['src/main/supervisor/remote/a.ts', "import type { B } from '../../git/b.ts';\nimport { c } from '../link/c.ts';"],
    ['src/main/supervisor/assemble.ts', "import { b } from '../git/b.ts';"],
    ['src/main/commands/a.ts', "import { b } from '../config/repository.ts';\nimport { c } from '../user-error.ts';"],
    ['src/shared/system/a.ts', "import fs from 'node:fs';\nimport { b } from '../failures.ts';"],
    ['src/workers/ssh/watch/a.ts', "import { b } from '../../upload-pack/b.ts';"],
    ['src/workers/ssh/watch/a.ts', "import { script } from './b.sh';"],
    ['src/workers/upload-pack/a.ts', "import { b } from './ahead/ahead.ts';"],
    ['src/workers/refs/a.ts', "import { b } from '../patience.ts';"],
    ['src/main/git/a.ts', "import { b } from '../patience.ts';"],
    ['src/workers/upload-pack/ahead/a.ts', "import { b } from './predict.ts';"],
    ['src/main/a.ts', "// import { b } from '../workers/b.ts';\n/* export default */"],
  ])('has nothing against %s: %s', (path, code) => {
    expect(brokenRules(path, HEAD + code)).toEqual([]);
  });
});

/** Where an arrow of a graph leads from. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function filesImportedBy(): Graph {
  const targets = (path: string, text: string): string[] =>
    importsOf(text).flatMap(({ specifier }) => (specifier?.startsWith('.') ? importedFile(path, specifier) : []));
  return new Map([...sources].map(([path, text]) => [path, new Set(targets(path, text))]));
}

function placesKnownBy(): Graph {
  const places = new Map<string, Set<string>>();
  for (const [path, targets] of filesImportedBy()) {
    const known = places.get(placeOf(path)) ?? new Set();
    for (const target of targets) if (placeOf(target) !== placeOf(path)) known.add(placeOf(target));
    places.set(placeOf(path), known);
  }
  return places;
}

/** Each circle once, from its first place in the order they are met. */
function circles(graph: Graph): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (place: string, above: readonly string[]): void => {
    if (above.includes(place)) {
      found.push([...above.slice(above.indexOf(place)), place].join(' → '));
      return;
    }
    if (done.has(place)) return;
    done.add(place);
    for (const next of graph.get(place) ?? []) visit(next, [...above, place]);
  };
  for (const place of graph.keys()) visit(place, []);
  return found;
}
