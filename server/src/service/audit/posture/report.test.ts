import { describe, expect, test } from "vitest";
import type { SeenMessage, SeenSignature } from "../../../model/audit/evidence/mail.ts";
import { auditZone, sound, soundBut, type World, type Zone } from "./findings.fixture.ts";

describe("the records in a line each", () => {
  const rowsOf = async (zone: Zone, world: World = {}) =>
    Object.fromEntries(
      (await auditZone(zone, world)).posture.map(({ aspect, state, text }) => [aspect, `${state}: ${text}`]),
    );

  test("a sound domain", async () => {
    expect(await rowsOf(sound)).toEqual({
      DMARC: "set up: p=reject, from _dmarc.example.com",
      SPF: "set up: 0 of 10 look-ups, ends in -all",
      MX: "set up: mail.example.com",
      "MTA-STS": "not set up: senders may deliver without TLS",
      "TLS-RPT": "not set up: nobody is asked to report on failed TLS",
      BIMI: "not set up: no logo",
      DNSSEC: "not set up: no DS record for example.com: answers about it can be forged on the way",
    });
  });
  test("everything set up", async () => {
    const rows = await rowsOf(
      soundBut({
        "example.com": {
          TXT: "v=spf1 mx include:%{d}.example.net redirect=b.example",
          MX: "10 mail.example.com",
          DS: "1 13 2 00",
        },
        "b.example": { TXT: "v=spf1 -all" },
        "_mta-sts.example.com": { TXT: "v=STSv1; id=1" },
        "mta-sts.example.com": { A: "192.0.2.1" },
        "_smtp._tls.example.com": { TXT: "v=TLSRPTv1; rua=mailto:tls@example.com" },
        "default._bimi.example.com": { TXT: "v=BIMI1; l=https://example.com/l.svg" },
      }),
      {
        more: {
          fetchPolicy: () =>
            Promise.resolve({ state: "fetched", text: "version: STSv1\nmode: testing\nmx: *.example.com\nmax_age: 1" }),
        },
      },
    );
    expect(rows).toMatchObject({
      SPF: "set up: at least 3 of 10 look-ups, ends in redirect to b.example",
      "MTA-STS": "set up: mode testing, for *.example.com",
      "TLS-RPT": "set up: reports on failed TLS go to mailto:tls@example.com",
      BIMI: "set up: a logo at https://example.com/l.svg",
      DNSSEC: "set up: the parent of example.com has a DS record",
    });
  });
  test.each([
    [{ "example.com": { A: "192.0.2.1" } }, "not set up: none: mail goes to the address of the domain itself"],
    [{ "example.com": { TXT: "x" } }, "not set up: none, and no address: mail cannot be answered"],
    [{ "example.com": { MX: "0 ." } }, "set up: a null MX: the domain takes no mail"],
  ])("MX of %j", async (zone, said) => {
    expect((await rowsOf(zone)).MX).toBe(said);
  });
  test("no answer is not known", async () => {
    const rows = await rowsOf({ "example.com": { error: "SERVFAIL" }, "_dmarc.example.com": { error: "SERVFAIL" } });
    for (const aspect of ["DMARC", "SPF", "MX", "DNSSEC"]) expect(rows[aspect]).toBe("not known: DNS gave no answer");
  });
  test("a file of one zone does not show its parent's DS", async () => {
    expect(await rowsOf(sound, { evidence: { dns: "file" } })).toMatchObject({
      DNSSEC: "not known: the file does not show it",
    });
  });
});

describe("the DMARC policy in plain words", () => {
  const explained = async (zone: Zone, domain = "example.com") => (await auditZone(zone, { domain })).dmarcExplained;

  test("of a domain", async () => {
    expect(
      await explained(
        soundBut({
          "_dmarc.example.com": {
            TXT: "v=DMARC1; p=quarantine; sp=none; np=reject; aspf=s; pct=20; rua=mailto:d@example.com",
          },
        }),
      ),
    ).toEqual([
      "The record at _dmarc.example.com is the domain's own.",
      "Mail from example.com that fails DMARC: receivers are asked to treat it as suspicious, which mostly means the spam folder.",
      "Mail passes when a DKIM signature of example.com or another name of the same organization verifies, or SPF passes for exactly example.com. Only the signature survives forwarding.",
      "Names below example.com without a record of their own get none, and those that do not exist reject.",
      "Receivers are asked to send a daily summary to d@example.com.",
      "Receivers that still go by the old standard apply it to 20 of 100 messages (pct=); the new one has no such choice.",
    ]);
  });
  test("of a subdomain, in a test", async () => {
    const zone = soundBut({
      "_dmarc.example.com": { TXT: "v=DMARC1; p=none; sp=reject; t=y" },
      "news.example.com": { A: "192.0.2.1" },
    });
    expect(await explained(zone, "news.example.com")).toEqual([
      "news.example.com has no record of its own. The one at _dmarc.example.com applies: its sp= speaks for subdomains.",
      "Mail from news.example.com that fails DMARC: receivers are asked to treat it as suspicious, which mostly means the spam folder. The record says reject, and that it is a test (t=y): one level less.",
      "Mail passes when a DKIM signature of news.example.com or another name of the same organization verifies, or SPF passes for it. Only the signature survives forwarding.",
      "Names below example.com without a record of their own get reject, and those that do not exist reject.",
      "Nobody is asked to send reports.",
    ]);
  });
  test("DMARC-P-10 a subdomain's own record says nothing of the names below it", async () => {
    const zone = { ...sound, "_dmarc.news.example.com": { TXT: "v=DMARC1; p=reject; sp=none" } };
    expect(await explained(zone, "news.example.com")).not.toContainEqual(expect.stringContaining("Names below"));
  });
  test("DMARC-P-09 of a name that does not exist", async () => {
    const zone = soundBut({ "_dmarc.example.com": { TXT: "v=DMARC1; p=none; np=reject; rua=mailto:d@example.com" } });
    const [whose, asked] = await explained(zone, "made-up.example.com");
    expect(whose).toContain("its np= speaks for names that do not exist");
    expect(asked).toContain("refuse it");
  });
  test("DMARC-T-04 of a name with more than eight labels", async () => {
    const deep = "a.b.c.d.e.f.g.example.com";
    expect((await explained(sound, deep))[0]).toContain("more than 8 labels");
    expect((await explained(sound, "b.c.d.e.f.g.example.com"))[0]).not.toContain("labels");
    expect((await explained({ ...sound, [`_dmarc.${deep}`]: { TXT: "v=DMARC1; p=none" } }, deep))[0]).not.toContain(
      "labels",
    );
  });
  test("of names below it, where only those that do not exist differ", async () => {
    const zone = soundBut({ "_dmarc.example.com": { TXT: "v=DMARC1; p=quarantine; np=reject" } });
    expect(await explained(zone)).toContain(
      "Names below example.com without a record of their own get quarantine, and those that do not exist reject.",
    );
  });
  test("where there is none, and where nobody knows", async () => {
    expect(await explained({})).toEqual([expect.stringContaining("No DMARC record applies to example.com")]);
    expect(await explained({ "_dmarc.example.com": { error: "TIMEOUT" } })).toEqual([
      expect.stringContaining("DNS gave no answer"),
    ]);
  });
});

describe("what large receivers ask", () => {
  const signature = (more: Partial<SeenSignature> = {}): SeenSignature => ({
    signingDomain: "example.com",
    selector: "s1",
    algorithm: "rsa-sha256",
    identity: undefined,
    alignment: "strict",
    aligned: "yes",
    standing: "pass",
    now: { result: "pass", reason: undefined, detail: undefined },
    told: "pass",
    testing: false,
    bodyLength: undefined,
    uncoveredOctets: 0,
    timestamp: undefined,
    expiration: undefined,
    signedFields: ["from", "list-unsubscribe", "list-unsubscribe-post"],
    ...more,
  });
  const message = (more: Partial<SeenMessage> = {}): SeenMessage => ({
    file: "message.eml",
    at: undefined,
    authorDomain: "example.com",
    signatures: [signature()],
    spf: { result: "pass", domain: "example.com", aligned: "yes", source: "now" },
    receiver: undefined,
    path: { returnPath: undefined, client: undefined, clientIp: undefined },
    withinOrganization: false,
    presentFields: [],
    unsubscribe: { uris: { https: 1, mailto: 0, other: 0 }, oneClick: true },
    bulk: true,
    ...more,
  });
  const statesOf = async (zone: Zone, messages: SeenMessage[] | undefined, world: World = {}) => {
    const mail = messages && {
      organizationalDomain: "example.com",
      messages,
      otherMessages: 0,
      selectors: [],
      unread: [],
    };
    const { readiness } = await auditZone(zone, {
      selectors: ["s1"],
      ...world,
      evidence: { ...(mail && { mail }), ...world.evidence },
    });
    return (receiver: string): Record<string, string> =>
      Object.fromEntries(
        readiness
          .filter((one) => one.receiver === receiver)
          .map(({ requirement, state }) => [requirement.split(/[ ,]/).slice(0, 4).join(" "), state]),
      );
  };

  test("BULK-01 BULK-02 BULK-04 from DNS alone: only what DNS shows", async () => {
    const of = await statesOf(sound, undefined);
    expect(of("Microsoft")).toEqual({
      "Mail passes SPF": "needs evidence",
      "Mail passes DKIM": "needs evidence",
      "A DMARC record applies": "met",
      "The From domain is": "needs evidence",
    });
    expect(of("Gmail")["DKIM keys have 1024"]).toBe("met");
    expect(Object.values(of("Yahoo"))).not.toContain("not met");
  });
  test("BULK-02 from messages that pass", async () => {
    const of = await statesOf(sound, [message()], { more: { sendingAddresses: ["192.0.2.1"] } });
    expect(Object.values(of("Microsoft"))).toEqual(["met", "met", "met", "met"]);
    expect(of("Gmail")).toMatchObject({
      "Mail passes SPF or": "met",
      "Marketing mail has one-click": "met",
      "Sending addresses have names": "not met",
      "Mail is sent over": "needs evidence",
    });
  });
  test("a signature that fails beside one that passes is no matter", async () => {
    const of = await statesOf(sound, [message({ signatures: [signature({ standing: "fail" }), signature()] })]);
    expect(of("Microsoft")).toMatchObject({ "Mail passes DKIM": "met", "The From domain is": "met" });
  });
  test.each<[title: string, message: SeenMessage, requirement: string]>([
    [
      "SPF fails",
      message({ spf: { result: "fail", domain: "example.com", aligned: "yes", source: "now" } }),
      "Mail passes SPF",
    ],
    ["no signature passes", message({ signatures: [signature({ standing: "fail" })] }), "Mail passes DKIM"],
    [
      "nothing is aligned",
      message({
        signatures: [signature({ aligned: "no" })],
        spf: { result: "pass", domain: "example.net", aligned: "no", source: "now" },
      }),
      "The From domain is",
    ],
    [
      "BULK-04 no one-click",
      message({ unsubscribe: { uris: { https: 1, mailto: 0, other: 0 }, oneClick: undefined } }),
      "Marketing mail has one-click",
    ],
    [
      "BULK-04 one-click that is not signed",
      message({ signatures: [signature({ signedFields: ["from"] })] }),
      "Marketing mail has one-click",
    ],
  ])("%s", async (_title, seen, requirement) => {
    expect((await statesOf(sound, [message(), seen]))("Gmail")[requirement]).toBe("not met");
  });
  test.each<[title: string, neither: number, domain: string, state: string]>([
    ["all reported mail is aligned", 0, "example.com", "met"],
    ["some is not, which may be forged", 3, "example.com", "needs evidence"],
    ["of another domain", 0, "news.example.com", "needs evidence"],
  ])("BULK-02 from reports: %s", async (_title, neither, domain, state) => {
    const author = { domain, messages: 10 + neither, byDkim: 10, bySpfAlone: 0, neither };
    const reports = {
      reports: [],
      duplicates: 0,
      begin: undefined,
      end: undefined,
      messages: author.messages,
      otherMessages: 0,
      authorDomains: [author],
      signatures: [],
      sources: [],
      selectors: [],
      unread: [],
    };
    expect((await statesOf(sound, undefined, { evidence: { reports } }))("Gmail")["The From domain is"]).toBe(state);
  });
  test("what DNS shows of SPF is told, and decides nothing", async () => {
    const shown = async (zone: Zone) =>
      (await auditZone(zone)).readiness.find(({ requirement }) => requirement === "Mail passes SPF");
    expect(await shown(sound)).toMatchObject({
      state: "needs evidence",
      evidence: expect.stringContaining("there is an SPF record") as string,
    });
    expect(await shown(soundBut({ "example.com": { MX: "10 mail.example.com" } }))).toMatchObject({
      state: "needs evidence",
      evidence: expect.stringContaining("no SPF record that can be used") as string,
    });
  });
  test("BULK-02 no DMARC is not met", async () => {
    const of = await statesOf(soundBut({ "_dmarc.example.com": undefined }), undefined);
    expect(of("Yahoo")["A DMARC record applies"]).toBe("not met");
  });
  test("a domain that sends nothing is asked for nothing", async () => {
    const { readiness } = await auditZone(sound, { expectations: { parked: true } });
    expect(readiness).toEqual([]);
  });
});
