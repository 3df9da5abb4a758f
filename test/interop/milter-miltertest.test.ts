import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { always, type Milter, startMilter } from "./milter-rig.ts";

let milter: Milter;
beforeAll(async () => {
  milter = await startMilter();
});
afterAll(() => milter.server.close());

/** Runs a Lua script of OpenDKIM's miltertest on a connection `conn`; answers what it found wrong. */
async function miltertest(script: string): Promise<string> {
  const child = spawn("/usr/bin/miltertest", [], { stdio: ["pipe", "pipe", "pipe"] });
  const output: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.on("error", (error) => output.push(`miltertest cannot be run (apt-get install miltertest): ${error.message}`));
  child.stdin.on("error", () => {});
  child.stdin.end(`
    function must(problem) if problem ~= nil then error(problem) end end
    function answered(conn, reply) if mt.getreply(conn) ~= reply then error("reply " .. mt.getreply(conn)) end end
    conn = mt.connect("inet:${milter.server.port}@127.0.0.1")
    if conn == nil then error("no connection") end
    ${script}
  `);
  await once(child, "close");
  if (child.exitCode !== 0) output.push(`exit status ${child.exitCode}`);
  return output.join("");
}

/**
 * Offers ADDHDRS and CHGHDRS, and of the steps none that we want, so that every event is answered. Version 1.5 takes the two
 * numbers in the other order than it documents; 17 serves for both.
 */
const negotiate = (version: number): string => `must(mt.negotiate(conn, ${version}, 17, 17))`;

/** A message up to its end, each step answered. */
const message = `
  must(mt.conninfo(conn, "client.example", "192.0.2.1"))   answered(conn, SMFIR_CONTINUE)
  must(mt.helo(conn, "client.example"))                    answered(conn, SMFIR_CONTINUE)
  must(mt.macro(conn, SMFIC_MAIL, "i", "QID", "{auth_authen}", "alice"))
  must(mt.mailfrom(conn, "<a@example.com>", "SIZE=100"))   answered(conn, SMFIR_CONTINUE)
  must(mt.rcptto(conn, "<b@example.net>"))                 answered(conn, SMFIR_CONTINUE)
  must(mt.header(conn, "Subject", " x"))                   answered(conn, SMFIR_CONTINUE)
  must(mt.eoh(conn))                                       answered(conn, SMFIR_CONTINUE)
  must(mt.bodystring(conn, "Hello\\r\\n"))                   answered(conn, SMFIR_CONTINUE)
  must(mt.eom(conn))
`;

describe("miltertest, an MTA's side by other hands,", () => {
  test.each([2, 4, 6])("MLT-01 MLT-04 agrees with every reply in version %i", async (version) => {
    milter.decide = always({
      action: "accept",
      headerChanges: [{ kind: "insert", index: 0, name: "X-Seen", value: " yes" }],
    });
    const found = await miltertest(`
      ${negotiate(version)}
      ${message}
      answered(conn, SMFIR_ACCEPT)
      if not mt.eom_check(conn, MT_HDRINSERT, "X-Seen", "yes", 0) then error("nothing inserted") end
      mt.disconnect(conn)
    `);
    expect(found).toBe("");
  });

  test("MLT-23 reads our reply as meant", async () => {
    milter.decide = always({ action: "reject", reply: { code: 550, enhanced: "5.7.1", text: "no" } });
    const found = await miltertest(`
      ${negotiate(6)}
      ${message}
      if not mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", "no") then error("another reply") end
      mt.disconnect(conn)
    `);
    expect(found).toBe("");
  });

  test("sees its macros arrive", () => {
    expect(Object.fromEntries(milter.messages.at(-1)?.macros ?? [])).toEqual({ i: "QID", auth_authen: "alice" });
  });

  const steps = message.trim().split("\n");
  test.each(steps.map((_, count) => count))(
    "F-34 leaves nothing behind when it disconnects after %i steps",
    async (count) => {
      milter.decide = always({ action: "accept" });
      const found = await miltertest(`
      ${negotiate(6)}
      ${steps.slice(0, count).join("\n")}
      mt.disconnect(conn, false)
    `);
      expect(found).toBe("");
      for (let i = 0; i < 100 && milter.server.connections() > 0; i++) await sleep(10);
      expect(milter.server.connections()).toBe(0);
      expect(milter.faults).toEqual([]);
    },
  );
});
