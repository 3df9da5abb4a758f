/**
 * The changes that are known to break signatures: what each one is, who makes it, and what helps. This table is the closed list;
 * `docs/why-signatures-break.md` shows each with an example. Sentences are for people who do not know the RFCs.
 */
export const knownChanges = {
  // The body
  "footer-added": {
    what: "text was added at the end of the body",
    who: "a mailing list, a disclaimer or virus-scanner footer",
    cure: "let the list or gateway leave the body alone, add the footer before signing, or have the forwarder sign again (and seal with ARC)",
  },
  "text-added-above": {
    what: "text was added at the top of the body",
    who: "a gateway that marks external mail",
    cure: "verify before the gateway adds its banner, or let it add the banner as a header field",
  },
  "mime-part-added": {
    what: "a part was added to the multipart body",
    who: "a mailing list or disclaimer footer, added as an attachment of its own",
    cure: "let the list or gateway leave the body alone, or have the forwarder sign again (and seal with ARC)",
  },
  "wrapped-in-multipart": {
    what: "the body was wrapped in a new multipart, with a new MIME boundary",
    who: "a mailing list or gateway that adds a footer to mail that is not plain text",
    cure: "let the list or gateway leave the body alone, or have the forwarder sign again (and seal with ARC)",
  },
  "re-encoded": {
    what: "the body was given another transfer encoding (8bit, quoted-printable, base64)",
    who: "a mail server that hands on to one without 8BITMIME; mailing lists; Exchange",
    cure: "send 7-bit messages: let the application encode text as quoted-printable or base64 before it is signed",
  },
  "base64-rewrapped": {
    what: "the base64 lines were wrapped at another length",
    who: "a gateway that takes messages apart and puts them together again",
    cure: "wrap base64 at 76 characters before signing; let the gateway hand on the octets it got",
  },
  "long-lines-broken": {
    what: "long lines were broken in two",
    who: "a mail server that keeps to the limit of 998 octets a line",
    cure: "wrap or encode the text before signing: no line over 998 octets",
  },
  "trailing-blanks-added": {
    what: "blanks were added at the ends of lines",
    who: "a gateway or editor on the way",
    cure: "sign with c=relaxed/relaxed: it does not look at blanks there",
  },
  "trailing-blanks-stripped": {
    what: "blanks at the ends of lines were taken away",
    who: "a gateway on the way, or a copy by hand",
    cure: "sign with c=relaxed/relaxed: it does not look at blanks there",
  },
  "line-ends-changed": {
    what: "line ends were changed: the signed text and this one do not end their lines alike (CRLF, LF alone, CR alone)",
    who: "a signer that signs before the text has CRLF line ends, or a program that stores mail as text",
    cure: "give the signer the message with CRLF everywhere, as SMTP will carry it",
  },
  "dot-stuffing-left-in": {
    what: "lines that begin with a dot have one dot more than when they were signed",
    who: "a program that speaks SMTP and does not take the protecting dot away",
    cure: "mend the program that receives: RFC 5321 section 4.5.2 has the dot removed",
  },
  "dot-stuffing-signed": {
    what: "lines that begin with a dot had one dot more when they were signed",
    who: "a signer that signs the text after SMTP's protecting dots were put in",
    cure: "sign the message before it is dot-stuffed",
  },
  "from-lines-quoted": {
    what: "lines that begin with From were given a > (or lost it)",
    who: "mail stored in an mbox file on the way",
    cure: "encode such lines before signing (quoted-printable =46rom), or do not pass mail through mbox files",
  },
  "empty-lines-above": {
    what: "empty lines at the top of the body were added or taken away",
    who: "a gateway that writes header and body anew",
    cure: "let the gateway hand on the octets it got",
  },
  "signed-without-body": {
    what: "the signature was made for an empty body",
    who: "a signer that was given the header alone, or signed before the body was there",
    cure: "mend the signer: it has to be given the whole message",
  },
  // The header
  "subject-tagged": {
    what: "a tag was added to the Subject",
    who: "a mailing list ([list]), a spam filter or an [EXTERNAL] gateway",
    cure: "let the list or gateway leave the Subject alone, or have it sign again (and seal with ARC)",
  },
  "from-rewritten": {
    what: "the From field was rewritten",
    who: "a mailing list or forwarder that puts its own address there because of DMARC",
    cure: "nothing at the author's side: whoever rewrites From has to sign with its own domain",
  },
  "field-added": {
    what: "a header field was added that the signature says is not there",
    who: "a mailing list (Reply-To, Sender, List-…) or a mail server that completes messages (Date, Message-ID, MIME-Version)",
    cure: "complete the message before it is signed; do not name fields in h= that later hands add rightly (Sender, List-…)",
  },
  "field-removed": {
    what: "a signed header field was taken away",
    who: "a mail server or list that removes fields (Bcc, Sender, Reply-To, MIME fields)",
    cure: "do not sign fields that are removed on the way (Bcc, Return-Path), or let them stay",
  },
  "field-replaced": {
    what: "a signed header field was given another value; the signed one stands in another field",
    who: "a provider or list that puts its own Message-ID, Date or sender there",
    cure: "let the last system that replaces fields sign, or do not sign what it replaces",
  },
  "field-changed": {
    what: "a signed header field was changed; the copy in the signature (z=) tells what it was",
    who: "some system on the way",
    cure: "find the system by comparing the message before and after each hop",
  },
  "fields-reordered": {
    what: "fields of one name were put in another order",
    who: "a program that sorts header fields",
    cure: "let the program hand on the fields as they came; sign only fields that occur once",
  },
  "white-space-changed": {
    what: "white space or folds of a header field were changed",
    who: "a mail server that folds header fields anew",
    cure: "sign with c=relaxed/relaxed, and fold long fields at spaces before signing",
  },
  "name-case-changed": {
    what: "the name of a header field was written in other letters (upper or lower case)",
    who: "a program that writes header fields anew",
    cure: "sign with c=relaxed/relaxed: it does not look at the case of names",
  },
  "encoded-word-changed": {
    what: "a header field was encoded in another way (=?utf-8?…?= or plain)",
    who: "a mailing list, a gateway, or a server without SMTPUTF8",
    cure: "encode header fields before signing; let the system on the way leave them alone",
  },
  "address-list-rewritten": {
    what: "an address list was written in another way (spaces, quotes, angle brackets), with the same addresses",
    who: "a mail server that takes addresses apart and writes them anew (Sendmail, Exchange)",
    cure: 'write addresses the usual way before signing: "Name" <address>, one space after each comma',
  },
  "date-rewritten": {
    what: "the Date was written in another way",
    who: "a mail server or program that writes dates anew",
    cure: "write the date as RFC 5322 has it before signing: Tue, 01 Jul 2003 10:52:37 +0200",
  },
  "content-type-rewritten": {
    what: "the Content-Type was written in another way, or was given or lost a parameter",
    who: "a gateway that takes messages apart and puts them together again",
    cure: "let the gateway hand on the octets it got",
  },
  // The signature itself
  "signature-field-rewritten": {
    what: "the DKIM-Signature field itself was written in another way (white space, or the case of letters)",
    who: "a mail server that folds header fields anew",
    cure: "sign with c=relaxed/relaxed, and write h= with folds only after colons and a space",
  },
  "canonicalization-mislabelled": {
    what: "the signature was made by another canonicalization than its c= says",
    who: "the signer, or a system that changed c=",
    cure: "mend the signer's settings: c= has to say what was done",
  },
  "signer-mistake": {
    what: "the signer computed the signature in a way that the standard does not have",
    who: "a signer's mistake: the line end behind the DKIM-Signature field was signed too, b= was not emptied wholly, or the hash is not SHA-256",
    cure: "mend or renew the signing program: RFC 6376 section 3.7",
  },
  "other-key": {
    what: "the signature was made with another key than the one published under its selector (or b= itself was damaged)",
    who: "the signing system and DNS hold different keys: after a rotation, a mistyped record, or with two systems sharing a selector",
    cure: "publish the public half of the key that signs, or give the new key a selector of its own",
  },
} as const satisfies Record<string, { what: string; who: string; cure: string }>;

/** The name of a known change. */
export type ChangeKind = keyof typeof knownChanges;

/** One change that was found, proven by the signature: with it undone the part that it concerns verifies. */
export type Change = {
  kind: ChangeKind;
  /** The header field's name as it stands in the message; undefined when the body is concerned. */
  field: string | undefined;
  /** The line of the body where the change begins, counted from 1; undefined when that cannot be said. */
  line: number | undefined;
  /** Octet text: what stands in the message now and what was signed, at most 200 octets of each. Strangers' octets: see `quoted`. */
  found: string | undefined;
  signed: string | undefined;
};

export const change = (kind: ChangeKind, where: Partial<Omit<Change, "kind">> = {}): Change => ({
  kind,
  field: where.field,
  line: where.line,
  found: where.found?.slice(0, shownOctetsMax),
  signed: where.signed?.slice(0, shownOctetsMax),
});
const shownOctetsMax = 200;
