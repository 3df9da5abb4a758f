import { fromBase32hex, toBase32hex } from "../record/base32hex.ts";
import { readTypeBitmap, typeBitmap } from "../record/type-bitmap.ts";
import { allThatFollows, ofToken, type Field } from "./rdata-fields.ts";
import { typeName, typeNumber } from "../record/record.ts";

/** A record type by its mnemonic (RFC 4034 §3.2). */
const typeCovered: Field = {
  parse: ofToken(({ text }) => {
    const type = typeNumber(text);
    return type === undefined ? `not a record type: ${text}` : Uint8Array.of(type >> 8, type);
  }),
  format: (data, at) =>
    at + 2 > data.length ? undefined : { text: typeName(((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)), end: at + 2 },
};

/** A time as YYYYMMDDHHmmSS, or as seconds (RFC 4034 §3.2). */
const time: Field = {
  parse: ofToken(({ text }) => {
    const seconds = /^\d{14}$/.test(text) ? secondsOfDate(text) : /^\d{1,10}$/.test(text) ? Number(text) : undefined;
    if (seconds === undefined || seconds > 0xffff_ffff) return `not a time: ${text}`;
    return Uint8Array.of(seconds >>> 24, seconds >>> 16, seconds >>> 8, seconds);
  }),
  format: (data, at) => {
    if (at + 4 > data.length) return undefined;
    const seconds = new DataView(data.buffer, data.byteOffset + at, 4).getUint32(0);
    return { text: dateOfSeconds(seconds), end: at + 4 };
  },
};

const daySeconds = 86_400;
/** Days of four hundred years, after which the calendar repeats. */
const eraDays = 146_097;
/** From 1 March of the year 0, with which a year of the computation begins, to 1 January 1970. */
const epochDays = 719_468;

/** Years from March, so that a leap day is the last of its year: the months' lengths then follow one formula. */
function secondsOfDate(text: string): number | undefined {
  const [month, day] = [Number(text.slice(4, 6)), Number(text.slice(6, 8))];
  const year = Number(text.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const [hours, minutes, seconds] = [8, 10, 12].map((at) => Number(text.slice(at, at + 2))) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = year * 365 + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + dayOfYear;
  const total = (days - epochDays) * daySeconds + hours * 3600 + minutes * 60 + seconds;
  return total < 0 ? undefined : total;
}

function dateOfSeconds(seconds: number): string {
  const days = Math.floor(seconds / daySeconds) + epochDays;
  const era = Math.floor(days / eraDays);
  const dayOfEra = days - era * eraDays;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = ((monthFromMarch + 2) % 12) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const ofDay = seconds % daySeconds;
  const parts = [month, day, Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60];
  return String(year).padStart(4, "0") + parts.map((part) => String(part).padStart(2, "0")).join("");
}

/** Hexadecimal behind a length octet; `-` for none (RFC 5155 §3.3). */
const salt: Field = {
  parse: ofToken(({ text }) => {
    if (text === "-") return Uint8Array.of(0);
    if (!/^(?:[0-9a-f]{2}){1,255}$/i.test(text)) return `not a salt: ${text.slice(0, 40)}`;
    return Uint8Array.from([text.length / 2, ...Buffer.from(text, "hex")]);
  }),
  format: (data, at) => {
    const end = at + 1 + (data[at] ?? 0);
    if (at >= data.length || end > data.length) return undefined;
    return { text: end === at + 1 ? "-" : Buffer.from(data.subarray(at + 1, end)).toString("hex"), end };
  },
};

/** A hash in base32hex, behind a length octet (RFC 5155 §3.3). */
const hash: Field = {
  parse: ofToken(({ text }) => {
    const octets = fromBase32hex(text);
    return octets === undefined || octets.length === 0 || octets.length > 255
      ? `not a hash: ${text.slice(0, 40)}`
      : Uint8Array.from([octets.length, ...octets]);
  }),
  format: (data, at) => {
    const end = at + 1 + (data[at] ?? 0);
    if (end === at + 1 || end > data.length) return undefined;
    return { text: toBase32hex(data.subarray(at + 1, end)), end };
  },
};

/** Mnemonics up to the end; none is an empty bitmap (RFC 4034 §4.2, RFC 5155 §3.3). */
const types: Field = {
  parse: allThatFollows((tokens) => {
    const numbers = tokens.map((token) => typeNumber(token.text));
    const unknown = numbers.indexOf(undefined);
    return unknown < 0
      ? typeBitmap(numbers.filter((number) => number !== undefined))
      : `not a record type: ${tokens[unknown]?.text}`;
  }, "allowed"),
  format: (data, at) => {
    const read = readTypeBitmap(data, at);
    return read.ok ? { text: read.value.map(typeName).join(" "), end: data.length } : undefined;
  },
};

/** The fields of the DNSSEC types that no other type has. */
export const DNSSEC_FIELD = { typeCovered, time, salt, hash, types } as const satisfies Record<string, Field>;
