import { expect, test } from "vitest";
import { check, signed } from "../../../vectors/dkim/checking.ts";
import { body, ed25519Record, forge, header, resolver, signatureTemplate } from "../../../vectors/dkim/example.ts";
import { responsibleDomains } from "./responsible-domains.ts";
import { smtpReply } from "./smtp-reply.ts";
import { resultOf, type Reason } from "../signature/verdict.ts";
import type { Verification } from "./verification.ts";

const [passing] = await check(signed());
const failing = (reason: Reason): Verification => ({ ...passing!, result: resultOf[reason], reason, detail: "" });
const reasons = Object.keys(resultOf) as Reason[];
const reply = (...verifications: Verification[]): string | undefined => {
  const answer = smtpReply(verifications, "defer");
  return answer && `${answer.code} ${answer.enhancedCode}`;
};

test.each(reasons)(
  "DKIM-R-05 DKIM-R-06 %s: 451 4.7.5 for a key that cannot be fetched, and for nothing else",
  (reason) => {
    const temporary = reason === "dns-failure" || reason === "dns-timeout";
    expect(reply(failing(reason))).toBe(temporary ? "451 4.7.5" : undefined);
    expect(smtpReply([failing(reason)], "accept")).toBeUndefined();
  },
);

test("DKIM-R-06 a passing signature is enough, whatever is not known of the others", () => {
  const unknown = failing("dns-timeout");
  expect(reply(unknown, passing!)).toBeUndefined();
  expect(reply(passing!, unknown)).toBeUndefined();
  expect(reply(failing("body-hash-mismatch"), unknown)).toBe("451 4.7.5");
  expect(reply({ ...passing!, testing: true }, unknown)).toBe("451 4.7.5");
  expect(reply()).toBeUndefined();
});

test("DKIM-R-07 a message with bad signatures alone stands as an unsigned one does", async () => {
  const unsigned = await check(`${header}\r\n${body}`);
  const bad = await check(signed().replace("Hi.", "Ho."));
  expect(bad.map(({ result }) => result)).toEqual(["fail"]);
  for (const verifications of [bad, ...reasons.map((reason) => [failing(reason)])]) {
    expect(responsibleDomains(verifications)).toEqual(responsibleDomains(unsigned));
  }
  expect(reply(...bad)).toBe(reply(...unsigned));
});

test("DKIM-R-08 each domain that signed is named once, in the order of the fields, and no identity", async () => {
  const resolveTxt = resolver({
    "e._domainkey.example.net": ed25519Record,
    "e._domainkey.example.com": ed25519Record,
  });
  const foreign = forge(signatureTemplate({ d: "example.net", i: "joe@mail.example.net" }));
  const own = forge(signatureTemplate());
  const verifications = await check(`${foreign}${own}${own}${header}\r\n${body}`, { resolveTxt });
  expect(responsibleDomains(verifications)).toEqual(["example.net", "example.com"]);
});

test("DKIM-K-13 a key in testing mode makes no one responsible, whether its signature passes or not", async () => {
  const resolveTxt = resolver({ "e._domainkey.example.com": `${ed25519Record}; t=y` });
  const verifications = await check(signed(), { resolveTxt });
  expect(verifications).toMatchObject([{ result: "pass", testing: true }]);
  expect(responsibleDomains(verifications)).toEqual([]);
  expect(responsibleDomains(await check(signed().replace("Hi.", "Ho."), { resolveTxt }))).toEqual([]);
});
