import process from "node:process";

/** Exit statuses of every command: 0 done or pass, 1 a negative verdict, 2 refused or wrong usage, 3 cannot be determined now. */
export const exitStatus = { done: 0, negative: 1, refused: 2, undetermined: 3 } as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** Of several causes: refused before negative before undetermined. */
export function worstOf(statuses: readonly ExitStatus[]): ExitStatus {
  for (const status of [exitStatus.refused, exitStatus.negative, exitStatus.undetermined])
    if (statuses.includes(status)) return status;
  return exitStatus.done;
}

/** Ends a command with a message for people on stderr. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
  readonly status: ExitStatus;
  constructor(message: string, status: ExitStatus = exitStatus.refused) {
    super(message);
    this.status = status;
  }
}

/** Results go to stdout, all else to stderr. A reader that went away (`| head`) ends the command quietly, a full disk does not. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
export function note(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitStatus.done);
  note(`chancery: standard output: ${error.message}`);
  process.exit(exitStatus.refused);
});
