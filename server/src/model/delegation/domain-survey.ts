/** What stands at one name in DNS, by type. `alias`: where its CNAME leads. */
export type NameSurvey = {
  name: string;
  /** "A", "AAAA", "MX", "NS", "TXT", "CNAME": those found, with their data as people read it. */
  found: Readonly<Record<string, readonly string[]>>;
};

/** What DNS shows of a domain before it is delegated. Only what was answered counts: silence proves nothing. */
export type DomainSurvey = {
  domain: string;
  /** Whether the name is what its organisation registered, by the public suffix list. */
  isMain: boolean;
  /** Whether DNS could be asked at all; nothing else says anything where it could not. */
  asked: boolean;
  /** The domain itself, `_domainkey` below it, and every name that a method would have the customer publish. */
  names: readonly NameSurvey[];
  /** Key names of others: what answers below `_domainkey` and is not ours. */
  otherSelectors: readonly string[];
  /** Whether a random name below `_domainkey` answers too. */
  wildcard: boolean;
  /** Whether the domain has a DS record: its answers are signed. */
  signed: boolean;
};

export const surveyOf = (survey: DomainSurvey, name: string): NameSurvey["found"] =>
  survey.names.find((one) => one.name === name)?.found ?? {};

/** What a name carries, in words; the empty list: nothing. */
export const contentsOf = (found: NameSurvey["found"]): string[] =>
  Object.entries(found).flatMap(([type, values]) => values.map((value) => `${type} ${value}`));
