import process from "node:process";
import { Command, CommanderError } from "commander";
import { RoleFailed } from "../supervisor.ts";
import { version } from "../version.ts";
import { CommandFailed, exitStatus, note } from "./exit.ts";
import { visible } from "./table.ts";

/** A group of commands. Each file under `commands/` adds its own to the program and loads the rest when it runs. */
type AddCommands = (program: Command) => void;

const groups: (() => Promise<AddCommands>)[] = [
  async () => (await import("./commands/up.ts")).addUp,
  async () => (await import("./commands/config.ts")).addConfig,
  async () => (await import("./commands/doctor.ts")).addDoctor,
  async () => (await import("./commands/tenant.ts")).addTenant,
  async () => (await import("./commands/token.ts")).addToken,
  async () => (await import("./commands/sender.ts")).addSender,
  async () => (await import("./commands/domain.ts")).addDomain,
  async () => (await import("./commands/stream.ts")).addStream,
  async () => (await import("./commands/records.ts")).addRecords,
  async () => (await import("./commands/zone.ts")).addZone,
  async () => (await import("./commands/nameserver.ts")).addNameServer,
  async () => (await import("./commands/key.ts")).addKey,
  async () => (await import("./commands/policy.ts")).addPolicy,
  async () => (await import("./commands/fleet.ts")).addFleet,
  async () => (await import("./commands/import.ts")).addImport,
  async () => (await import("./commands/rolls.ts")).addRolls,
  async () => (await import("./commands/report.ts")).addReport,
  async () => (await import("./commands/verify.ts")).addVerify,
  async () => (await import("./commands/sign.ts")).addSign,
  async () => (await import("./commands/trace.ts")).addTrace,
  async () => (await import("./commands/audit.ts")).addAudit,
  async () => (await import("./commands/provider.ts")).addProvider,
  async () => (await import("./commands/watch.ts")).addWatch,
  async () => (await import("./commands/lab.ts")).addLab,
];

/** Every command, not yet run. */
export async function chanceryProgram(): Promise<Command> {
  const program = new Command("chancery")
    .description(
      "DKIM delegation: host the keys, sign the mail, rotate without breaking it, and see who can sign as you",
    )
    .version(version)
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText("after", "\nExample:\n  $ chancery up");
  for (const group of groups) (await group())(program);
  inherit(program);
  return program;
}

/** Runs one command line to its end and sets the exit status. Only this catches; what is not expected is a bug and shows its stack. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const program = await chanceryProgram();
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    process.exitCode = statusOf(error);
  }
}

/** Commander does not hand these settings down by itself. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showSuggestionAfterError().version(version).helpCommand(false);
    inherit(child);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) {
    // A group without a sub-command prints its help, which is wrong usage; --help and --version are not.
    return error.exitCode === 0 ? exitStatus.done : exitStatus.refused;
  }
  if (error instanceof CommandFailed) {
    // A message repeats names that came from elsewhere; its own lines stay lines.
    note(`chancery: ${error.message.split("\n").map(visible).join("\n")}`);
    return error.status;
  }
  if (error instanceof RoleFailed) {
    note(`chancery: ${error.message}`);
    return exitStatus.refused;
  }
  throw error;
}
