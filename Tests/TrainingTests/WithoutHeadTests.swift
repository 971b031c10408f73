import Losses
import Networks
import Testing
import Torch
import Training

@Suite("A loss of pairs without a head")
struct WithoutHeadTests {
  @Test(
    "is trained, judged by neighbours, and taken up again where it stopped",
    arguments: ["triplet", "contrastive", "n-pair", "cross-batch-memory", "supcon+center"])
  func trains(loss: String) throws {
    let configuration = smallConfiguration {
      $0.featureCount = 8
      $0.loss = loss
    }
    try withTemporaryFolder { folder in
      let whole = try newRun(configuration, at: folder + "/whole")
      #expect(whole.objective.head == nil)
      #expect(try whole.train())
      let accuracies = try whole.metrics().compactMap(\.testAccuracy)
      #expect(accuracies.count == 2)
      #expect(try whole.testAccuracy() == accuracies.last)

      _ = try stoppedAndResumed(configuration, at: folder + "/stopped", stop: 3)
      #expect(try finalState(folder + "/stopped") == finalState(folder + "/whole"))
    }
  }

  @Test("brings the digits' features together")
  func learns() throws {
    let configuration = smallConfiguration {
      $0.trainCount = 1000
      $0.testCount = 200
      $0.featureCount = 8
      $0.loss = "triplet"
      $0.lossSettings = ["normalize": "yes", "miner": "semi-hard"]
    }
    try withTemporaryFolder { folder in
      let run = try newRun(configuration, at: folder + "/run")
      _ = try run.train()
      // Without training it is about 0.36.
      #expect(try run.testAccuracy() > 0.6)
    }
  }

  @Test("predicts the class of the nearest other by the cosine")
  func predictions() throws {
    let objective = try Objective(
      ObjectiveSpecification("triplet"), classCount: 3, featureCount: 2, seed: 1)
    let features = try Tensor([1, 0, 9, 1, 0, 2, -1, 5] as [Float], shape: [4, 2])
    #expect(try objective.predictions(features, labels: [0, 1, 2, 2]) == [1, 0, 2, 2])
  }

  @Test("is refused where nothing keeps the classes apart, or a head is asked for")
  func refusals() throws {
    func objective(_ name: String, sampling: ClassSampling? = nil) throws -> Objective {
      try Objective(
        ObjectiveSpecification(name), classCount: 3, featureCount: 2, sampling: sampling, seed: 1)
    }
    for name in ["center", "center+l2-regularization"] {
      let error = #expect(throws: LossError.self) { try objective(name) }
      #expect(error?.description.contains("softmax+\(name)") == true)
    }
    #expect(throws: LossError.self) {
      try objective("triplet", sampling: ClassSampling(share: 0.5))
    }
    let features = try Tensor.ones([2, 2])
    let probabilities = try Tensor.full(0.25, shape: [2, 3])
    let error = #expect(throws: LossError.self) {
      try objective("triplet")(
        features, labels: Tensor([0, 1] as [Int64]), probabilities: probabilities)
    }
    #expect(error?.description.contains("no proxy head") == true)
    #expect(throws: TrainingError.self) {
      let configuration = smallConfiguration {
        $0.loss = "triplet"
        $0.classWeighting = .balanced
      }
      _ = try configuration.makeModel(for: configuration.loadDataset())
    }
  }
}

@Suite("Soft labels")
struct SoftLabelTests {
  /// The head's weights after an epoch.
  private func weights(_ softLabels: ((Batch) throws -> Tensor)?) throws -> [Float] {
    let configuration = smallConfiguration {
      $0.loss = "softmax"
      $0.training.epochs = 1
    }
    let dataset = try configuration.loadDataset()
    let (network, objective) = try configuration.makeModel(for: dataset)
    let trainer = try Trainer(
      network: network, objective: objective, samples: dataset.train,
      options: configuration.training)
    trainer.softLabels = softLabels
    while try trainer.trainStep() != nil {}
    return try #require(objective.head).weights.elements()
  }

  @Test("that are one-hot train as labels do, to rounding; others do not")
  func oneHot() throws {
    let hard = try weights(nil)
    let oneHot = try weights { try $0.labels.oneHot(classCount: 10, dtype: .float32) }
    let even = try weights { try Tensor.full(0.1, shape: [$0.labels.shape[0], 10]) }
    func distance(_ other: [Float]) -> Float {
      zip(hard, other).map { abs($0 - $1) }.max()!
    }
    #expect(distance(oneHot) < 1e-3)
    #expect(distance(even) > 1e-2)
  }
}
