import { calibration } from '../../validation/calibration.ts';
import { logLoss, topKAccuracy } from '../../validation/metrics.ts';
import { confusedPairs, labelDoubts } from '../../validation/mistakes.ts';
import { definitions, section, table, type Writing } from './context.ts';
import { html, type Markup, name } from './html.ts';

/** Labels listed for checking: more than a person goes through at a sitting would hide the worst. */
const LISTED_DOUBTS = 20;
const LISTED_PAIRS = 5;
/** With fewer classes than this nearly every answer is among the first two. */
const MANY_CLASSES = 4;

/** The commonest confusions in words, for those who do not read matrices. */
export function confusedPairList({ data, words, format }: Writing): Markup | null {
  const { confusion, classes } = data.results;
  if (confusion === null) return null;
  const pairs = confusedPairs(confusion, LISTED_PAIRS);
  if (pairs.length === 0) return null;
  const className = (index: number) => name(classes[index]?.name ?? '');
  return html`<ul>${pairs.map(
    ({ truth, predicted, images, share }) =>
      html`<li>${className(truth)} → ${className(predicted)}: ${words.pair(images, format.whole(images), format.percent(share, 0))}</li>`,
  )}</ul>`;
}

/** Tested images below which a tenth of the scale holds under twenty on average: shares of so few vary by ten points. */
const ENOUGH_FOR_CERTAINTY = 200;
/** Tested images of a class below which its usual answer, by which labels are doubted, is hardly known. */
const ENOUGH_FOR_DOUBTS = 10;

/** Whether the model is as right as it is sure. Null without predictions or with several labels an image. */
export function certainty({ data, words, format, multiLabel }: Writing): Markup | null {
  const { predictions } = data;
  if (multiLabel || predictions.length === 0) return null;
  const truth = predictions.map((one) => one.truth);
  const probabilities = predictions.map((one) => one.probabilities);
  const { bins, expectedError, brier } = calibration(truth, probabilities);
  const { certaintyRows: rows, certaintyColumns: columns } = words;
  const classCount = data.results.classes.length;
  const rowsOfBins = bins
    .filter((bin) => bin.images > 0)
    .map((bin) => ({
      cells: [
        `${format.percent(bin.from, 0)} – ${format.percent(bin.to, 0)}`,
        format.whole(bin.images),
        format.percent(bin.confidence, 0),
        format.percent(bin.accuracy, 0),
      ],
    }));
  const heads = [
    { text: columns.said },
    { text: words.columns.images, number: true },
    { text: columns.sure, number: true },
    { text: columns.right, number: true },
  ];
  return section(
    words.headings.certainty,
    html`<p>${words.certaintyLead}</p>`,
    predictions.length < ENOUGH_FOR_CERTAINTY
      ? html`<p class="soft">${words.certaintyFew(predictions.length, format.whole(predictions.length))}</p>`
      : null,
    table(heads, rowsOfBins, { narrow: true }),
    definitions([
      [
        rows.expectedError,
        `${format.decimal(expectedError === null ? null : 100 * expectedError, 1)} ${words.pointsUnit}`,
      ],
      [rows.brier, format.decimal(brier, 3)],
      [rows.logLoss, format.decimal(logLoss(truth, probabilities), 3)],
      [rows.topTwo, classCount < MANY_CLASSES ? null : format.percent(topKAccuracy(truth, probabilities, 2))],
    ]),
  );
}

/** Labels that are probably wrong, from the answers of models that had not learned them. */
export function doubtedLabels({ data, words, format, multiLabel }: Writing): Markup | null {
  const { predictions } = data;
  if (multiLabel || predictions.length === 0) return null;
  const fewest = Math.min(...data.results.classes.map(({ support }) => support));
  const few =
    fewest < ENOUGH_FOR_DOUBTS
      ? html`<p class="soft">${words.doubtsFew(format.whole(ENOUGH_FOR_DOUBTS))}</p>`
      : null;
  const doubts = labelDoubts(predictions);
  if (doubts.length === 0) return section(words.headings.doubts, html`<p>${words.noDoubts}</p>`, few);
  const pathOf = new Map(predictions.map((one) => [one.imageId, one.path]));
  const className = (index: number) => name(data.results.classes[index]?.name ?? '');
  const rows = doubts.slice(0, LISTED_DOUBTS).map((doubt) => ({
    cells: [
      name(pathOf.get(doubt.imageId) ?? doubt.imageId),
      className(doubt.label),
      className(doubt.suggested),
      format.percent(doubt.selfConfidence, 0),
    ],
  }));
  const heads = [
    { text: words.doubtColumns.file },
    { text: words.labelledAs },
    { text: words.answeredAs },
    { text: words.doubtColumns.sureOfLabel, number: true },
  ];
  return section(
    words.headings.doubts,
    html`<p>${words.doubtsLead(doubts.length, format.whole(doubts.length), Math.min(doubts.length, LISTED_DOUBTS))}</p>`,
    few,
    table(heads, rows),
  );
}
