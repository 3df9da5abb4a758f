/** What a check says that has no selector to look at. */
export const selectorsNeeded =
  "a selector: give one, a message, an aggregate report or a zone file; nothing follows from guessing none";
