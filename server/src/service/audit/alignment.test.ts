import { expect, test } from "vitest";
import { alignerBy } from "./alignment.ts";

const resolverOf =
  (records: Record<string, string>, asked: string[] = []) =>
  (name: string) => {
    asked.push(name);
    const text = records[name];
    if (text === "SERVFAIL") return Promise.reject(Object.assign(new Error("no"), { code: "ESERVFAIL" }));
    return text === undefined
      ? Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }))
      : Promise.resolve([[text]]);
  };
const author = "customer.example";
const record = { "_dmarc.customer.example": "v=DMARC1; p=none" };

test.each([
  ["the same domain", record, author, { alignment: "strict", aligned: "yes" }],
  ["below it", record, `mail.${author}`, { alignment: "relaxed", aligned: "yes" }],
  [
    "below it, where the policy is strict",
    { "_dmarc.customer.example": "v=DMARC1; p=none; adkim=s" },
    `mail.${author}`,
    { alignment: "relaxed", aligned: "no" },
  ],
  ["below it, where no record says whose it is", {}, `mail.${author}`, { alignment: "relaxed", aligned: "yes" }],
  [
    "below it, where it says that it stands alone",
    { ...record, "_dmarc.mail.customer.example": "v=DMARC1; p=none; psd=n" },
    `mail.${author}`,
    { alignment: "none", aligned: "no" },
  ],
  ["beside it, where no record says whose it is", {}, "esp.example", { alignment: "none", aligned: "no" }],
  [
    "below it, where DNS does not answer",
    { "_dmarc.customer.example": "SERVFAIL" },
    `mail.${author}`,
    { alignment: "unknown", aligned: "unknown" },
  ],
  ["no domain at all", record, undefined, { alignment: "none", aligned: "no" }],
])("DMARC-E-03 a signing domain: %s", async (_title, records: Record<string, string>, signer, expected) => {
  expect(await alignerBy(resolverOf(records)).compare("dkim", author, signer)).toEqual(expected);
});

test("the organizational domain is found once, however often it is asked for", async () => {
  const asked: string[] = [];
  const aligner = alignerBy(resolverOf(record, asked));
  expect(await aligner.organizationalDomainOf(`a.b.${author}`)).toBe(author);
  const before = asked.length;
  expect(await aligner.organizationalDomainOf(`a.b.${author}`)).toBe(author);
  expect(asked.length).toBe(before);
});

test("strangers' domains are not walked for without end", async () => {
  const asked: string[] = [];
  const aligner = alignerBy(resolverOf(record, asked));
  for (let at = 0; at < 100; at++) await aligner.compare("dkim", author, `s${at}.customer.example`);
  expect(asked.length).toBeLessThan(100);
});
