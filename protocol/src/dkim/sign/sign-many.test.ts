import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { body, ed25519Key, header, now, octets, rsaKey, rsaPrivateKey } from "../../../vectors/dkim/example.ts";
import { octetText } from "../../mail/octets.ts";
import { CannotSign } from "./cannot-sign.ts";
import { signMany, type SignManyOptions } from "./sign-many.ts";
import { aheadMessagesMax } from "./sign-pool.ts";
import { SignThread, type Signed } from "./sign-thread.ts";
import { sign, type SignOptions } from "./sign.ts";

const options: SignManyOptions = { keys: [ed25519Key], now, threads: 2 };
/** More than are signed without threads. */
const many = 700;
const message = (at: number): Uint8Array => octets(`${header}\r\n${body}${`line ${at}\r\n`.repeat(at % 7)}`);
const messages = (count: number): Uint8Array[] => Array.from({ length: count }, (_, at) => message(at));
const text = (signed: Signed): string => (signed.ok ? octetText(signed.fields) : signed.refusal.code);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, more = options): Promise<string[]> {
  const texts: string[] = [];
  for await (const signed of signMany(source, more)) texts.push(text(signed));
  return texts;
}

/** What `sign` gives for each of the messages. */
const signedAlone = await Promise.all(messages(many).map(async (each) => octetText(await sign(each, options))));

test.each([0, 1, 2, undefined])(
  "each message gets what sign gives, in the order of the messages: %s threads",
  async (threads) => {
    const { threads: _, ...rest } = options;
    const more = threads === undefined ? rest : { ...rest, threads };
    expect(await collect(messages(many), more)).toEqual(signedAlone);
  },
);

test("several keys, one as PEM, make several signatures of each message", async () => {
  const pem = { ...rsaKey, privateKey: rsaPrivateKey.export({ type: "pkcs8", format: "pem" }) as string };
  const keys = [pem, ed25519Key];
  const [first, ...others] = await collect(Array<Uint8Array>(540).fill(message(1)), { ...options, keys });
  expect(first).toBe(octetText(await sign(message(1), { keys, now })));
  expect(new Set(others)).toEqual(new Set([first]));
});

test("messages that are parts of one large buffer are signed as they are", async () => {
  const whole = Buffer.concat(messages(many));
  let end = 0;
  const parts = messages(many).map(({ length }) => whole.subarray(end, (end += length)));
  expect(await collect(parts)).toEqual(signedAlone);
});

test("a refused message has its refusal in its place, and the others are signed", async () => {
  const source = messages(many);
  for (const at of [0, 3, many - 2]) source[at] = octets(`${header}\r\na bare\nline feed\r\n`);
  source[many - 3] = octets("Subject: nobody\r\n\r\n");
  const expected = signedAlone
    .with(0, "bare-line-end")
    .with(3, "bare-line-end")
    .with(many - 2, "bare-line-end");
  expect(await collect(source)).toEqual(expected.with(many - 3, "no-from"));
});

test("wrong options are refused before a message is taken", async () => {
  const untouched = (function* () {
    expect.unreachable();
    yield message(0);
  })();
  const wrong: Partial<SignManyOptions>[] = [{ keys: [] }, { lifetimeSeconds: -1 }, { headers: ["Subject"] }];
  for (const each of wrong) {
    await expect(signMany(untouched, { ...options, ...each }).next()).rejects.toThrow(CannotSign);
  }
  await expect(signMany(untouched, { ...options, threads: -1 }).next()).rejects.toThrow(RangeError);
});

test("a message that is too large to be copied in one go has its place among the others", async () => {
  const source = messages(many);
  source[many - 2] = Buffer.concat([source[0]!, Buffer.alloc(17 * 1024 * 1024, "line\r\n"), octets("\r\n")]);
  const texts = await collect(source);
  expect(texts[many - 2]).toBe(octetText(await sign(source[many - 2]!, options)));
  expect(texts[many - 1]).toBe(octetText(await sign(source[many - 1]!, options)));
});

test("no messages, no results", async () => {
  expect(await collect([])).toEqual([]);
});

test("no more messages are taken ahead than the threads need", async () => {
  let taken = 0;
  const endless = (function* () {
    for (;;) {
      taken++;
      yield message(0);
    }
  })();
  let results = 0;
  for await (const signed of signMany(endless, options)) {
    expect(signed.ok).toBe(true);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    expect(taken - ++results).toBeLessThanOrEqual(2 * aheadMessagesMax);
    if (results === many) break;
  }
  expect(taken).toBeGreaterThan(many);
});

test("the rest of the program goes on while messages are taken that are there already", async () => {
  const large = Buffer.concat([octets(`${header}\r\n`), Buffer.alloc(256 * 1024, "line\r\n"), octets("\r\n")]);
  let turn = 0;
  let immediate = setImmediate(function others() {
    turn++;
    immediate = setImmediate(others);
  });
  const turns: number[] = [];
  const source = (function* () {
    while (turns.push(turn) <= 100) yield large;
  })();
  await collect(source, { ...options, threads: 8 });
  clearImmediate(immediate);
  for (const each of turns) expect(turns.filter((other) => other === each).length).toBeLessThanOrEqual(5);
});

test("a source that waits for each result before its next message gets it", async () => {
  const results: Signed[] = [];
  const source = (async function* () {
    for (const [at, each] of messages(many).entries()) {
      for (; results.length < at; await nextTurn());
      yield each;
    }
  })();
  for await (const signed of signMany(source, options)) results.push(signed);
  expect(results.length).toBe(many);
});

test("what the source throws comes out behind the results of the messages before it", async () => {
  const broken = (async function* () {
    yield* messages(many);
    throw new Error("the disk is gone");
  })();
  let results = 0;
  const all = async (): Promise<void> => {
    for await (const signed of signMany(broken, options)) if (signed.ok) results++;
  };
  await expect(all()).rejects.toThrow("the disk is gone");
  expect(results).toBe(many);
});

test("leaving early ends the source", async () => {
  let ended = false;
  const source = (function* () {
    try {
      for (;;) yield message(0);
    } finally {
      ended = true;
    }
  })();
  for await (const signed of signMany(source, options)) if (signed.ok) break;
  expect(ended).toBe(true);
});

test("an abort ends the iteration with its reason, also when the source hangs", async () => {
  const aborter = new AbortController();
  const hanging = (async function* () {
    yield* messages(many);
    aborter.abort(new Error("enough"));
    await new Promise(() => {});
  })();
  await expect(collect(hanging, { ...options, signal: aborter.signal })).rejects.toThrow("enough");
  await expect(collect(messages(1), { ...options, signal: aborter.signal })).rejects.toThrow("enough");
});

test("a thread that breaks is an error that says so, now and for later calls", async () => {
  const thread = new SignThread({} as SignOptions);
  const error: unknown = await thread.sign([message(0)]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringContaining("signing thread"), cause: expect.any(TypeError) });
  await expect(thread.sign([message(0)])).rejects.toBe(error);
  await thread.close();
});

test.each(["", "break;", "throw 1;"])("threads do not outlive the iteration: %s", async (leave) => {
  const program = `
    import { generateKeyPairSync } from "node:crypto";
    import { signMany } from ${JSON.stringify(new URL("sign-many.ts", import.meta.url).href)};
    const { privateKey } = generateKeyPairSync("ed25519");
    const keys = [{ signingDomain: "example.com", selector: "s", privateKey }];
    const message = Buffer.from("From: a@example.com\\r\\n\\r\\nx\\r\\n");
    let count = 0;
    try {
      for await (const { ok } of signMany(Array(${many}).fill(message), { keys, threads: 2 })) {
        if (!ok) throw new Error("refused");
        if (++count === 600) { ${leave} }
      }
    } catch {}
    console.log(count);`;
  // It ends by itself when nothing is left that runs.
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  expect(Number(stdout)).toBe(leave === "" ? many : 600);
});

test("what is no message ends the iteration with a clear error, behind the results before it", async () => {
  const source = [...messages(3), null as unknown as Uint8Array];
  const texts: string[] = [];
  const all = async (): Promise<void> => {
    for await (const signed of signMany(source, options)) texts.push(text(signed));
  };
  await expect(all()).rejects.toThrow("a message of signMany is no Uint8Array");
  expect(texts).toEqual(await collect(messages(3)));
});
