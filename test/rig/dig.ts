import { run } from "./peer.ts";

/** What a name server said, as dig reads it. `rcode` is `no answer` when nothing came back. */
export type Dug = { rcode: string; authoritative: boolean; answers: string[] };

/** Asks one server one question with dig, over UDP unless told, following nothing. Answers are RDATA in presentation form. */
export async function dig(
  server: { host: string; port?: number },
  name: string,
  type: string,
  via: "udp" | "tcp" = "udp",
): Promise<Dug> {
  const args = [
    `@${server.host}`,
    "-p",
    String(server.port ?? 53),
    via === "tcp" ? "+tcp" : "+notcp",
    "+tries=1",
    "+time=3",
  ];
  const { stdout } = await run("dig", [...args, "+noall", "+comments", "+answer", name, type]);
  const answers = stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(";"))
    .map((line) => line.split(/\s+/).slice(4).join(" "));
  return {
    rcode: /status: (\w+)/.exec(stdout)?.[1] ?? "no answer",
    authoritative: /flags:[^;]*\baa\b/.test(stdout),
    answers,
  };
}
