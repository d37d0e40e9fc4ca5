/** The report's whole style: calm, readable in both themes, on a phone and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2024; --soft: #5b6470; --line: #d9dde2;
  --accent: #2f7d4f; --doubt: #8a4b08; --doubt-back: #fdf4e7; --danger: #b3261e; --picture: #808080;
  --first: #0072b2; --second: #b84d00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17191c; --ink: #e6e8eb; --soft: #a0a8b2; --line: #363b42; --accent: #5fbf86;
    --doubt: #f3c27a; --doubt-back: #2b2417; --danger: #ff8a80; --first: #56b4e9; --second: #f0a06a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 32px 24px 64px; background: var(--paper); color: var(--ink);
  font: 14px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
bdi, .hash { overflow-wrap: anywhere; }
h1 { font-size: 28px; line-height: 1.2; font-weight: 650; margin: 4px 0 8px; }
h2 { font-size: 20px; line-height: 1.3; font-weight: 600; margin: 48px 0 12px; }
h3 { font-size: 16px; font-weight: 600; margin: 16px 0 8px; }
p { margin: 0 0 8px; max-width: 72ch; }
ul { margin: 0; padding-left: 20px; max-width: 76ch; } li { margin-bottom: 4px; }
.soft, .term, caption, figcaption { color: var(--soft); font-size: 12px; }
.term { display: block; }
.run { color: var(--soft); margin: 0; }
.lead { font-size: 16px; }
.doubt { border-left: 3px solid var(--doubt); background: var(--doubt-back); padding: 12px 16px; margin: 16px 0 24px;
  border-radius: 0 6px 6px 0; }
.doubt strong { color: var(--doubt); }
.danger { color: var(--danger); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0 0 8px; }
caption { text-align: left; caption-side: bottom; padding-top: 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; font-size: 12px; color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 144px; } td svg { max-width: none; }
.number { text-align: right; white-space: nowrap; }
td.number .soft { display: inline-block; min-width: 76px; margin-left: 4px; }
table.narrow { width: auto; } thead .term { font-weight: 400; }
tr.own th, tr.own td { font-weight: 650; } tr.own .soft, tr.own .term { font-weight: 400; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; border: 1px solid var(--soft);
  vertical-align: baseline; }
.confusion { width: auto; } .confusion th, .confusion td { padding: 8px 12px; }
.confusion td { text-align: right; min-width: 56px; border: 1px solid var(--line);
  background: color-mix(in srgb, var(--soft) calc(8% + var(--share) * 45%), transparent); }
.confusion td.hit { background: color-mix(in srgb, var(--accent) calc(var(--share) * 45%), transparent); font-weight: 650; }
.confusion td.zero { color: var(--soft); background: none; }
.confusion thead th { max-width: 120px; min-width: 80px; text-align: right; }
.narrow tbody th { min-width: 0; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); gap: 24px 16px; }
.mistakes figure { margin: 0; break-inside: avoid; }
.mistakes .frame { display: flex; align-items: center; justify-content: center; height: 112px; background: var(--picture);
  border-radius: 6px; overflow: hidden; color: #ffffff; }
.mistakes .frame.none { background: none; border: 1px dashed var(--line); color: var(--soft); }
.mistakes img { max-width: 100%; max-height: 100%; display: block; }
.mistakes figcaption { margin-top: 8px; } .mistakes figcaption b { color: var(--ink); font-weight: 600; font-size: 14px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 24px; }
.charts figure { margin: 0; } svg { display: block; max-width: 100%; height: auto; }
svg text { font: 12px system-ui, "Segoe UI", Roboto, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .axis { stroke: var(--line); } svg .tick { stroke: var(--line); stroke-dasharray: 2 4; }
svg .training { stroke: var(--first); fill: none; } svg .heldOut { stroke: var(--second); fill: none; stroke-dasharray: 6 4; }
svg .mean { stroke-width: 2.5; } svg .single { stroke-width: 1; opacity: 0.45; }
svg .whisker { stroke: var(--ink); stroke-width: 2; } svg .point { fill: var(--accent); } svg .guess { stroke: var(--soft); stroke-dasharray: 3 3; }
svg text.training { fill: var(--first); stroke: none; } svg text.heldOut { fill: var(--second); stroke: none; }
dl { display: grid; grid-template-columns: minmax(140px, max-content) 1fr; gap: 6px 24px; margin: 0 0 16px; }
dt { color: var(--soft); } dd { margin: 0; }
.hash { font: 12px/1.6 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
summary { cursor: pointer; color: var(--soft); } summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 600px) { body { padding: 16px 16px 48px; } h2 { margin-top: 32px; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } .run { font-size: 12px; } }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 12px; }
@media print {
  :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --accent: #2f7d4f;
    --doubt: #6b3a05; --doubt-back: #ffffff; --danger: #b3261e; --first: #0072b2; --second: #b84d00; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; }
  h2 { break-after: avoid; } tr, figure, .doubt { break-inside: avoid; } .scroll { overflow: visible; }
  details:not([open]) { display: none; }
}
`;
