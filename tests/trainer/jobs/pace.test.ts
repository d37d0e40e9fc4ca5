import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPacer, noPace } from '../../../main/trainer/jobs/pace.ts';
import { ofType, serve } from '../support/serve.ts';
import { writeSmallRun } from '../support/small-run.ts';

/** A pacer whose images come after so many milliseconds each. */
function paced() {
  let now = 1000;
  let done = 0;
  const pacer = createPacer({ now: () => now });
  return {
    restart: pacer.restart,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    images: (count: number, milliseconds: number) =>
      Array.from({ length: count }, () => {
        now += milliseconds;
        return pacer.at(++done, 1000);
      }),
  };
}

describe('the time left of a pass over images', () => {
  it('is told once enough was seen: seconds and images', () => {
    const quick = paced().images(60, 100);
    expect(quick.slice(0, 30)).toEqual(Array(30).fill(noPace));
    expect(quick[31]!.imagesPerSecond).toBeCloseTo(10, 6);
    expect(quick[31]!.secondsLeft).toBeCloseTo(96.8, 6);
    const slow = paced().images(30, 1000);
    expect(slow.slice(0, 24)).toEqual(Array(24).fill(noPace));
    expect(slow[24]!.secondsLeft).toBeCloseTo(975, 6);
  });

  it('is told of images that come a batch at a time', () => {
    const pass = paced();
    const batches = Array.from({ length: 12 }, () => {
      pass.wait(1000);
      return pass.images(8, 0).at(-1)!;
    });
    expect(batches[2]).toEqual(noPace);
    for (const { imagesPerSecond } of batches.slice(4)) expect(imagesPerSecond! / 8).toBeCloseTo(1, 0);
  });

  it('is not told of the burst in which images only fill what waits for them', () => {
    const pass = paced();
    pass.images(32, 10);
    // At 4 a second, while the mean from the beginning says twelve and more.
    const after = pass.images(60, 250);
    const told = after.flatMap(({ imagesPerSecond }) => imagesPerSecond ?? []);
    expect(after.slice(0, 12)).toEqual(Array(12).fill(noPace));
    expect(told.length).toBeGreaterThan(20);
    for (const each of told) expect(each).toBeCloseTo(4, 0);
  });

  it('follows a machine that gets slower, and does not count a pause', () => {
    const pass = paced();
    expect(pass.images(100, 100).at(-1)!.imagesPerSecond).toBeCloseTo(10, 6);
    expect(pass.images(60, 500).at(-1)!.imagesPerSecond).toBeCloseTo(2, 6);
    pass.restart();
    pass.wait(3_600_000);
    const after = pass.images(30, 500);
    expect(after.slice(0, 24)).toEqual(Array(24).fill(noPace));
    expect(after.at(-1)!.imagesPerSecond).toBeCloseTo(2, 6);
  });

  it('is told while a training describes its images, and is not left standing when it begins to learn', async () => {
    const root = await mkdtemp(join(tmpdir(), 'enxerto-pace-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const { path } = await writeSmallRun(root, { folds: [], images: 60 });
    let now = 0;
    // Every look at this clock takes a tenth of a second.
    const run = serve(path, false, 0, () => (now += 100));
    expect(await run.end).toMatchObject({ type: 'done' });
    const told = ofType(run.events, 'progress').map(({ progress }) => progress);
    const described = told.filter(({ stage, done }) => stage === 'features' && done > 0);
    expect(described[0]!.secondsLeft).toBeNull();
    const left = described.map(({ secondsLeft }) => secondsLeft).filter((each) => each !== null);
    expect(left.length).toBeGreaterThan(5);
    expect(left.at(-1)!).toBeLessThan(left[0]! / 2);
    const learning = told.find(({ stage }) => stage === 'training')!;
    expect(learning).toMatchObject({ done: 0, secondsLeft: null, imagesPerSecond: null });
  });
});
