import { run } from "../../rig/peer.ts";
import { signingDomain, type Answer, type SigningOrder, type Signed } from "./peer.ts";

/**
 * A peer's program, run once for many messages. On its input each message is a line of words, the first of which is the number of
 * octets that follow; on its output each is a line: a word, a tab, and a detail, which for a signature is the field in hexadecimal.
 */
export type Program = { command: string; args: readonly string[]; install: string };

/** Some seconds on a machine that does nothing else. */
const secondsMax = 540;

async function runBatch(program: Program, verb: string, frames: readonly Buffer[], count: number): Promise<string[][]> {
  const { command, args, install } = program;
  const ran = await run(command, [...args, verb], { input: Buffer.concat(frames), seconds: secondsMax });
  const lines = ran.stdout.split("\n").slice(0, -1);
  if (ran.status !== 0 || lines.length !== count)
    throw new Error(
      `${command} ${args.join(" ")} ${verb}: status ${ran.status}, ${lines.length} of ${count} answers. Is ${install} installed?\n${ran.stderr.slice(-2000)}`,
    );
  return lines.map((line) => line.split("\t"));
}

const frame = (message: Buffer, ...words: readonly (string | number)[]): Buffer[] => [
  Buffer.from(`${[message.length, ...words].join(" ")}\n`),
  message,
];

export async function verifyBatch(program: Program, messages: readonly Buffer[]): Promise<Answer[]> {
  const frames = messages.flatMap((message) => frame(message));
  const lines = await runBatch(program, "verify", frames, messages.length);
  return lines.map(([verdict, detail = ""]) => {
    if (verdict !== "pass" && verdict !== "fail" && verdict !== "unusable")
      throw new Error(`${program.command} said: ${verdict}`);
    return { verdict, detail };
  });
}

/** The words behind the length: selector, domain, `c=`, names, oversigned, `i=`, seconds to `x=`, `l=`, `z=`; `-` for what is absent. */
export async function signBatch(program: Program, orders: readonly SigningOrder[]): Promise<Signed[]> {
  const frames = orders.flatMap((order) =>
    frame(
      order.message,
      order.selector,
      signingDomain,
      order.canonicalization,
      order.headers.join(":"),
      order.oversigned ? "oversigned" : "-",
      order.identity ?? "-",
      order.lifetimeSeconds ?? "-",
      order.bodyLength ? "length" : "-",
      order.copiedFields ? "copied" : "-",
    ),
  );
  const lines = await runBatch(program, "sign", frames, orders.length);
  return lines.map(([word, detail = ""]) =>
    word === "signed" ? { field: Buffer.from(detail, "hex") } : { refused: detail },
  );
}
