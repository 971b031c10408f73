import Foundation
import Reports

/// Runs as training makes them, drawn from a seed: fans and rays, in any dimension.
enum SampleRuns {
  /// Small, seeded and the same everywhere.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }

    mutating func normal() -> Double {
      let u = Double.random(in: Double.leastNonzeroMagnitude...1, using: &self)
      return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
  }

  /// Two features around evenly spaced directions; `width` is the spread of angles in radians.
  static func planar(
    _ title: String, width: Double, norm: Double, count: Int = 10_000, classes: Int = 10,
    seed: UInt64 = 7
  ) -> RunSummary {
    var generator = Generator(state: seed)
    var values: [Float] = []
    var labels: [Int32] = []
    var proxies: [Float] = []
    for label in 0..<classes {
      let angle = 2 * .pi * (Double(label) + 0.3 * sin(Double(label) * 5)) / Double(classes)
      proxies += [Float(cos(angle)), Float(sin(angle))]
    }
    for index in 0..<count {
      let label = index % classes
      let isStray = Double.random(in: 0..<1, using: &generator) < 0.012
      let turn = 2 * .pi * (Double(label) + 0.3 * sin(Double(label) * 5)) / Double(classes)
      let angle = turn + width * generator.normal() * (isStray ? 6 : 1)
      let length = norm * max(0.02, 0.6 + 0.28 * generator.normal() - (isStray ? 0.3 : 0))
      values += [Float(length * cos(angle)), Float(length * sin(angle))]
      labels.append(Int32(label))
    }
    return run(
      title,
      features: .init(
        dimension: 2, values: values, labels: labels, proxies: proxies,
        proxiesAreNormalized: width < 0.08))
  }

  /// Any number of features around random directions.
  static func spatial(
    _ title: String, dimension: Int, noise: Double, classes: Int = 10, count: Int = 4_000,
    seed: UInt64 = 11
  ) -> RunSummary {
    var generator = Generator(state: seed)
    let centers = (0..<classes).map { index -> [Double] in
      if dimension == 3 {
        // Even directions, as a margin makes them.
        let z = 1 - 2 * (Double(index) + 0.5) / Double(classes)
        let angle = Double(index) * .pi * (3 - 5.0.squareRoot())
        let radius = (1 - z * z).squareRoot()
        return [radius * cos(angle), radius * sin(angle), z]
      }
      let raw = (0..<dimension).map { _ in generator.normal() }
      let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return raw.map { $0 / length }
    }
    var values: [Float] = []
    var labels: [Int32] = []
    let each = noise / Double(dimension).squareRoot()
    for index in 0..<count {
      let label = index % classes
      for axis in 0..<dimension {
        values.append(Float(20 * (centers[label][axis] + each * generator.normal())))
      }
      labels.append(Int32(label))
    }
    return run(
      title,
      features: .init(
        dimension: dimension, values: values, labels: labels,
        proxies: dimension == 3 ? centers.joined().map { Float($0) } : nil,
        proxiesAreNormalized: true))
  }

  /// Curves and metrics as a real run has them, with the given features.
  static func run(_ title: String, features: RunSummary.Features? = nil) -> RunSummary {
    let seed = title.unicodeScalars.reduce(UInt64(0)) { $0 &+ UInt64($1.value) }
    var generator = Generator(state: seed)
    let scale = Double.random(in: 0.5...8, using: &generator)
    let top = Double.random(in: 98.2...99.1, using: &generator)
    let loss = (1...40).map {
      let epoch = Double($0) / 8
      return RunSummary.Point(
        x: epoch, y: scale * exp(-epoch) + 0.05 * scale * (1 + 0.2 * generator.normal()))
    }
    let accuracy = (1...5).map { RunSummary.Point(x: Double($0), y: top - 6 * exp(-Double($0))) }
    let inside = title.hasPrefix("Softmax") ? 9.6 : Double.random(in: 2.2...4, using: &generator)
    return RunSummary(
      name: title.lowercased(), title: title,
      settings: title.hasPrefix("Softmax")
        ? [] : [.init(name: "margin", value: "0.3"), .init(name: "scale", value: "16")],
      trainingLoss: .init(name: "training loss", points: loss),
      testAccuracy: .init(name: "test accuracy", points: accuracy),
      metrics: [
        .init(
          key: "accuracy", title: "test accuracy", value: top, spread: 0.22, unit: "%",
          better: .higher, explanation: "Share of test examples that get their own class."),
        .init(
          key: "within", title: "angle within classes", value: inside,
          spread: title.hasPrefix("Arc") ? 0.05 : 0.1, unit: "°", digits: 1, better: .lower,
          explanation: "Mean angle between a feature and the centre of its class."),
        .init(
          key: "between", title: "smallest angle between", value: 24 + scale, unit: "°",
          digits: 1, better: .higher,
          explanation: "Angle between the two class centres that lie closest."),
        .init(
          key: "cosine", title: "verification, cosine", value: top - 0.6, spread: 0.3, unit: "%",
          better: .higher,
          explanation: "Pairs told apart as same or different by the cosine of their features."),
        .init(
          key: "euclidean", title: "verification, Euclidean", value: top - 3, spread: 0.4,
          unit: "%", better: .higher,
          explanation: "Pairs told apart by the distance of their features."),
        .init(
          key: "norm", title: "feature norm", value: 40 * scale, digits: 0,
          explanation: "Mean length of the feature vectors."),
      ], features: features)
  }

  static let facts = [
    Report.Fact(name: "Data", value: "MNIST, 60,000 + 10,000"),
    Report.Fact(name: "Network", value: "LeNet++, 2 features"),
    Report.Fact(name: "Epochs", value: "5"),
    Report.Fact(name: "Seed", value: "1"),
    Report.Fact(
      name: "Command",
      value: "margin compare --dataset mnist --network lenet++ --features 2 --losses "
        + "softmax,normface,cosface,arcface,softmax+center --epochs 5 --output runs/first"),
    Report.Fact(name: "Machine", value: "2 cores, x86-64, Linux"),
  ]

  static let digits = (0...9).map(String.init)

  /// Five losses with two features, as the program's main job compares them.
  static let fiveLosses = Report(
    title: "Five losses on handwritten digits",
    runs: [
      planar("Softmax", width: 0.15, norm: 120),
      planar("NormFace", width: 0.07, norm: 60),
      planar("CosFace", width: 0.035, norm: 45),
      planar("ArcFace", width: 0.03, norm: 38),
      planar("Softmax + center loss", width: 0.06, norm: 9),
    ],
    classNames: digits, facts: facts)
}
