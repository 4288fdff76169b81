import { inboxContract } from './contracts/inbox.ts'
import { fakeInbox } from './fake-inbox.ts'

const inbox = fakeInbox()

inboxContract(() => ({ one: inbox, other: inbox }))
