import Evaluation
import Foundation
import Testing
import Torch

@Suite("PCA")
struct PCATests {
  @Test("is scikit-learn's, signs included", arguments: ["tall", "wide", "line"])
  func golden(name: String) throws {
    let golden = try #require(ProjectionGolden.shared.pca[name])
    let features = try tensor(golden.features)
    let pca = try PCA(features, count: golden.components.count)
    #expect(difference(pca.components, golden.components.flatMap { $0 }) < 1e-5)
    for (found, expected) in zip(pca.explainedVariance, golden.variance) {
      #expect(abs(found / expected - 1) < 1e-5)
    }
    for (found, expected) in zip(pca.explainedVarianceRatio, golden.ratio) {
      #expect(abs(found - expected) < 1e-6)
    }
    let points = try pca.transform(features)
    #expect(points.shape == [golden.features.count, golden.components.count])
    #expect(difference(try points.elements(), golden.points.flatMap { $0 }) < 2e-5)
  }

  @Test("the element of the largest magnitude in each component is positive")
  func signs() throws {
    // Along (−3, 1)/√10, and across.
    let pca = try PCA(tensor([[-3, 1], [3, -1], [-6, 2], [6, -2], [0.1, 0.3]]), count: 2)
    #expect(pca.components[0] > 0.9 && pca.components[1] < -0.3)
    #expect(pca.components[3] > 0.9 && pca.components[2] > 0.3)
  }

  @Test("of many blocks of samples is that of their exact covariance")
  func blocks() throws {
    // 5,000 points on an ellipse far from the origin: variances a²/2 and b²/2 of whole turns.
    let count = 5000
    let features = try tensor(
      (0..<count).map { i in
        let angle = 2 * Double.pi * Double(i) / Double(count)
        return [1000 + 3 * cos(angle), -500 + sin(angle)]
      })
    let pca = try PCA(features, count: 2)
    let share = Double(count) / Double(count - 1)
    #expect(abs(pca.explainedVariance[0] / (4.5 * share) - 1) < 1e-4)
    #expect(abs(pca.explainedVariance[1] / (0.5 * share) - 1) < 1e-4)
    #expect(abs(pca.components[0] - 1) < 1e-6)
    #expect(abs(pca.mean[0] - 1000) < 1e-3 && abs(pca.mean[1] + 500) < 1e-3)
  }

  @Test("of features that do not vary has no variance, and unit vectors all the same")
  func constant() throws {
    let pca = try PCA(tensor([[Double]](repeating: [3, 3, 3], count: 5)), count: 2)
    #expect(pca.explainedVariance == [0, 0])
    #expect(pca.explainedVarianceRatio == [0, 0])
    for row in [pca.components[..<3], pca.components[3...]] {
      #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
  }

  @Test("of a single sample is a point without variance")
  func single() throws {
    let features = try tensor([[1, 2, 3]])
    let pca = try PCA(features, count: 1)
    #expect(pca.explainedVariance == [0] && pca.totalVariance == 0)
    #expect(try pca.transform(features).elements(Float.self) == [0])
  }

  @Test("bears numbers whose squares float32 cannot hold", arguments: [1e25, 1e-25])
  func scales(scale: Double) throws {
    let rows = ProjectionGolden.shared.pca["tall"]!
    let pca = try PCA(tensor(rows.features.map { $0.map { $0 * scale } }), count: 3)
    #expect(difference(pca.components, rows.components.flatMap { $0 }) < 1e-4)
    #expect(abs(pca.explainedVariance[0] / (rows.variance[0] * scale * scale) - 1) < 1e-4)
  }

  @Test("says what is wrong with its input")
  func refusals() throws {
    let features = try tensor([[1, 2, 3], [4, 5, 7]])
    for count in [0, 3] {
      let error = #expect(throws: EvaluationError.self) { try PCA(features, count: count) }
      #expect(error?.description.contains("ask for 1 to 2, not \(count)") == true)
    }
    let broken = try tensor([[1, 2, 3], [4, .nan, 6]])
    let error = #expect(throws: EvaluationError.self) { try PCA(broken, count: 1) }
    #expect(error?.kind == .data)
    #expect(error?.description.contains("row 1 of the features has nan in column 1") == true)
    let pca = try PCA(features, count: 1)
    #expect(throws: EvaluationError.self) { try pca.transform(tensor([[1, 2]])) }
    #expect(throws: EvaluationError.self) { try PCA(Tensor([Float](), shape: [0, 3]), count: 1) }
    #expect(throws: EvaluationError.self) { try PCA(features.to(.float64), count: 1) }
  }
}
