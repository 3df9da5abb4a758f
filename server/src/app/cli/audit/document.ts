/**
 * A report before it has a form: what is said, in order. Text, Markdown and HTML are made of the same blocks, so that all say
 * the same. Strings may hold anything that DNS or mail brought: each form makes them safe for itself.
 */
export type Document = { title: string; blocks: readonly Block[] };

export type Block =
  | { kind: "heading"; text: string }
  | { kind: "paragraph"; text: string }
  | { kind: "finding"; finding: FindingBlock }
  | { kind: "list"; items: readonly string[] }
  | { kind: "table"; head: readonly string[]; rows: readonly (readonly string[])[] }
  | { kind: "steps"; steps: readonly StepBlock[] }
  /** Lines that are kept as they are: a drawn chain, records, commands. */
  | { kind: "lines"; lines: readonly string[] };

export type FindingBlock = {
  severity: string;
  code: string;
  subject: string;
  summary: string;
  symptoms: string;
  evidence: readonly string[];
  commands: readonly string[];
  remedy: string;
};

export type StepBlock = { title: string; state: string; details: readonly string[] };

/** What stands before each part of a finding, the same in every form. */
export const findingLabels = {
  symptoms: "What you notice",
  evidence: "Seen",
  commands: "See it yourself",
  remedy: "What to do",
} as const;
