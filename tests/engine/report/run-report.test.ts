import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportLanguage } from '../../../main/engine/export/report/format.ts';
import type { RunReport } from '../../../main/engine/export/report/report-data.ts';
import { renderRunReport } from '../../../main/engine/export/report/run-report.ts';
import { noteCode } from '../../../shared/contract/advice.ts';
import {
  type ExecutorId,
  type ExecutorReport,
  type RunComputing,
  unknownExecutor,
} from '../../../shared/contract/executor.ts';
import { runResults } from '../../../shared/contract/training.ts';
import { executorReason } from '../../../shared/domain/executor-reasons.ts';
import { sampleReport } from './sample.ts';

const samples = new Map<ReportLanguage, RunReport>();
beforeAll(async () => {
  for (const language of ['en', 'pt-BR'] as const) samples.set(language, await sampleReport(language));
});
const sample = (language: ReportLanguage = 'en') => samples.get(language)!;
const results = (changes: Partial<RunReport['results']>) => ({
  ...sample(),
  results: { ...sample().results, ...changes },
});

/** What a reader sees: tags gone, entities resolved, white space single. */
function text(html: string): string {
  const body = html.slice(html.indexOf('<body>')).replace(/<[^>]*>/g, ' ');
  const plain = body
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'");
  return plain.replace(/&amp;/g, '&').replace(/\s+/g, ' ');
}

/** Throws unless every element that must be closed is, in order. */
function checkNesting(html: string): void {
  const empty = new Set(['meta', 'br', 'img', 'line', 'circle', 'polyline']);
  const open: string[] = [];
  for (const [, close, tag] of html
    .replace(/<style>.*?<\/style>/s, '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (empty.has(tag!)) continue;
    if (close === '') open.push(tag!);
    else expect(open.pop()).toBe(tag);
  }
  expect(open).toEqual([]);
}

describe('a report', () => {
  it('says first how many of 100 are right, then the weakest class', () => {
    const { accuracy, classes } = sample().results;
    const worst = classes.reduce((one, other) => (other.recall.value! < one.recall.value! ? other : one));
    const shown = text(renderRunReport(sample()));
    const first = shown.indexOf(`${Math.round(100 * accuracy.value!)} of 100 right, give or take 4`);
    const second = shown.indexOf(`Weakest class: ${worst.name} ,`);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
    expect(shown.indexOf('Against its rivals')).toBeGreaterThan(second);
  });

  it('is one file that loads nothing and runs nothing', () => {
    const html = renderRunReport(sample());
    expect(html).not.toMatch(/<script|<iframe|<object|<link|<base|javascript:|https?:|@import|url\(/i);
    expect(html).not.toMatch(/\son[a-z]+=/i);
    expect(html).toContain('default-src &#39;none&#39;');
    expect(
      [...html.matchAll(/src="([^"]{0,16})/g)].every(([, source]) => source!.startsWith('data:image/jpeg;')),
    ).toBe(true);
    checkNesting(html);
  });

  it('is in the language asked for, with its numbers', () => {
    const portuguese = text(renderRunReport(sample('pt-BR')));
    expect(portuguese).toContain('de 100 certas, 4 para mais ou para menos');
    expect(portuguese).toContain('92,4 %');
    expect(portuguese).not.toMatch(/\b(right|images|interval|Weakest)\b/);
    const english = renderRunReport(sample());
    expect(text(english)).toContain('92.4 %');
    expect(english).toContain('<html lang="en">');
    expect(renderRunReport(sample('pt-BR'))).toContain('<html lang="pt-BR">');
  });

  it('shows what cannot be told as well as what can', () => {
    const shown = text(renderRunReport(sample()));
    expect(shown).toContain(
      'No evidence of a difference between feature extraction and feature extraction, then fine-tuning',
    );
    expect(shown).toMatch(
      /They differ on \d+ of 250 images; a lead of less than [\d.]+ points could not have been told/,
    );
    expect(shown).toMatch(/did better than training from scratch: \+\d+\.\d points/);
    expect(shown).toContain('With 250 images tested, one standard error');
  });

  it('gives the same text for the same data', () => {
    expect(renderRunReport(sample())).toBe(renderRunReport(sample()));
  });

  it('has every part: matrix, classes, curves, recipe, split, certificate, record', () => {
    const html = renderRunReport(sample());
    const shown = text(html);
    for (const part of [
      'What is taken for what',
      'Class by class',
      'How it learned',
      'Recipe',
      'How it was tested',
    ]) {
      expect(shown).toContain(part);
    }
    expect(html.match(/<td class="(?:hit|miss|zero)"/g)).toHaveLength(25);
    expect(html.match(/<polyline class="training mean"/g)).toHaveLength(2);
    expect(html.match(/<polyline class="heldOut single"/g)).toHaveLength(10);
    expect(shown).toContain('blocks.5 , blocks.6 , the new part');
    expect(shown).toContain('3.1 × 10⁻⁶');
    expect(shown).toContain(sample().dataHash!);
    expect(shown).toMatch(/Mean of the parts 92\.4 %, standard deviation \d\.\d points/);
    expect(shown).toContain('ONNX Runtime 1.30.0');
    expect(shown).toContain('frozen · identical true');
  });

  it('says what computed and how fast that had been measured to be, what described the images apart', () => {
    const executor = (id: ExecutorId, title: string, version: string) => ({
      id,
      title,
      version,
      device: null,
    });
    const report = (id: ExecutorId, trainingRate: number): ExecutorReport => ({
      ...{
        id,
        title: id,
        usable: true,
        version: '1',
        device: null,
        code: null,
        reason: null,
        remedy: 'none',
      },
      ...{ difference: 0, forwardRate: 300, trainingRate, scaled: false },
    });
    const training = executor('openvino', 'OpenVINO', '2026.4');
    const recorded = (forward: RunComputing['forward']) => {
      const measured = [report('openvino', 60.4), report('onnx', 6.18)];
      const computing: RunComputing = { forward, training, why: 'fastest', measured, notUsed: [] };
      const data = sample();
      return text(renderRunReport({ ...data, results: { ...data.results, record: { computing } } }));
    };
    const one = 'OpenVINO (2026.4), measured at 60 images/s when training';
    expect(recorded(training)).toContain(`Computed by ${one}`);
    const two = recorded(executor('onnx', 'ONNX Runtime', 'ONNX Runtime 1.30'));
    expect(two).toContain(`${one}; ONNX Runtime 1.30, measured at 6.2 images/s when training`);
  });

  it.each(['en', 'pt-BR'] as const)('says in %s what did not compute it and why', (language) => {
    const report = (id: ExecutorId, title: string, reason: ExecutorReport['reason']): ExecutorReport => ({
      ...unknownExecutor({ id, title }),
      ...(reason === null ? { usable: true, trainingRate: 6.18 } : { code: 'notInstalled' as const, reason }),
    });
    const used = { id: 'onnx', title: 'ONNX Runtime', version: '1.30', device: null } as const;
    const where = { library: 'OpenVINO', folders: '/opt/<b>' };
    const computing: RunComputing = {
      ...{ forward: used, training: used, why: 'fastest', measured: [] },
      notUsed: [
        report('openvino', 'OpenVINO', executorReason('librariesMissing', where)),
        report('tfjs-wasm', 'TensorFlow.js, WebAssembly', null),
      ],
    };
    const data = sample(language);
    const html = renderRunReport({ ...data, results: { ...data.results, record: { computing } } });
    expect(text(html)).toContain(
      language === 'en'
        ? 'All that was recorded Not computed by OpenVINO: The libraries of OpenVINO are in none of the folders that were searched: /opt/<b>. TensorFlow.js, WebAssembly: measured at 6.2 images/s'
        : 'Tudo o que foi registrado Não calculado por OpenVINO: As bibliotecas de OpenVINO não estão em nenhuma das pastas em que foram procuradas: /opt/<b>. TensorFlow.js, WebAssembly: medido em 6,2 imagens/s',
    );
    expect(html).not.toContain('librariesMissing');
    checkNesting(html);
  });

  it('lists labels to check, the commonest confusions and how far certainty can be trusted', () => {
    const shown = text(renderRunReport(sample()));
    expect(shown).toMatch(/\d+ labels? looks? wrong to a model that had not learned (it|them)/);
    expect(shown).toMatch(/→ [^:]+: 3 images \(6 % of the class\)/);
    expect(shown).toMatch(/Mean gap \(expected calibration error\) \d+\.\d points/);
    expect(shown).toContain('Right class among the two most likely');
    expect(shown).not.toMatch(/first impression|a hint at most/);
    const without = { ...sample(), predictions: [] };
    expect(text(renderRunReport(without))).not.toContain('Labels to check');
  });

  it('puts doubts above the number and the rest into the description of the test', () => {
    const shown = text(renderRunReport(sample()));
    expect(shown.indexOf('2 images could not be read')).toBeLessThan(shown.indexOf('of 100 right'));
    expect(shown.indexOf('exact copies')).toBeGreaterThan(shown.indexOf('How it was tested'));
  });

  it('has words for every note in both languages', () => {
    const params = {
      images: 3,
      sets: 2,
      asked: 5,
      made: 3,
      names: 'ferrugem',
      part: 'test',
      smallest: 1,
      largest: 9,
      seeds: 3,
      mean: 72.2,
      deviation: 19.2,
    };
    for (const language of ['en', 'pt-BR'] as const) {
      const notes = noteCode.options.map((code) => ({
        code,
        params: { ...params, points: 2.5, groups: 12, name: 'ferrugem', share: 0.97 },
      }));
      const shown = text(
        renderRunReport({ ...sample(language), results: { ...sample(language).results, notes } }),
      );
      expect(shown).not.toMatch(/undefined|NaN|\[object/);
      expect(shown).toContain('97 %');
      expect(shown).toContain(language === 'en' ? 'absent from the test part' : 'ausentes da parte de teste');
    }
  });
});

describe('hostile names', () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202e\u0000`;

  it('are shown as they are and do nothing', () => {
    const { results: base } = sample();
    const hostile: RunReport = {
      ...sample(),
      predictions: sample().predictions.map((one) => ({ ...one, path: evil })),
      project: evil,
      dataHash: evil,
      versions: { [evil]: evil },
      thumbnails: new Map([[base.mistakes[0]!.imageId, `data:image/svg+xml,<svg onload=alert(1)>`]]),
      results: {
        ...base,
        run: { ...base.run, name: evil, backbone: evil },
        classes: base.classes.map((one) => ({ ...one, name: evil, colour: 'red;background:url(http://x)' })),
        mistakes: base.mistakes.map((one) => ({ ...one, path: evil })),
        notes: [{ code: 'collapsed', params: { name: evil, share: evil } }],
        record: { [evil]: { [evil]: evil } },
      },
      certificate: { ...sample().certificate!, file: evil, runtime: evil, sha256: evil },
    };
    const html = renderRunReport(hostile);
    expect(html).not.toMatch(/<script|<img src=x|<svg onload|background:url/);
    expect(html.includes('\u0000')).toBe(false);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('&amp;amp;');
    expect(html).toContain('no picture');
    checkNesting(html);
    // Every tag in the file is one of this program's own: no quote ended an attribute early.
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/g)) expect(tag).not.toMatch(/alert|onerror/);
  });

  it('do not break on half a surrogate pair', () => {
    const html = renderRunReport(results({ run: { ...sample().results.run, name: 'folha \ud800 1' } }));
    expect(Buffer.from(html, 'utf8').toString('utf8')).toBe(html);
  });
});

describe('results that are not like the others', () => {
  const unknown = { value: null, low: null, high: null };

  it('without any tested image say so instead of a number', () => {
    const classes = sample().results.classes.map((one) => ({
      ...one,
      support: 0,
      precision: unknown,
      recall: unknown,
      f1: unknown,
    }));
    const empty = results({
      ...{ tested: 0, accuracy: unknown, balancedAccuracy: unknown, macroF1: unknown, baseline: 0, classes },
      ...{ perFold: [], mistakes: [], confusion: classes.map(() => classes.map(() => 0)) },
      notes: [{ code: 'cannotValidate', params: {} }],
    });
    const html = renderRunReport({
      ...empty,
      rivals: [],
      comparisons: [],
      epochs: [],
      certificate: null,
      dataHash: null,
      predictions: [],
    });
    const shown = text(html);
    expect(shown).toContain('Not judged: no image could be held back');
    expect(shown).toContain('No other strategy was trained on these images');
    expect(shown).toContain('No curves were recorded');
    expect(shown).toContain('This run has not been exported');
    expect(shown).not.toMatch(/NaN|undefined|Infinity/);
    checkNesting(html);
  });

  it('with several labels an image count images with every label right', () => {
    const html = renderRunReport(results({ confusion: null }));
    expect(text(html)).toMatch(/92 of 100 images with every label right, give or take 4/);
    expect(text(html)).toContain('there is no table of what is taken for what');
  });

  it('with groups say that groups decide how much can be told', () => {
    const comparisons = sample().comparisons.map((one) => ({ ...one, test: 'groupSwap' as const }));
    const shown = text(renderRunReport({ ...results({ groups: 25 }), comparisons }));
    expect(shown).toContain('25 groups');
    expect(shown).toContain('swaps the two results group by group');
    expect(shown).not.toContain('They differ on');
    expect(shown).not.toContain('one standard error of the share right');
  });

  it('from a model that diverged leave gaps in the curves', () => {
    const epochs = sample().epochs.map((one) => ({
      ...one,
      trainLoss: Number.NaN,
      validationLoss: null,
      validationAccuracy: null,
    }));
    const html = renderRunReport({ ...sample(), epochs });
    expect(html.replace(/<style>.*?<\/style>/s, '')).not.toMatch(/NaN/);
    checkNesting(html);
  });

  it('of one epoch show a point', () => {
    const one = sample().epochs.filter((epoch) => epoch.fold === 0 && epoch.phase === 0 && epoch.epoch === 1);
    expect(renderRunReport({ ...sample(), epochs: one })).toContain('<circle class="training mean"');
  });

  it('that failed their export check warn against using it', () => {
    const certificate = { ...sample().certificate!, passed: false };
    expect(text(renderRunReport({ ...sample(), certificate }))).toContain(
      'does not answer like the trained one',
    );
  });

  it('are what the contract says', () => {
    expect(runResults.safeParse(sample().results).success).toBe(true);
  });
});
