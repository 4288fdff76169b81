/** Below the page that outside people see, so that a proxy lets both through with one rule. */
export const STYLE_PATH = '/setup/installed/style.css'

/** The stylesheet of the set-up pages: light and dark, nothing fetched from elsewhere. */
export const STYLE = `:root { color-scheme: light dark; --ground: #fff; --text: #1f2328; --quiet: #59636e; --line: #c4ccd4;
  --soft: #f4f6f8; --accent: #0757b8; --on-accent: #fff; --good: #1a7f37; --bad: #b3261e; --bad-soft: #fdeceb; }
@media (prefers-color-scheme: dark) { :root { --ground: #11151b; --text: #e6eaf0; --quiet: #9aa5b1;
  --line: #3a434e; --soft: #1b212a; --accent: #79b8ff; --on-accent: #0b1420; --good: #5fcf7b; --bad: #ff8f86; --bad-soft: #331a1b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
.page { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
header strong { font-size: 1.05rem; letter-spacing: .01em; }
h1 { font-size: 1.65rem; line-height: 1.25; margin: 1.6rem 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
p { margin: .5rem 0; } .quiet, .hint { color: var(--quiet); } .hint { font-size: .92rem; margin: .2rem 0 .5rem; }
a { color: var(--accent); } code { font: .92em ui-monospace, SFMono-Regular, Menlo, monospace; background: color-mix(in srgb, var(--text) 9%, transparent); padding: .1em .35em; border-radius: 4px; }
ol.steps { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin: 1rem 0 0; padding: 0 0 .9rem; border-bottom: 1px solid var(--line); font-size: .95rem; }
ol.steps li { color: var(--quiet); min-height: 24px; } ol.steps li[aria-current] { color: var(--text); font-weight: 650; }
ol.steps a { display: inline-block; min-height: 24px; min-width: 24px; }
fieldset { border: 0; margin: 1.6rem 0 0; padding: 0; min-width: 0; } legend { font-size: 1.15rem; font-weight: 650; padding: 0; margin-bottom: .5rem; }
.choice { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .6rem 0; }
.choice:has(> label > input:checked) { border-color: var(--accent); background: var(--soft); }
.choice > label { display: flex; gap: .65rem; align-items: center; min-height: 28px; font-weight: 600; cursor: pointer; }
input[type=radio], input[type=checkbox] { width: 24px; height: 24px; margin: 0; flex: none; accent-color: var(--accent); }
.under { padding-left: calc(24px + .65rem); } .under label, .field label { display: block; font-weight: 600; margin-top: .6rem; }
input[type=text], input[type=url], input[type=password], textarea { width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 6px; padding: .5rem .65rem; min-height: 42px; }
.alone { margin-top: 1.8rem; } .alone label { font-size: 1.15rem; font-weight: 650; }
textarea { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; min-height: 6.5rem; }
[aria-invalid=true] { border-color: var(--bad) !important; border-width: 2px !important; }
.error { color: var(--bad); font-weight: 600; margin: .3rem 0; }
.box { border: 1px solid var(--line); border-radius: 8px; background: var(--soft); padding: .7rem 1rem; margin: 1.2rem 0; }
.box.bad { border-color: var(--bad); background: var(--bad-soft); } .box.good { border-color: var(--good); }
button, .button { display: inline-block; font: inherit; font-weight: 600; min-height: 44px; padding: .55rem 1.3rem; border-radius: 7px; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); cursor: pointer; text-decoration: none; }
.go { margin-top: 1.8rem; display: flex; gap: .8rem; align-items: center; flex-wrap: wrap; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; } th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .45rem .9rem .45rem 0; }
th:not(:last-child), td:not(:last-child) { white-space: nowrap; overflow-wrap: normal; }
dl { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .35rem 1.2rem; margin: 1rem 0; } dt { color: var(--quiet); } dd { margin: 0; }
ul.done { list-style: none; padding: 0; } ul.done li { padding: .2rem 0 .2rem 1.7rem; position: relative; } ul.done li::before { content: "\\2713"; position: absolute; left: .2rem; color: var(--good); font-weight: 700; }
ol.next li { margin: .5rem 0; }
`
