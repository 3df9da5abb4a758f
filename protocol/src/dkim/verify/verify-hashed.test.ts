import { describe, expect, test } from "vitest";
import { check, outcome, signed } from "../../../vectors/dkim/checking.ts";
import { body, crlf, forge, header, signatureTemplate } from "../../../vectors/dkim/example.ts";

describe("what is hashed", () => {
  const received = crlf("Received: A", "Received: B", "Received: C");
  test("DKIM-V-40 the last field not used yet is chosen", async () => {
    const text = signed({ h: "from:received:received" }, { header: received + header });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("Received: A", "Received: X"))).toBe("pass");
    expect(await outcome(text.replace("Received: B", "Received: X"))).toBe("fail signature-mismatch");
  });
  test("DKIM-V-41 a name without a field holds the place: adding one breaks the signature", async () => {
    const text = signed({ h: "from:from:subject:cc" });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("From:", "From: a@example.net\r\nFrom:"))).toBe("fail signature-mismatch");
    expect(await outcome(text.replace("From:", "Cc: a@example.net\r\nFrom:"))).toBe("fail signature-mismatch");
  });
  test("DKIM-V-42 the order of h= counts", async () => {
    expect(await outcome(signed({ h: "from:to:subject" }).replace("h=from:to:", "h=to:from:"))).toBe(
      "fail signature-mismatch",
    );
  });
  test("DKIM-V-19 h= cannot choose the signature itself", async () => {
    expect(await outcome(signed({ h: "from:dkim-signature" }))).toBe("pass");
  });
  test("DKIM-V-19 an entry that would choose it goes on to the field above", async () => {
    const [above, below] = [signed({ t: "1" }), signed({ t: "2" })].map((text) => text.slice(0, text.indexOf("From:")));
    const itself = forge(signatureTemplate({ h: "from:dkim-signature:dkim-signature" }), {
      header: `${above}${below}${header}`,
    });
    const results = async (top: string): Promise<string[]> =>
      (await check(`${top}${itself}${below}${header}\r\n${body}`)).map(({ result }) => result);
    expect(await results(above!)).toEqual(["pass", "pass", "pass"]);
    expect(await results(above!.replace("t=1", "t=3"))).toEqual(["fail", "fail", "pass"]);
    expect(await results("")).toEqual(["fail", "pass"]);
  });
  test("DKIM-V-45 an older signature that is covered keeps its b=", async () => {
    const older = signed();
    const covered = older.slice(0, older.indexOf("From:")) + header;
    const text = signed({ h: "from:dkim-signature" }, { header: covered });
    expect((await check(text)).map(({ result }) => result)).toEqual(["pass", "pass"]);
    const broken = await check(text.replace(/(b=[^;]{8})([^]*?b=)[^;]{4}(?=[^;]*Joe)/, "$1$2AAAA"));
    expect(broken.map(({ result }) => result)).toEqual(["fail", "fail"]);
  });
  test("DKIM-V-52 octets beyond ASCII are hashed as they are", async () => {
    const latin1 = header.replace("dinner", "d\xeener");
    for (const c of ["simple/simple", "relaxed/relaxed"])
      expect(await outcome(signed({ c }, { header: latin1 }))).toBe("pass");
  });
  test("DKIM-V-50 a line of white space alone ends no header", async () => {
    for (const c of ["simple/simple", "relaxed/relaxed"]) {
      const folded = header.replace("Is dinner", "Is\r\n \t\r\n dinner");
      const text = signed({ c, h: "from:to:subject:message-id" }, { header: folded });
      expect(await outcome(text)).toBe("pass");
      expect(await outcome(text.replace("Message-ID: <2003", "Message-ID: <2004"))).toBe("fail signature-mismatch");
    }
  });
  test("DKIM-V-66 the body is hashed as it stands: no dot is taken away, no transfer encoding undone", async () => {
    const dots = signed({}, { body: "..\r\n.a\r\n" });
    expect(await outcome(dots)).toBe("pass");
    expect(await outcome(dots.replace("..\r\n", ".\r\n"))).toBe("fail body-hash-mismatch");
    const encoded = `${header}Content-Transfer-Encoding: quoted-printable\r\n`;
    const text = signed({}, { header: encoded, body: "caf=C3=A9=\r\n au lait\r\n" });
    expect(await outcome(text)).toBe("pass");
    for (const same of ["caf\xc3\xa9 au lait\r\n", "caf=c3=a9=\r\n au lait\r\n", "caf=C3=A9 au lait\r\n"]) {
      expect(await outcome(text.slice(0, text.indexOf("caf=")) + same)).toBe("fail body-hash-mismatch");
    }
  });
  test("DKIM-V-65 bare line ends in the body are content", async () => {
    const text = signed({}, { body: "a\nb\r\n" });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("a\nb", "a\r\nb"))).toBe("fail body-hash-mismatch");
  });
  test("DKIM-V-60 DKIM-V-61 a message without a body", async () => {
    for (const c of ["simple/simple", "relaxed/relaxed"]) {
      const text = forge(signatureTemplate({ c }), { body: "" }) + header;
      expect(await outcome(text)).toBe("pass");
      expect(await outcome(`${text}\r\n`)).toBe("pass");
    }
  });
});
