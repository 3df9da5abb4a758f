import { table, visible } from "../table.ts";
import { type Block, type Document, type FindingBlock, findingLabels, type StepBlock } from "./document.ts";

/** A report for a terminal. */
export const textOf = ({ title, blocks }: Document): string =>
  [visible(title), ...blocks.map(blockText)].filter((part) => part !== "").join("\n\n");

function blockText(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `${visible(block.text)}\n${"-".repeat(block.text.length)}`;
    case "paragraph":
      return visible(block.text);
    case "finding":
      return findingText(block.finding);
    case "list":
      return block.items.map((item) => `  ${visible(item)}`).join("\n");
    case "table":
      return block.rows.length === 0 ? "" : indented(table(block.head, block.rows));
    case "steps":
      return block.steps.map(stepText).join("\n");
    case "lines":
      return block.lines.map((line) => `  ${visible(line)}`).join("\n");
  }
}

function findingText({ severity, code, subject, summary, symptoms, evidence, commands, remedy }: FindingBlock): string {
  const several = (label: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`  ${label}:`, ...items.map((item) => `    ${visible(item)}`)];
  return [
    `${severity.toUpperCase()}  ${code}  ${visible(subject)}`,
    `  ${visible(summary)}`,
    `  ${findingLabels.symptoms}: ${visible(symptoms)}`,
    ...several(findingLabels.evidence, evidence),
    ...several(
      findingLabels.commands,
      commands.map((command) => `$ ${command}`),
    ),
    `  ${findingLabels.remedy}: ${visible(remedy)}`,
  ].join("\n");
}

/** The longest state, so that titles stand below each other. */
const stateWidth = "needs evidence".length;
const stepText = ({ title, state, details }: StepBlock, at: number): string =>
  [
    `  ${`${at + 1}`.padStart(2)}  ${state.padEnd(stateWidth)}  ${visible(title)}`,
    ...details.map((detail) => `      ${" ".repeat(stateWidth)}  ${visible(detail)}`),
  ].join("\n");

const indented = (text: string): string => text.replace(/^/gm, "  ");
