import { expect, test } from "vitest";
import { isGoogleDefaultOf } from "./default-domain.ts";

test.each<[string, string, boolean]>([
  ["example-com.20230601.gappssmtp.com", "example.com", true],
  ["example-com.20150623.gappssmtp.com", "example.com", true],
  ["example-com.20230601.gappssmtp.com", "news.example.com", true],
  ["news-example-com.20230601.gappssmtp.com", "news.example.com", true],
  ["a-b-example.20230601.gappssmtp.com", "a.b.example", true],
  ["a-b-example.20230601.gappssmtp.com", "a-b.example", true],
  ["example-net.20230601.gappssmtp.com", "example.com", false],
  ["com.20230601.gappssmtp.com", "example.com", false],
  ["example-com.gappssmtp.com", "example.com", false],
  ["example-com.20230601.notgappssmtp.com", "example.com", false],
  ["x.example-com.20230601.gappssmtp.com", "example.com", false],
])("%s for %s: %s", (signingDomain, domain, is) => expect(isGoogleDefaultOf(signingDomain, domain)).toBe(is));
