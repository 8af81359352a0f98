// Owns: finding out on this machine what a service is to be made of.
// Leaves: what of it lasts (lasting.ts), and the file (facts.ts).
import fs from 'node:fs';
import path from 'node:path';
import { PROGRAM } from '../../places.ts';
import type { Facts } from './facts.ts';
import { type FoundNode, type Homes, type KeyAgent, keyAgent, lastingNode } from './lasting.ts';

export interface FactsHere {
  readonly facts: Facts;
  readonly agent: KeyAgent;
}

export function factsHere(env: NodeJS.ProcessEnv, homes: Homes): FactsHere {
  const agent = keyAgent(env.SSH_AUTH_SOCK, homes);
  const searched = env.PATH ?? '';
  const facts = {
    node: lastingNode(fs.realpathSync(process.execPath), nodesOn(searched), homes),
    program: PROGRAM,
    path: searched,
    ...(agent.kind === 'lasting' && { agent: agent.socket }),
  };
  return { facts, agent };
}

function nodesOn(searched: string): FoundNode[] {
  const folders = searched.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.flatMap((folder) => {
    const at = path.join(folder, 'node');
    try {
      return [{ at, real: fs.realpathSync(at) }];
    } catch {
      // None there.
      return [];
    }
  });
}
