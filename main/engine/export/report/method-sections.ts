import {
  type ExecutorReport,
  fullNameOf,
  type RunComputing,
  runComputing,
} from '../../../../shared/contract/executor.ts';
import type { Recipe, TrainingPhase } from '../../../../shared/contract/recipe.ts';
import type { EpochMetrics } from '../../../../shared/contract/trainer.ts';
import { reasonText } from '../../../../shared/domain/executor-reasons.ts';
import { usesBatchStatistics } from '../../../../shared/domain/recipes.ts';
import { meanAndDeviation } from '../../validation/metrics.ts';
import { augmentationText } from './augmentation.ts';
import { curveChart, meanSeries, seriesOf, timeline } from './charts.ts';
import { definitions, isTelling, noteText, section, table, type Writing } from './context.ts';
import { html, type Markup, name } from './html.ts';

/** Learning curves with their numbers. */
export function curves({ data, words, format }: Writing): Markup {
  const time = timeline(data.epochs);
  if (time === null) return section(words.headings.curves, html`<p>${words.noCurves}</p>`);
  const lines = (
    training: (epoch: EpochMetrics) => number | null,
    heldOut: (epoch: EpochMetrics) => number | null,
  ) => ({
    training: seriesOf(time, training),
    heldOut: seriesOf(time, heldOut),
  });
  const loss = lines(
    (epoch) => epoch.trainLoss,
    (epoch) => epoch.validationLoss,
  );
  const right = lines(
    (epoch) => epoch.trainAccuracy,
    (epoch) => epoch.validationAccuracy,
  );
  const measures = [loss.training, loss.heldOut, right.training, right.heldOut].map(
    (one) => new Map(meanSeries(one, time.models.length)),
  );
  const highest = [...loss.training, ...loss.heldOut]
    .flat()
    .reduce((most, [, value]) => Math.max(most, value), 0);
  const top = niceTop(highest);
  const { columns } = words;
  const heads = [
    columns.epoch,
    columns.trainLoss,
    columns.heldOutLoss,
    columns.trainRight,
    columns.heldOutRight,
  ].map((text, column) => ({ text, number: column > 0 }));
  const positions = Array.from({ length: time.length }, (_, index) => index + 1);
  const rows = positions
    .map((position) => ({ position, values: measures.map((of) => of.get(position) ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .map(({ position, values }) => ({
      cells: [
        String(position),
        ...values.map((value, measure) => (measure < 2 ? format.decimal(value, 3) : format.percent(value))),
      ],
    }));
  const phases = time.phases.map(
    ({ start, name: phase }) => `${columns.epoch} ${start + 1}: ${words.phases[phase] ?? phase}`,
  );
  return section(
    words.headings.curves,
    html`<div class="charts">${curveChart(words.curveLoss, time, loss, { top, label: (value) => format.decimal(value, top < 1 ? 2 : 1) }, words)}
${curveChart(words.curveRight, time, right, { top: 1, label: (value) => format.percent(value, 0) }, words)}</div>`,
    html`<p class="soft">${phases.join(' · ')}. ${words.curvesCaption(time.models.length)}</p>`,
    html`<details><summary>${words.numbers}</summary>${table(heads, rows, { narrow: true })}</details>`,
  );
}

/** The next round number above a value, so that an axis ends on it. */
function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Everything that decided how the network was trained. */
export function recipe({ data, words, format }: Writing): Markup {
  const { recipe: made, run } = data.results;
  const { recipeRows: rows } = words;
  const { patience, holdOut } = made.earlyStopping;
  const strategy = words.strategies[made.strategy];
  const gathered = made.accumulation === 1 ? null : format.whole(made.accumulation);
  const facts = definitions([
    [rows.strategy, html`${strategy.plain} <span class="term">${strategy.term}</span>`],
    [rows.backbone, run.backbone ?? words.noBackbone],
    [rows.input, words.input(made.shape, made.size === null ? null : format.whole(made.size))],
    [rows.features, words.features[made.features]],
    [
      rows.head,
      words.head(
        made.head.hidden === null ? null : format.whole(made.head.hidden),
        format.plain(made.head.dropout),
      ),
    ],
    [rows.batch, words.batch(format.whole(made.batchSize), gathered)],
    [rows.optimiser, optimiser(made, words, format)],
    [rows.loss, words.loss(made.loss.kind === 'focal' ? format.plain(made.loss.gamma) : null)],
    [rows.average, average(made, words, format)],
    [rows.l2sp, made.l2sp && words.l2sp(format.plain(made.l2sp.alpha), format.plain(made.l2sp.beta))],
    [rows.smoothing, made.labelSmoothing === 0 ? words.none : format.plain(made.labelSmoothing)],
    [rows.weights, words.weights[made.classWeights]],
    [rows.clip, made.clipNorm === null ? null : format.plain(made.clipNorm)],
    [rows.augmentation, augmentationText(made.augmentation, words, format)],
    [
      rows.stopping,
      words.stopping(patience === null ? null : format.whole(patience), format.percent(holdOut, 0)),
    ],
    [rows.batchNorm, normalisation(made, words, format)],
    [rows.seed, String(made.seed)],
  ]);
  return section(words.headings.recipe, facts, phases(made.phases, words, format));
}

function normalisation(made: Recipe, words: Writing['words'], format: Writing['format']): string {
  const { batchNorm } = words;
  if (usesBatchStatistics(made)) return batchNorm.batch(format.plain(made.batchNormMomentum));
  if (made.backbone === null) return batchNorm.group;
  return made.foldedBatchNorm ? batchNorm.folded : batchNorm.inference;
}

/** The phases side by side, one column each: they are few, and what differs between them is what matters. */
function phases(all: readonly TrainingPhase[], words: Writing['words'], format: Writing['format']): Markup {
  const { columns } = words;
  const ofBackbone = (phase: TrainingPhase, value: number) =>
    phase.trainableBlocks.length === 0 ? '—' : format.plain(value);
  const rows: readonly (readonly [string, (phase: TrainingPhase) => string | Markup])[] = [
    [columns.learns, (phase) => learning(phase, words.onlyHead)],
    [columns.epochs, (phase) => format.whole(phase.epochs)],
    [columns.rate, (phase) => format.plain(phase.learningRate)],
    [columns.backboneRate, (phase) => ofBackbone(phase, phase.backboneFactor)],
    [columns.blockDecay, (phase) => ofBackbone(phase, phase.blockDecay)],
    [columns.weightDecay, (phase) => format.plain(phase.weightDecay)],
    [columns.schedule, (phase) => scheduleOf(phase, words, format)],
    [columns.warmUp, (phase) => format.percent(phase.warmUp, 0)],
  ];
  return table(
    [{ text: columns.phase }, ...all.map((phase) => ({ text: words.phases[phase.name] ?? phase.name }))],
    rows.map(([title, cell]) => ({ cells: [title, ...all.map(cell)] })),
    { narrow: true },
  );
}

function optimiser(
  { optimiser: used, decayed }: Recipe,
  words: Writing['words'],
  format: Writing['format'],
): string {
  const momentum = used.kind === 'sgd' ? [words.momentum(format.plain(used.momentum), used.nesterov)] : [];
  return [words.optimiser[used.kind], ...momentum, words.decayed[decayed]].join('; ');
}

/** `null` where the last weights are used, as they usually are. */
function average({ averaging }: Recipe, words: Writing['words'], format: Writing['format']): string | null {
  if (averaging === null) return null;
  if (averaging.kind === 'ema') return words.ema(format.plain(averaging.decay), averaging.warmUp);
  const { start, rate } = averaging;
  return words.swa(format.percent(start, 0), rate === null ? null : format.percent(rate, 0));
}

function scheduleOf(
  { schedule, drop }: TrainingPhase,
  words: Writing['words'],
  format: Writing['format'],
): string {
  const named = words.schedules[schedule];
  return schedule === 'step' || schedule === 'plateau'
    ? words.drop(named, format.plain(drop.factor), format.whole(drop.epochs))
    : named;
}

const learning = (phase: TrainingPhase, head: string): Markup =>
  html`${phase.trainableBlocks.map((block) => [name(block), ', '])}${head}`;

/** Which images were tested by which models. */
export function split(writing: Writing): Markup {
  const { data, words, format } = writing;
  const { evaluation, perFold, groups, notes } = data.results;
  const described =
    evaluation.kind === 'kFold'
      ? words.evaluation.kFold(format.whole(evaluation.folds), String(evaluation.seed))
      : evaluation.kind === 'holdOut'
        ? words.evaluation.holdOut(format.percent(evaluation.test, 0), String(evaluation.seed))
        : words.evaluation.stated('', '');
  const told = notes.filter(isTelling).map((note) => noteText(writing, note));
  const sentences = [
    described,
    groups === null ? words.noGroups : words.groups(format.whole(groups)),
    ...told,
  ];
  const heads = [
    { text: words.columns.fold },
    { text: words.columns.images, number: true },
    { text: words.columns.right, number: true },
  ];
  const rows = perFold.map((one) => ({
    cells: [String(one.fold + 1), format.whole(one.images), format.percent(one.accuracy)],
  }));
  const { mean, deviation } = meanAndDeviation(perFold.map((one) => one.accuracy));
  const points = deviation === null ? null : 100 * deviation;
  const spread = words.foldsVary(format.percent(mean), format.decimal(points, 1));
  return section(
    words.headings.split,
    html`${sentences.map((one) => html`<p>${one}</p>`)}`,
    perFold.length > 1 ? table(heads, rows, { narrow: true }) : null,
    perFold.length > 1 ? html`<p>${spread}</p>` : null,
    html`<p class="soft">${words.method}</p>`,
  );
}

/** The proof that the exported file answers like the trained model. */
export function certificate({ data, words, format }: Writing): Markup {
  const { certificate: proof } = data;
  if (proof === null) return section(words.headings.export, html`<p>${words.noExport}</p>`);
  const { exportRows: rows } = words;
  const count = format.whole(proof.images);
  return section(
    words.headings.export,
    proof.passed
      ? html`<p>${words.exportPassed(count)}</p>`
      : html`<p class="danger">${words.exportFailed(count)}</p>`,
    definitions([
      [
        rows.maxDifference,
        html`${format.small(proof.maxAbsDiff)} <span class="soft">(${rows.tolerance}: ${format.small(proof.tolerance)})</span>`,
      ],
      [rows.meanDifference, format.small(proof.meanAbsDiff)],
      [rows.agreement, format.percent(proof.top1Agreement)],
      [rows.file, name(proof.file)],
      [rows.size, format.bytes(proof.bytes)],
      [rows.sha256, html`<span class="hash">${proof.sha256}</span>`],
      [rows.runtime, proof.runtime],
    ]),
  );
}

/** What rebuilds the result: versions, data and all that the run recorded. */
export function record(writing: Writing): Markup {
  const { data, words, format } = writing;
  const { run, record: recorded } = data.results;
  const { recordRows: rows } = words;
  const versions = Object.entries(data.versions).map(([program, version]) => [program, version] as const);
  const computing = runComputing.safeParse(recorded.computing);
  // What computed is told in words, or as it is where nobody can.
  const { computing: _, ...rest } = recorded;
  const others = computing.success ? notComputedBy(computing.data, writing) : null;
  const flat = flatten(computing.success ? rest : recorded, '');
  return section(
    words.headings.record,
    definitions([
      [rows.run, html`${name(run.name)} <span class="soft hash">${run.id}</span>`],
      [rows.started, format.date(run.createdAt)],
      [rows.seconds, format.seconds(run.seconds)],
      [rows.images, format.whole(run.images)],
      [rows.dataHash, data.dataHash === null ? null : html`<span class="hash">${data.dataHash}</span>`],
      [rows.computing, computing.success ? computedBy(computing.data, format, words) : null],
      ...versions,
    ]),
    flat.length === 0 && others === null
      ? null
      : html`<details><summary>${words.recordMore}</summary>${definitions([[rows.notUsed, others], ...flat])}</details>`,
  );
}

/** What trained, with what described the images where that was another, as fast as they had been measured. */
function computedBy(
  { training, forward, measured }: RunComputing,
  format: Writing['format'],
  words: Writing['words'],
): string {
  const told = training.id === forward.id ? [training] : [training, forward];
  return told
    .map(({ id, device, ...used }) => {
      const rate = measured.find((each) => each.id === id)?.trainingRate ?? null;
      const speed = rate === null ? [] : [rateText(rate, format, words)];
      return [fullNameOf(used), ...(device === null ? [] : [device]), ...speed].join(', ');
    })
    .join('; ');
}

const rateText = (rate: number, format: Writing['format'], words: Writing['words']): string =>
  words.measuredRate(format.decimal(rate, rate < 10 ? 1 : 0));

/** Why the others did not, or how fast they had been measured to be; null where there were none. */
function notComputedBy({ notUsed }: RunComputing, { data, words, format }: Writing): Markup | null {
  if (notUsed.length === 0) return null;
  const why = ({ reason, trainingRate }: ExecutorReport): string => {
    if (reason !== null) return reasonText(reason, data.language);
    return trainingRate === null ? words.notMeasured : rateText(trainingRate, format, words);
  };
  return html`<ul>${notUsed.map((each) => html`<li>${each.title}: ${name(why(each))}</li>`)}</ul>`;
}

/** Nested values as one list of paths; deeper than four levels as JSON. */
function flatten(value: unknown, path: string, depth = 0): readonly (readonly [string, string])[] {
  if (depth < 4 && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, path === '' ? key : `${path} · ${key}`, depth + 1),
    );
  }
  return [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '—')]];
}
