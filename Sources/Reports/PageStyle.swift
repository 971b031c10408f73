/// The look of the page around the figures.
enum PageStyle {
  static let css = """
    :root{--page:#f5f5f3;--paper:#fff;--ink:#1d1f23;--muted:#5f646d;--line:#e1e2e5;\
    --best:#e3f1e8;--best-ink:#0c5a36;--focus:#1d5dbb;color-scheme:light dark}
    @media (prefers-color-scheme:dark){:root{--page:#111316;--paper:#191c20;--ink:#e8eaed;\
    --muted:#9da4ae;--line:#2d3138;--best:#173626;--best-ink:#8fe0b4;--focus:#8ab4ff}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);\
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;\
    font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    main{max-width:1240px;margin:0 auto;padding:28px 20px 72px}
    h1{font-size:clamp(1.6rem,4vw,2.1rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 6px}
    h2{font-size:1.25rem;letter-spacing:-.01em;margin:0 0 8px}
    h3{font-size:1.1rem;margin:0}
    section{margin-top:44px}
    header+section{margin-top:22px}
    p{margin:0 0 12px}
    small{font-size:.8rem}
    .lede{font-size:1.1rem;margin:0 0 8px}
    .facts,.settings,.note,.reading,figcaption,.dim,.none{color:var(--muted)}
    .facts{font-size:.9rem;margin:0}
    .facts span{display:inline-block;margin-right:18px}
    .facts b{color:var(--ink);font-weight:600}
    .reading{font-size:.95rem;max-width:112ch}
    .reading b{color:var(--ink);font-weight:600}
    .legend{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 16px;max-height:7.2rem;overflow:auto;\
    padding:3px}
    .legend button{font:inherit;font-size:.88rem;color:var(--ink);background:var(--paper);\
    border:1px solid var(--line);border-radius:999px;padding:3px 12px 3px 9px;cursor:pointer;\
    display:inline-flex;align-items:center;gap:7px;min-height:32px}
    .legend button[hidden]{display:none}
    .legend i{width:11px;height:11px;border-radius:50%;background:currentColor;flex:none}
    .legend .p1{border-radius:0;clip-path:polygon(0 20%,20% 0,50% 30%,80% 0,100% 20%,70% 50%,\
    100% 80%,80% 100%,50% 70%,20% 100%,0 80%,30% 50%)}
    .legend .p2{border-radius:1px;width:4px;margin:0 3.5px}
    .legend .p3{border-radius:1px;height:4px}
    .legend-search{font:inherit;font-size:.9rem;color:var(--ink);background:var(--paper);\
    border:1px solid var(--line);border-radius:8px;padding:6px 10px;margin:0 0 8px;\
    width:min(100%,20rem)}
    .verdict{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--focus);\
    border-radius:12px;padding:14px 18px;margin-top:18px;max-width:112ch}
    .verdict p{margin:0 0 6px}
    .verdict .answer{font-size:1.2rem;font-weight:650;letter-spacing:-.01em}
    .verdict ul{margin:0;padding-left:1.2em}
    h4{font-size:1rem;margin:0 0 8px}
    .part{margin:26px 0 10px}
    .stage{position:relative;max-width:560px;margin:0 auto}
    .stage canvas{position:absolute;inset:0;width:100%;height:100%;pointer-events:none}
    .stage svg{position:relative}
    .zoomed{overflow:hidden!important}
    .zoomed path,.zoomed circle{vector-effect:non-scaling-stroke}
    .tools{position:absolute;top:0;right:0;display:flex;flex-direction:column;gap:4px}
    .tools button{font:inherit;font-size:1rem;line-height:1;width:30px;height:30px;padding:0;\
    color:var(--muted);background:var(--paper);border:1px solid var(--line);border-radius:8px;\
    cursor:pointer}
    .tools button:hover{color:var(--ink)}
    .card{position:fixed;z-index:2;pointer-events:none;background:var(--paper);color:var(--ink);\
    border:1px solid var(--line);border-radius:10px;padding:8px;font-size:.85rem;line-height:1.3;\
    display:flex;flex-direction:column;gap:2px;max-width:11rem;box-shadow:0 4px 18px #0003}
    .card[hidden],.card canvas[hidden]{display:none}
    .card canvas{width:84px;image-rendering:pixelated;border-radius:4px;margin-bottom:4px}
    .card span{color:var(--muted)}
    .legend button[aria-pressed=true]{border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink)}
    .legend button:focus-visible,.scroll:focus-visible,svg:focus-visible\
    {outline:2px solid var(--focus);outline-offset:2px}
    .figures{display:grid;gap:18px;grid-template-columns:minmax(0,1fr)}
    .figures{max-width:calc(var(--columns)*620px + (var(--columns) - 1)*18px)}
    @media (min-width:720px){.settings{min-height:1.55em}\
    .figures{grid-template-columns:repeat(min(var(--columns),2),\
    minmax(0,1fr))}}
    @media (min-width:1040px){.figures{grid-template-columns:repeat(var(--columns),\
    minmax(0,1fr))}}
    article,.curves figure{background:var(--paper);border:1px solid var(--line);\
    border-radius:12px;padding:16px 16px 14px;min-width:0}
    .settings{font-size:.88rem;margin:0 0 10px}
    figure{margin:0}
    figure svg{display:block;width:100%;height:auto;max-width:560px;margin:0 auto;\
    overflow:visible}
    figcaption{font-size:.82rem;line-height:1.45;margin-top:8px}
    .headline{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:10px;margin:0 0 8px;\
    padding:0 0 10px;border-bottom:1px solid var(--line)}
    .headline div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
    .headline dt{font-size:.78rem;line-height:1.3;color:var(--muted)}
    .headline dd{margin:0;font-size:1.2rem;font-weight:620;letter-spacing:-.01em;\
    overflow-wrap:normal}
    .fading [data-class]{opacity:.07;transition:opacity .12s}
    .fading [data-class].on{opacity:1}
    .fading .dots.on{stroke-opacity:.85}
    .live{touch-action:pan-y;user-select:none;-webkit-user-select:none}
    .turnable,.zoomed{cursor:grab}
    .turnable:active,.zoomed:active{cursor:grabbing}
    .live:focus,.zoomed{touch-action:none}
    .scripted{display:none}
    [data-script] .scripted{display:revert}
    .scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);\
    border-radius:12px}
    table{border-collapse:collapse;width:100%;font-size:.93rem;overflow-wrap:normal}
    th,td{padding:9px 14px;text-align:right;vertical-align:top;white-space:nowrap}
    thead th{color:var(--muted);font-weight:600;font-size:.82rem;line-height:1.3;\
    vertical-align:bottom;white-space:normal;min-width:6.5rem}
    th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
    tbody tr>*{border-top:1px solid var(--line)}
    tbody th{font-weight:600;white-space:normal;min-width:clamp(7.5rem,20vw,12rem)}
    th small,td small{display:block;color:var(--muted);font-weight:400}
    .best{background:var(--best);color:var(--best-ink);font-weight:650}
    .best small{color:inherit}
    .note{font-size:.88rem;margin-top:10px}
    .glossary{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));\
    gap:10px 28px;margin:16px 0 0;font-size:.9rem}
    .glossary dt{font-weight:600}
    .glossary dd{margin:0;color:var(--muted)}
    .curves{display:grid;gap:18px;\
    grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
    .making{margin:0;font-size:.93rem}
    .making div{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:4px 18px;\
    padding:7px 0;border-top:1px solid var(--line)}
    .making dt{color:var(--muted)}
    .making dd{margin:0}
    code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    @media (max-width:520px){main{padding:20px 14px 56px}.making div{grid-template-columns:1fr}\
    article,.curves figure{padding:14px 12px 12px}\
    figure .margin-figure{font-size:13.2px}figure .margin-figure .small{font-size:12.4px}}
    @media print{body{background:#fff}article{break-inside:avoid}}

    """
}
