// CVE-2022-48521: a filter that removed forged fields from first to last left some behind, since each removal moved the rest.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { headerField, type HeaderField } from "../mail/header.ts";
import { addResults } from "./add-results.ts";
import type { AuthenticationResults } from "./authentication-results.ts";
import { believedResults } from "./believed-results.ts";
import { octetText } from "../mail/octets.ts";
import { stripForged } from "./strip-forged.ts";

const ours = "mx.example.org";
const blank = fc.constantFrom("", " ", "\t", "\r\n ", " (comment) ", " (a (b\\) c)) ", "\r\n\t(\r\n ) ");
const spelling = fc.constantFrom(
  ours,
  "MX.Example.ORG",
  `"${ours}"`,
  '"mx\\.example.org"',
  `${ours}.`,
  '"mx.\\e\\x\\ample.org"',
  "mx.(x)example.org",
);
const behind = fc.constantFrom(
  "; none",
  "; dkim=pass header.d=example.net",
  " 1; dmarc=pass",
  " 2; dmarc=pass",
  "; dmarc",
  ";",
  "",
  '; spf=pass reason="',
  "; dkim=pass (",
  ` \0; dkim=pass`,
  "\n; dkim=pass",
);
const name = fc.constantFrom(
  "Authentication-Results",
  "authentication-results",
  "AUTHENTICATION-RESULTS ",
  "Authentication-Results\t",
);
const forged = fc
  .tuple(name, blank, spelling, blank, behind)
  .map(([field, before, id, after, rest]) => `${field}:${before}${id}${after}${rest}\r\n`);
const honest = fc.constantFrom(
  "Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n",
  "Authentication-Results: mx.example.organization; none\r\n",
  "Authentication-Results: notmx.example.net; dmarc=pass header.from=mx.example.org\r\n",
  "ARC-Authentication-Results: i=1; mx.example.org; none\r\n",
  "X-Authentication-Results: mx.example.org; none\r\n",
  "Received: from mx.example.org by mx.example.org\r\n",
  "Subject: Authentication-Results: mx.example.org; none\r\n",
);
const header = fc.array(
  fc.oneof(
    forged.map((raw) => ({ raw, isForged: true })),
    honest.map((raw) => ({ raw, isForged: false })),
  ),
  {
    maxLength: 30,
  },
);

test("AR-18 whatever the number of forged fields and wherever they stand, none is left and nothing else is gone", () => {
  fc.assert(
    fc.property(header, (rows) => {
      const fields: HeaderField[] = rows.map(({ raw }) => headerField(octetText(new TextEncoder().encode(raw))));
      const left = rows.slice();
      // One by one in the order given, as a milter removes fields: by a place among those that are still there.
      for (const at of stripForged(fields, ours)) left.splice(at, 1);
      expect(left).toEqual(rows.filter(({ isForged }) => !isForged));
    }),
    { numRuns: 3000 },
  );
});

test("AR-18 what is left has nothing more to take away", () => {
  const octet = fc.string({ unit: "binary-ascii", maxLength: 4 });
  const noise = fc
    .array(fc.oneof(octet, blank, spelling, behind), { maxLength: 8 })
    .map((parts) => headerField(`Authentication-Results:${parts.join("")}\r\n`));
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 20 }), (fields) => {
      const left = fields.slice();
      for (const at of stripForged(fields, ours)) left.splice(at, 1);
      expect(stripForged(left, ours)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test("AR-18 whoever reads behind our border believes what we found, and nothing that came with the message", () => {
  const found: AuthenticationResults = {
    authservId: ours,
    version: null,
    results: [{ method: "dkim", version: null, result: "fail", reason: null, properties: [] }],
  };
  const received = headerField("Received: from mail.example.net by mx.example.org\r\n");
  fc.assert(
    fc.property(header, fc.nat(3), (rows, hops) => {
      const sent = rows.map(({ raw }) => headerField(octetText(new TextEncoder().encode(raw))));
      const arrived = [...Array.from({ length: hops }, () => received), ...addResults(sent, found, "outside")];
      expect(believedResults(arrived, ours, { receivedByOurs: hops })).toEqual(found.results);
    }),
    { numRuns: 2000 },
  );
});
