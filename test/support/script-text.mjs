// Owns: how a program gets the text of a script that it hands to a shell or to perl: `import { script } from './x.sh'`.
// Leaves: who asks for it: what is shipped (bundle.mjs), what the tests run (for-tests.mjs, vitest.config.ts).
import { readFileSync } from 'node:fs';

const SCRIPT = /\.(?:sh|pl)$/;

/**
 * Without its comments and indentation, which would be sent to a server each time: so no line of a text that goes over
 * several lines may begin with `#`, or need its first blanks.
 */
export const scriptText = (source) =>
  source
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => `${line}\n`)
    .join('');

const asModule = (file) => `export const script = ${JSON.stringify(scriptText(readFileSync(file, 'utf8')))};\n`;

export const scriptsForEsbuild = {
  name: 'scripts as text',
  setup: ({ onLoad }) => {
    onLoad({ filter: SCRIPT }, ({ path }) => ({ contents: asModule(path) }));
  },
};

export const scriptsForVite = {
  name: 'scripts as text',
  enforce: 'pre',
  load: (id) => (SCRIPT.test(id) ? asModule(id) : undefined),
};
