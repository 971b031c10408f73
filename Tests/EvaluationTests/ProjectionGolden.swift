import Evaluation
import Foundation
import Torch

/// What other programs found: `Utilities/Reference/projection.py`.
struct ProjectionGolden: Decodable {
  struct Components: Decodable {
    var features, components, points: [[Double]]
    var variance, ratio: [Double]
  }
  struct Affinities: Decodable {
    var features, points: [[Double]]
    var perplexity, divergence, preservation: Double
    /// Above the diagonal, row by row.
    var affinities: [Double]
  }
  struct Embedding: Decodable {
    var features, start: [[Double]]
    var perplexity, divergence, preservation: Double
  }

  var pca: [String: Components]
  var affinities: Affinities
  var plane, space: Embedding

  static let shared: ProjectionGolden = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/projection.json")
    return try! JSONDecoder().decode(Self.self, from: Data(contentsOf: path))
  }()
}

/// float32 [N, D].
func tensor(_ rows: [[Double]]) throws -> Tensor {
  try Tensor(rows.flatMap { $0.map(Float.init) }, shape: [rows.count, rows[0].count])
}

/// The largest difference between numbers.
func difference(_ a: [Float], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
}
