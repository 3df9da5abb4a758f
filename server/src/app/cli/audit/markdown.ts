import { visible } from "../table.ts";
import { type Block, type Document, type FindingBlock, findingLabels } from "./document.ts";

/** A report as Markdown (CommonMark with tables). What strangers wrote can make neither links nor markup. */
export const markdownOf = ({ title, blocks }: Document): string =>
  [`# ${plain(title)}`, ...blocks.map(blockMarkdown)].filter((part) => part !== "").join("\n\n");

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `## ${plain(block.text)}`;
    case "paragraph":
      return plain(block.text);
    case "finding":
      return findingMarkdown(block.finding);
    case "list":
      return block.items.map((item) => `- ${plain(item)}`).join("\n");
    case "table":
      return block.rows.length === 0
        ? ""
        : [block.head, block.head.map(() => "---"), ...block.rows.map((row) => row.map(plain))]
            .map((cells) => `| ${cells.join(" | ")} |`)
            .join("\n");
    case "steps":
      return block.steps
        .map(({ title, state, details }, at) =>
          [`${at + 1}. **${state}**: ${plain(title)}`, ...details.map((detail) => `   - ${plain(detail)}`)].join("\n"),
        )
        .join("\n");
    case "lines":
      return fenced(block.lines);
  }
}

function findingMarkdown(finding: FindingBlock): string {
  const { severity, code, subject, summary, symptoms, evidence, commands, remedy } = finding;
  const parts = [
    `### ${severity}: ${code}, ${plain(subject)}`,
    plain(summary),
    `**${findingLabels.symptoms}:** ${plain(symptoms)}`,
  ];
  if (evidence.length > 0) parts.push(`**${findingLabels.evidence}:**`, fenced(evidence));
  if (commands.length > 0) parts.push(`**${findingLabels.commands}:**`, fenced(commands));
  return [...parts, `**${findingLabels.remedy}:** ${plain(remedy)}`].join("\n\n");
}

/** A fence longer than any run of backticks inside it ends only where it should (CommonMark §4.5). */
function fenced(lines: readonly string[]): string {
  const text = lines.map(visible).join("\n");
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** Every ASCII punctuation character that can mean something, escaped (CommonMark §2.4). */
const plain = (text: string): string =>
  visible(text)
    .replace(/[\\`*_{}[\]<>()#+!|~&$]/g, "\\$&")
    .replace(/(https?|ftp|mailto):/gi, "$1\\:")
    .replace(/@/g, "&#64;")
    .replace(/\bwww\./gi, "www&#46;");
