// Owns: whose time a login takes: a server has its limit, and what an agent's owner takes is not its fault.
// Leaves: real agents and servers (ssh2-connection.test.ts).
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoginClock } from '../../../../src/workers/ssh/connection/login-clock.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function start() {
  const phases: string[] = [];
  const clock = createLoginClock('h', (phase, limitMs) => phases.push(`${phase} ${Math.round(limitMs / 1_000)}`));
  return { phases, clock, pass: (s: number) => void vi.advanceTimersByTime(s * 1_000) };
}

describe('a login', () => {
  it('is late when a step of it takes too long, whatever the others took', () => {
    const { clock, pass } = start();
    clock.server(4_000);
    pass(3);
    clock.server(4_000);
    pass(3);
    expect(clock.late.aborted).toBe(false);
    pass(1);
    expect(clock.late.reason).toMatchObject({ code: 'timed-out', detail: 'h: no login within 4 s' });
  });

  it('is not late for an agent that takes a minute, and the server has then what it had left', () => {
    const { clock, pass, phases } = start();
    clock.server(4_000);
    pass(3);
    const answered = clock.agent();
    pass(60);
    answered();
    answered();
    expect([clock.late.aborted, phases]).toEqual([
      false,
      ['logging in 4', 'waiting for the ssh agent 150', 'logging in 1'],
    ]);
    pass(1);
    expect(clock.late.aborted).toBe(true);
  });

  it('has so much of the agent’s time in all, however often a server has it asked', () => {
    const { clock, pass } = start();
    clock.server(4_000);
    for (let asked = 0; asked < 20; asked++) {
      const answered = clock.agent();
      pass(10);
      answered();
    }
    expect(clock.late.reason).toMatchObject({ code: 'timed-out', detail: 'the ssh agent did not answer within 150 s' });
  });

  it('is never late once it is over', () => {
    const { clock, pass } = start();
    clock.server(4_000);
    clock.stop();
    clock.agent()();
    pass(10_000);
    expect(clock.late.aborted).toBe(false);
  });
});
