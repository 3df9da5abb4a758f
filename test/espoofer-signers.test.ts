// The attacks of espoofer by a customer of ours: what the relay and the milter answer.
import { splitHeader } from "chancery/mail";
import { verify } from "chancery/dkim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attackMessage, attacks, type Attack } from "./hostile/espoofer.ts";
import { Signers } from "./hostile/signers.ts";

let signers: Signers;
beforeAll(async () => {
  signers = await Signers.start();
});
afterAll(() => signers.close());

const honest = "From: <app@attack.test>\r\nTo: <victim@example.net>\r\nSubject: hello\r\n\r\nhello\r\n";

describe("the relay refuses", () => {
  test.each(attacks.map((attack) => [attack.id, attack.idea, attack] as const))(
    "espoofer %s: %s",
    async (_id, _idea, attack) => {
      expect(await signers.submit(attack.mailFrom, attackMessage(attack))).toEqual(attack.relay);
      expect(signers.sink.messages).toEqual([]);
    },
  );

  test.each(attacks.filter(({ relay }) => relay.at === "MAIL").map((attack) => [attack.id, attack] as const))(
    "espoofer %s with an honest MAIL FROM",
    async (_id, attack) => {
      expect((await signers.submit("any@attack.test", attackMessage(attack))).reply).toBe(
        "550 5.7.1 legitimate.test is not a verified domain of this sender",
      );
    },
  );
});

/** Header fields as an MTA gives them to a milter: name and value. */
const fieldsOf = (attack: Attack): [string, string][] => {
  const header = attackMessage(attack).slice(0, attackMessage(attack).indexOf("\r\n\r\n") + 2);
  const fields = splitHeader(Buffer.from(header, "latin1"));
  if (!fields.ok) throw new Error(fields.problem);
  return fields.value.map(({ raw }) => [
    raw.slice(0, raw.indexOf(":")),
    raw.slice(raw.indexOf(":") + 1).replace(/\r\n$/, ""),
  ]);
};

describe("the milter rejects", () => {
  test.each(attacks.map((attack) => [attack.id, attack.idea, attack] as const))(
    "espoofer %s: %s",
    async (_id, _idea, attack) => {
      const [reply, ...more] = await signers.filter(fieldsOf(attack));
      expect(more).toEqual([]);
      expect(reply).toMatch(/^y550 5\.7\.1 /);
    },
  );
});

test("what the relay signs for its customer verifies: the refusals above are not because nothing is signed", async () => {
  expect((await signers.submit("any@attack.test", honest)).reply).toMatch(/^250 /);
  await expect.poll(() => signers.sink.messages.length).toBe(1);
  const [verification] = await verify(signers.sink.messages[0]!.octets, {
    resolveTxt: async (name) => [[signers.records[name] ?? ""]],
  });
  expect(verification).toMatchObject({ result: "pass", signingDomain: "attack.test" });
});
