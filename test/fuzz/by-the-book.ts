// RFC 6376 §3.4 in the plainest words that take linear time.

export function simpleBody(text: string): string {
  let end = text.length;
  while (text.startsWith("\r\n", end - 2) && end >= 2) end -= 2;
  return `${text.slice(0, end)}\r\n`;
}

export function relaxedBody(text: string): string {
  const lines = text.split("\r\n").map((line) => line.replace(/[ \t]+/g, " ").replace(/ $/, ""));
  while (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\r\n`).join("");
}

export function relaxedField(raw: string): string {
  const [name = "", ...value] = raw
    .slice(0, -2)
    .replace(/\r\n(?=[ \t])/g, "")
    .split(":");
  const collapse = (text: string): string =>
    text
      .replace(/[ \t]+/g, " ")
      .replace(/^ /, "")
      .replace(/ $/, "");
  const lower = collapse(name).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `${lower}:${collapse(value.join(":"))}\r\n`;
}
