"""A small page with everything that a page may hold, for the tests of files to take along."""

from __future__ import annotations

SVG = (
    '<svg aria-hidden="true" focusable="false" width="200pt" height="100pt" viewBox="0 0 200 100" '
    'version="1.1" xmlns="http://www.w3.org/2000/svg"><g><text style="font-size: 9px; font-family: Inter, '
    'sans-serif" x="6" y="20">Antal 35</text><path d="M 0 50 L 200 50" style="stroke: #1b2430"/></g></svg>'
)
FINDING = "Avvikelser: 30\u00a0% lägre än väntat"


def page(
    *,
    title: str = "Avvikelser – Härryda",
    text: str = "Har avvikelserna minskat?",
    alt: str = "Linjediagram över avvikelser.",
    cell: str = "35",
    more: str = "",
    language: str = "sv",
    banner: str = "Påhittade data. Ingen verklig vård.",
) -> str:
    """The page, its texts as HTML."""
    return f"""<!doctype html><html lang="{language}"><head><title>{title}</title><style>p {{}}</style></head>
<body><a class="skip" href="#main">Hoppa</a><header class="page-header">
<nav class="ways"><a href="../index.html">Till översikten</a></nav>
<p class="banner banner-warning"><strong>{banner}</strong></p><h1>{title}</h1></header>
<main id="main"><p>{text}</p>
<nav class="contents"><p id="contents">Innehåll</p><ol><li><a href="#svaret">Svaret</a></li></ol></nav>
<h2 id="svaret">Svaret</h2>
<div class="released"><section><h3 id="q">Har de minskat?</h3>
<div class="answer"><span class="verdict verdict-improved">Bättre än väntat</span>
<p class="finding">{FINDING}.</p>
<p>Värdet låg i genomsnitt 30 % lägre. Skattningen <strong>beskriver</strong> vad som hände.</p></div>
<figure class="figure"><div class="scroll" role="group" aria-label="{FINDING}">
<div class="figure" role="img" aria-label="{alt}">{SVG}</div></div></figure>
<details><summary>Siffrorna bakom</summary><div class="scroll" role="group" aria-label="Antal">
<table><caption>Antal, <span class="when">2024-01 – 2024-06</span></caption>
<thead><tr><th scope="col">Part/<wbr>kommun</th><th scope="col" class="num">Antal<br>i år</th></tr></thead>
<tbody><tr><th scope="row">Slutenvård</th><td class="num">{cell}</td></tr></tbody></table></div>
<p class='note'>Antal är avrundade.</p></details></section></div>
{more}<h2>Begränsningar</h2><div class="released">
<ul><li>Alla uppgifter är påhittade.</li><li>En serie.</li></ul></div>
</main><footer class="page-footer"><h2 id="about">Uppgifter om rapporten</h2>
<dl class="facts"><div><dt>Rapportdatum</dt><dd>2026-11-20</dd></div></dl></footer></body></html>"""
