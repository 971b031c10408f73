import Foundation
import Losses
import Testing
import Torch

/// A small set of random features with labels, as tensors and as numbers.
private struct Samples {
  let features: Tensor
  let labels: Tensor
  let numbers: [Int64]
  let squares: [[Double]]

  /// - Parameter ties: Whether coordinates are whole numbers, so that many distances are equal.
  init(_ count: Int, classes: Int64, seed: UInt64, ties: Bool = false) throws {
    let generator = try RandomGenerator(seed: seed)
    let raw = try Tensor.randomNormal([count, 3], dtype: .float64, using: generator)
    features = try ties ? (raw * 2).roundedDown() : raw
    numbers = (0..<Int64(count)).map { ($0 * $0 + $0 / 3) % classes }
    labels = try Tensor(numbers)
    let x = try features.elements(Double.self)
    squares = (0..<count).map { i in
      (0..<count).map { j in
        (0..<3).reduce(0) { $0 + pow(x[i * 3 + $1] - x[j * 3 + $1], 2) }
      }
    }
  }

  var indices: Range<Int> { numbers.indices }

  func positives(_ a: Int) -> [Int] { indices.filter { $0 != a && numbers[$0] == numbers[a] } }
  func negatives(_ a: Int) -> [Int] { indices.filter { numbers[$0] != numbers[a] } }
}

@Suite("Contrastive loss")
struct ContrastiveTests {
  @Test("is ½D² within a class and ½ max(0, m − D)² between classes: worked by hand")
  func byHand() throws {
    let features = try Tensor([0, 0, 3, 4, 0, 1.0], shape: [3, 2])
    let labels = try Tensor([0, 0, 1] as [Int64])
    func value(_ settings: [String: String]) throws -> Double {
      try LossCatalog.entry(named: "contrastive").makeLoss(settings)
        .value([.features: features, .labels: labels]).item()
    }
    // D: 5 within the class; 1 and √18 > 3 between.
    #expect(try abs(value(["margin": "3"]) - (12.5 + 2) / 3) < 1e-14)
    #expect(try abs(value(["margin": "3", "power": "1"]) - (5.0 + 2) / 3) < 1e-14)
    #expect(
      try abs(value(["margin": "3", "power": "1", "average": "non-zero"]) - (5.0 + 2) / 2) < 1e-14)
    #expect(try abs(value(["margin": "3", "power": "1", "rule": "apart"]) - (5 + 1)) < 1e-14)
    #expect(try abs(value(["margin": "3", "reduction": "sum"]) - 2 * 14.5) < 1e-14)
  }

  @Test("takes Y = 1 for a pair of different classes")
  func pairs() throws {
    let loss = try Contrastive(margin: 3, reduction: .none)
    let losses = try loss(
      anchors: Tensor([0, 0, 0, 0.0], shape: [2, 2]),
      others: Tensor([0, 2, 0, 2.0], shape: [2, 2]),
      different: Tensor([0, 1.0]))
    #expect(try losses.elements() == [2, 0.5])
  }
}

@Suite("Triplet loss")
struct TripletTests {
  /// Over all triplets that `isUsed`, one by one.
  private func bruteForce(
    _ samples: Samples, margin: Double, average: PairAverage,
    where isUsed: (_ positive: Double, _ negative: Double) -> Bool = { _, _ in true }
  ) -> Double {
    var (sum, count) = (0.0, 0.0)
    for a in samples.indices {
      for p in samples.positives(a) {
        for n in samples.negatives(a)
        where isUsed(samples.squares[a][p], samples.squares[a][n]) {
          let hinge = max(0, samples.squares[a][p] - samples.squares[a][n] + margin)
          sum += hinge
          count += average == .all || hinge > 0 ? 1 : 0
        }
      }
    }
    return sum / max(count, 1)
  }

  @Test("over all triplets is exact without a cube of them", arguments: [false, true])
  func all(ties: Bool) throws {
    let samples = try Samples(23, classes: 5, seed: 1, ties: ties)
    for margin in [0, 0.5, 3.5] {
      for average in PairAverage.allCases {
        let value = try Triplet(margin: margin, average: average)(
          samples.features, labels: samples.labels
        ).item()
        let expected = bruteForce(samples, margin: margin, average: average)
        #expect(abs(value - expected) < 1e-12 * max(1, expected))
        let band = try Triplet(margin: margin, miner: .semiHard(.band), average: average)(
          samples.features, labels: samples.labels
        ).item()
        let expectedBand = bruteForce(samples, margin: margin, average: average) {
          $0 < $1 && $1 < $0 + margin
        }
        #expect(abs(band - expectedBand) < 1e-12 * max(1, expectedBand))
      }
    }
  }

  @Test("of a memory counts its triplets as those of the batch")
  func memory() throws {
    let samples = try Samples(20, classes: 4, seed: 2)
    let loss = try Triplet(margin: 1, reduction: .none)
    let together = try loss(samples.features, labels: samples.labels).elements(Double.self)
    let split = try loss(
      LabeledPairs(
        samples.features.slice(0..<12), labels: samples.labels.slice(0..<12),
        memory: (samples.features.slice(12..<20), samples.labels.slice(12..<20)))
    ).elements(Double.self)
    #expect(zip(split, together).allSatisfy { abs($0 - $1) < 1e-12 * max(1, $1) })
    #expect(split.count == 12)
  }

  @Test("of features that have collapsed is the margin")
  func collapse() throws {
    let features = try (Tensor.zeros([6, 3]) + 0.5).requireGradient()
    let labels = try Tensor([0, 1, 0, 1, 2, 2] as [Int64])
    for miner in [TripletMiner.all, .hard, .easyPositive] {
      for kind in PairDistance.Kind.allCases {
        let loss = try Triplet(margin: 0.25, distance: PairDistance(kind), miner: miner)
        let value = try loss(features, labels: labels)
        #expect(try abs(value.item() - 0.25) < 1e-6)
        try value.backward()
        #expect(try features.gradient()!.isAllFinite())
      }
    }
  }

  @Test("takes 1,000 samples in a batch")
  func manySamples() throws {
    // 1,000 samples have 1e8 triplets and more: as a cube, 4 GB in float32.
    let samples = try Samples(1000, classes: 7, seed: 3)
    let features = try samples.features.to(.float32).requireGradient()
    let value = try Triplet()(features, labels: samples.labels)
    try value.backward()
    let wide = try Triplet()(samples.features, labels: samples.labels).item()
    #expect(try abs(value.item() - wide) < 1e-5 * wide)
  }
}

@Suite("Losses of pairs")
struct PairLossTests {
  static let entries = LossCatalog.all.filter {
    $0.family == .featuresAndLabels && $0.name != "center"
  }

  @Test("are 0 without a partner for any sample, and do not hide a NaN", arguments: entries)
  func noPairs(entry: LossEntry) throws {
    // Contrastive has pairs of two classes always, multi-similarity and ranked list push them.
    let settings = ["contrastive": ["margin": "0"], "cross-batch-memory": ["loss": "supcon"]]
    let loss = try entry.makeLoss(settings[entry.name] ?? [:])
    let features = try Tensor([1, 2, 3, 4.0], shape: [1, 4]).requireGradient()
    let labels = try Tensor([3] as [Int64])
    let value = try loss.value([.features: features, .labels: labels])
    #expect(try value.item() == 0)
    if value.requiresGradient {
      try value.backward()
      #expect(try features.gradient()!.elements() == [0, 0, 0, 0.0])
    }
    let poisoned = try Tensor([1, .nan, 3, 4.0], shape: [1, 4])
    #expect(try loss.value([.features: poisoned, .labels: labels]).item().isNaN)
  }

  @Test("do not depend on the order of the batch", arguments: entries)
  func order(entry: LossEntry) throws {
    let samples = try Samples(12, classes: 4, seed: 5)
    // The pairs of n-pair are the first two of each class.
    guard entry.name != "n-pair" else { return }
    let order = try Tensor([7, 2, 11, 0, 4, 9, 1, 3, 10, 5, 8, 6] as [Int64])
    let loss = try entry.makeLoss()
    let value = try loss.value([.features: samples.features, .labels: samples.labels]).item()
    let shuffled = try loss.value([
      .features: samples.features.select(order), .labels: samples.labels.select(order),
    ]).item()
    #expect(value > 0 && abs(value - shuffled) < 1e-12 * value)
  }

  @Test("say why an option of other losses has no meaning")
  func refusals() {
    let error = #expect(throws: LossError.self) {
      try LossCatalog.entry(named: "triplet").makeLoss(["label-smoothing": "0.1"])
    }
    #expect(error?.description.contains("no probabilities of classes") == true)
  }
}

@Suite("Softmaxes of pairs")
struct SoftmaxOfPairsTests {
  @Test("NT-Xent and SupCon of two samples a class are the same")
  func same() throws {
    let features = try Tensor.randomNormal(
      [6, 4], dtype: .float64, using: RandomGenerator(seed: 4))
    let labels = try Tensor([0, 1, 2, 2, 0, 1] as [Int64])
    let a = try NTXent(temperature: 0.3)(features, labels: labels).item()
    for rule in SupCon.Rule.allCases {
      let b = try SupCon(temperature: 0.3, rule: rule)(features, labels: labels).item()
      #expect(abs(a - b) < 1e-12)
    }
  }

  @Test("N-pair of orthogonal pairs is log(1 + (P − 1)·e^−|x|²)")
  func nPair() throws {
    let features = try Tensor([2, 0, 0, 2, 2, 0, 0, 2.0], shape: [4, 2])
    let value = try NPair()(features, labels: Tensor([5, 3, 5, 3] as [Int64])).item()
    #expect(abs(value - log(1 + exp(-4))) < 1e-14)
  }
}

@Suite("Cross-batch memory")
struct CrossBatchMemoryTests {
  private func features(_ values: [Float]) throws -> Tensor {
    try Tensor(values, shape: [values.count, 1])
  }

  @Test("holds the last features, in the place of the oldest, and gives them no gradient")
  func queue() throws {
    let inner = try Contrastive(margin: 4)
    let memory = try CrossBatchMemory(inner, size: 3)
    let term = try memory.makeTerm(classCount: 9, featureCount: 1, seed: 0)
    let batch = try features([1, 2]).requireGradient()
    let labels = try Tensor([0, 1] as [Int64])
    // Empty: the loss in it.
    #expect(try term(batch, labels: labels).item() == inner(batch, labels: labels).item())
    try term.update(features: features([10, 11]), labels: Tensor([0, 1] as [Int64]))
    try term.update(features: features([12, 13]), labels: Tensor([2, 3] as [Int64]))
    let held = Dictionary(uniqueKeysWithValues: term.buffers.map { ($0.name, $0.tensor) })
    #expect(try held["memory-features"]!.elements() == [13, 11, 12] as [Float])
    #expect(try held["memory-labels"]!.elements() == [3, 1, 2] as [Int64])
    let value = try term(batch, labels: labels)
    let expected = try memory(
      batch, labels: labels, memory: (features([11, 12, 13]), Tensor([1, 2, 3] as [Int64])))
    #expect(try abs(value.item() - expected.item()) < 1e-5)
    try value.backward()
    #expect(!held["memory-features"]!.requiresGradient)
    // A batch larger than the queue leaves its last samples.
    try term.update(
      features: features([20, 21, 22, 23]), labels: Tensor([0, 1, 2, 3] as [Int64]))
    #expect(try Set(held["memory-features"]!.elements(Float.self)) == [21, 22, 23])
    #expect(try held["total"]!.elements() == [8] as [Int64])
  }

  @Test("is trained beside a head, with settings for the loss in it")
  func objective() throws {
    let specification = try ObjectiveSpecification(
      "softmax+cross-batch-memory",
      settings: ["loss": "triplet", "settings": "margin=0.5/miner=hard", "size": "4"])
    let objective = try Objective(specification, classCount: 3, featureCount: 2, seed: 0)
    let features = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let labels = try Tensor([0, 2] as [Int64])
    #expect(try objective(features, labels: labels).isAllFinite())
    try objective.update(features: features, labels: labels)
    #expect(try objective(features, labels: labels).isAllFinite())
    #expect(objective.buffers.contains { $0.tensor.shape == [4, 2] })
    for bad in ["margin=-1", "margni=1", "margin"] {
      #expect(throws: LossError.self) {
        try LossCatalog.entry(named: "cross-batch-memory").makeLoss(["settings": bad])
      }
    }
    #expect(throws: LossError.self) {
      try Objective(
        ObjectiveSpecification(
          "softmax+cross-batch-memory", settings: ["settings": "reduction=none"]),
        classCount: 3, featureCount: 2, seed: 0)
    }
  }
}

@Suite("Offline mining")
struct OfflineMiningTests {
  @Test("finds what looking at all pairs finds, whatever the blocks", arguments: [1, 7, 100])
  func exact(blockSize: Int) throws {
    let samples = try Samples(40, classes: 6, seed: 8)
    let mining = try OfflineMining(blockSize: blockSize)
    func nearest(_ a: Int, _ candidates: [Int]) -> Int? {
      candidates.min { samples.squares[a][$0] < samples.squares[a][$1] }
    }
    func check(_ found: OfflineMining.Found, _ expected: (Int) -> Int?) throws {
      let indices = try found.indices.elements(Int64.self)
      #expect(indices == samples.indices.map { Int64(expected($0) ?? -1) })
      let distances = try found.distances.elements(Double.self)
      #expect(
        samples.indices.allSatisfy { a in
          expected(a).map { abs(samples.squares[a][$0] - distances[a]) < 1e-12 }
            ?? distances[a].isInfinite
        })
    }
    let (x, y) = (samples.features, samples.labels)
    try check(mining.hardestNegatives(x, labels: y)) { nearest($0, samples.negatives($0)) }
    try check(mining.easiestPositives(x, labels: y)) { nearest($0, samples.positives($0)) }
    try check(mining.hardestPositives(x, labels: y)) { a in
      samples.positives(a).max { samples.squares[a][$0] < samples.squares[a][$1] }
    }
    let triplets = try mining.triplets(
      x, labels: y, positive: .nearest, negative: .semiHard(margin: 1))
    var expected: [[Int64]] = []
    for a in samples.indices {
      guard let p = nearest(a, samples.positives(a)) else { continue }
      let bound = samples.squares[a][p]
      let band = samples.negatives(a).filter {
        samples.squares[a][$0] > bound && samples.squares[a][$0] < bound + 1
      }
      if let n = nearest(a, band) { expected.append([a, p, n].map(Int64.init)) }
    }
    let (a, p, n) = (
      try triplets.anchors.elements(Int64.self), try triplets.positives.elements(Int64.self),
      try triplets.negatives.elements(Int64.self)
    )
    #expect(a.indices.map { [a[$0], p[$0], n[$0]] } == expected && !expected.isEmpty)
  }

  @Test(
    "in float32 finds by products what differences in float64 find",
    arguments: PairDistance.Kind.allCases)
  func products(kind: PairDistance.Kind) throws {
    // One class and the whole are larger than what is looked at without products.
    let features = try Tensor.randomNormal([400, 5], using: RandomGenerator(seed: 9))
    let numbers = (0..<400).map { $0 % 3 == 0 ? 7 : Int64($0 % 20) }
    let labels = try Tensor(numbers)
    for normalizes in [false, true] {
      let mining = try OfflineMining(distance: PairDistance(kind, normalizesFeatures: normalizes))
      // In float64 of the same float32 unit vectors.
      let rows = try normalizes ? features.unitRows() : features
      let exact = try OfflineMining(distance: PairDistance(kind))
      for search in [
        OfflineMining.hardestNegatives, OfflineMining.hardestPositives,
        OfflineMining.easiestPositives,
      ] {
        let found = try search(mining)(features, labels)
        let expected = try search(exact)(rows.to(.float64), labels)
        #expect(
          try found.indices.elements(Int64.self) == expected.indices.elements(Int64.self))
        let pairs = try zip(
          found.distances.elements(Float.self), expected.distances.elements(Double.self))
        #expect(
          pairs.allSatisfy { pair in
            pair.0.isInfinite
              ? pair.1.isInfinite : abs(Double(pair.0) - pair.1) <= 1e-6 * (1 + pair.1)
          })
      }
    }
  }

  @Test("of one class finds no negative, and no triplet")
  func oneClass() throws {
    let features = try Tensor([1, 2, 4.0], shape: [3, 1])
    let labels = try Tensor([7, 7, 7] as [Int64])
    let mining = try OfflineMining(blockSize: 2)
    let found = try mining.hardestNegatives(features, labels: labels)
    #expect(try found.indices.elements() == [-1, -1, -1] as [Int64])
    #expect(try mining.triplets(features, labels: labels).anchors.count == 0)
    #expect(throws: LossError.self) { try OfflineMining(blockSize: 0) }
  }
}
