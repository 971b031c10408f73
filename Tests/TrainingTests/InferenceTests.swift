import Losses
import Testing
import Torch
import Training

@Suite("Scores of very many classes")
struct InferenceTests {
  @Test("are computed in blocks of bounded size, with the predictions of all at once")
  func blocks() throws {
    let classCount = 200_000
    let head = try NormFace(classCount: classCount, featureCount: 4)
    let features = try Tensor.randomNormal([100, 4], using: RandomGenerator(seed: 1))
    var (next, sizes) = (0, [Int]())
    try head.forEachLogits(features) { rows, logits in
      #expect(rows.lowerBound == next && logits.shape == [rows.count, classCount])
      next = rows.upperBound
      sizes.append(rows.count * classCount)
    }
    #expect(next == 100 && sizes.count == 2)
    #expect(sizes.allSatisfy { $0 <= 16 << 20 })
    let whole = try withoutGradients { try head.logits(features).predictedClasses() }
    #expect(try head.predictions(features) == whole)
  }
}
