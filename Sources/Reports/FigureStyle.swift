/// What all figures share: their width and the rules of their look.
enum FigureStyle {
  /// Width of a figure of one run, in its own units.
  static let width = 420.0
  /// Room for a character of a name: fonts differ, and a wide one must fit too.
  static let characterWidth = 7.6

  /// The rules, for a page that holds figures or for a figure on its own.
  static let css: String = {
    let light = colors(
      paper: "#ffffff", ink: "#1d1f23", muted: "#5f646d", line: "#d8dade", strong: "#8b9099",
      palette: Palette.light)
    let dark = colors(
      paper: "#191c20", ink: "#e8eaed", muted: "#9da4ae", line: "#363b43", strong: "#7a818c",
      palette: Palette.dark)
    return shapes + light + "@media (prefers-color-scheme:dark){\(dark)}"
  }()

  private static let shapes = """
    .margin-figure{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;\
    font-variant-numeric:tabular-nums}\
    .margin-figure .heading{font-size:16px;font-weight:650}\
    .margin-figure .class-name{font-weight:600}\
    .margin-figure .small{font-size:11px}\
    .margin-figure .line,.margin-figure .axis{fill:none;stroke-width:1}\
    .margin-figure .faint{opacity:.45}\
    .margin-figure .dots{fill:none;stroke:currentColor;stroke-width:2.4;stroke-linecap:round;\
    stroke-opacity:.6}\
    .margin-figure .thin{stroke-width:1.1}\
    .margin-figure .far{stroke-opacity:.16}\
    .margin-figure .tiny{stroke-width:1.3}\
    .margin-figure .ridge{fill:currentColor;fill-opacity:.8}\
    .margin-figure .arc{fill:none;stroke:currentColor;stroke-width:4}\
    .margin-figure .proxy{fill:none;stroke:currentColor;stroke-width:1.2;stroke-opacity:.75}\
    .margin-figure .leader{fill:none;stroke:currentColor;stroke-width:.8;stroke-opacity:.6}\
    .margin-figure .area{fill:currentColor;fill-opacity:.28;stroke:currentColor;\
    stroke-width:1.5;stroke-linejoin:round}\
    .margin-figure .curve{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;\
    stroke-linecap:round}\
    .margin-figure .end{fill:currentColor}\
    .margin-figure .guide{fill:none;stroke-width:1;stroke-dasharray:4 4}\
    .margin-figure .mark{fill:none;stroke-width:1.4}\
    .margin-figure .marked{stroke-width:1.5}\
    .margin-figure .veil{fill-opacity:.72}\
    .margin-figure .gap{fill:currentColor;fill-opacity:.28}\
    .margin-figure .whisker{fill:none;stroke:currentColor;stroke-width:1.4}\
    .margin-figure .tight{font-size:9px}\
    .margin-figure .picked{fill:none;stroke-width:2}
    """ + levels

  /// Seven steps of one colour, for shares over decades.
  private static let levels = [".12", ".22", ".34", ".48", ".64", ".82", "1"].enumerated()
    .map { ".margin-figure .level\($0.offset){fill-opacity:\($0.element)}" }.joined()

  private static func colors(
    paper: String, ink: String, muted: String, line: String, strong: String, palette: [String]
  ) -> String {
    """
    .margin-figure text{fill:\(ink)}\
    .margin-figure .paper{fill:\(paper)}\
    .margin-figure .halo{stroke:\(paper);stroke-width:3.5;stroke-linejoin:round;\
    paint-order:stroke}\
    .margin-figure text.muted{fill:\(muted)}\
    .margin-figure .line{stroke:\(line)}\
    .margin-figure .axis{stroke:\(strong)}\
    .margin-figure .origin{fill:\(ink)}\
    .margin-figure .guide{stroke:\(muted)}\
    .margin-figure .mark,.margin-figure .picked{stroke:\(ink)}\
    .margin-figure .marked{stroke:\(paper)}\
    .margin-figure .veil{fill:\(paper)}\
    .margin-figure .bars{fill:\(muted)}\
    .margin-figure .tint{fill:\(muted);fill-opacity:.1}\
    .margin-figure .cell{fill:\(line);fill-opacity:.45}\
    \(Palette.rules(palette))
    """
  }
}
