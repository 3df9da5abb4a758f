import { describe, expect, test } from "vitest";
import type { SeenSignature } from "../../evidence/mail.ts";
import { bodyLength } from "./body-length.ts";
import { fieldsUnsigned } from "./fields-unsigned.ts";
import { sha1 } from "./sha1.ts";
import { signatureExpired } from "./signature-expired.ts";
import { domain, failing, found, mail, message, now, signature, unalignedSignature } from "./test-mail.ts";

const signedBy = (...signatures: SeenSignature[]) => ({ mail: mail([message({ signatures })]) });
const keyName = `s1._domainkey.${domain}`;

describe("BodyLengthUsed", () => {
  test("a signature with l=, with what was added", () => {
    expect(found(bodyLength, signedBy(signature({ bodyLength: 10, uncoveredOctets: 1 })))).toMatchObject([
      {
        code: "BodyLengthUsed",
        severity: "medium",
        subject: keyName,
        summary: expect.stringMatching(/anybody can add .*; in 1 message somebody did$/),
        evidence: ["inbox.mbox, message 1: l=10, 1 octet of the body not covered"],
      },
    ]);
  });

  test("once for each key that does it", () => {
    const limited = signature({ bodyLength: 10 });
    const messages = [message({ signatures: [limited] }), message({ signatures: [limited] })];
    expect(found(bodyLength, { mail: mail(messages) })).toHaveLength(1);
    const others = [message({ signatures: [limited, signature({ bodyLength: 10, selector: "s2" })] })];
    expect(found(bodyLength, { mail: mail(others) })).toHaveLength(2);
  });

  test("nothing without l=, nor where only another's signature has it", () => {
    expect(found(bodyLength, signedBy(signature()))).toBe("passed");
    expect(found(bodyLength, signedBy(signature(), unalignedSignature("list.example", { bodyLength: 5 })))).toBe(
      "passed",
    );
    expect(found(bodyLength, signedBy(unalignedSignature("list.example", { bodyLength: 5 })))).toBe("does not apply");
    expect(found(bodyLength, {})).toBe("needs evidence");
  });
});

describe("Sha1Used", () => {
  test("a signature with SHA-1, also beside a better one", () => {
    const old = failing("sha1", { algorithm: "rsa-sha1", selector: "old" });
    expect(found(sha1, signedBy(signature(), old))).toMatchObject([
      { code: "Sha1Used", severity: "medium", subject: `old._domainkey.${domain}` },
    ]);
  });

  test("nothing with SHA-256, nor where another signs with SHA-1", () => {
    expect(found(sha1, signedBy(signature()))).toBe("passed");
    expect(found(sha1, signedBy(signature(), unalignedSignature("list.example", { algorithm: "rsa-sha1" })))).toBe(
      "passed",
    );
  });
});

describe("SignatureExpired", () => {
  const expired = failing("expired", { timestamp: now - 200, expiration: now - 100 });
  test("a signature that had expired when its message came", () => {
    expect(found(signatureExpired, signedBy(expired))).toMatchObject([
      {
        code: "SignatureExpired",
        severity: "medium",
        subject: keyName,
        evidence: [expect.stringMatching(/received 100 seconds after that$/)],
      },
    ]);
  });

  test("nothing where x= is to come, where there is none, and where the receiver took it", () => {
    expect(found(signatureExpired, signedBy(signature({ expiration: now + 100 })))).toBe("passed");
    expect(found(signatureExpired, signedBy(signature()))).toBe("passed");
    expect(found(signatureExpired, signedBy({ ...expired, standing: "pass", told: "pass" }))).toBe("passed");
  });
});

describe("FieldsUnsigned", () => {
  const signing = (...signedFields: string[]): SeenSignature => signature({ signedFields: ["from", ...signedFields] });
  const all = ["to", "subject", "date", "message-id"];

  test.each([
    ["Subject", signing("to", "date", "message-id"), "medium", "subject"],
    ["Date", signing("to", "subject", "message-id"), "medium", "date"],
    ["To and Message-ID", signing("subject", "date"), "low", "to, message-id"],
    [
      "Content-Type under l=",
      signature({ signedFields: ["from", ...all], bodyLength: 9 }),
      "medium",
      "mime-version, content-type",
    ],
  ])("%s", (_title, one, severity, fields) => {
    expect(found(fieldsUnsigned, signedBy(one))).toMatchObject([
      {
        code: "FieldsUnsigned",
        severity,
        subject: keyName,
        summary: expect.stringContaining(`leaves ${fields} unsigned`),
      },
    ]);
  });

  test("List-Unsubscribe, unless the offer of one click has its own finding", () => {
    const presentFields = ["from", ...all, "list-unsubscribe", "list-unsubscribe-post"];
    const listed = (https: number) =>
      message({
        signatures: [signing(...all)],
        presentFields,
        unsubscribe: { uris: { https, mailto: 0, other: 0 }, oneClick: true },
      });
    expect(found(fieldsUnsigned, { mail: mail([listed(0)]) })).toMatchObject([
      { severity: "medium", summary: expect.stringContaining("list-unsubscribe, list-unsubscribe-post") },
    ]);
    expect(found(fieldsUnsigned, { mail: mail([listed(1)]) })).toBe("passed");
  });

  test("what can be added is told beside it", () => {
    expect(found(fieldsUnsigned, signedBy(signing("to", "date", "from")))).toMatchObject([
      { evidence: [expect.stringMatching(/; a second one can be added of to, date$/)] },
    ]);
  });

  test.each([
    ["all that is there is signed, though nothing more", signedBy(signing(...all))],
    ["another passing signature of ours covers it", signedBy(signing("to"), signing(...all))],
  ])("nothing where %s", (_title, seen) => {
    expect(found(fieldsUnsigned, seen)).toBe("passed");
  });

  test("nothing of a signature that fails, or of another's", () => {
    expect(found(fieldsUnsigned, signedBy(failing("signature-mismatch", { signedFields: ["from"] })))).toBe(
      "does not apply",
    );
    expect(found(fieldsUnsigned, signedBy(unalignedSignature("esp.example", { signedFields: ["from"] })))).toBe(
      "does not apply",
    );
  });
});
