import Evaluation
import Reports
import Training

/// The sweep of m and s of the study `margins`, with three features.
struct MarginSweep {
  struct Member {
    var name, loss: String
    var settings: [String: String]
  }

  /// Each point with the way that has it: by margin of CosFace and of ArcFace, and by scale of ArcFace.
  let cosines, angles, scales: [(x: Double, way: String)]
  private var margins: [(title: String, points: [(x: Double, way: String)])] {
    [("CosFace", cosines), ("ArcFace", angles)]
  }
  /// The ways that the family does not have already.
  let added: [Member]

  init(_ session: StudySession) {
    let base = ["NormFace", "CosFace m=0.1", "ArcFace m=0.3"].map { "\($0), 3 features" }
    var added: [Member] = []
    func swept(
      _ title: String, _ loss: String, _ parameter: String, _ values: [Double],
      _ settings: [String: String], known: [(x: Double, way: String)]
    ) -> [(x: Double, way: String)] {
      let new = values.map { value in
        Member(
          name: "\(title)=\(value), 3 features", loss: loss,
          settings: settings.merging([parameter: "\(value)"]) { $1 })
      }
      added += new
      return (known + zip(values, new.map(\.name)).map { (x: $0, way: $1) }).sorted { $0.x < $1.x }
    }
    let fixed = ["scale": MarginFamily.scale]
    cosines = swept(
      "CosFace m", "cosface", "margin",
      session.choose(smoke: [], quick: [0.35], full: [0.2, 0.35, 0.5]), fixed,
      known: [(0, base[0]), (0.1, base[1])])
    angles = swept(
      "ArcFace m", "arcface", "margin",
      session.choose(smoke: [], quick: [0.6], full: [0.1, 0.5, 0.7]), fixed,
      known: [(0, base[0]), (0.3, base[2])])
    scales = swept(
      "ArcFace m=0.3 s", "arcface", "scale",
      session.choose(smoke: [8], quick: [4, 64], full: [4, 8, 16, 64]), ["margin": "0.3"],
      known: [(30, base[2])])
    self.added = added
  }

  func figures(_ comparison: LossComparison, _ session: StudySession) throws {
    for (file, title, factor, number) in [
      ("pairs", "Pairs told apart by cosine, %", 100.0, { $0.pairs[.cosine]! }),
      ("angle", "Angle within classes, °", 1.0, { $0.angleWithin }),
    ] as [(String, String, Double, (RunScores) -> Estimate)] {
      try session.figure(
        "margin-\(file)",
        Figures.curves(
          margins.map { ($0, comparison.curve(over: $1, times: factor, number)) },
          xTitle: "m (a cosine for CosFace, radians for ArcFace)", yTitle: title),
        caption:
          "\(title), by margin, with s = \(MarginFamily.scale) and three features. m = 0 is NormFace."
      )
      try session.figure(
        "scale-\(file)",
        Figures.curves(
          [("ArcFace, m = 0.3", comparison.curve(over: scales, times: factor, number))],
          xTitle: "s", xIsLogarithmic: true, yTitle: title),
        caption: "\(title), by scale, with m = 0.3 and three features.")
    }
  }

  func findings(_ comparison: LossComparison) -> [Finding] {
    func pairs(_ way: String) -> Double {
      Estimate.over(comparison[way].map { $0.pairs[.cosine]! }).value
    }
    func angle(_ way: String) -> Double {
      Estimate.over(comparison[way].map(\.angleWithin)).value
    }
    func evidence(_ number: (String) -> String) -> String {
      margins.map { title, points in
        "\(title): "
          + points.map { "m = \($0.x): \(number($0.way))" }.joined(separator: ", ")
      }.joined(separator: "; ")
    }
    var findings = [
      Finding(
        "The larger m, the smaller the angle within classes",
        .init(
          margins.map { _, points in
            Finding.Verdict(
              growing: points.map { -angle($0.way) },
              comparison.difference(points[0].way, minus: points.last!.way) { $0.angleWithin })
          }), evidence { "\(angle($0).cell(2))°" }),
      Finding(
        "The larger m, the more pairs the cosine tells apart",
        .init(
          margins.map { _, points in
            Finding.Verdict(
              growing: points.map { pairs($0.way) },
              comparison.pairs(points.last!.way, minus: points[0].way))
          }), evidence { "\((pairs($0) * 100).cell(2)) %" }),
    ]
    if scales.count > 2 {
      let middle = scales.dropFirst().dropLast().max { pairs($0.way) < pairs($1.way) }!
      let ends = [scales[0], scales.last!].map { end in
        (end.x, comparison.pairs(middle.way, minus: end.way))
      }
      findings.append(
        Finding(
          "A scale between the smallest and the largest tells most pairs apart",
          .init(ends.map(\.1.isLarger)),
          ends.map { "s = \(middle.x.cell(0)) against s = \($0.cell(0)): \($1.points)" }
            .joined(separator: "; ")))
    }
    return findings
  }
}
