import { describe, expect, test } from "vitest";
import { parse } from "./parse.ts";
import { registered } from "./registered.ts";

const left = (text: string): string[] =>
  registered(parse(`example.com; ${text}`)!.results).map(({ method, result, properties }) =>
    [`${method}=${result}`, ...properties.map((one) => `${one.ptype}.${one.property}`)].join(" "),
  );

describe("a decision rests on", () => {
  test.each<[title: string, text: string, expected: string[]]>([
    ["AR-07 no unknown method", "foo=pass; dkim=fail", ["dkim=fail"]],
    ["AR-07 no unknown result", "dkim=great; dmarc=bestguesspass", []],
    ["AR-07 no unknown ptype or property", "dkim=pass x-foo.d=a header.d=b header.x=c", ["dkim=pass header.d"]],
    ["AR-07 no name that every object has", "constructor=pass; toString=pass", []],
    ["AR-10 iprev", "iprev=permerror policy.iprev=192.0.2.1", ["iprev=permerror policy.iprev"]],
    ["AR-10 iprev knows no neutral", "iprev=neutral", []],
    [
      "AR-10 auth",
      "auth=pass smtp.auth=a@example.net smtp.mailfrom=b@example.net",
      ["auth=pass smtp.auth smtp.mailfrom"],
    ],
    [
      "AR-10 arc",
      "arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0",
      ["arc=pass smtp.remote-ip header.oldest-pass"],
    ],
    [
      "AR-11 dkim",
      "dkim=policy header.d=a header.i=@a header.s=b header.a=rsa-sha256 header.b=c",
      ["dkim=policy header.d header.i header.s header.a header.b"],
    ],
    ["AR-11 spf", "spf=softfail smtp.mailfrom=a smtp.helo=b", ["spf=softfail smtp.mailfrom smtp.helo"]],
    ["AR-11 dmarc", "dmarc=pass header.from=a policy.dmarc=none", ["dmarc=pass header.from policy.dmarc"]],
    ["AR-11 dmarc knows no policy", "dmarc=policy", []],
  ])("%s", (_title, text, expected) => {
    expect(left(text)).toEqual(expected);
  });
});
