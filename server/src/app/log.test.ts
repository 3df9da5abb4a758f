import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { makeLog } from "./log.ts";

/** A pipe whose reader takes nothing until it is told to. */
function stuckPipe() {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  let isRead = false;
  const pipe = new Writable({
    decodeStrings: false,
    write: (line: string, _, taken) => {
      lines.push(line);
      if (isRead) taken();
      else waiting.push(taken);
    },
  });
  const read = (): void => {
    isRead = true;
    for (const taken of waiting.splice(0)) taken();
  };
  return { pipe, lines, read };
}

test("a log that nobody reads holds nothing up and keeps a megabyte; how many lines were lost is said later", () => {
  const { pipe, lines, read } = stuckPipe();
  const log = makeLog("nameserver", "info", pipe);
  for (let line = 0; line < 3000; line++) log.info({ text: "x".repeat(1000) }, "much");
  expect(pipe.writableLength).toBeLessThan(1024 * 1024 + 2000);
  read();
  const last = JSON.parse(lines.at(-1) ?? "") as { msg: string; lines: number };
  expect(last.msg).toBe("log lines were lost: nobody read them in time");
  expect(last.lines + lines.length - 1).toBe(3000);
});

test("a reader of the log that is gone is no reason to stop", async () => {
  const gone = new Writable({ write: (_line, _encoding, taken) => taken(new Error("EPIPE")) });
  const log = makeLog("nameserver", "info", gone);
  log.info({}, "one");
  await new Promise((closed) => gone.once("close", closed));
  expect(() => log.info({}, "another")).not.toThrow();
});
