/** What must not get to a terminal: controls but the end of a line, and characters that change direction. */
export const unsafeForTerminals: RegExp = /[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
