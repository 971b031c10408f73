import ArgumentParser
import Foundation
import Losses
import Training

struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract:
      "What scales and margins suit a number of classes and features, and what cannot work.",
    discussion: """
      Example:

        margin advise --classes 10575 --features 512 --loss cosface --set margin=0.35

      The numbers are those of a normalised head at its best: every feature on its proxy, the proxies
      as far apart as they can be. Angles of margins are in radians.
      """)

  @Option(help: "The number of classes.")
  var classes: Int

  @Option(help: "The number of features.")
  var features: Int

  @Option(help: "The probability that the target of a well-placed feature should have.")
  var probability = 0.9

  @Option(help: "A loss whose settings are to be judged, or a sum such as softmax+center.")
  var loss: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("A parameter of the loss, such as margin=0.3.", valueName: "name=value"))
  var settings: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard loss != nil || settings.isEmpty else {
      throw Failure(.usage, "--set needs a --loss that it is for")
    }
    let geometry = try ClassGeometry(classCount: classes, featureCount: features)
    let specification = try loss.map {
      try ObjectiveSpecification($0, settings: parseSettings(settings))
    }
    let advice = try Advice(geometry, probability: probability, specification)
    if json {
      print(String(decoding: try JSONFile.encode(advice), as: UTF8.self))
    } else {
      print(advice.text(lossCount: specification?.terms.count ?? 0))
    }
  }

  /// What is printed.
  private struct Advice: Encodable {
    struct Floor: Encodable { var scale, loss: Double }
    struct Limit: Encodable {
      /// No arrangement of the proxies bears more.
      var atMost: Double
      /// Whether there is one that bears this.
      var isReached: Bool
      /// What the proxies bear that a cosine head starts with; left out where that takes long.
      var measured: Double?
    }
    struct MultiplicativeMargin: Encodable {
      var m: Int
      /// The largest angle of a feature to its own proxy, and the least between two classes.
      var reach, gap: Double
    }

    var classes, features: Int
    var probability: Double
    var leastScale, leastAlpha, adaCosScale: Double
    var lossFloors: [Floor]
    /// Radians.
    var separation: Limit
    var separationSource: String
    var cosfaceMargin, arcfaceMargin: Limit
    var aSoftmax: [MultiplicativeMargin]
    /// What will not work with the loss as it is set.
    var warnings: [String]
    /// Of the losses, which have not been looked at, and why.
    var notJudged: [String]

    init(
      _ geometry: ClassGeometry, probability: Double, _ specification: ObjectiveSpecification?
    ) throws {
      classes = geometry.classCount
      features = geometry.featureCount
      self.probability = probability
      leastScale = try geometry.leastScale(probability: probability)
      leastAlpha = try geometry.leastAlpha(probability: probability)
      adaCosScale = geometry.adaCosScale
      lossFloors = [1, leastScale, 30, 64].filter { $0 > 0 }.sorted().map {
        Floor(scale: $0, loss: geometry.lossFloor(scale: $0))
      }
      let best = geometry.bestSeparation
      let measured = try best.isReached ? nil : geometry.measuredSeparation()
      func limit(_ value: (Separation) -> Double) -> Limit {
        Limit(atMost: value(best), isReached: best.isReached, measured: measured.map(value))
      }
      separation = limit(\.angle)
      separationSource = best.source
      cosfaceMargin = limit { 1 - cos($0.angle) }
      arcfaceMargin = limit(\.angle)
      aSoftmax = (2...4).map { m in
        MultiplicativeMargin(
          m: m, reach: best.angle / Double(m + 1),
          gap: ClassGeometry.multiplicativeGap(m: Double(m), angle: best.angle))
      }
      warnings =
        try specification.map { try geometry.warnings(for: $0, probability: probability) } ?? []
      notJudged = specification.map(ClassGeometry.notJudged) ?? []
    }

    /// - Parameter lossCount: How many losses there were to judge.
    func text(lossCount: Int) -> String {
      func number(_ value: Double) -> String { String(format: "%.4g", value) }
      func degrees(_ angle: Double) -> String { String(format: "%.1f°", angle * 180 / .pi) }
      func line(_ name: String, _ value: String, _ formula: String) -> String {
        "  " + name.padding(toLength: 41, withPad: " ", startingAt: 0)
          + value.padding(toLength: 11, withPad: " ", startingAt: 0) + formula
      }
      func reached(_ limit: Limit, _ write: (Double) -> String) -> String {
        limit.measured.map { "; \(write($0)) was reached" } ?? ""
      }
      var lines = ["\(classes) classes, \(features) features, probability \(number(probability))"]
      lines += ["", "Scale:"]
      lines.append(line("of a cosine, at least", number(leastScale), "(C−1)/C·ln((C−1)P/(1−P))"))
      lines.append(line("α of l2-softmax, at least", number(leastAlpha), "ln(P(C−2)/(1−P))"))
      lines.append(line("fixed, as AdaCos has it", number(adaCosScale), "√2·ln(C−1)"))
      lines += ["", "The loss of a cosine head stays above, without margin:"]
      lines += lossFloors.map {
        line("with scale \(number($0.scale))", number($0.loss), "ln(1+(C−1)·e^(−s·C/(C−1)))")
      }
      lines += ["", "Margin:"]
      lines.append(
        line(
          "angle of the nearest proxies, at most", degrees(separation.atMost),
          separationSource + reached(separation, degrees)))
      lines.append(
        line(
          "of cosface, at most", number(cosfaceMargin.atMost),
          "1 − cos of that" + reached(cosfaceMargin, number)))
      lines.append(
        line(
          "of arcface, at most", number(arcfaceMargin.atMost),
          "that in radians" + reached(arcfaceMargin, number)))
      lines += aSoftmax.map {
        line(
          "gap of a-softmax with m = \($0.m)", degrees($0.gap),
          "(m−1)/(m+1) of that; features within \(degrees($0.reach)) of their proxies")
      }
      if lossCount > 0 {
        lines += [""] + warnings.map { "Warning: \($0)." }
        if warnings.isEmpty, notJudged.count < lossCount { lines.append("No warnings.") }
        lines += notJudged.map { "Not judged: \($0)." }
      }
      return lines.joined(separator: "\n")
    }
  }
}
