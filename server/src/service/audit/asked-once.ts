import type { ResolveTxt } from "chancery/dkim";

/** Messages of one domain ask for the same names again and again; nothing changes within an audit. */
export function askedOnce(resolveTxt: ResolveTxt): ResolveTxt {
  const answers = new Map<string, Promise<string[][]>>();
  return (name) => {
    const answer = answers.get(name) ?? resolveTxt(name);
    answers.set(name, answer);
    return answer;
  };
}
