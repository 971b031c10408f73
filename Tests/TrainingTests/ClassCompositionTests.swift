import Testing
import Training

@Suite("Batches composed by class")
struct ClassCompositionTests {
  /// 10 classes of 6 samples.
  private let even = (0..<60).map { Int32($0 % 10) }

  private func batches(
    _ labels: [Int32], samplesPerClass: Int, batchSize: Int, epochs: Int = 1, seed: UInt64 = 1
  ) throws -> [[Int]] {
    try BatchOrder(
      labels: labels, samplesPerClass: samplesPerClass, batchSize: batchSize, epochs: epochs,
      seed: seed
    ).map { Array($0.indices) }
  }

  @Test("have as many samples of each of their classes, and none twice")
  func composition() throws {
    let batches = try batches(even, samplesPerClass: 4, batchSize: 16, epochs: 20)
    #expect(batches.count == 20 * 3)
    for batch in batches {
      let counts = Dictionary(grouping: batch) { even[$0] }.mapValues(\.count)
      #expect(counts.count == 4 && counts.values.allSatisfy { $0 == 4 })
      #expect(Set(batch).count == 16)
    }
  }

  @Test("show every sample once in an epoch, where the classes are of one size")
  func everySample() throws {
    let batches = try batches(even, samplesPerClass: 3, batchSize: 12, epochs: 2)
    #expect(batches.count == 10)
    #expect(batches[..<5].flatMap { $0 }.sorted() == Array(0..<60))
    #expect(batches[5...].flatMap { $0 }.sorted() == Array(0..<60))
    #expect(batches[..<5] != batches[5...])
  }

  @Test("show classes equally often, whatever their sizes")
  func unequalClasses() throws {
    // 100, 4 and 2 samples of three classes.
    let labels = (0..<106).map { Int32($0 < 100 ? 0 : $0 < 104 ? 1 : 2) }
    let batches = try batches(labels, samplesPerClass: 2, batchSize: 4, epochs: 3)
    var counts = [0, 0, 0]
    for batch in batches {
      for index in batch { counts[Int(labels[index])] += 1 }
    }
    #expect(batches.count == 3 * 26)
    #expect(counts.max()! - counts.min()! <= 3 * 2)
    // No sample of the large class comes twice in an epoch.
    let large = batches[..<26].flatMap { $0 }.filter { labels[$0] == 0 }
    #expect(large.count >= 34 && Set(large).count == large.count)
  }

  @Test("follow from the seed, and are the same from any step on")
  func steps() throws {
    let order = try BatchOrder(
      labels: even, samplesPerClass: 2, batchSize: 8, epochs: 3, seed: 5)
    let whole = order.map { Array($0.indices) }
    #expect(order.samplesPerClass == 2 && order.stepsPerEpoch == 7)
    for start in [0, 1, 7, 20] {
      var rest = BatchOrder.Iterator(order, steps: start..<order.totalSteps)
      var found: [[Int]] = []
      while let batch = rest.next() { found.append(Array(batch.indices)) }
      #expect(found == Array(whole[start...]))
    }
    #expect(try batches(even, samplesPerClass: 2, batchSize: 8, epochs: 3, seed: 6) != whole)
  }

  @Test(
    "are refused where they cannot be composed",
    arguments: [
      (1, 16, "--samples-per-class 2 or more"), (3, 16, "a multiple of 3, 6 or more"),
      (8, 8, "a multiple of 8, 16 or more"), (4, 44, "--batch-size 40 or less"),
      (6, 12, "class 9 has 5 of the 6"), (6, 12, "--samples-per-class 5 or less"),
    ])
  func refusals(samplesPerClass: Int, batchSize: Int, message: String) throws {
    // The last class lacks a sample.
    let labels = Array(even.dropLast())
    let error = #expect(throws: TrainingError.self) {
      try batches(labels, samplesPerClass: samplesPerClass, batchSize: batchSize)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    var options = TrainingOptions()
    (options.samplesPerClass, options.batchSize) = (samplesPerClass, batchSize)
    let set = try smallConfiguration { $0.trainCount = 59 }.loadDataset().train
    #expect(set.labels == labels)
    let refused = #expect(throws: TrainingError.self) { try options.validate(for: set) }
    #expect(refused?.description == error?.description)
  }

  @Test("train a loss of pairs, and go on after a stop bit for bit")
  func resuming() throws {
    let configuration = smallConfiguration {
      $0.featureCount = 8
      $0.loss = "triplet"
      $0.training.samplesPerClass = 4
    }
    try withTemporaryFolder { folder in
      #expect(try newRun(configuration, at: folder + "/whole").train())
      let expected = try finalState(folder + "/whole")
      for stop in [1, 7] {
        let path = folder + "/stopped-\(stop)"
        let resumed = try stoppedAndResumed(configuration, at: path, stop: stop)
        #expect(resumed.configuration.training.samplesPerClass == 4)
        #expect(try finalState(path) == expected, "stopped at \(stop)")
      }
      let random = smallConfiguration {
        $0.featureCount = 8
        $0.loss = "triplet"
      }
      #expect(try newRun(random, at: folder + "/random").train())
      #expect(try finalState(folder + "/random") != expected)
    }
  }
}
