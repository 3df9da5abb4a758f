import { describe, expect, test } from "vitest";
import { ACTION, negotiate, PROTOCOL, type Wanted } from "./negotiate.ts";
import { writeUint32 } from "./packet.ts";

const signer: Wanted = { requiredActions: ACTION.ADDHDRS };
const verifier: Wanted = {
  requiredActions: ACTION.ADDHDRS | ACTION.CHGHDRS,
  optionalActions: ACTION.QUARANTINE,
};
const allProtocol = 0x1f_ffff;

function offer(version: number, actions: number, protocol: number): Uint8Array {
  const payload = new Uint8Array(12);
  writeUint32(payload, 0, version);
  writeUint32(payload, 4, actions);
  writeUint32(payload, 8, protocol);
  return payload;
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

test("MLT-02 the action bits are those of the protocol", () => {
  expect(ACTION).toEqual({
    ADDHDRS: 0x1,
    CHGBODY: 0x2,
    ADDRCPT: 0x4,
    DELRCPT: 0x8,
    CHGHDRS: 0x10,
    QUARANTINE: 0x20,
    CHGFROM: 0x40,
    ADDRCPT_PAR: 0x80,
    SETSYMLIST: 0x100,
  });
});

test("MLT-03 the protocol bits are those of the protocol", () => {
  const byBit = [
    ["NOCONNECT", 0],
    ["NOHELO", 1],
    ["NOMAIL", 2],
    ["NORCPT", 3],
    ["NOBODY", 4],
    ["NOHDRS", 5],
    ["NOEOH", 6],
    ["NR_HDR", 7],
    ["NOUNKNOWN", 8],
    ["NODATA", 9],
    ["SKIP", 10],
    ["RCPT_REJ", 11],
    ["NR_CONN", 12],
    ["NR_HELO", 13],
    ["NR_MAIL", 14],
    ["NR_RCPT", 15],
    ["NR_DATA", 16],
    ["NR_UNKN", 17],
    ["NR_EOH", 18],
    ["NR_BODY", 19],
    ["HDR_LEADSPC", 20],
    ["MDS_256K", 28],
    ["MDS_1M", 29],
  ] as const;
  expect(PROTOCOL).toEqual(Object.fromEntries(byBit.map(([name, bit]) => [name, 2 ** bit])));
});

describe("MLT-01", () => {
  test.each([
    { peer: 2, agreed: 2 },
    { peer: 4, agreed: 4 },
    { peer: 6, agreed: 6 },
    { peer: 7, agreed: 6 },
  ])("with a version $peer peer version $agreed is agreed", ({ peer, agreed }) => {
    const answer = negotiate(offer(peer, 0x3f, 0x7f), signer);
    expect(answer.ok && answer.value.agreed).toEqual({ version: agreed, actions: 1, protocol: 0 });
    expect(answer.ok && hex(answer.value.reply)).toBe(`0000000d4f0000000${agreed}0000000100000000`);
  });

  test("every protocol bit is agreed only where the MTA offers it, and only where it is wanted", () => {
    const wanted = 0x1b_f780;
    for (let bit = 0; bit < 32; bit++) {
      const offered = 2 ** bit;
      const answer = negotiate(offer(6, 0x1ff, offered), signer);
      const expected = bit < 21 && (wanted & offered) !== 0 ? offered : 0;
      expect(answer.ok && answer.value.agreed.protocol, `bit ${bit}`).toBe(expected);
    }
  });

  test("events that a signer needs are never skipped, and the end of the header is answered", () => {
    const answer = negotiate(offer(6, 0x1ff, 0xffff_ffff), signer);
    expect(answer.ok && answer.value.agreed.protocol).toBe(0x1b_f780);
  });

  test.each([
    { wanted: signer, offered: 0x1fe, problem: "the MTA does not offer ADDHDRS" },
    { wanted: verifier, offered: 0x1ef, problem: "the MTA does not offer CHGHDRS" },
    { wanted: verifier, offered: 0, problem: "the MTA does not offer ADDHDRS, CHGHDRS" },
  ])("without a needed action it fails and says so: $problem", ({ wanted, offered, problem }) => {
    expect(negotiate(offer(6, offered, allProtocol), wanted)).toMatchObject({ ok: false, problem });
  });

  test("MLT-02 a signer asks for ADDHDRS alone, a verifier for CHGHDRS and where offered QUARANTINE", () => {
    const agreedActions = (wanted: Wanted, offered: number): number | false => {
      const answer = negotiate(offer(6, offered, allProtocol), wanted);
      return answer.ok && answer.value.agreed.actions;
    };
    expect(agreedActions(signer, 0x1ff)).toBe(0x1);
    expect(agreedActions(verifier, 0x1ff)).toBe(0x31);
    expect(agreedActions(verifier, 0x1ff & ~0x20)).toBe(0x11);
  });

  test.each([
    { name: "short", payload: new Uint8Array(11), problem: "the MTA's offer is shorter than 12 octets" },
    { name: "empty", payload: new Uint8Array(0), problem: "the MTA's offer is shorter than 12 octets" },
    { name: "of version 1", payload: offer(1, 0x3f, 0x7f), problem: "the MTA speaks milter version 1" },
  ])("an offer that is $name is refused", ({ payload, problem }) => {
    expect(negotiate(payload, signer)).toMatchObject({ ok: false, problem });
  });

  test("an offer with octets to spare is read", () => {
    const longer = new Uint8Array(20);
    longer.set(offer(6, 0x1ff, allProtocol));
    expect(negotiate(longer, signer).ok).toBe(true);
  });
});

describe("MLT-26", () => {
  const asking: Wanted = {
    ...signer,
    macros: { connect: ["j", "daemon_name"], mail: ["auth_authen"], endOfHeader: ["i"] },
  };

  test("macros are asked for by stage where the MTA takes a list", () => {
    const answer = negotiate(offer(6, 0x1ff, 0), asking);
    expect(
      answer.ok &&
        Buffer.from(answer.value.reply)
          .subarray(5 + 12)
          .toString("latin1"),
    ).toBe("\0\0\0\0j {daemon_name}\0\0\0\0\x02{auth_authen}\0\0\0\0\x06i\0");
    expect(answer.ok && answer.value.agreed.actions).toBe(0x101);
  });

  test("an MTA that takes no list gets none", () => {
    const answer = negotiate(offer(6, 0xff, 0), asking);
    expect(answer.ok && answer.value.reply.length).toBe(17);
  });
});
