import { describe, expect, it } from 'vitest';
import { type Carrier, createCarriers } from '../../src/workers/carriers.ts';

/** Carriers whose opening and closing a test settles; `done` says what was begun, in order. */
function makeStage() {
  const done: string[] = [];
  const settle = new Map<string, { resolve: () => void; reject: (why: Error) => void }>();
  const step = (name: string): Promise<void> => {
    done.push(name);
    return new Promise((resolve, reject) => settle.set(name, { resolve, reject }));
  };
  const carriers = createCarriers<Carrier & { readonly id: number }>();
  let opened = 0;
  const take = (key: string) =>
    carriers.take(key, async () => {
      opened += 1;
      const id = opened;
      await step(`open ${id}`);
      return { id, close: () => step(`close ${id}`) };
    });
  return { done, take, settle: (name: string) => settle.get(name) };
}

/** Lets every promise that can settle without an event do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a carrier', () => {
  it('is opened once for all links of its key, and closed with the last of them', async () => {
    const { done, take, settle } = makeStage();
    const both = Promise.all([take('x'), take('x')]);
    await settled();
    settle('open 1')?.resolve();
    const [one, other] = await both;
    expect([one.carrier.id, other.carrier.id, done]).toEqual([1, 1, ['open 1']]);
    await one.release();
    expect(done).toEqual(['open 1']);
    void other.release();
    await settled();
    expect(done).toEqual(['open 1', 'close 1']);
  });

  it('of another key is another', async () => {
    const { done, take } = makeStage();
    void take('x');
    void take('y');
    await settled();
    expect(done).toEqual(['open 1', 'open 2']);
  });

  it('is opened anew only when the one before is gone, also if that did not close well', async () => {
    const { done, take, settle } = makeStage();
    const first = take('x');
    await settled();
    settle('open 1')?.resolve();
    const releasing = (await first).release();
    const second = take('x');
    await settled();
    expect(done).toEqual(['open 1', 'close 1']);
    settle('close 1')?.reject(new Error('it broke'));
    await expect(releasing).rejects.toThrow('it broke');
    await settled();
    expect(done).toEqual(['open 1', 'close 1', 'open 2']);
    settle('open 2')?.resolve();
    expect((await second).carrier.id).toBe(2);
  });

  it("that cannot be opened is nobody's, and the next to ask tries again", async () => {
    const { take, settle } = makeStage();
    const both = [take('x'), take('x')];
    await settled();
    settle('open 1')?.reject(new Error('refused'));
    for (const each of both) await expect(each).rejects.toThrow('refused');
    const again = take('x');
    await settled();
    settle('open 2')?.resolve();
    expect((await again).carrier.id).toBe(2);
  });
});
