import type { Estimate } from '../../../../shared/contract/common.ts';
import type { ClassResult } from '../../../../shared/contract/training.ts';
import { type JudgedComparison, smallestTellable } from '../../validation/comparison.ts';
import { giveOrTake, wilsonInterval } from '../../validation/intervals.ts';
import { whisker } from './charts.ts';
import { isTelling, noteText, section, table, type Writing } from './context.ts';
import { html, type Markup, name } from './html.ts';
import type { ComparisonValues } from './language/messages.ts';
import { confusedPairList } from './trust-sections.ts';

/** The first line of the report and what stands by it: doubts above, the weakest class below. */
export function headline(writing: Writing): Markup {
  const { data, words, format, multiLabel } = writing;
  const { accuracy, balancedAccuracy, macroF1, tested, notes } = data.results;
  const { value, low, high } = accuracy;
  const around = value === null || low === null || high === null ? null : giveOrTake(value, { low, high });
  const sentence = multiLabel ? words.headlineSets : words.headline;
  const title =
    value === null
      ? words.notJudged
      : sentence(format.whole(100 * value), around === null ? null : format.whole(around));
  const doubts = notes.filter((note) => !isTelling(note)).map((note) => noteText(writing, note));
  const estimate = (plain: string, term: string, of: Estimate) =>
    html`<dt>${plain} <span class="term">${term}</span></dt><dd>${format.percent(of.value)} <span class="soft">${words.interval95} ${format.range(of)}</span></dd>`;
  const right = multiLabel ? 'subsetAccuracy' : 'accuracy';
  return html`${doubts.length === 0 ? null : html`<aside class="doubt"><strong>${words.beforeYouBelieve}</strong><ul>${doubts.map((doubt) => html`<li>${doubt}</li>`)}</ul></aside>`}
<h1>${title}</h1>
${value === null ? null : html`<p class="lead">${words.tested(tested, format.whole(tested))}</p>`}
${weakest(writing)}
${
  value === null
    ? null
    : html`<dl>${estimate(words.plainTerms[right], words.terms[right], accuracy)}${estimate(words.plainTerms.balancedAccuracy, words.terms.balancedAccuracy, balancedAccuracy)}${estimate(words.plainTerms.macroF1, words.terms.macroF1, macroF1)}</dl>`
}`;
}

/** The class of which least is found, among those that were tested. */
function weakestClass(classes: readonly ClassResult[]): ClassResult | null {
  return classes.reduce<ClassResult | null>((worst, one) => {
    if (one.recall.value === null) return worst;
    return worst?.recall.value == null || one.recall.value < worst.recall.value ? one : worst;
  }, null);
}

function weakest({ data, words, format }: Writing): Markup | null {
  const worst = weakestClass(data.results.classes);
  if (worst === null || worst.recall.value === null) return null;
  const found = format.whole(worst.recall.value * worst.support);
  const sentence = words.weakest(
    found,
    format.whole(worst.support),
    format.percent(worst.recall.value, 0),
    format.range(worst.recall),
  );
  return html`<p class="lead">${words.weakestLabel}: <b>${name(worst.name)}</b>, ${sentence}.</p>`;
}

/** Strategies side by side, and in words what may be said of their differences. */
export function rivals(writing: Writing): Markup {
  const { data, words, format } = writing;
  const { run, accuracy, balancedAccuracy, baseline, tested } = data.results;
  const all = [
    { id: run.id as string, strategy: run.strategy, accuracy, balancedAccuracy, seconds: run.seconds },
    ...data.rivals,
  ];
  const row = (plain: Markup, of: Estimate, balanced: string, seconds: number | null, css?: string) => ({
    ...(css === undefined ? {} : { css }),
    cells: [
      plain,
      whisker(of, baseline, format),
      html`${format.percent(of.value)} <span class="soft">${format.range(of)}</span>`,
      balanced,
      format.seconds(seconds),
    ],
  });
  const rows = all.map((one) => {
    const { plain, term } = words.strategies[one.strategy];
    const own = one.id === run.id;
    const title = html`${plain}<span class="term">${term}${own ? ` · ${words.thisRun}` : ''}</span>`;
    return row(
      title,
      one.accuracy,
      format.percent(one.balancedAccuracy.value),
      one.seconds,
      own ? 'own' : undefined,
    );
  });
  const guessed = wilsonInterval(Math.round(baseline * tested), tested);
  const guess: Estimate = {
    value: tested === 0 ? null : baseline,
    low: guessed?.low ?? null,
    high: guessed?.high ?? null,
  };
  rows.push(
    row(html`${words.commonest.plain}<span class="term">${words.commonest.term}</span>`, guess, '—', null),
  );
  const heads = [
    { text: words.columns.strategy },
    { text: `0–${format.percent(1, 0)}` },
    {
      text: html`${words.columns.right}<span class="term">${words.terms.accuracy}, ${words.interval95}</span>`,
      number: true,
    },
    {
      text: html`${words.columns.balanced}<span class="term">${words.terms.balancedAccuracy}</span>`,
      number: true,
    },
    { text: words.columns.time, number: true },
  ];
  return section(
    words.headings.rivals,
    table(heads, rows, { caption: words.guessCaption }),
    comparisons(writing),
  );
}

function comparisons({ data, words, format }: Writing): Markup {
  const { run, accuracy, tested, groups } = data.results;
  const title = (id: string) => {
    const strategy = id === run.id ? run.strategy : data.rivals.find((rival) => rival.id === id)?.strategy;
    return strategy === undefined ? id : words.strategies[strategy].term;
  };
  const sentence = (one: JudgedComparison): string => {
    const differing = one.onlyFirstRight + one.onlySecondRight;
    const values: ComparisonValues = {
      first: title(one.first),
      second: title(one.second),
      points: format.points(one.difference),
      low: format.points(one.interval?.low ?? null),
      high: format.points(one.interval?.high ?? null),
      p: format.probability(one.adjustedP),
      test: words.tests[one.test],
      comparisons: data.comparisons.length,
      images: format.whole(one.images),
      differing: format.whole(differing),
    };
    const said = words[one.verdict](values);
    if (one.verdict !== 'noEvidence' || one.test === 'groupSwap') return said;
    const smallest = smallestTellable(one.images, differing);
    const more =
      smallest === null
        ? words.tooFewDiffer(values)
        : words.tellable(values, format.decimal(100 * smallest, 1));
    return `${said} ${more}`;
  };
  const sentences = data.comparisons.map(sentence);
  if (sentences.length === 0) sentences.push(words.noRivals);
  if (groups !== null) sentences.push(words.groupsTell);
  else if (accuracy.value !== null && tested > 0) {
    const standardError = 100 * Math.sqrt((accuracy.value * (1 - accuracy.value)) / tested);
    sentences.push(words.whatCanBeTold(format.whole(tested), format.decimal(standardError, 1)));
  }
  return html`<ul>${sentences.map((one) => html`<li>${capitalised(one)}</li>`)}</ul>`;
}

/** Terms are lower case in tables and may stand first in a sentence. */
const capitalised = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

/** Precision, recall and F1 of each class, each with its interval. */
export function classTable({ data, words, format }: Writing): Markup {
  const value = (of: Estimate) =>
    html`${format.percent(of.value)} <span class="soft">${format.range(of)}</span>`;
  const terms = ['recall', 'precision', 'f1'] as const;
  const heads = [
    { text: words.columns.class },
    { text: words.columns.images, number: true },
    ...terms.map((term) => ({
      text: html`${words.classColumns[term]}<span class="term">${words.terms[term]}, ${words.interval95}</span>`,
      number: true,
    })),
  ];
  const rows = data.results.classes.map((one) => ({
    cells: [
      html`${dot(one.colour)}${name(one.name)}`,
      format.whole(one.support),
      value(one.recall),
      value(one.precision),
      value(one.f1),
    ],
  }));
  const caption = terms.map((term) => `${words.classColumns[term]}: ${words.explain[term]}.`).join(' ');
  return section(words.headings.classes, table(heads, rows, { caption }));
}

/** The class's own colour, beside its name and never instead of it. */
function dot(colour: string): Markup | null {
  return /^#[0-9a-f]{6}$/i.test(colour) ? html`<span class="dot" style="background:${colour}"></span>` : null;
}

/** Labels against answers, shaded by the share of each label's images. */
export function confusionTable(writing: Writing): Markup {
  const { data, words, format } = writing;
  const { confusion, classes } = data.results;
  if (confusion === null) return section(words.headings.confusion, html`<p>${words.noConfusion}</p>`);
  const cell = (row: readonly number[], truth: number, answer: number) => {
    const images = row[answer]!;
    const whole = row.reduce((sum, one) => sum + one, 0);
    const css = images === 0 ? 'zero' : truth === answer ? 'hit' : 'miss';
    const share = whole === 0 ? 0 : images / whole;
    return html`<td class="${css}" style="--share:${share.toFixed(3)}">${format.whole(images)}</td>`;
  };
  return section(
    words.headings.confusion,
    html`<div class="scroll"><table class="confusion"><caption>${words.confusionCaption}</caption><thead><tr><th scope="col">${words.labelledAs} ↓ · ${words.answeredAs} →</th>${classes.map((one) => html`<th scope="col">${name(one.name)}</th>`)}</tr></thead><tbody>${confusion.map(
      (row, truth) =>
        html`<tr><th scope="row">${name(classes[truth]?.name ?? '')}</th>${row.map((_, answer) => cell(row, truth, answer))}</tr>
`,
    )}</tbody></table></div>`,
    confusedPairList(writing),
  );
}

/** What a picture in a report may be: inline, and nothing that could run. */
const PICTURE = /^data:image\/(?:png|jpeg|webp|avif|gif);base64,[A-Za-z0-9+/]+=*$/;

/** The most confident wrong answers with their pictures. */
export function mistakes({ data, words, format }: Writing): Markup {
  const { classes, mistakes: wrong } = data.results;
  if (wrong.length === 0) {
    return data.results.tested === 0
      ? html``
      : section(words.headings.mistakes, html`<p>${words.noMistakes}</p>`);
  }
  const names = (ids: readonly number[]) => {
    const found = ids.map((id) => classes.find((one) => one.classId === id)?.name ?? String(id));
    return found.length === 0
      ? words.nothingElse
      : found.map((one, index) => [index > 0 ? ', ' : '', name(one)]);
  };
  return section(
    words.headings.mistakes,
    html`<div class="mistakes">${wrong.map((mistake) => {
      const picture = data.thumbnails.get(mistake.imageId);
      const frame =
        picture !== undefined && PICTURE.test(picture)
          ? html`<div class="frame"><img src="${picture}" alt="${mistake.path}"></div>`
          : html`<div class="frame none">${words.noPicture}</div>`;
      return html`<figure>${frame}<figcaption>${words.labelledAs}: <b>${names(mistake.trueClassIds)}</b><br>${words.answeredAs}: <b>${names(mistake.predictedClassIds)}</b>, ${words.mistake(format.percent(mistake.confidence, 0))}<br>${name(mistake.path)}</figcaption></figure>
`;
    })}</div>`,
  );
}
