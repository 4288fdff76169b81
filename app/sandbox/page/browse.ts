/** A browser without a screen, for the tests beside it: fetches pages, sends forms, keeps the cookie. */

export interface Browse {
  /** The text of a page. Throws when it is none. */
  look(path: string): Promise<string>
  /** Sends a form as the browser would, and does not follow where it leads. */
  submit(path: string, form: Form, headers?: Form): Promise<Response>
  /** From now on all forms act as this person. */
  become(login: string): Promise<void>
}

type Form = Readonly<Record<string, string>>

export function createBrowse(url: string): Browse {
  let cookie = ''
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, ...(cookie === '' ? {} : { cookie }) }
    const response = await fetch(`${url}${path}`, { ...init, headers, redirect: 'manual' })
    const [given] = response.headers.getSetCookie()
    if (given !== undefined) cookie = given.split(';')[0] ?? ''
    return response
  }
  const submit: Browse['submit'] = (path, form, headers = {}) =>
    send(path, { method: 'POST', body: new URLSearchParams(form), headers })
  return {
    async look(path) {
      const response = await send(path, {})
      const type = response.headers.get('content-type') ?? ''
      if (response.status === 200 && type.startsWith('text/html')) return response.text()
      throw new Error(`looking at ${path}: ${response.status} ${type}`)
    },
    submit,
    async become(login) {
      const done = await submit('/_sandbox/person', { login, back: '/' })
      if (done.status !== 303) throw new Error(`becoming ${login}: ${done.status}`)
    }
  }
}
