import Losses
import Testing
import Torch

@Suite("A head with sampled classes")
struct SamplingTests {
  static let (classes, features) = (200, 8)

  func head(_ share: Double?, options: HeadOptions = HeadOptions()) throws -> ProxyHead {
    try ArcFaceLike.head(
      classCount: Self.classes, featureCount: Self.features,
      sampling: share.map { try ClassSampling(share: $0, seed: 5) }, options: options)
  }

  func batch(_ labels: [Int64]) throws -> (features: Tensor, labels: Tensor) {
    let features = try Tensor.randomNormal(
      [labels.count, Self.features], using: RandomGenerator(seed: 2))
    return (try features.requireGradient(), try Tensor(labels))
  }

  @Test("sees the classes of the batch and others, as many as the share says, anew in each step")
  func draws() throws {
    let head = try head(0.1)
    let (x, labels) = try batch([3, 150, 3, 199])
    var seen: [[Int64]] = []
    for _ in 0..<3 {
      _ = try head(x, labels: labels)
      let rows = try #require(head.sampledRows?.current?.rows).elements(Int64.self)
      #expect(rows.count == 20)
      #expect(rows == Array(Set(rows)).sorted())
      #expect(Set([3, 150, 199]).isSubset(of: rows))
      seen.append(rows)
    }
    #expect(seen[0] != seen[1] && seen[1] != seen[2])
  }

  @Test("sees all classes of the batch, also where they are more than the share")
  func manyLabels() throws {
    let head = try head(0.01)
    let (x, labels) = try batch([0, 1, 2, 3, 4, 5])
    _ = try head(x, labels: labels)
    let rows = try #require(head.sampledRows?.current?.rows).elements(Int64.self)
    #expect(rows == [0, 1, 2, 3, 4, 5])
  }

  @Test(
    "is the head of the classes that were drawn, value and gradients", arguments: [0.1, 0.7, 1])
  func sameAsSmallHead(share: Double) throws {
    // An ignored label is one of the classes here, which must not be taken for another's place.
    let head = try head(share, options: HeadOptions(ignoreLabel: 7))
    let (x, labels) = try batch([3, 150, 7, 199])
    let value = try head(x, labels: labels)
    try value.backward()
    let (rows, values) = try #require(head.sampledRows?.current)
    let places = try rows.elements(Int64.self)
    var loss = head.loss
    loss.implementation = .composed
    let kept = try x.detached().select(Tensor([0, 1, 3] as [Int64])).copy().requireGradient()
    let proxies = try values.detached().copy().requireGradient()
    let own = try [3, 150, 199].map { Int64(try #require(places.firstIndex(of: $0))) }
    // The place that the ignored label would have must not be ignored.
    var plain = try ArcFaceLike.loss(HeadOptions())
    plain.implementation = .composed
    let expected = try plain.value([
      .features: kept, .weights: proxies, .labels: Tensor(own),
    ])
    try expected.backward()
    #expect(abs(try value.item() - expected.item()) < 1e-5)
    let difference = try values.gradient()! - proxies.gradient()!
    #expect(try difference.magnitude().sum().item() < 1e-4)
  }

  @Test("changes only the proxies that were drawn", arguments: [true, false])
  func optimizer(usesAdam: Bool) throws {
    let head = try head(0.1)
    let before = try head.weights.copy()
    let group = ParameterGroup([], sampled: [try #require(head.sampledRows)], weightDecay: 0.1)
    let optimizer: any Optimizer =
      try usesAdam ? AdamW([group]) : SGD([group], momentum: 0.9)
    let (x, labels) = try batch([3, 150, 3, 199])
    try head(x, labels: labels).backward()
    let rows = Set(try #require(head.sampledRows?.current?.rows).elements(Int64.self))
    try optimizer.step(learningRate: 0.1)
    let changes = try (head.weights - before).magnitude().sum(axis: 1).elements(Float.self)
    for (row, change) in changes.enumerated() {
      #expect((change > 0) == rows.contains(Int64(row)), "row \(row)")
    }
    for (name, state) in optimizer.state where state.rank == 2 {
      let sizes = try state.magnitude().sum(axis: 1).elements(Float.self)
      for (row, size) in sizes.enumerated() {
        #expect((size > 0) == rows.contains(Int64(row)), "\(name), row \(row)")
      }
    }
  }

  @Test("steps the drawn rows as an optimiser steps a matrix of them", arguments: [true, false])
  func sameStep(usesAdam: Bool) throws {
    func optimizer(_ group: ParameterGroup) throws -> any Optimizer {
      try usesAdam ? AdamW([group]) : SGD([group], momentum: 0.9)
    }
    let matrix = try Tensor((0..<12).map { Float($0) / 10 }, shape: [6, 2])
    let rows = try Tensor([1, 4] as [Int64])
    let small = try matrix.select(rows).copy().requireGradient()
    let sampled = SampledRows(matrix)
    let one = try optimizer(ParameterGroup([], sampled: [sampled], weightDecay: 0.1))
    let other = try optimizer(ParameterGroup([small], weightDecay: 0.1))
    for _ in 0..<3 {
      let values = try sampled.take(rows)
      try (values * values * 0.5).sum().backward()
      try small.setGradient(nil)
      try (small * small * 0.5).sum().backward()
      try one.step(learningRate: 0.1)
      try other.step(learningRate: 0.1)
    }
    #expect(try matrix.select(rows).elements(Float.self) == small.detached().elements(Float.self))
  }

  @Test("refuses what it has no meaning for")
  func refusals() throws {
    #expect(throws: LossError.self) { try ClassSampling(share: 0) }
    #expect(throws: LossError.self) { try ClassSampling(share: 1.5) }
    #expect(throws: LossError.self, "a bias for each class") {
      try ProxyHead(
        ProxyLoss(.innerProduct()), classCount: 10, featureCount: 2,
        sampling: ClassSampling(share: 0.5))
    }
    let head = try head(0.5)
    let (x, _) = try batch([1, 2])
    #expect(throws: LossError.self, "a distribution") {
      try head(x, probabilities: Tensor.full(1 / 200, shape: [2, 200]))
    }
    #expect(throws: LossError.self, "no class") {
      try head(x, labels: Tensor([1, 200] as [Int64]))
    }
  }
}

private enum ArcFaceLike {
  static func loss(_ options: HeadOptions) throws -> ProxyLoss {
    try ProxyLoss(.cosine(scale: 30), margin: AdditiveAngle(0.3), options)
  }

  static func head(
    classCount: Int, featureCount: Int, sampling: ClassSampling?, options: HeadOptions
  ) throws -> ProxyHead {
    try ProxyHead(
      loss(options), classCount: classCount, featureCount: featureCount, sampling: sampling)
  }
}
