/** Macro values by name, without braces: "i", "auth_authen", "daemon_name". */
export type Macros = ReadonlyMap<string, string>;

export type MacroStore = {
  /** Takes what a macro packet brought for one command, in place of what was known for it. */
  set(command: string, macros: Macros): void;
  /** The MAIL command begins: macros of an earlier message end, those that were just sent for it stay. */
  beginMessage(): void;
  endMessage(): void;
  /** The SMTP connection is over. */
  endConnection(): void;
  /** All that is known, later stages first in rank. */
  all(): Macros;
  /** Octets held, for budgets. */
  size(): number;
};

const connectionCommands = ["C", "H"];
const messageCommands = ["M", "R", "T", "L", "N", "B", "E"];

/**
 * Macros live as long as their stage: those of connect and HELO for the connection, all others for one message. What
 * one message said about its sender must never be read for the next one.
 */
export function createMacroStore(): MacroStore {
  const stages = new Map<string, Macros>();
  let mailIsNew = false;

  function forget(commands: readonly string[]): void {
    for (const command of commands) stages.delete(command);
  }

  return {
    set(command, macros) {
      if (command === "C") forget([...connectionCommands, ...messageCommands]);
      if (command === "M") {
        forget(messageCommands);
        mailIsNew = true;
      }
      if (connectionCommands.includes(command) || messageCommands.includes(command)) stages.set(command, macros);
    },
    beginMessage() {
      forget(mailIsNew ? messageCommands.filter((command) => command !== "M") : messageCommands);
      mailIsNew = false;
    },
    endMessage() {
      forget(messageCommands);
      mailIsNew = false;
    },
    endConnection() {
      stages.clear();
      mailIsNew = false;
    },
    all() {
      return new Map(
        [...connectionCommands, ...messageCommands].flatMap((command) => [...(stages.get(command) ?? [])]),
      );
    },
    size() {
      let total = 0;
      for (const macros of stages.values()) for (const [name, value] of macros) total += name.length + value.length;
      return total;
    },
  };
}
