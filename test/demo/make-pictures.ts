// Owns: writing the pictures of README.md: `npm run build && node dist/for-tests/test/demo/make-pictures.js`.
// Leaves: what is in them (pictures.ts), and that they are true (test/end-to-end/pictures.test.ts).
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createReleases } from '../support/at-end.ts';
import { PROGRAM } from '../support/daemon.ts';
import { picturesOf } from './pictures.ts';
import { terminalPicture } from './terminal-picture.ts';

const FOLDER = join(dirname(PROGRAM), '../../test/demo');

const { atEnd, releaseAll } = createReleases();
try {
  for (const [name, { text, title }] of Object.entries(await picturesOf(atEnd))) {
    writeFileSync(join(FOLDER, `${name}.svg`), terminalPicture(text, title));
  }
} finally {
  await releaseAll();
}
