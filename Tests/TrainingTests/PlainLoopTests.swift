import Datasets
import Losses
import Networks
import Testing
import Torch
import Training

@Suite("A plain loop")
struct PlainLoopTests {
  private let table = try! RegressionTable(
    name: "sums", featureNames: ["a", "b"], targetName: "2a − b",
    features: [1, 0, 0, 1, 1, 1, 2, 1, -1, 2], targets: [2, -1, 1, 3, -4])

  @Test("takes a table as tensors, a row for each sample, in the type that is asked for")
  func tensors() throws {
    let (features, targets) = try table.tensors()
    #expect(features.shape == [5, 2] && targets.shape == [5, 1])
    #expect(try features.elements(Float.self) == table.features.map(Float.init))
    #expect(try table.tensors(.float64).targets.elements(Double.self) == table.targets)
  }

  @Test("takes the rows of each batch, and finds the weights of a linear table")
  func fitting() throws {
    let (features, targets) = try table.tensors()
    let layer = try Linear(2, 1, using: RandomGenerator(seed: 1))
    let optimizer = try SGD([ParameterGroup(layer.parameters.map(\.tensor))])
    for batch in BatchOrder(count: table.count, batchSize: 2, epochs: 300, seed: 1) {
      let rows = try batch.rows()
      #expect(try rows.elements(Int64.self) == batch.indices.map { Int64($0) })
      try optimizer.minimize(
        L2()(layer(features.select(rows), isTraining: true), targets: targets.select(rows)),
        learningRate: 0.1)
    }
    let weights = try layer.weight.elements(Float.self)
    #expect(abs(weights[0] - 2) < 1e-3 && abs(weights[1] + 1) < 1e-3)
  }
}
