import { inspect } from "node:util";

/** A value that must not be written anywhere. Whatever prints, logs or serializes it gets `[secret]`; `open()` is the only way in. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  open(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
