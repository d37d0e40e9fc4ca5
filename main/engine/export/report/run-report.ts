import { startWriting } from './context.ts';
import { html, name, raw } from './html.ts';
import { certificate, curves, recipe, record, split } from './method-sections.ts';
import type { RunReport } from './report-data.ts';
import { classTable, confusionTable, headline, mistakes, rivals } from './result-sections.ts';
import { STYLE } from './style.ts';
import { certainty, doubtedLabels } from './trust-sections.ts';

/** Nothing may be loaded and nothing may run, whatever a name in the report says. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * Writes a run's results as one HTML file that needs nothing else: no script, no network, both themes, printable.
 * All names in `data` are taken for hostile and escaped.
 */
export function renderRunReport(data: RunReport): string {
  const writing = startWriting(data);
  const { words, format } = writing;
  const { run } = data.results;
  const program = ['Enxerto', data.versions.Enxerto].filter((part) => part !== undefined).join(' ');
  return html`<!doctype html>
<html lang="${data.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words.title(run.name)} · ${data.project}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header><p class="run">${name(data.project)} · ${name(run.name)} · ${format.date(run.createdAt)}</p></header>
<main>
${headline(writing)}
${rivals(writing)}
${classTable(writing)}
${confusionTable(writing)}
${mistakes(writing)}
${doubtedLabels(writing)}
${certainty(writing)}
${curves(writing)}
${recipe(writing)}
${split(writing)}
${certificate(writing)}
${record(writing)}
</main>
<footer>${words.written(format.date(data.writtenAt), program)}</footer>
</body>
</html>
`.text;
}
