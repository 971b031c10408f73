import Datasets
import Evaluation
import Foundation
import Reports
import Training

extension Study {
  /// What frequent classes do to the proxies, and what helps.
  static let imbalance = Study(
    name: "imbalance",
    title: "Proxies of frequent classes grow long",
    claim:
      "On unbalanced classes the proxies of softmax are the longer the more samples their class has, "
      + "which favours frequent classes; normalised proxies take that advantage away. Class weights and the "
      + "focal loss are the usual remedies beside it.",
    papers: [
      "Guo, Zhang, One-shot face recognition by promoting underrepresented classes, 2017",
      "Liu et al., SphereFace: Deep hypersphere embedding for face recognition, 2017",
      "Lin et al., Focal loss for dense object detection, 2017",
    ],
    data: [.mnist]
  ) { session in
    let whole = try session.mnist()
    let ratio = session.choose(smoke: 10.0, quick: 100, full: 100)
    let train = thinned(whole.train.pictures!, ratio: ratio)
    let dataset = try Dataset(
      name: "mnist, unbalanced", train: train, test: whole.test.pictures!,
      classNames: whole.classNames)
    let counts = (0..<10).map { label in train.labels.count { $0 == Int32(label) } }

    func way(
      _ name: String, _ loss: String, _ settings: [String: String] = [:],
      _ weighting: ClassWeighting? = nil, _ optimizer: TrainingOptions.OptimizerKind = .adamw
    ) -> LossComparison.Way {
      var way = session.mnistWay(name, loss, settings, featureCount: 16)
      way.configuration.classWeighting = weighting
      let usual = way.configuration.training
      way.configuration.training = TrainingOptions(optimizer: optimizer)
      way.configuration.training.learningRate = optimizer == .sgd ? 0.05 : usual.learningRate
      // A quarter of the digits is left: lengths take as many steps to grow as with all of them.
      way.configuration.training.epochs =
        usual.epochs * session.choose(smoke: 1, quick: 4, full: 4)
      return way
    }
    let ways = [
      way("softmax", "softmax", ["bias": "none"]),
      // AdamW moves every number at about the same pace, however often its class is seen.
      way("softmax, SGD", "softmax", ["bias": "none"], nil, .sgd),
      // Offsets can take what frequent classes have ahead, so that lengths need not.
      way("softmax, offsets", "softmax"),
      way("modified softmax", "modified-softmax"),
      way("NormFace", "normface"),
      way("ArcFace", "arcface"),
      way("softmax, class weights", "softmax", ["bias": "none"], .balanced),
      way("softmax, focal γ = 2", "softmax", ["bias": "none", "focal-gamma": "2"]),
    ]
    let groups = try session.results(of: ways) { way, run in
      try BalanceScores(session.train(way.configuration, on: dataset, as: run), counts)
    }
    func over(_ group: [BalanceScores], _ number: (BalanceScores) -> Estimate) -> Estimate {
      .over(group.map(number))
    }

    func curves(
      of chosen: some Sequence<(LossComparison.Way, [BalanceScores])>, times factor: Double,
      _ numbers: (BalanceScores) -> [Double]
    ) -> [(String, RunSummary.Curve)] {
      chosen.map { way, group in
        let points = counts.indices.map { label in
          over(group) { Estimate(numbers($0)[label]) }.point(
            at: Double(counts[label]), times: factor)
        }
        return (way.name, RunSummary.Curve(name: "", points: points))
      }
    }
    try session.figure(
      "norms",
      Figures.curves(
        curves(
          of: zip(ways, groups).filter { way, _ in
            !way.name.contains("NormFace") && !way.name.contains("ArcFace")
          }, times: 1, \.proxyNorms),
        xTitle: "samples of the class", xIsLogarithmic: true, yTitle: "Length of the proxy"),
      caption:
        "The length of each class's proxy by the number of its samples, with its interval over seeds. "
        + "That of modified softmax has no effect, as its proxies are brought to unit length.")
    try session.figure(
      "recall",
      Figures.curves(
        curves(of: zip(ways, groups), times: 100, \.recalls),
        xTitle: "samples of the class", xIsLogarithmic: true, yTitle: "Test digits recognised, %"),
      caption:
        "The share of each class's test digits that is recognised, by the number of its samples.")

    let softmax = groups[0]
    func group(_ name: String) -> [BalanceScores] {
      groups[ways.firstIndex { $0.name == name }!]
    }
    func correlation(_ name: String) -> String {
      over(group(name)) { Estimate($0.correlation) }.cell(3)
    }
    func rare(_ name: String) -> Contrast {
      Contrast(group(name).map(\.rareIsRight), softmax.map(\.rareIsRight))
    }
    let (modified, normface) = (rare("modified softmax"), rare("NormFace"))
    let (weighted, focal) = (rare("softmax, class weights"), rare("softmax, focal γ = 2"))
    return StudyResult(
      method:
        "Softmax without offsets by AdamW, unless something else is named. MNIST with \(counts[0]) to \(counts[9]) samples of a class, falling by the same factor from "
        + "each digit to the next. "
        + session.mnistMethod(dataset, ways[0].configuration.training)
        + ", with 16 features; judged on the balanced test digits. Rare: the "
        + "three digits with fewest samples.",
      tables: [
        StudyTable(
          "Recognition of frequent and rare digits",
          columns: [
            "", "correlation of proxy length with log samples", "all digits %", "three rarest %",
            "three most frequent %",
          ],
          rows: zip(ways, groups).map { way, group in
            [
              way.name, correlation(way.name), over(group, \.accuracy).percent,
              over(group, \.rareAccuracy).percent,
              over(group, \.frequentAccuracy).percent,
            ]
          }, note: "The lengths of proxies that the loss normalises are an accident of training.")
      ],
      findings: [
        Finding(
          "The lengths of softmax's proxies grow with the number of samples",
          Contrast(softmax.map(\.correlation), softmax.map { _ in 0 }).isLarger,
          "correlation with the logarithm of the number: \(correlation("softmax")), by SGD "
            + "\(correlation("softmax, SGD")), with offsets \(correlation("softmax, offsets"))"),
        Finding(
          "With normalised proxies more of the rare digits are recognised",
          .init([modified.isLarger, normface.isLarger]),
          "modified softmax: \(modified.points); NormFace: \(normface.points)"),
        Finding(
          "With class weights more of the rare digits are recognised", weighted.isLarger,
          weighted.points),
        Finding(
          "With the focal loss more of the rare digits are recognised", focal.isLarger,
          focal.points),
      ],
      caveats: [
        "The digit 0 is the most frequent one and 9 the rarest with every seed: what is hard about a digit "
          + "is not told from how rare it is, and correlations over ten digits have wide intervals."
      ])
  }

  /// The digit 0 with all its samples, the digit 9 with one in `ratio`, those between in steps of equal factors.
  private static func thinned(_ pictures: PictureSet, ratio: Double) -> PictureSet {
    let available = (0..<10).map { label in pictures.labels.count { $0 == Int32(label) } }
    let most = Double(available.min()!)
    let wanted = (0..<10).map { max(4, Int(most * pow(ratio, -Double($0) / 9))) }
    var taken = [Int](repeating: 0, count: 10)
    return pictures.select(
      pictures.labels.indices.filter { index in
        let label = Int(pictures.labels[index])
        taken[label] += 1
        return taken[label] <= wanted[label]
      })
  }
}

private struct BalanceScores: Codable {
  var accuracy, rareAccuracy, frequentAccuracy: Estimate
  /// Of the test pictures of the rare classes.
  var rareIsRight: [Bool]
  var recalls, proxyNorms: [Double]
  /// Of the proxies' lengths with the logarithms of the numbers of samples (Pearson's).
  var correlation: Double

  init(_ run: TrainingRun, _ counts: [Int]) throws {
    let scores = try RunScores(run)
    let labels = run.dataset.test.labels
    func right(_ classes: Set<Int32>) -> [Bool] {
      zip(scores.isRight, labels).filter { classes.contains($0.1) }.map(\.0)
    }
    func share(_ right: [Bool]) -> Estimate { .share(right.count { $0 }, of: right.count) }
    accuracy = scores.accuracy
    rareIsRight = right([7, 8, 9])
    rareAccuracy = share(rareIsRight)
    frequentAccuracy = share(right([0, 1, 2]))
    recalls = (0..<10).map { share(right([$0])).value }
    let width = run.network.featureCount
    let weights: [Float] = try run.objective.head!.weights.elements()
    proxyNorms = (0..<10).map { label in
      weights[label * width..<(label + 1) * width].reduce(0.0) { $0 + Double($1) * Double($1) }
        .squareRoot()
    }
    correlation = Self.correlation(counts.map { log(Double($0)) }, proxyNorms)
  }

  private static func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(x.count)
    let (mx, my) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
    let products = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) }
    let squares = (
      x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }, y.reduce(0) { $0 + ($1 - my) * ($1 - my) }
    )
    return products / (squares.0 * squares.1).squareRoot()
  }
}
