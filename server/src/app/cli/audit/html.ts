import { visible } from "../table.ts";
import { type Block, type Document, type FindingBlock, findingLabels, type StepBlock } from "./document.ts";

/**
 * A report as one page that stands by itself: no script, no link, nothing loaded, so that it can be forwarded and opened
 * anywhere. What strangers wrote is text, never markup.
 */
export const htmlOf = ({ title, blocks }: Document): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${blocks.map(blockHtml).join("\n")}
</main>
</body>
</html>
`;

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h2>${escaped(block.text)}</h2>`;
    case "paragraph":
      return `<p>${escaped(block.text)}</p>`;
    case "finding":
      return findingHtml(block.finding);
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
    case "table":
      return block.rows.length === 0 ? "" : tableHtml(block.head, block.rows);
    case "steps":
      return `<ol>${block.steps.map(stepHtml).join("")}</ol>`;
    case "lines":
      return pre(block.lines);
  }
}

function findingHtml(finding: FindingBlock): string {
  const { severity, code, subject, summary, symptoms, evidence, commands, remedy } = finding;
  const several = (label: string, lines: readonly string[]): string =>
    lines.length === 0 ? "" : `<dt>${label}</dt><dd>${pre(lines)}</dd>`;
  return `<section class="finding ${escaped(severity)}">
<h3><span class="severity">${escaped(severity)}</span> ${escaped(code)} <code>${escaped(subject)}</code></h3>
<p>${escaped(summary)}</p>
<dl>
<dt>${findingLabels.symptoms}</dt><dd>${escaped(symptoms)}</dd>
${several(findingLabels.evidence, evidence)}
${several(findingLabels.commands, commands)}
<dt>${findingLabels.remedy}</dt><dd>${escaped(remedy)}</dd>
</dl>
</section>`;
}

const tableHtml = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join("")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`)
    .join("")}</tbody></table>`;

const stepHtml = ({ title, state, details }: StepBlock): string =>
  `<li><strong>${escaped(state)}</strong> ${escaped(title)}${details.map((detail) => `<br><small>${escaped(detail)}</small>`).join("")}</li>`;

const pre = (lines: readonly string[]): string => `<pre>${lines.map(escaped).join("\n")}</pre>`;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (character) => entities[character]!);

const style = `
:root { color-scheme: light dark; --line: #8884; --critical: #b3001b; --high: #c2410c; --medium: #a16207; --low: #2563eb; --info: #64748b; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin: 0 0 .3rem; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .4rem; } dd { margin: 0; }
.finding { border-left: .3rem solid var(--info); padding: .6rem 1rem; margin: 1rem 0; border-radius: .3rem; }
.severity { text-transform: uppercase; font-size: .75rem; font-weight: 700; }
${["critical", "high", "medium", "low", "info"].map((word) => `.finding.${word} { border-color: var(--${word}); } .finding.${word} .severity { color: var(--${word}); }`).join("\n")}
@media print { .finding { break-inside: avoid; } }
`;
