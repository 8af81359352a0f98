// Owns: `node dist/for-tests/test/demo/first-session-main.js [COLUMNS]`: prints the screens of a first session. Needs root.
// Leaves: the session (first-session.ts).
import { createReleases } from '../support/at-end.ts';
import { asText, firstSession } from './first-session.ts';

const { atEnd, releaseAll } = createReleases();
try {
  process.stdout.write(asText(await firstSession(atEnd, Number(process.argv[2] ?? 80))));
} finally {
  await releaseAll();
}
