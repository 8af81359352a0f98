// Owns: `npm run bench`: this daemon and git-annex's in turn, on private sshds on loopback, section by section.
// Leaves: each section's measurements (sections/), and the form of the results (report.ts, table.ts).
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { type AtEnd, createReleases, type Releases } from '../support/at-end.ts';
import { missingPeers } from '../support/peers.ts';
import { type BenchOptions, readOptions, type SectionName, type Size } from './options.ts';
import { hasProc } from './process-tree.ts';
import { asJson, type Row } from './report.ts';
import { openResultsFile } from './results-file.ts';
import { beside } from './sections/beside.ts';
import { burst } from './sections/burst.ts';
import { latency } from './sections/latency.ts';
import { peers } from './sections/peers.ts';
import { refs } from './sections/refs.ts';
import { scale } from './sections/scale.ts';
import { start } from './sections/start.ts';
import { formatTable } from './table.ts';

type Section = (atEnd: AtEnd, size: Size) => Promise<Row[]>;
const MEASURE: Readonly<Record<SectionName, Section>> = { latency, peers, start, burst, refs, beside, scale };

const note = (text: string): void => void process.stderr.write(`${text}\n`);

let releases: Releases = createReleases();

async function main(options: BenchOptions): Promise<void> {
  const write = options.jsonFile === undefined ? undefined : openResultsFile(options.jsonFile);
  const rows: Row[] = [];
  for (const section of options.sections) {
    const why = whyNot();
    if (why !== undefined) {
      note(`${section}: not measured: ${why}`);
      continue;
    }
    rows.push(...(await measure(section, options.size)));
  }
  process.stdout.write(`${formatTable(rows)}\n\n${watchedBy()}\n`);
  write?.({ machine: machine(), size: options.size, watchedBy: watchedBy(), rows: asJson(rows) });
}

async function measure(section: SectionName, size: Size): Promise<Row[]> {
  const startedAtMs = performance.now();
  releases = createReleases();
  try {
    return await MEASURE[section](releases.atEnd, size);
  } finally {
    await releases.releaseAll();
    note(`${section}: ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  }
}

/** Why nothing can be measured here; undefined where all that takes is there. */
function whyNot(): string | undefined {
  const missing = missingPeers(['sshd', 'ssh', 'git-annex-shell']);
  if (missing.length > 0) return `${missing.join(', ')} not found (Debian: apt-get install openssh-server git-annex)`;
  return hasProc() ? undefined : 'there is no Linux /proc here to tell processes and memory by';
}

/** The servers have git-annex-shell and a shell: whether they have the rest decides. */
function watchedBy(): string {
  const isTold = missingPeers(['inotifywait']).length === 0;
  const way = isTold ? 'by our watcher on the server, told by inotifywait' : 'by git-annex-shell: no inotifywait here';
  return `Where no row says otherwise, this daemon watches ${way}; in beside by every way there is.`;
}

function machine(): object {
  const first = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? '';
  const installed = whyNot() === undefined ? { annex: first('git', 'annex', 'version') } : {};
  return { processors: availableParallelism(), node: process.version, git: first('git', '--version'), ...installed };
}

let interrupted = false;
const interrupt = (): void => {
  interrupted = true;
  void releases.releaseAll().finally(() => process.exit(130));
};
// Again and again: npm passes on what the terminal has sent already, and the second must not end the giving back.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

try {
  await main(readOptions(process.argv.slice(2)));
} catch (failure) {
  if (!interrupted) note(`bench: ${failure instanceof Error ? failure.message : String(failure)}`);
  process.exitCode = 1;
}
