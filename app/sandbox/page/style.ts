/** The one stylesheet: light and dark, readable on a phone, focus that can be seen. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fff; --text: #1f2328; --line: #d0d7de; --edge: #818b98; --soft: #f6f8fa;
  --quiet: #57606a; --link: #0757b8; --plus: #dafbe1; --minus: #ffebe9; --good: #1a7f37; --bad: #c62828; --busy: #8a5a00;
  --done: #7a3fc4; --go: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --line: #3d444d; --edge: #7d8590;
  --soft: #1c2128; --quiet: #9aa4ae; --link: #6cb2ff; --plus: #12351f; --minus: #45191c; --good: #57c46f; --bad: #ff7b72;
  --busy: #e3b341; --done: #c297ff; } }
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 0 1rem 3rem;
  overflow-wrap: anywhere; background: var(--page); color: var(--text); }
a { color: var(--link); } h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.2rem 0 .6rem; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
h1 .quiet { font-weight: normal; } .quiet { color: var(--quiet); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
body > header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; align-items: center;
  padding: .7rem 0; border-bottom: 1px solid var(--line); }
nav { color: var(--quiet); } nav.tabs { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .6rem 0; }
nav [aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
article { border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; }
article > header { background: var(--soft); padding: .4rem .8rem; border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
article > div { padding: .2rem .8rem .6rem; } article > footer { padding: 0 .8rem .6rem; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; border-radius: 6px; font-size: .85rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
:not(pre) > code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; } th { overflow-wrap: normal; }
ul.plain, ol.plain { list-style: none; padding: 0; } ul.plain > li { border-bottom: 1px solid var(--line); padding: .45rem 0; }
ol.plain > li.event { color: var(--quiet); padding: .15rem 0 .15rem .9rem; border-left: 2px solid var(--line); margin-left: .4rem; }
.label { display: inline-block; border: 1px solid var(--edge); border-radius: 1em; padding: 0 .6em; font-size: .85rem; }
.state { white-space: nowrap; font-weight: 600; }
.open, .success, .approved, .added { color: var(--good); } .in_progress, .waiting, .action_required { color: var(--busy); }
.failure, .timed_out, .changes_requested, .removed, .closed { color: var(--bad); } .merged { color: var(--done); }
details.file { border: 1px solid var(--line); border-radius: 8px; margin: .8rem 0; overflow: hidden; }
details.file > summary { background: var(--soft); padding: .4rem .8rem; } details.file h3 { display: inline; font-size: .95rem; }
details.file p { padding: 0 .8rem; } summary { cursor: pointer; }
.diff { width: 100%; font: .8rem/1.5 ui-monospace, monospace; } .diff td { border: 0; padding: 0 .4rem; }
.diff td.text { white-space: pre-wrap; width: 100%; } .diff td.at { text-align: right; color: var(--quiet); min-width: 2.6em; }
.diff td.at a { color: inherit; text-decoration: none; } .diff td.at a:hover { text-decoration: underline; }
.plus { background: var(--plus); } .minus { background: var(--minus); } .hunk td { background: var(--soft); color: var(--quiet); }
blockquote { border-left: 3px solid var(--line); margin: 0; padding-left: .8rem; color: var(--quiet); }
form { display: inline-block; margin: .2rem .4rem .2rem 0; } form.wide { display: block; max-width: 44rem; }
form.chip { margin: .2rem .5rem .2rem 0; } form.chip button { padding: 0 .45rem; min-height: 1.6rem; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .8rem; padding: .4rem .8rem; }
fieldset p { margin: .3rem 0; } label:has(input, select) { display: inline-block; max-width: 100%; } label:has(.long) { display: block; } time { white-space: nowrap; } legend { font-weight: 600; padding: 0 .3rem; }
button, select, input, textarea { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--edge);
  border-radius: 6px; padding: .25rem .6rem; max-width: 100%; }
button, select, input:not([type=radio], [type=checkbox]) { min-height: 2.1rem; }
input[type=color] { padding: .1rem; width: 3rem; vertical-align: bottom; } input.short { width: 5.5rem; } input.long { width: 100%; }
textarea { display: block; width: 100%; min-height: 6rem; }
button { background: var(--soft); cursor: pointer; } button:hover { border-color: var(--text); }
button.go { background: var(--go); border-color: var(--go); color: #fff; }
.error { border: 1px solid var(--bad); border-radius: 6px; padding: .5rem .8rem; white-space: pre-line; }
ul.error { padding-left: 1.8rem; white-space: normal; }
`
