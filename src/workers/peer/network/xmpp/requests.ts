// Owns: questions to others by XMPP (iq), and which answer is whose.
// Leaves: sending them (session.ts), and what is asked.
import { randomBytes } from 'node:crypto';
import { DaemonError } from '../../../../shared/failures.ts';
import type { Element } from './library.ts';

/** Whoever was asked says no. */
export class StanzaRefused extends Error {
  override readonly name = 'StanzaRefused';
  readonly condition: string;

  constructor(condition: string) {
    super(`refused: ${condition}`);
    this.condition = condition;
  }
}

export interface Requests {
  /** Throws a StanzaRefused, or a DaemonError. */
  readonly ask: (iq: Element, limitMs: number) => Promise<Element>;
  /** Whether it is the answer to one. */
  readonly answered: (stanza: Element) => boolean;
  /** None is answered any more. */
  readonly end: (why: DaemonError) => void;
}

interface Question {
  readonly answer: (stanza: Element) => void;
  readonly fail: (why: unknown) => void;
}

export const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

export function createRequests(send: (stanza: Element) => Promise<void>): Requests {
  const waiting = new Map<string, Question>();
  return {
    ask: (iq, limitMs) =>
      new Promise((resolve, reject) => {
        // Nobody else is to guess it, and answer instead.
        const id = randomBytes(12).toString('hex');
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(id);
        };
        const fail = (why: unknown): void => {
          done();
          reject(why);
        };
        const late = (): void => fail(new DaemonError('timed-out', `nobody answers within ${limitMs / 1_000} s`));
        const timer = setTimeout(late, limitMs);
        const answer = (stanza: Element): void => {
          done();
          if (stanza.attrs.type === 'result') resolve(stanza);
          else reject(new StanzaRefused(conditionIn(stanza)));
        };
        waiting.set(id, { answer, fail });
        send(withId(iq, id)).catch(fail);
      }),
    answered: (stanza) => {
      const { id = '', type } = stanza.attrs;
      if (stanza.name !== 'iq' || (type !== 'result' && type !== 'error')) return false;
      waiting.get(id)?.answer(stanza);
      return true;
    },
    end: (why) => {
      for (const { fail } of [...waiting.values()]) fail(why);
    },
  };
}

const withId = (iq: Element, id: string): Element => Object.assign(iq, { attrs: { ...iq.attrs, id } });

function conditionIn(stanza: Element): string {
  const said = stanza.getChild('error')?.getChildElements() ?? [];
  return said.find((each) => each.is(each.name, STANZAS) && each.name !== 'text')?.name ?? 'undefined-condition';
}
