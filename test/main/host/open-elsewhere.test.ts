import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openElsewhere } from '../../../src/main/host/open-elsewhere.ts';
import { makeScratch } from '../../support/temp-repo.ts';

test.skipIf(process.platform !== 'linux')(
  'a socket of this process alone is open nowhere else, unless there is no time to look',
  async () => {
    const { directory } = makeScratch(onTestFinished);
    const server = net.createServer().listen(join(directory, 's'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { fd } = Reflect.get(server, '_handle') as { fd: number };
    expect([[...openElsewhere([fd], 60_000)], [...openElsewhere([fd], 0)]]).toEqual([[], [fd]]);
  },
);
