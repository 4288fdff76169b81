/** What a reply is: its text in every language, with samples that a test renders. */
import type { Locale } from '#app/core/run.ts'

export interface Reply<Input, Output = string> {
  readonly name: string
  readonly samples: Readonly<Record<string, Input>>
  readonly render: { readonly [L in Locale]: (input: Input) => Output }
}

/** A reply with its samples rendered, for tests and generated docs, whatever it takes as input. */
export interface DefinedReply<Input, Output = string> extends Reply<Input, Output> {
  readonly rendered: (
    locale: Locale
  ) => ReadonlyArray<{ readonly sample: string; readonly output: Output }>
}

/** Declares a reply; one line in `replies/index.ts` makes it live. */
export function defineReply<Input, Output = string>(
  reply: Reply<Input, Output>
): DefinedReply<Input, Output> {
  return {
    ...reply,
    rendered: locale =>
      Object.entries(reply.samples).map(([sample, input]) => ({
        sample,
        output: reply.render[locale](input)
      }))
  }
}
