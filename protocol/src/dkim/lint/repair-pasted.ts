import { trimFws } from "../../mail/octets.ts";
import { malformed, type KeyFinding, type Mistake } from "./finding.ts";
import { zoneLineValue } from "./zone-line.ts";

type Repair = { mistake: Mistake; problem: string; remedy: string; repair: (text: string) => string };

const asGiven = "paste the record again, exactly as it was given";
/** A tag of a key record as it is written, blanks before `=` allowed. */
const tag = "(?=[vkpthsgn] ?=)";

const entities: Record<string, string> = {
  "&quot;": '"',
  "&#34;": '"',
  "&#39;": "'",
  "&amp;": "&",
  "&#59;": ";",
  "&semi;": ";",
  "&#61;": "=",
  "&equals;": "=",
  "&#43;": "+",
  "&plus;": "+",
  "&#47;": "/",
  "&sol;": "/",
  "&nbsp;": " ",
  "&#160;": " ",
};
const typographic: Record<string, string> = { "；": ";", "＝": "=", "：": ":", "，": ",", "–": "-", "—": "-" };

/**
 * What pasting does to a record, each row with the way back. The rows run in this order over one text: what wraps the whole
 * comes off first, then what stands between the tags, then what is inside one.
 */
const repairs: readonly Repair[] = [
  {
    mistake: "invisible-characters",
    problem:
      "invisible characters stand in it (zero-width or no-break blanks, as web pages and word processors have them)",
    remedy: "copy the record from a plain text, and paste it without its format",
    repair: (text) =>
      text
        .replace(/[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+/g, "")
        .replace(/[\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g, " "),
  },
  {
    mistake: "html",
    problem: "HTML was pasted: entities like &quot; or tags like <br> stand for characters",
    remedy: "copy the record as the page shows it, not from the page's source",
    repair: (text) =>
      text
        .replace(/<\/?(?:br|p|div|span|code|pre|wbr)[ /]{0,3}>/gi, "")
        .replace(/&#?[a-z0-9]{2,6};/gi, (entity) => entities[entity.toLowerCase()] ?? entity),
  },
  {
    mistake: "url-encoded",
    problem: "characters are written as in a web address: %3D for =, %3B for ;",
    remedy: asGiven,
    repair: (text) =>
      text.replace(/%(3B|3D|2B|2F|20|22)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  },
  {
    mistake: "smart-quotes",
    problem: "a word processor has turned plain characters into typographic ones (“ ” ‘ ’ – ；)",
    remedy: "paste it through a plain text editor, without any quotes",
    repair: (text) =>
      text
        .replace(/[“”„‟«»]/g, '"')
        .replace(/[‘’‚‛]/g, "'")
        .replace(/[；＝：，–—]/g, (letter) => typographic[letter]!),
  },
  {
    mistake: "zone-line",
    problem: "a whole line of a zone file stands where the record's content alone belongs",
    remedy: "paste only what stands behind TXT, without quotes and brackets; in a zone file itself the line is right",
    repair: (text) => zoneLineValue(text) ?? text,
  },
  {
    mistake: "pem-armour",
    problem: "the lines -----BEGIN and END----- of a key file were pasted with the key",
    remedy: "publish the text between those lines behind p=, in one line",
    repair: (text) => {
      const inside = text.replace(/-{2,5} ?(?:BEGIN|END) (?:RSA )?PUBLIC KEY ?-{2,5}/g, " ");
      return inside === text ? text : inside.replaceAll("\n", " ");
    },
  },
  {
    mistake: "several-strings",
    problem: "it was pasted as several quoted strings, and the quotes and blanks between them were kept",
    remedy: "paste it as one string without quotes; the DNS host splits it by itself",
    repair: (text) => text.replace(/\\?"[ \n]*\\?"/g, ""),
  },
  {
    mistake: "escapes",
    problem: 'backslashes stand in it, as zone files and programs write them (\\; or \\")',
    remedy: "remove every backslash: a DNS host's form takes the record as it is",
    repair: (text) =>
      text
        .replace(/\\u003[dD]/g, "=")
        .replace(/\\[nrt]/g, " ")
        .replace(/\\(?=[;"'=: /+\\]|$)/g, ""),
  },
  {
    mistake: "quotes",
    problem: "quotes were pasted with it, and have become part of it",
    remedy: "remove the quotes",
    repair: (text) => withoutEnds(text.replaceAll('"', ""), " '`"),
  },
  {
    mistake: "line-breaks",
    problem: "line breaks stand inside it",
    remedy: "paste it as one line",
    repair: (text) =>
      text
        .replace(new RegExp(`\\n${tag}`, "g"), (_, at: number) => (";,".includes(text.charAt(at - 1)) ? " " : "; "))
        .replaceAll("\n", " "),
  },
  {
    mistake: "separators",
    problem: "something else than a semicolon stands between two tags, or nothing",
    remedy: "write it as v=DKIM1; k=rsa; p=…, with a semicolon behind each tag",
    repair: (text) =>
      oneBlank(text)
        .replace(new RegExp(` ?[,:|] ?${tag}`, "g"), "; ")
        .replace(new RegExp(`([^;]) ${tag}`, "g"), "$1; ")
        .replace(/([vkp]) ?: ?(?=DKIM1|rsa|ed25519|MI[GI])/gi, "$1="),
  },
  {
    mistake: "empty-tags",
    problem: "two semicolons stand side by side, or one at the start",
    remedy: "write one semicolon behind each tag",
    repair: (text) =>
      oneBlank(text)
        .replace(/(?:; ?){2,}/g, "; ")
        .replace(/^ ?; ?/, ""),
  },
  {
    mistake: "version",
    problem: "v=DKIM1 is misspelt",
    remedy: "write v=DKIM1, with these capitals and nothing behind it but a semicolon",
    repair: (text) =>
      /^v ?= ?DKIM1 ?(?:;|$)/.test(text)
        ? text
        : oneBlank(text).replace(/^ ?(?:v ?= ?)?=?DKIM[ -]?1(?:\.0|\.)? ?(?=;|$)/i, "v=DKIM1"),
  },
  {
    mistake: "capitals",
    problem: "tag names or the key type are in capitals",
    remedy: "write v=, k=, p= and rsa or ed25519 in lower case",
    repair: (text) =>
      text
        .replace(/(^|; ?)[VKPTHSGN](?= ?=)/g, (name) => name.toLowerCase())
        .replace(/(^|; ?)k ?= ?(?:rsa|ed25519)(?= ?;)/gi, (pair) => pair.toLowerCase()),
  },
  {
    mistake: "doubled-tag",
    problem: "the name of a tag, or the whole record, was pasted twice",
    remedy: "remove what stands there twice",
    repair: (text) => withoutRepetition(text),
  },
  {
    mistake: "version-not-first",
    problem: "v=DKIM1 is not the first tag",
    remedy: "move v=DKIM1 to the start",
    repair: (text) =>
      /; ?v ?= ?DKIM1 ?(?=;|$)/.test(text) && !/^ ?v ?=/.test(text)
        ? `v=DKIM1; ${text.replace(/; ?v ?= ?DKIM1 ?(?=;|$)/, "")}`
        : text,
  },
];

const oneBlank = (text: string): string => trimFws(text.replace(/ +/g, " "));

/** `p=p=`, a record that begins again inside p=, a record twice in a row, and tags that stand there twice word for word. */
function withoutRepetition(text: string): string {
  let once = text.replace(/([vkp]) ?= ?\1 ?=/g, "$1=");
  const again = once.search(/(?<=.)v ?= ?DKIM1/);
  if (again > 0) {
    const [first, second] = [bare(once.slice(0, again)), bare(once.slice(again))];
    // A form that had put "p=" there already, with the whole record pasted behind it.
    if (first === second || /^(?:v=DKIM1;)?(?:k=rsa;|k=ed25519;)?p=$/.test(first)) once = once.slice(again);
  }
  const tags = once.split(";").map(trimFws);
  const kept = new Set(tags.filter((one) => one !== ""));
  return kept.size === tags.filter((one) => one !== "").length ? once : [...kept].join("; ");
}

/** Without any of these characters at either end. */
function withoutEnds(text: string, characters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && characters.includes(text[start]!)) start++;
  while (end > start && characters.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

const bare = (text: string): string => text.replace(/ /g, "").replace(/;$/, "");

/** Undoes what pasting did. `text` is what was probably meant; the findings say what was undone. */
export function repairPasted(pasted: string): { text: string; findings: KeyFinding[] } {
  const findings: KeyFinding[] = [];
  // One blank or one line end at a time, so that no pattern below meets a long run of them.
  const single = pasted.replace(/[ \t\r\n]+/g, (run) => (/[\r\n]/.test(run) ? "\n" : " "));
  let text = trimFws(single);
  if (/^\n|\n$/.test(single)) findings.push(malformed("line-ends", "a line break stands before or behind it", asGiven));
  for (const { mistake, problem, remedy, repair } of repairs) {
    const repaired = repair(text);
    // Blanks that a row evens out on its way are no mistake of that row's.
    if (repaired !== text && repaired !== oneBlank(text)) findings.push(malformed(mistake, problem, remedy));
    text = trimFws(repaired);
  }
  return { text, findings };
}
