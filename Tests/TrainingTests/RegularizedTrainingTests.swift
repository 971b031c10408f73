import Losses
import Networks
import Testing
import Torch
import Training

@Suite("Training with regularizers")
struct RegularizedTrainingTests {
  /// The weights of network and head after a short training without momentum.
  func weights(_ loss: String, decay: Double, _ settings: [String: String] = [:]) throws
    -> [String: [Float]]
  {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.loss = loss
        $0.lossSettings = settings
        $0.training.optimizer = .sgd
        $0.training.momentum = 0
        $0.training.learningRate = 0.01
        $0.training.weightDecay = decay
        $0.training.gradientLimit = nil
      }
      let run = try newRun(configuration, at: folder + "/a")
      #expect(try run.train())
      let tensors =
        run.network.parameters.map { ("network.\($0.name)", $0.tensor) } + run.objective.parameters
      return Dictionary(
        uniqueKeysWithValues: try tensors.map { ($0.0, try $0.1.detached().elements(Float.self)) })
    }
  }

  @Test("half the squares' sum is SGD's weight decay, on network and head and not on offsets")
  func weightDecay() throws {
    let decayed = try weights("softmax", decay: 0.05)
    let priced = try weights(
      "softmax+0.05*l2-regularization", decay: 0, ["rule": "half-square"])
    let plain = try weights("softmax", decay: 0)
    func distance(_ a: [String: [Float]], _ b: [String: [Float]]) -> Float {
      a.map { name, values in zip(values, b[name]!).map { abs($0 - $1) }.max()! }.max()!
    }
    #expect(decayed.count == 10)
    #expect(distance(priced, decayed) < 1e-5)
    #expect(distance(plain, decayed) > 1e-3)
  }

  @Test("the price reaches the layers that it is on, each as much as it is told")
  func layers() throws {
    func size(_ values: [Float]?) -> Float { values!.reduce(0) { $0 + abs($1) } }
    let plain = try weights("softmax", decay: 0)
    let priced = try weights(
      "softmax+l1-regularization", decay: 0, ["on": "network.ip1.*=0.1/network.conv1.weight=0.01"])
    #expect(size(priced["network.ip1.weight"]) < 0.8 * size(plain["network.ip1.weight"]))
    let first = "network.conv1.weight"
    #expect(
      size(priced[first]) < size(plain[first]) && size(priced[first]) > 0.9 * size(plain[first]))
  }

  @Test("what they call weights is what decays", arguments: NetworkCatalog.all.map(\.name))
  func names(network: String) throws {
    let entry = try #require(NetworkCatalog.entry(named: network))
    let input: NetworkInput =
      entry.input == .tokens
      ? .tokens(vocabularySize: 9) : .pictures(channels: 1, height: 28, width: 28)
    let parameters = try entry.network(
      NetworkOptions(input: input, featureCount: 2, activation: .prelu)
    ).parameters
    for parameter in parameters {
      let isChosen = ParameterSelection.weights.factor(of: "network.\(parameter.name)") == 1
      #expect(isChosen == parameter.decays, "\(parameter.name)")
    }
  }

  @Test("on layers that there are not are refused before anything is written")
  func refusal() throws {
    try withTemporaryFolder { folder in
      let configuration = smallConfiguration {
        $0.loss = "softmax+l1-regularization"
        $0.lossSettings = ["on": "network.conv9.*"]
      }
      #expect(throws: LossError.self) { try newRun(configuration, at: folder + "/a") }
      #expect(RunDirectory(folder + "/a").newestCheckpoint() == nil)
    }
  }
}
