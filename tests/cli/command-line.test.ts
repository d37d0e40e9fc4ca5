import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recipe } from '../../shared/contract/recipe.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';

/** The command line as real processes: exit codes, JSON lines, the main job from import to export. */
const entry = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-cli-'));
  await writePhotos(join(folder, 'photos'), 15);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };
function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [entry, ...words], {
    cwd: folder,
    env: { ...process.env, ENXERTO_USER_DATA: join(folder, 'user'), NODE_OPTIONS: '' },
  });
}
function end(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (out += text));
  child.stderr?.on('data', (text: Buffer) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}
const enxerto = (...words: string[]) => end(start(words));
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const last = (text: string) => lines(text).at(-1) ?? {};

describe('usage', () => {
  test('help teaches with examples and ends with 0', async () => {
    const { code, out } = await enxerto('--help');
    expect(code).toBe(0);
    expect(out).toContain('$ enxerto train leaves');
    for (const command of ['import', 'label', 'train', 'evaluate', 'predict', 'export', 'info', 'demo']) {
      expect(out).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
    }
  });

  test('whoever stops reading ends it quietly', async () => {
    const child = start(['train', '--help']);
    child.stdout!.destroy();
    const { code, err } = await end(child);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test.each([
    [['grow']],
    [['import', 'x']],
    [['train', 'x', '--folds', 'many']],
    [['train', 'x', '--seed', '']],
    [['train', 'x', '--folds', '5', '--test', '0.2']],
    [['train', 'x', '--strategy', 'magic']],
    [['predict', 'x', 'y']],
  ])('wrong usage ends with 2: %j', async (words) => {
    const { code, err } = await enxerto(...words);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: /);
  });

  test('a failure ends with 1 and names its code, on the error stream or as JSON', async () => {
    const plain = await enxerto('train', 'nowhere');
    expect(plain.code).toBe(1);
    expect(plain.err).toMatch(/^FOLDER_MISSING: .*nowhere\.enxerto/);
    const json = await enxerto('train', 'nowhere', '--json');
    expect(json.code).toBe(1);
    expect(last(json.out)).toMatchObject({ type: 'error', code: 'FOLDER_MISSING' });
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const empty = await enxerto('--json', 'import', 'none', 'empty');
    expect(last(empty.out)).toMatchObject({ type: 'error', code: 'FOLDER_EMPTY' });
  });
});

describe('the main job', () => {
  test('import: dry run first, then for real, and again without doubling', async () => {
    const dry = await enxerto('import', 'stripes', 'photos', '--labels', 'folders', '--dry-run');
    expect(dry.err).toBe('');
    expect(dry.out).toContain('30 images found, 30 new');
    expect(dry.out).toContain('plain (15, new), striped (15, new)');
    const real = await enxerto('import', 'stripes', 'photos', '--json');
    expect(real.code).toBe(0);
    expect(last(real.out)).toMatchObject({ type: 'result', imported: 30, labeled: 0 });
    const again = await enxerto('import', 'stripes', 'photos', '--json');
    expect(last(again.out)).toMatchObject({ imported: 0, alreadyThere: 30 });
  });

  test('train without labels says what to do', async () => {
    const { code, err, out } = await enxerto('train', 'stripes');
    expect(code).toBe(1);
    expect(`${out}${err}`).toContain('enxerto label PROJECT --from');
  });

  test('label: from a table whose wrong column is named, then from folders', async () => {
    const rows = Array.from(
      { length: 15 },
      (_, index) => `plain/${index + 1}.jpg,0\nstriped/${index + 1}.jpg,1`,
    );
    writeFileSync(join(folder, 'labels.csv'), `image,kind\n${rows.join('\n')}\nghost.jpg,1\n`);
    const wrong = await enxerto('label', 'stripes', '--from', 'labels.csv', '--label-column', 'sort');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('Its columns are: image, kind');
    const names = '0=plain,1=striped';
    const right = await enxerto(
      'label',
      'stripes',
      '--from',
      'labels.csv',
      '--names',
      names,
      '--label-column',
      'kind',
    );
    expect(right.err).toBe('');
    expect(right.out).toContain('30 labeled');
    expect(right.out).toContain('ghost.jpg');
    const { out } = await enxerto('info', 'stripes', '--json');
    expect(last(out)).toMatchObject({ counts: { labeled: 30, unlabeled: 0 } });
  });

  test('train: how it learns can be chosen', async () => {
    const options =
      '--optimiser sgd --loss focal --schedule oneCycle --average ema --accumulate 2 --l2sp --batch-norm adapted';
    const plan = await enxerto('train', 'stripes', ...options.split(' '), '--dry-run', '--json');
    const planned = lines(plan.out).find((line) => line.type === 'plan') as { recipe: Recipe };
    expect(planned.recipe).toMatchObject({
      optimiser: { kind: 'sgd', momentum: 0.9 },
      loss: { kind: 'focal', gamma: 2 },
      averaging: { kind: 'ema' },
      accumulation: 2,
      l2sp: { alpha: 0.1, beta: 0.01 },
      batchNorm: 'adapted',
    });
    expect(planned.recipe.phases.every((phase) => phase.schedule === 'oneCycle')).toBe(true);
    const wrong = await enxerto('train', 'stripes', '--optimiser', 'adam');
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('adamw, sgd');
    const none = await enxerto('train', 'stripes', '--recipe', 'nowhere.json', '--dry-run', '--json');
    expect(last(none.out)).toMatchObject({ code: 'FILE_MISSING', params: { file: 'nowhere.json' } });
  });

  test('train: the order in which it learns can be chosen', async () => {
    const options =
      '--thaw performance --mixup 0.2 --cross-validate-head --deeper-if-better --cache-precision single';
    const plan = await enxerto(
      'train',
      'stripes',
      '--strategy',
      'hybrid',
      ...options.split(' '),
      '--dry-run',
      '--json',
    );
    const { recipe } = lines(plan.out).find((line) => line.type === 'plan') as { recipe: Recipe };
    const [head, tuning, deeper] = recipe.phases;
    expect(recipe).toMatchObject({ cachePrecision: 'single', earlyStopping: { holdOut: 0.15 } });
    expect(head).toMatchObject({ probe: { kind: 'crossValidated', folds: 5 }, mixing: { mixup: 0.2 } });
    expect(tuning).toMatchObject({ unfreezing: { kind: 'performance' }, keep: { kind: 'always' } });
    expect(deeper).toMatchObject({ keep: { kind: 'ifBetter', level: 0.05 } });
    expect(deeper!.trainableBlocks).toEqual(expect.arrayContaining(tuning!.trainableBlocks));
    expect(deeper!.trainableBlocks).toHaveLength(tuning!.trainableBlocks.length + 2);
    const scratch = await enxerto(
      'train',
      'stripes',
      '--strategy',
      'scratch',
      '--deeper-if-better',
      '--dry-run',
    );
    expect(scratch.code).not.toBe(0);
    expect(scratch.err).toContain('Nothing can go deeper');
  });

  test('train, evaluate, predict, export', async () => {
    const plan = await enxerto('train', 'stripes', '--strategy', 'featureExtraction', '--dry-run', '--json');
    const planned = lines(plan.out).find((line) => line.type === 'plan') as {
      recipe: Record<string, unknown>;
    };
    const recipe = { ...planned.recipe, shape: 'square', size: 64 };
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
    // What else is said changes the file's recipe; what cannot is refused.
    const [from, dry] = [
      ['--recipe', 'recipe.json'],
      ['--dry-run', '--json'],
    ];
    const other = await enxerto('train', 'stripes', ...from, '--epochs', '7', '--batch', '5', ...dry);
    expect(lines(other.out).find((line) => line.type === 'plan')).toMatchObject({
      recipe: { shape: 'square', size: 64, batchSize: 5, phases: [{ epochs: 7 }] },
    });
    const refused = await enxerto('train', 'stripes', ...from, '--strategy', 'scratch', ...dry);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("'--strategy <name>' cannot be used with option '--recipe <file>'");
    const trained = await enxerto(
      'train',
      'stripes',
      '--recipe',
      'recipe.json',
      '--folds',
      '3',
      '--name',
      'First',
      '--json',
    );
    expect(trained.code).toBe(0);
    expect(lines(trained.out).some((line) => line.type === 'progress')).toBe(true);
    expect(last(trained.out)).toMatchObject({ type: 'result', run: { state: 'done', name: 'First' } });

    const judged = await enxerto('evaluate', 'stripes', '--report', 'report.html');
    expect(judged.out).toMatch(/First: \d+ of 100 right, give or take \d+ \(30 images tested\)\./);
    expect(judged.out).toContain('true ↓ predicted →');
    expect(existsSync(join(folder, 'report.html'))).toBe(true);

    const predicted = await enxerto('predict', 'stripes', 'photos', '--out', 'answers.csv', '--json');
    expect(last(predicted.out)).toMatchObject({ type: 'result', images: 30, failed: [] });
    expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toMatch(
      /^file,class,probability,plain,striped,error\r\n/,
    );

    const exported = await enxerto('export', 'stripes', '--run', 'First', '--out', 'stripes.onnx', '--json');
    expect(last(exported.out)).toMatchObject({ certificate: { passed: true, images: 30 } });
  }, 240_000);

  test('Ctrl+C ends a training cleanly with 130, and it can be resumed', async () => {
    const long = JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')) as {
      phases: object[];
      earlyStopping: object;
    };
    const patient = {
      ...long,
      phases: long.phases.map((phase) => ({ ...phase, epochs: 1000 })),
      earlyStopping: { ...long.earlyStopping, patience: null },
    };
    writeFileSync(join(folder, 'long.json'), JSON.stringify(patient));
    const child = start([
      'train',
      'stripes',
      '--recipe',
      'long.json',
      '--folds',
      '3',
      '--name',
      'Long',
      '--json',
    ]);
    const ended = end(child);
    await new Promise<void>((resolve) => {
      let seen = '';
      child.stdout?.on('data', (text: Buffer) => {
        seen += text;
        if (/"stage":"training/.test(seen)) resolve();
      });
    });
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    // What was cancelled, what is kept, and the command that goes on, for this very project.
    expect(last(out)).toMatchObject({
      type: 'error',
      code: 'CANCELLED',
      message: `The training "Long" was cancelled. What it learned up to its last checkpoint is kept. Go on with it: enxerto train ${join(realpathSync(folder), 'stripes.enxerto')} --resume "Long"`,
    });
    const { out: info } = await enxerto('info', 'stripes', '--json');
    expect(last(info)).toMatchObject({
      runs: [{ name: 'Long', state: 'cancelled', resumable: true }, { name: 'First' }],
    });
  }, 120_000);
});
