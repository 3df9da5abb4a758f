// Signatures and key records made to mislead or to break a verifier, each with the verdict that it has to come to.
import { describe, expect, test } from "vitest";
import { body, forge, header, signatureTemplate } from "../protocol/vectors/dkim/example.ts";
import { judge } from "./hostile/judge.ts";
import { keys, message, messages, signatures } from "./hostile/verifier-cases.ts";

describe.each([
  ["a signature with", signatures],
  ["a key record with", keys],
  ["a message with", messages],
])("%s", (_title, cases) => {
  test.each(cases.map((one) => [one.title, one] as const))(
    "%s",
    async (_title, { message: text, names, ...wanted }) => {
      const { verifications } = await judge(text, names);
      expect(
        verifications.map(({ result, reason }) => (reason === undefined ? result : `${result} ${reason}`)),
      ).toEqual(wanted.expected);
      const [first] = verifications;
      if (wanted.uncoveredFields !== undefined) expect(first?.uncoveredFields).toEqual(wanted.uncoveredFields);
      if (wanted.uncoveredOctets !== undefined) expect(first?.uncoveredOctets).toBe(wanted.uncoveredOctets);
      expect(first?.remarks ?? []).toEqual(wanted.remarks ?? []);
    },
  );
});

test("of a thousand signatures ten are evaluated, the aligned ones first, with ten look-ups", async () => {
  const foreign = Array.from({ length: 999 }, (_, at) => forge(signatureTemplate({ d: `${at}.example.net` }))).join("");
  const { verifications, asked } = await judge(`${foreign}${message()}`);
  expect(verifications).toHaveLength(1000);
  expect(verifications.at(-1)?.result).toBe("pass");
  expect(verifications.filter(({ reason }) => reason === "not-evaluated")).toHaveLength(990);
  expect(asked).toHaveLength(10);
});

test("a thousand copies of one signature cost one look-up", async () => {
  const signature = forge(signatureTemplate());
  const { verifications, asked } = await judge(`${signature.repeat(1000)}${header}\r\n${body}`);
  expect(verifications.filter(({ result }) => result === "pass")).toHaveLength(10);
  expect(asked).toHaveLength(1);
});
