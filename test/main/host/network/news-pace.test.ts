import { expect, test } from 'vitest';
import type { NetworkNews } from '../../../../src/main/host/network/network.ts';
import { createNewsPace } from '../../../../src/main/host/network/news-pace.ts';

const CAME: NetworkNews = { came: true, lost: false, why: 'it came' };
const LOST: NetworkNews = { came: false, lost: true, why: 'it went' };

function makePace() {
  const told: NetworkNews[] = [];
  const clock = { nowMs: 0 };
  let timer: { readonly at: number; readonly callBack: () => void } | undefined;
  const pace = createNewsPace({
    tell: (news) => told.push(news),
    nowMs: () => clock.nowMs,
    setTimer: (callBack, ms) => {
      timer = { at: clock.nowMs + ms, callBack };
      return () => {
        timer = undefined;
      };
    },
  });
  const goOn = (ms: number): void => {
    clock.nowMs += ms;
    const due = timer;
    if (due === undefined || clock.nowMs < due.at) return;
    timer = undefined;
    due.callBack();
  };
  return { ...pace, told, goOn };
}

test('a network that comes up in some steps is told of at each', () => {
  const { hear, told } = makePace();
  for (const news of [LOST, CAME, CAME, CAME, CAME]) hear(news);
  expect(told).toEqual([LOST, CAME, CAME, CAME, CAME]);
});

test('one that never comes to rest is told of now and then, and nothing of it is forgotten', () => {
  const { hear, told, goOn } = makePace();
  for (let second = 0; second < 120; second += 1) {
    hear(second % 2 === 0 ? CAME : LOST);
    goOn(1_000);
  }
  expect(told.length).toBeGreaterThan(6 + 6);
  expect(told.length).toBeLessThan(6 + 10);
  expect(told.at(-1)).toMatchObject({ came: true, lost: true });
  goOn(120_000);
  hear(LOST);
  expect(told.at(-1)).toEqual(LOST);
});

test('what is not told yet is told by nobody once it is closed', () => {
  const { hear, told, goOn, close } = makePace();
  for (let count = 0; count < 9; count += 1) hear(LOST);
  close();
  goOn(60_000);
  expect(told).toHaveLength(6);
});
