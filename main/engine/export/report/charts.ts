import type { Estimate } from '../../../../shared/contract/common.ts';
import type { EpochMetrics } from '../../../../shared/contract/trainer.ts';
import type { Format } from './format.ts';
import { html, type Markup } from './html.ts';
import type { Messages } from './language/messages.ts';

/** One line of a chart: a model's values by position; null where there is none. */
type Series = readonly (readonly [position: number, value: number])[];

/** The epochs of all models on one axis: phases follow one another, each as long as its longest model ran. */
type Timeline = {
  readonly length: number;
  readonly phases: readonly { readonly start: number; readonly name: EpochMetrics['phaseName'] }[];
  readonly positionOf: (epoch: EpochMetrics) => number;
  /** Epochs per model, the tested folds' models where there are any: the final model is not a test's. */
  readonly models: readonly (readonly EpochMetrics[])[];
};

/** Lays epochs out in time, or null without any. */
export function timeline(epochs: readonly EpochMetrics[]): Timeline | null {
  if (epochs.length === 0) return null;
  const phaseNumbers = [...new Set(epochs.map((epoch) => epoch.phase))].sort((one, other) => one - other);
  const starts = new Map<number, { readonly start: number; readonly first: number }>();
  const phases: { start: number; name: EpochMetrics['phaseName'] }[] = [];
  let start = 0;
  for (const phase of phaseNumbers) {
    const own = epochs.filter((epoch) => epoch.phase === phase);
    const numbers = own.map((epoch) => epoch.epoch);
    const first = numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
    const last = numbers.reduce((most, number) => Math.max(most, number), first);
    starts.set(phase, { start, first });
    phases.push({ start, name: own[0]!.phaseName });
    start += last - first + 1;
  }
  const ofFolds = epochs.filter((epoch) => epoch.fold !== null);
  const shown = ofFolds.length > 0 ? ofFolds : epochs;
  const folds = [...new Set(shown.map((epoch) => epoch.fold))];
  const positionOf = (epoch: EpochMetrics) => {
    const phase = starts.get(epoch.phase)!;
    return phase.start + epoch.epoch - phase.first + 1;
  };
  const models = folds.map((fold) =>
    shown.filter((epoch) => epoch.fold === fold).sort((one, other) => positionOf(one) - positionOf(other)),
  );
  return { length: start, phases, positionOf, models };
}

/**
 * The mean at each position that at least half of the models reached: the few that went on longer are not the
 * mean of all.
 */
export function meanSeries(series: readonly Series[], models: number): Series {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [position, value] of series.flat()) {
    const at = sums.get(position) ?? { sum: 0, count: 0 };
    sums.set(position, { sum: at.sum + value, count: at.count + 1 });
  }
  return [...sums]
    .filter(([, { count }]) => 2 * count >= models)
    .sort(([one], [other]) => one - other)
    .map(([position, { sum, count }]) => [position, sum / count] as const);
}

/** The values of one measure for every model; values that are missing or not finite leave a gap. */
export function seriesOf(time: Timeline, pick: (epoch: EpochMetrics) => number | null): readonly Series[] {
  return time.models
    .map((epochs) =>
      epochs.flatMap((epoch): Series => {
        const value = pick(epoch);
        return value === null || !Number.isFinite(value) ? [] : [[time.positionOf(epoch), value]];
      }),
    )
    .filter((series) => series.length > 0);
}

const WIDTH = 480;
const HEIGHT = 250;
const LEFT = 48;
const TOP = 28;
const BOTTOM = 214;

/** A chart of one measure in time: training solid, the held-out part dashed; each model thin, their mean thick. */
export function curveChart(
  title: string,
  time: Timeline,
  lines: { readonly training: readonly Series[]; readonly heldOut: readonly Series[] },
  scale: { readonly top: number; readonly label: (value: number) => string },
  words: Messages,
): Markup {
  const x = (position: number) => LEFT + ((position - 0.5) / time.length) * (WIDTH - LEFT - 8);
  const y = (value: number) => BOTTOM - (Math.min(value, scale.top) / scale.top) * (BOTTOM - TOP);
  const path = (series: Series, css: string) => {
    const points = series.map(([position, value]) => `${x(position).toFixed(1)},${y(value).toFixed(1)}`);
    // A single epoch is a point, which a line of no length would not show.
    return points.length === 1
      ? html`<circle class="${css}" cx="${points[0]!.split(',')[0]!}" cy="${points[0]!.split(',')[1]!}" r="2.5"/>`
      : html`<polyline class="${css}" points="${points.join(' ')}"/>`;
  };
  const models = time.models.length;
  const several = models > 1;
  const mean = { training: meanSeries(lines.training, models), heldOut: meanSeries(lines.heldOut, models) };
  const both = (['training', 'heldOut'] as const).map((part) => [
    several ? lines[part].map((series) => path(series, `${part} single`)) : null,
    mean[part].length > 0 ? path(mean[part], `${part} mean`) : null,
  ]);
  const { training, heldOut } = mean;
  const value = (series: Series, at: number) => scale.label(series.at(at)?.[1] ?? 0);
  const summary = words.curveSummary(
    title,
    value(training, 0),
    value(training, -1),
    heldOut.length > 0 ? value(heldOut, -1) : null,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * scale.top);
  return html`<figure><h3>${title}</h3>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${summary}">
${ticks.map(
  (
    tick,
  ) => html`<line class="tick" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>
<text x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${scale.label(tick)}</text>`,
)}
${time.phases.map(({ start }) =>
  start === 0
    ? null
    : html`<line class="axis" x1="${x(start + 0.5).toFixed(1)}" x2="${x(start + 0.5).toFixed(1)}" y1="${TOP}" y2="${BOTTOM}"/>`,
)}
${both}
<text x="${LEFT}" y="16" class="training">— ${words.training}</text>
${lines.heldOut.length > 0 ? html`<text x="${LEFT + 104}" y="16" class="heldOut">- - ${words.heldOut}</text>` : null}
<text x="${x(1).toFixed(1)}" y="${BOTTOM + 18}" text-anchor="middle">1</text>
<text x="${x(time.length).toFixed(1)}" y="${BOTTOM + 18}" text-anchor="middle">${time.length > 1 ? time.length : ''}</text>
<text x="${(LEFT + WIDTH) / 2}" y="${BOTTOM + 32}" text-anchor="middle">${words.columns.epoch}</text>
</svg></figure>`;
}

/** A share with its interval on a line from 0 to 100 %, the guess of the commonest class marked. */
export function whisker(estimate: Estimate, guess: number, format: Format): Markup {
  const x = (share: number) => (4 + share * 152).toFixed(1);
  const { value, low, high } = estimate;
  if (value === null) return html``;
  const label = `${format.percent(value)}${low === null ? '' : ` (${format.range(estimate)})`}`;
  return html`<svg viewBox="0 0 160 18" width="160" height="18" role="img" aria-label="${label}">
<line class="axis" x1="4" x2="156" y1="9" y2="9"/><line class="guess" x1="${x(guess)}" x2="${x(guess)}" y1="1" y2="17"/>
${low === null || high === null ? null : html`<line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="9" y2="9"/>`}
<circle class="point" cx="${x(value)}" cy="9" r="5"/></svg>`;
}
