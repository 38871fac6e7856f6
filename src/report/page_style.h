// The style of the report: system fonts, colours for light, dark and paper.
#pragma once

namespace trigstone {

// Series colours keep apart for colour-blind readers (Okabe & Ito, 2008, darkened for white paper);
// dashes repeat the difference.
inline constexpr const char* kPageStyle = R"css(
:root{color-scheme:light dark;--page:#fcfcfb;--card:#fff;--ink:#1c1e21;--soft:#5c6370;--line:#dfe2e6;
--grid:#eceef0;--grey:#b4bac2;--good:#1a7f4b;--bad:#b3261e;
--c0:#0b6bb0;--c1:#c2570c;--c2:#14805e;--c3:#a33f86;--c4:#8a6d00;--c5:#4d5bbf}
@media (prefers-color-scheme:dark){:root{--page:#15171a;--card:#1d2024;--ink:#e8eaed;--soft:#a3abb6;
--line:#343940;--grid:#2a2e34;--grey:#5b626c;--good:#5fd39a;--bad:#ff8a80;
--c0:#6bb8f0;--c1:#f59d5b;--c2:#56c9a2;--c3:#e08cc6;--c4:#d9bd4f;--c5:#9aa6ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.25rem 1rem 3rem}
header p,.meaning,footer{color:var(--soft)}
h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 .25rem}
p{margin:.25rem 0}
.sections{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem;margin-top:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem;min-width:0}
section.wide{grid-column:1/-1}
@media (max-width:52rem){.sections{grid-template-columns:minmax(0,1fr)}}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
svg .tick{fill:var(--soft);font-size:11px}
.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:var(--grid)}.axis{fill:none;stroke:var(--soft)}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.d1{stroke-dasharray:7 3}.d2{stroke-dasharray:2 3}.d3{stroke-dasharray:9 3 2 3}
.band{opacity:.18}.hard{opacity:.8}.pileup{fill:var(--grey);opacity:.75}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}
.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}
.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1rem;margin:.25rem 0 0;padding:0;font-size:.9rem}
.legend li{display:flex;align-items:center;gap:.4rem}
svg.key{width:26px;height:10px;flex:none}svg.dot{width:12px;height:12px;flex:none}
.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem;margin:.75rem 0 0}
.numbers dt{font-size:.9rem;color:var(--soft)}
.numbers dd{margin:0}.numbers .value{font-size:1.6rem;font-weight:600;line-height:1.2;overflow-wrap:anywhere}
.numbers .unit{font-size:1rem;font-weight:400;color:var(--soft)}
.numbers p{font-size:.9rem}
.scroll{overflow-x:auto;margin-top:.5rem}
table{border-collapse:collapse;width:100%;font-size:.95rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem .3rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:.85rem}
td.number,th.number{text-align:right;padding-right:1rem}
.pass{color:var(--good);font-weight:600}.fail{color:var(--bad);font-weight:600}
code{font:0.85em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.command{margin-top:.5rem;font-size:.9rem;color:var(--soft)}
.numbers .command{margin-top:.1rem}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--grid:#e5e5e5;--grey:#aaa;
--good:#1a7f4b;--bad:#b3261e;--c0:#0b6bb0;--c1:#c2570c;--c2:#14805e;--c3:#a33f86;--c4:#8a6d00;--c5:#4d5bbf}
main{max-width:none;padding:0}section{break-inside:avoid;border-color:#bbb}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace trigstone
