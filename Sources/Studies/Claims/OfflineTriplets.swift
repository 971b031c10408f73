import Datasets
import Losses
import RandomNumbers
import Torch
import Training

extension StudySession {
  /// Trains on triplets that are mined from thousands of samples at a time: each with its farthest positive
  /// and the nearest semi-hard negative, by features that are computed anew before each round.
  ///
  /// - Returns: As `course`. A triplet counts as three samples; what is only looked at counts none, but its
  ///   time is in the seconds.
  /// - Throws: As `course`.
  func offlineTriplets(
    _ configuration: RunConfiguration, on dataset: Dataset, margin: Double
  ) throws -> [CoursePoint<RetrievalScores>] {
    let options = configuration.training
    let network = try configuration.makeModel(for: dataset).network
    let optimizer = try AdamW([
      ParameterGroup(
        network.parameters.filter(\.decays).map(\.tensor), weightDecay: options.weightDecay),
      ParameterGroup(network.parameters.filter { !$0.decays }.map(\.tensor)),
    ])
    let distance = PairDistance(.squaredEuclidean, normalizesFeatures: true)
    let (mining, loss) = (
      try OfflineMining(distance: distance), try Triplet(margin: margin, distance: distance)
    )
    let count = dataset.train.count
    let wanted = count * options.epochs
    let roundCount = min(count, choose(smoke: 256, quick: 1500, full: 1500))
    // Three pictures for each triplet make a batch as large as that of the other losses.
    let batchSize = options.batchSize / 3
    // The last measurement is that of the end, in whichever step it comes.
    let stops = Self.stops(wanted / (3 * batchSize), count: 12).subtracting([
      wanted / (3 * batchSize)
    ])
    var random = SplitMix64(options.seed)
    // As before the first step of every other training.
    try network.centerFeatures(
      on: dataset.train.pictures!.batch(
        (0..<count).shuffled(using: &random).prefix(options.batchSize)
      ).inputs)
    var clock = StepClock()
    var course: [CoursePoint<RetrievalScores>] = []
    var (samples, steps, losses) = (0, 0, [Double]())
    func measure() throws {
      course.append(
        CoursePoint(
          epochs: Double(samples) / Double(count), samples: samples, seconds: clock.seconds,
          loss: losses.reduce(0, +) / Double(max(losses.count, 1)),
          measurement: try RetrievalScores(network, dataset, collapsedLoss: margin)))
      losses = []
    }
    while samples < wanted {
      let chosen = Array((0..<count).shuffled(using: &random).prefix(roundCount))
      let pictures = dataset.train.pictures!.select(chosen)
      let triplets = try clock.measure {
        try mining.triplets(
          network.features(of: .pictures(pictures)),
          labels: Tensor(pictures.labels.map { Int64($0) }),
          negative: .semiHard(margin: margin))
      }
      let columns = try [triplets.anchors, triplets.positives, triplets.negatives].map {
        try $0.elements(Int64.self).map { Int($0) }
      }
      for batch in BatchOrder(
        count: max(columns[0].count, 1), batchSize: batchSize, epochs: 1, seed: random.next())
      where !columns[0].isEmpty && samples < wanted {
        let indices = columns.flatMap { column in batch.indices.map { column[$0] } }
        let progress = Double(samples) / Double(wanted)
        let rate =
          options.learningRate * min(1, (progress + 0.001) / options.warmUp)
          * options.schedule.factor(step: samples, of: wanted)
        let value = try clock.measureStep {
          let features = try network(pictures.batch(indices).inputs, isTraining: true)
          let parts = try (0..<3).map {
            try features.slice($0 * batch.indices.count..<($0 + 1) * batch.indices.count)
          }
          return try optimizer.minimize(
            loss(anchors: parts[0], positives: parts[1], negatives: parts[2]),
            learningRate: rate, clippingTo: options.gradientLimit ?? .infinity)
        }
        losses.append(value)
        samples += indices.count
        steps += 1
        if stops.contains(steps) { try measure() }
        try step(Double(samples) / Double(wanted))
      }
      // Where nothing is semi-hard any more, looking at other samples is all that is done, and has to end.
      if columns[0].isEmpty {
        samples += roundCount
        try step(Double(samples) / Double(wanted))
      }
    }
    try measure()
    return course
  }
}
