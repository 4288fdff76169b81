/** The frame of every page: where one is, who one is, no script. */
import { html, raw } from 'hono/html'
import type { Repository } from '#app/sandbox/state.ts'
import { STYLE } from './style.ts'

export type Html = ReturnType<typeof html>

/** The way from the first page to this one: words and addresses. */
export type Crumbs = ReadonlyArray<readonly [string, string]>

/** A page before it is framed for the person who looks. */
export interface Sheet {
  readonly title: string
  readonly crumbs: Crumbs
  readonly body: Html
  /** The choice of a person shows the roles there; null shows none. */
  readonly repository: Repository | null
  /** Seconds until the browser asks again by itself; null for never. */
  readonly refresh: number | null
}

export function page(
  title: string,
  crumbs: Crumbs,
  body: Html,
  more: Partial<Pick<Sheet, 'repository' | 'refresh'>> = {}
): Sheet {
  return { title, crumbs, body, repository: null, refresh: null, ...more }
}

/** A page of a repository, with the way there. */
export function repositorySheet(
  repository: Repository,
  title: string,
  body: Html,
  refresh: number | null = null
): Sheet {
  const crumbs = [[repository.fullName, `/${repository.fullName}`]] as const
  return page(title, crumbs, body, { repository, refresh })
}

export function frame(sheet: Sheet, person: Html): Html {
  const { title, crumbs, body, refresh } = sheet
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh === null ? '' : html`<meta http-equiv="refresh" content="${refresh}">`}
<title>${title} · sandbox</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<nav aria-label="Breadcrumb"><a href="/">Sandbox</a>${crumbs.map(([text, href]) => html` / <a href="${href}">${text}</a>`)}</nav>
${person}
</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`
}
