// kill -9 of the name server while it answers: a resolver hears the right answer or nothing, never a wrong one.
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatMessage, parseMessage, RCODE, readTxt, TYPE } from "chancery/dns";
import { type Chancery, newChancery, whenRestarted } from "../rig/chancery.ts";
import { pause, temporaryDirectory } from "../rig/peer.ts";

const kills = 3;
const questionsPerSecond = 500;
const keys = 2000;
const directory = temporaryDirectory("nameserver-crash");
let chancery: Chancery;

beforeAll(async () => {
  chancery = await newChancery(undefined);
  await chancery.start();
  const records = Array.from(
    { length: keys },
    (_, index) => `k${index} TXT "v=DKIM1; k=rsa; p=${"A".repeat(200)}${index}"`,
  );
  const file = join(directory.path, "keys.example.zone");
  writeFileSync(
    file,
    ["$TTL 60", "@ SOA ns hostmaster 9 3600 600 86400 60", "@ NS ns", "ns A 192.0.2.53", ...records, ""].join("\n"),
  );
  const imported = await chancery.cli("zone", "import", file, "--origin", "keys.example");
  if (imported.status !== 0) throw new Error(imported.stderr);
});
afterAll(async () => {
  await chancery?.remove();
  directory.remove();
});

test("answers are right before, between and after, and the pauses are those of a restart", async () => {
  const asking = ask(chancery.listen.dns, questionsPerSecond);
  for (let kill = 0; kill < kills; kill++) {
    await pause(2);
    await whenRestarted(chancery, "nameserver", chancery.killRole("nameserver"));
  }
  await pause(2);
  const { asked, right, wrong, longestSilenceSeconds } = await asking.finish();
  console.info(
    `name server: ${asked} asked, ${right} answered, longest silence ${longestSilenceSeconds.toFixed(1)} s over ${kills} kills`,
  );
  expect(wrong).toEqual([]);
  expect(right).toBeGreaterThan(asked / 4);
  expect(longestSilenceSeconds).toBeLessThan(10);
});

/** Asks for one key after the other at a steady pace and judges every answer. */
function ask(server: { host: string; port: number }, perSecond: number) {
  const socket = createSocket("udp4");
  const wrong: string[] = [];
  let asked = 0;
  let right = 0;
  let lastAnswerMs = performance.now();
  let longestSilenceMs = 0;
  socket.on("error", () => {}); // a port that is closed for a moment
  socket.on("message", (octets) => {
    const answer = parseMessage(octets);
    const index = answer.ok ? answer.value.id % keys : -1;
    const text =
      answer.ok && answer.value.rcode === RCODE.NOERROR && answer.value.authoritative
        ? answer.value.answers.map(({ data }) => readTxt(data).join("")).join()
        : "";
    if (text === `v=DKIM1; k=rsa; p=${"A".repeat(200)}${index}`) right += 1;
    else wrong.push(answer.ok ? `rcode ${answer.value.rcode}, ${answer.value.answers.length} answers` : answer.problem);
    longestSilenceMs = Math.max(longestSilenceMs, performance.now() - lastAnswerMs);
    lastAnswerMs = performance.now();
  });
  const timer = setInterval(() => {
    for (let burst = 0; burst < perSecond / 50; burst++) {
      asked += 1;
      const id = asked % keys;
      const flags = {
        response: false,
        opcode: 0,
        authoritative: false,
        truncated: false,
        recursionDesired: false,
        recursionAvailable: false,
      };
      const more = {
        authenticData: false,
        checkingDisabled: false,
        rcode: 0,
        answers: [],
        authority: [],
        additional: [],
      };
      socket.send(
        formatMessage({
          id,
          ...flags,
          ...more,
          questions: [{ name: `k${id}.keys.example`, type: TYPE.TXT, class: 1 }],
        }),
        server.port,
        server.host,
      );
    }
  }, 20);
  return {
    finish: async () => {
      clearInterval(timer);
      await pause(1);
      socket.close();
      return { asked, right, wrong, longestSilenceSeconds: longestSilenceMs / 1000 };
    },
  };
}
