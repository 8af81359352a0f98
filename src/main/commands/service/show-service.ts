// Owns: the command `service status`.
// Leaves: finding it out (look-at-service.ts), and the words (service-words.ts).
import { workingDirectory } from '../../host/working-directory.ts';
import { pidOf } from '../../instance/running-daemon.ts';
import { PROGRAM } from '../../places.ts';
import type { Handler } from '../handler.ts';
import { repositoryAt } from '../many/top-here.ts';
import { exists, isInstalled, isItsOwn, lookAtService, type Service } from './look-at-service.ts';
import { amiss, INSTALL, summary } from './service-words.ts';

/** 0 where it is installed and its daemon runs, else 1. */
export const serviceStatusCommand: Handler = async (_call, { print }) => {
  const service = await lookAtService(await repositoryAt(workingDirectory(), process.env), process.env);
  const { manager, written, seen, running } = service;
  if (written.kind === 'foreign' || !isInstalled(service)) {
    const why = written.kind === 'foreign' ? `: ${written.why}` : `; to have one: ${INSTALL}`;
    print(`no service is installed here${why}\n`);
    return 1;
  }
  const sentences = [
    ...whatIsAmiss(service),
    ...(running && !isItsOwn(seen, running)
      ? [`A daemon that it did not start runs here${pidOf(running)}; to have it take over: ${INSTALL}`]
      : []),
    ...(await manager.remarks()),
    `Its log: ${manager.logCommand}`,
  ];
  print(`${[summary(manager, seen), ...sentences.map((each) => `  ${each}`)].join('\n')}\n`);
  return isItsOwn(seen, running) ? 0 : 1;
};

function whatIsAmiss({ manager, written }: Service): string[] {
  if (written.kind !== 'ours') return [`Its file is gone (${manager.file}): ${INSTALL}`];
  const { mark, text } = written;
  return amiss({ facts: mark, isChanged: manager.text(mark) !== text, exists, program: PROGRAM });
}
