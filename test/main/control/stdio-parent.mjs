// Owns: a process that speaks the control protocol over its stdin and stdout, and tells on stderr what it hears.
// Leaves: the endpoint itself (src/main/control/stdio-endpoint.ts). It runs what is built.
import { writeSync } from 'node:fs';
import { openStdioEndpoint } from '../../../dist/for-tests/src/main/control/stdio-endpoint.js';
import { leaveStdioAsLent } from '../../../dist/for-tests/src/main/host/lent-stdio.js';

if (process.argv[2] === 'lent') leaveStdioAsLent();

const tell = (text) => writeSync(2, `${text}\n`);

const end = async (why) => {
  tell(`closed ${why}`);
  endpoint.send(`goodbye ${why}`);
  await endpoint.close();
  tell('ended');
  process.exit(0);
};
const line = (read) => {
  const [word, count, text] = (read.text ?? `skipped ${read.why}`).split(' ');
  tell(`read ${read.text ?? `skipped ${read.why}`}`);
  if (word === 'SAY') for (let sent = 0; sent < Number(count); sent += 1) endpoint.send(`${text} ${sent}`);
  if (word === 'SAY') tell('said');
  if (word === 'STOP') void end('STOP');
};
const endpoint = openStdioEndpoint({ line, closed: (why) => void end(why), greeting: () => [] });
tell('ready');
