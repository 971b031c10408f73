import Evaluation
import Losses
import Reports
import Torch

extension Study {
  /// Losses of the margin y · f: what they look like, and what wrong labels do to them.
  static let classicMargins = Study(
    name: "classic-margins",
    title: "Losses of the margin, and wrong labels",
    claim:
      "Hinge, exponential, logistic and squared loss stand in for the 0-1 loss, which has no slope, and "
      + "lie above it. The steeper a loss rises for what is wrong, the more wrong labels harm: the "
      + "exponential loss most, hinge and logistic, whose slope is bounded, least.",
    papers: [
      "Hastie, Tibshirani, Friedman, The elements of statistical learning, 2nd edition, 2009, 10.6",
      "Bartlett, Jordan, McAuliffe, Convexity, classification, and risk bounds, 2006",
      "Long, Servedio, Random classification noise defeats all convex potential boosters, 2010",
    ],
    data: [.mnist]
  ) { session in
    try session.useOneThread()
    let losses = try MarginLoss.all()
    let shapes = try losses.map { try Shape($0) }
    let zeroOne = try Shape.zeroOne()
    try session.drawShapes(zip(losses, shapes).map { ($0.name, $1) }, zeroOne.values)

    let dataset = try session.mnist()
    let tasks = session.choose(
      smoke: [[4, 9]], quick: [[4, 9], Array(0..<10)],
      full: [[4, 9], [3, 5], [7, 9], Array(0..<10)]
    ).map { NoiseTask(classes: $0) }
    let noises = session.choose(
      smoke: [0, 0.4], quick: [0, 0.2, 0.4], full: [0, 0.1, 0.2, 0.3, 0.4])
    let items = tasks.flatMap { task in
      losses.flatMap { loss in
        noises.flatMap { noise in
          session.seeds.map { (task: task, loss: loss, noise: noise, seed: $0) }
        }
      }
    }
    let results = try session.results(
      for: items,
      named: items.map {
        "\($0.task.name), \($0.loss.name), \(($0.noise * 100).cell(0)) % noise, seed \($0.seed)"
      }
    ) { item in
      try item.task.result(
        of: item.loss, noise: item.noise, on: dataset, seed: item.seed,
        epochs: session.choose(smoke: 2, quick: 30, full: 30), progress: session.step)
    }
    func seeds(_ task: Int, _ loss: String, _ noise: Double) -> [NoiseTask.Result] {
      let place =
        (task * losses.count + losses.firstIndex { $0.name == loss }!) * noises.count
        + noises.firstIndex(of: noise)!
      return Array(results[place * session.seeds.count..<(place + 1) * session.seeds.count])
    }
    func accuracy(_ task: Int, _ loss: String, _ noise: Double) -> Estimate {
      .over(seeds(task, loss, noise).map { .share($0.isRight.count { $0 }, of: $0.isRight.count) })
    }
    /// The accuracy of one loss minus that of another, for each task.
    func contrasts(_ first: String, _ second: String, _ noise: Double) -> [Contrast] {
      tasks.indices.map { task in
        Contrast(
          seeds(task, first, noise).map(\.isRight), seeds(task, second, noise).map(\.isRight))
      }
    }
    func evidence(_ contrasts: [Contrast]) -> String {
      zip(tasks, contrasts).map { "\($0.name): \($1.points)" }.joined(separator: "; ")
    }
    for (index, task) in tasks.enumerated() {
      try session.figure(
        "noise-\(task.classes.map(String.init).joined())",
        Figures.curves(
          losses.map { loss in
            (
              loss.name,
              RunSummary.Curve(
                noises.map { $0 * 100 }, noises.map { accuracy(index, loss.name, $0) }, times: 100)
            )
          }, xTitle: "wrong training labels, %", yTitle: "Test accuracy, %"),
        caption: "\(task.name): digits recognised over the share of wrong labels in training.")
    }
    let most = noises.last!
    let clean = losses.filter { $0.name != "logistic" }.map { contrasts($0.name, "logistic", 0) }
    let bounded = ["hinge", "logistic"].map { ($0, contrasts($0, "exponential", most)) }
    let squares = ["hinge", "logistic"].map { ($0, contrasts($0, "squared hinge", most)) }
    func evidence(_ named: [(String, [Contrast])]) -> String {
      named.map { "\($0) – \(evidence($1))" }.joined(separator: ". ")
    }
    let percent = "\((most * 100).cell(0)) %"
    return StudyResult(
      method:
        "A linear model of the pixels, by AdamW for 30 epochs: of two digits (2,000 pictures), and one "
        + "against the rest for ten. A share of the training labels is exchanged for another class. The "
        + "learning rate is the best of \(NoiseTask.learningRates.map { "\($0)" }.joined(separator: ", "))"
        + " for each loss, by a sixth of the training pictures with the labels they have, right or wrong. "
        + "All losses see the same wrong labels.",
      tables: [Shape.table(zip(losses, shapes).map { ($0.name, $1) }, zeroOne.values)]
        + tasks.enumerated().map { index, task in
          StudyTable(
            "\(task.name): test accuracy in %, by the share of wrong training labels",
            columns: [""] + noises.map { "\(($0 * 100).cell(0)) %" },
            rows: losses.map { loss in
              [loss.name] + noises.map { accuracy(index, loss.name, $0).percent }
            })
        },
      findings: [
        Finding(
          "Every loss is at least the 0-1 loss, at every margin",
          .init(shapes.map { $0.isAbove(zeroOne.values) ? .holds : .doesNotHold }),
          zip(losses, shapes).map {
            "\($0.name): \($1.isAbove(zeroOne.values) ? "yes" : "no, \($1[0].cell(3)) at margin 0")"
          }.joined(separator: "; ") + ". The logistic loss divided by log 2: "
            + (shapes[3].isAbove(zeroOne.values, times: 1 / 0.693147) ? "yes" : "no")),
        Finding(
          "The 0-1 loss has no slope to follow", zeroOne.hasGradient ? .doesNotHold : .holds,
          zeroOne.hasGradient ? "the scores get a gradient" : "the scores get no gradient"),
        Finding(
          "For what is wrong the slopes of hinge and logistic end at 1, those of the squares grow with "
            + "the margin, that of the exponential loss with its exponential",
          Shape.growsAsSaid(shapes) ? .holds : .doesNotHold,
          zip(losses, shapes).map {
            "\($0.name): \((-$1.slope(-2)).cell(2)) at −2, \((-$1.slope(-4)).cell(2)) at −4"
          }.joined(separator: "; ")),
        Finding(
          "Only the squared loss punishes margins above 1, which are right",
          zip(losses, shapes).allSatisfy { ($0.name == "squared") == ($1.slope(2) > 0) }
            ? .holds : .doesNotHold,
          zip(losses, shapes).map { "\($0.name): slope \($1.slope(2).cell(3)) at 2" }
            .joined(separator: "; ")),
        Finding(
          "With right labels all recognise as many as the logistic loss, to one point",
          .init(clean.flatMap { $0.map { $0.isSmall(0.01) } }),
          evidence(
            Array(zip(losses.filter { $0.name != "logistic" }.map(\.name), clean)))),
        Finding(
          "With \(percent) wrong labels hinge and logistic recognise more than the exponential loss",
          .init(bounded.flatMap { $0.1.map(\.isLarger) }), evidence(bounded)),
        Finding(
          "With \(percent) wrong labels hinge and logistic recognise more than the squared hinge",
          .init(squares.flatMap { $0.1.map(\.isLarger) }), evidence(squares)),
      ])
  }
}

/// A loss of scores and targets of −1 and 1.
struct MarginLoss {
  let name: String
  let value: (_ scores: Tensor, _ signs: Tensor, Reduction) throws -> Tensor

  /// The losses, logistic as the fourth.
  static func all() throws -> [MarginLoss] {
    [
      MarginLoss(name: "hinge") { try Hinge(reduction: $2)($0, targets: $1) },
      MarginLoss(name: "squared hinge") { try Hinge(power: .two, reduction: $2)($0, targets: $1) },
      MarginLoss(name: "exponential") { try Exponential(reduction: $2)($0, targets: $1) },
      MarginLoss(name: "logistic") { try Logistic(reduction: $2)($0, targets: $1) },
      MarginLoss(name: "squared") { try L2(reduction: $2)($0, targets: $1) },
    ]
  }
}

/// A loss and its slope over the margin.
private struct Shape {
  static let margins = (0...160).map { (Double($0) - 80) / 20 }
  let values, slopes: [Double]

  init(_ loss: MarginLoss) throws {
    let scores = try Tensor(Self.margins).requireGradient()
    let losses = try loss.value(scores, Tensor.ones(scores.shape, dtype: .float64), .none)
    values = try losses.elements()
    slopes = try gradients(of: losses.sum(), for: [scores])[0]!.elements()
  }

  /// The 0-1 loss of two classes, of which the second has the score and is right.
  static func zeroOne() throws -> (values: [Double], hasGradient: Bool) {
    let scores = try Tensor(margins, shape: [margins.count, 1]).requireGradient()
    let losses = try LogitLoss(ZeroOne(), options: SampleOptions(reduction: .none))(
      .concatenate([Tensor.zeros([margins.count, 1], dtype: .float64), scores], axis: 1),
      Target(.labels(Tensor([Int64](repeating: 1, count: margins.count)))))
    return (try losses.elements(), losses.requiresGradient)
  }

  private func index(_ margin: Double) -> Int { Self.margins.firstIndex { $0 >= margin - 1e-9 }! }
  subscript(margin: Double) -> Double { values[index(margin)] }
  func slope(_ margin: Double) -> Double { slopes[index(margin)] }

  func isAbove(_ other: [Double], times factor: Double = 1) -> Bool {
    zip(values, other).allSatisfy { $0 * factor >= $1 - 1e-6 }
  }

  /// Of the losses in the order of `MarginLoss.all`.
  static func growsAsSaid(_ shapes: [Shape]) -> Bool {
    // From margin −2 to −4: 2 · (1 + 4) / (2 · (1 + 2)) for squares; e⁴ / e².
    let growths: [Double] = [1, 5.0 / 3, 7.38906, 1, 5.0 / 3]
    let grow = zip(shapes, growths).allSatisfy { shape, growth in
      // The slope of the logistic loss nears 1 without reaching it.
      abs(shape.slope(-4) / shape.slope(-2) / growth - 1) < (growth == 1 ? 0.12 : 0.001)
    }
    return grow && shapes.filter { $0.slope(-4) >= -1 }.count == 2
  }

  static func table(_ shapes: [(name: String, shape: Shape)], _ zeroOne: [Double]) -> StudyTable {
    let places = [-2.0, -1, 0, 0.5, 1, 2]
    func row(_ name: String, _ values: (Double) -> Double) -> [String] {
      [name] + places.map { values($0).cell(3) }
    }
    return StudyTable(
      "The losses by margin", columns: [""] + places.map { $0.cell(1) },
      rows: [row("0-1") { place in zeroOne[margins.firstIndex { $0 >= place - 1e-9 }!] }]
        + shapes.map { item in row(item.name) { item.shape[$0] } },
      note: "Of a score of 0 the 0-1 loss says wrong.")
  }
}

extension StudySession {
  fileprivate func drawShapes(
    _ shapes: [(name: String, shape: Shape)], _ zeroOne: [Double]
  ) throws {
    let shown = Shape.margins.indices.filter { abs(Shape.margins[$0]) <= 2.2 }
    func curve(_ values: [Double]) -> RunSummary.Curve {
      RunSummary.Curve(shown.map { Shape.margins[$0] }, shown.map { values[$0] })
    }
    try figure(
      "losses",
      Figures.curves(
        [("0-1", curve(zeroOne))] + shapes.map { ($0.name, curve($0.shape.values)) },
        xTitle: "margin y · f", yTitle: "Loss", yIsLogarithmic: false),
      caption: "The losses over the margin; below 0 the sample is on the wrong side.")
    try figure(
      "slopes",
      Figures.curves(
        shapes.map { ($0.name, curve($0.shape.slopes)) }, xTitle: "margin y · f",
        yTitle: "Slope of the loss"),
      caption:
        "The slopes of the losses, by automatic differentiation; that of 0-1 is 0 everywhere.")
  }
}
