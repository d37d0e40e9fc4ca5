import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { createEngine } from '../../main/engine/engine.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import { buildStale } from '../../main/shell/setup/build.ts';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import type { CommandId } from '../../shared/domain/ids.ts';
import { launchStudio, type Studio } from '../e2e/launch.ts';
import { type BenchPart, type BenchRow, quantile, rounded } from './row.ts';
import { writeSmallJpegs } from './small-jpegs.ts';

const manyImages = 100_000;
const severalImages = 10_000;

/** A project of so many images with all thumbnails drawn, as a person would have it on the second day. */
async function makeProject(folder: string, count: number): Promise<string> {
  const photos = join(folder, 'photos');
  await writeSmallJpegs(photos, count);
  const engine = await createEngine({
    version: '0.0.0',
    userData: join(folder, 'user'),
    documents: folder,
    resources: join(folder, 'resources'),
    systemLanguage: 'en',
    launcher: createNodeLauncher(),
  });
  const commandId = (name: string) => name as CommandId;
  const { client, context } = engine;
  const info = await client.projects.create({
    commandId: commandId('make'),
    name: 'Bench',
    task: 'singleLabel',
    folder: null,
  });
  const source = context.grants.give('folder', photos).id;
  const command = {
    commandId: commandId('import'),
    source,
    labels: { kind: 'none' },
    groups: { kind: 'none' },
  } as const;
  for await (const _ of await client.images.import(command));
  while ((await client.training.jobs()).some(({ kind }) => kind === 'thumbnails'))
    await new Promise((resolve) => setTimeout(resolve, 500));
  await engine.close();
  return info.location;
}

async function withStudio<T>(count: number, work: (studio: Studio) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-window-'));
  try {
    await buildStale((text) => process.stderr.write(`${text}\n`));
    const project = await makeProject(folder, count);
    // What a hundred thousand small files leave to write is written first: on the second day the disk is idle.
    spawnSync('sync');
    const studio = await launchStudio({ userData: join(folder, 'user'), args: [project] });
    try {
      return await work(studio);
    } finally {
      await studio.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const windowIsMissing = (name: string, unit: string, target: string): BenchRow => ({
  group: 'project',
  name,
  value: null,
  unit,
  target,
  pass: null,
  details: { skipped: 'no Electron binary or no display' },
});

const hasWindow = (): boolean =>
  electronAtHand() !== null && (process.platform !== 'linux' || Boolean(process.env.DISPLAY));

/** From the first line of the page to a gallery that shows its pictures and answers a key. */
async function* measureOpening(): AsyncGenerator<BenchRow> {
  if (!hasWindow()) return yield windowIsMissing('open-10000', 's', '≤ 2');
  const seconds = await withStudio(severalImages, async ({ page }) => {
    const tile = page.locator('[role="option"][data-index="0"]');
    await tile.locator('img').waitFor();
    await page.getByRole('listbox').press('ArrowRight');
    await page.locator('[role="option"][data-index="0"][aria-selected="true"]').waitFor();
    return (await page.evaluate(() => performance.now())) / 1000;
  });
  yield {
    group: 'project',
    name: 'open-10000',
    value: rounded(seconds),
    unit: 's from the window to a selected tile',
    target: '≤ 2',
    pass: seconds <= 2,
  };
}

interface Pass {
  /** Time between frames while scrolling, ms. */
  readonly frames: readonly number[];
  /** Tiles in sight without their picture 300 ms after a jump. */
  readonly blanks: number;
}

/** Scrolls at reading speed for some seconds at each of several places; runs in the page. */
async function scrollPass(page: Page): Promise<Pass> {
  return page.evaluate(async () => {
    const list = document.querySelector('[role="listbox"]');
    if (!(list instanceof HTMLElement)) throw new Error('There is no gallery.');
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const inSight = (tile: Element) => {
      const { top, bottom } = tile.getBoundingClientRect();
      const box = list.getBoundingClientRect();
      return bottom > box.top && top < box.bottom;
    };
    const frames: number[] = [];
    let blanks = 0;
    const stops = 25;
    for (let stop = 0; stop < stops; stop += 1) {
      list.scrollTop = ((list.scrollHeight - list.clientHeight) * stop) / stops;
      await rest(300);
      for (const tile of list.querySelectorAll('[role="option"]')) {
        const picture = tile.querySelector('img');
        if (inSight(tile) && !(picture?.complete && picture.naturalWidth > 0)) blanks += 1;
      }
      let last = await frame();
      for (let step = 0; step < 60; step += 1) {
        list.scrollTop += 24;
        const now = await frame();
        frames.push(now - last);
        last = now;
      }
    }
    return { frames, blanks };
  });
}

async function pageMemory({ app }: Studio): Promise<number> {
  return app.evaluate(({ app: electron }) =>
    electron
      .getAppMetrics()
      .filter(({ type }) => type === 'Tab')
      .reduce((sum, { memory }) => sum + memory.workingSetSize * 1024, 0),
  );
}

async function* measureScrolling(): AsyncGenerator<BenchRow> {
  const names = { scroll: 'gallery-scroll', blank: 'gallery-blank', memory: 'gallery-memory' } as const;
  if (!hasWindow()) {
    yield windowIsMissing(names.scroll, 'ms', '≤ 20');
    yield windowIsMissing(names.blank, 'tiles', '0');
    return yield windowIsMissing(names.memory, '×', '≤ 1.1');
  }
  const { passes, memory } = await withStudio(manyImages, async (studio) => {
    await studio.page.locator('[role="option"] img').first().waitFor();
    const first = await scrollPass(studio.page);
    const afterFirst = await pageMemory(studio);
    const second = await scrollPass(studio.page);
    return { passes: [first, second], memory: [afterFirst, await pageMemory(studio)] as const };
  });
  const frame = quantile(
    passes.flatMap(({ frames }) => frames),
    0.95,
  );
  const blanks = passes.reduce((sum, pass) => sum + pass.blanks, 0);
  const growth = memory[1] / memory[0];
  const row = { group: 'project' } as const;
  yield {
    ...row,
    name: names.scroll,
    value: rounded(frame),
    unit: 'ms, p95 frame',
    target: '≤ 20',
    pass: frame <= 20,
  };
  yield {
    ...row,
    name: names.blank,
    value: blanks,
    unit: 'tiles blank after 300 ms',
    target: '0',
    pass: blanks === 0,
  };
  yield {
    ...row,
    name: names.memory,
    value: rounded(growth),
    unit: '× memory of the page after the first pass',
    target: '≤ 1.1',
    pass: growth <= 1.1,
    details: { bytes: memory },
  };
}

/** Rows of the group `project` that need the real window. */
export const windowParts: readonly BenchPart[] = [
  { names: ['open-10000'], measure: measureOpening },
  { names: ['gallery-scroll', 'gallery-blank', 'gallery-memory'], measure: measureScrolling },
];
