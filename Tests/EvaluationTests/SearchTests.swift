import Evaluation
import Testing

@Suite("Search, operating points and triples")
struct SearchTests {
  /// Directions in the plane, in degrees.
  private func embeddings(_ points: [(angle: Float, label: Int)]) throws -> Embeddings {
    Embeddings(
      values: points.flatMap { [cosine($0.angle), cosine(90 - $0.angle)] }, dimension: 2,
      labels: points.map(\.label))
  }

  private func cosine(_ degrees: Float) -> Float {
    // cos by its series, to keep the test without Foundation.
    let x = Double(degrees) * .pi / 180
    var (sum, term) = (1.0, 1.0)
    for k in 1...12 {
      term *= -x * x / Double((2 * k - 1) * (2 * k))
      sum += term
    }
    return Float(sum)
  }

  @Test("ranks mates behind whatever is nearer, and behind what is as near")
  func ranks() throws {
    // From 0°: 10° is another's, 20° a mate, 30° another's, 40° a mate.
    let set = try embeddings([(0, 0), (10, 1), (20, 0), (30, 1), (40, 0)])
    let mates = try MateRanks(set)
    #expect(mates.ranks[0] == [2, 4])
    #expect(mates.galleryCount == 4)
    let collapsed = Embeddings(
      values: [Float](repeating: 1, count: 8), dimension: 2, labels: [0, 0, 1, 1])
    #expect(try MateRanks(collapsed).ranks == [[3], [3], [3], [3]])
    let result = try Retrieval(MateRanks(collapsed), labels: collapsed.labels, recallAt: [1, 3])
    #expect(result.recalls.map(\.share.value) == [0, 1])
  }

  @Test(
    "by any similarity are those of sorting", arguments: PairSimilarity.allCases)
  func sorted(similarity: PairSimilarity) throws {
    var word: UInt64 = 3
    let values = (0..<120 * 3).map { _ -> Float in
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(word >> 40) / Float(1 << 24) - 0.5
    }
    let labels = (0..<120).map { $0 % 9 }
    let set = Embeddings(values: values, dimension: 3, labels: labels)
    let mates = try MateRanks(set, similarity)
    let compared = similarity == .cosine ? set.normalized() : set
    func score(_ i: Int, _ j: Int) -> Double {
      let (a, b) = (compared.values[i * 3..<i * 3 + 3], compared.values[j * 3..<j * 3 + 3])
      return similarity == .euclidean
        ? -zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        : zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    for i in 0..<120 {
      let order = (0..<120).filter { $0 != i }.sorted { score(i, $0) > score(i, $1) }
      let expected = order.indices.filter { labels[order[$0]] == labels[i] }.map { $0 + 1 }
      #expect(mates.ranks[i] == expected)
    }
  }

  @Test("k-means finds tight classes again, more of them than a register holds")
  func manyClusters() throws {
    // Forty tight classes in ten dimensions are found again, but for what starts leave together.
    var word: UInt64 = 5
    func random() -> Float {
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(word >> 40) / Float(1 << 24) - 0.5
    }
    let centers = (0..<40).map { _ in (0..<10).map { _ in random() } }
    let labels = (0..<800).map { $0 % 40 }
    let values = labels.flatMap { label in centers[label].map { $0 + 0.02 * random() } }
    let found = try Clustering(Embeddings(values: values, dimension: 10, labels: labels))
    #expect(found.normalizedMutualInformation > 0.97)
    #expect(found.clusters.count == 800)
  }

  @Test("identifies probes, and rejects strangers at a threshold")
  func identification() throws {
    let gallery = try embeddings([(0, 0), (60, 1)])
    let probes = try embeddings([(5, 0), (50, 1), (40, 0), (90, 2)])
    let result = try Identification(
      MateRanks(queries: probes, gallery: gallery), rankAt: [1, 2], falseAcceptRates: [0.5])
    #expect(result.matchRates.map(\.share.value) == [2.0 / 3, 1])
    #expect((result.mateCount, result.strangerCount) == (3, 1))
    // One stranger tells no rate.
    #expect(result.openSetRates[0].rate == nil)
    let split = Identification.split([4, 2, 4, 7, 2, 2])
    #expect(split.gallery == [1, 0] && split.probes == [2, 3, 4, 5])
  }

  @Test("an operating point says the same in every measure of unit features")
  func operatingPoint() throws {
    let scores = (0..<200).map { Double($0) / 200 }
    let curve = try RankingCurve(
      scores: scores, isPositive: (0..<200).map { $0 >= 120 || $0 % 9 == 0 })
    let point = try OperatingPoint(
      falseAcceptRate: 0.1, curve: curve, similarity: .cosine, normalizesFeatures: true,
      resampling: Resampling(replicates: 50))
    #expect(point.falseAcceptRate.value <= 0.1)
    let squared = try point.converted(to: .squaredEuclidean)
    #expect(abs(squared.threshold.value - (2 - 2 * point.threshold.value)) < 1e-12)
    #expect(try squared.converted(to: .cosine).threshold.value.isNear(point.threshold.value))
    for cosine in scores {
      #expect(
        point.accepts(cosine) == squared.accepts(2 - 2 * cosine)
          || cosine.isNear(point.threshold.value))
    }
    let raw = try OperatingPoint(
      falseAcceptRate: 0.2, curve: curve, similarity: .innerProduct, normalizesFeatures: false,
      resampling: Resampling(replicates: 50))
    #expect(throws: EvaluationError.self) { try raw.converted(to: .euclidean) }
    #expect(throws: EvaluationError.self) {
      try OperatingPoint(
        falseAcceptRate: 1e-4, curve: curve, similarity: .cosine, normalizesFeatures: true)
    }
  }

  @Test("finds the triples that fail, the worst first")
  func triples() throws {
    let set = try embeddings([(0, 0), (50, 0), (10, 1), (60, 1)])
    let found = FailingTriples(set, .cosine, try MateRanks(set))
    // Of the two others one is nearer than the mate of 0° and of 60°, both than that of 50° and of 10°.
    #expect(found.share == 0.75 && found.anchorShare == 1)
    #expect(found.worst.contains { ($0.anchor, $0.mate, $0.other) == (0, 1, 2) })
  }

  @Test("clusters tight classes as they are")
  func clustering() throws {
    var points: [(angle: Float, label: Int)] = []
    for i in 0..<30 { points.append((Float(60 * (i % 3)) + 0.3 * Float(i / 3), i % 3)) }
    let set = try embeddings(points)
    #expect(try Clustering(set).normalizedMutualInformation == 1)
  }

  @Test("intervals of all pairs need groups, and hold the value")
  func allPairs() throws {
    var points: [(angle: Float, label: Int)] = []
    for i in 0..<60 { points.append((Float(40 * (i % 3) + i % 17), i % 3)) }
    let set = try embeddings(points)
    let pairs = try AllPairs(set, .cosine)
    let area = pairs.estimate(\.area)
    #expect(area.interval!.contains(area.value))
    #expect(try AllPairs(set, .cosine, groups: 1).estimate(\.area).interval == nil)
    #expect(throws: EvaluationError.self) {
      try AllPairs(Embeddings(values: [1, 2, 3, 4], dimension: 2, labels: [0, 0]), .cosine)
    }
  }
}

extension Double {
  fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-9 }
}
