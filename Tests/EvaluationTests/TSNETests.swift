import Foundation
import RandomNumbers
import Testing
import Torch

@testable import Evaluation

@Suite("t-SNE")
struct TSNETests {
  let golden = ProjectionGolden.shared

  /// Groups of points, 20 apart, in 8 dimensions.
  func groups(_ count: Int, of size: Int = 50) throws -> Tensor {
    var random = SplitMix64(3)
    return try tensor(
      (0..<count * size).map { i in
        (0..<8).map { (i % count == $0 ? 20 : 0) + Double.random(in: -1...1, using: &random) }
      })
  }

  func planes(_ rows: [Float], axes: Int) -> Planes {
    let planes = Planes(count: rows.count / axes, axes: axes)
    planes.rows = rows
    for axis in 0..<axes {
      for place in planes.count..<planes.stride { planes[axis][place] = 1e15 }
    }
    return planes
  }

  @Test("affinities and KL divergence are openTSNE's")
  func affinities() throws {
    let golden = golden.affinities
    let features = try tensor(golden.features)
    let affinities = try Affinities(features, perplexity: golden.perplexity)
    let n = golden.features.count
    var dense = [Double](repeating: 0, count: n * n)
    for row in 0..<n {
      for place in affinities.starts[row]..<affinities.starts[row + 1] {
        dense[row * n + Int(affinities.partners[place])] += Double(affinities.weights[place])
      }
    }
    #expect(golden.affinities.count == n * (n - 1) / 2)
    var expected = golden.affinities[...]
    for i in 0..<n {
      for j in i + 1..<n {
        let value = expected.removeFirst()
        #expect(abs(dense[i * n + j] - value) < 1e-6)
        #expect(dense[j * n + i] == dense[i * n + j])
      }
    }
    let points = golden.points.flatMap { $0.map(Float.init) }
    let descent = Descent(affinities, points: points, dimensions: 2)
    let total = try descent.total(ExactRepulsion())
    #expect(abs(try descent.divergence(total: total) / golden.divergence - 1) < 1e-5)
    let kept = try neighborPreservation(of: features, in: tensor(golden.points))
    #expect(abs(kept - golden.preservation) < 1e-9)
  }

  @Test("the gradient is that of the KL divergence", arguments: [2, 3])
  func gradient(dimensions: Int) throws {
    let features = try tensor(golden.affinities.features)
    let affinities = try Affinities(features, perplexity: 8)
    var random = SplitMix64(9)
    let start = (0..<40 * dimensions).map { _ in Float.random(in: -3...3, using: &random) }
    func divergence(_ points: [Float]) throws -> Double {
      let descent = Descent(affinities, points: points, dimensions: dimensions)
      return try descent.divergence(total: descent.total(ExactRepulsion()))
    }
    let gradient = try Descent(affinities, points: start, dimensions: dimensions)
      .gradient(ExactRepulsion())
    for place in stride(from: 0, to: start.count, by: 7) {
      var (up, down) = (start, start)
      up[place] += 0.01
      down[place] -= 0.01
      let slope = try (divergence(up) - divergence(down)) / Double(up[place] - down[place])
      // The gradient is a quarter of the derivative.
      #expect(abs(4 * Double(gradient[place]) - slope) < 1e-5)
    }
  }

  @Test(
    "interpolated repulsion is the exact one, from tiny to large", arguments: [1e-4, 3, 40, 200])
  func interpolation(extent: Double) throws {
    var random = SplitMix64(4)
    let points = planes(
      (0..<2 * 3000).map { _ in Float(Double.random(in: -extent...extent, using: &random)) },
      axes: 2)
    let (exact, found) = (Planes(count: 3000, axes: 2), Planes(count: 3000, axes: 2))
    let total = try ExactRepulsion()(points, forces: exact)
    let interpolated = try InterpolatedRepulsion()(points, forces: found)
    #expect(abs(interpolated / total - 1) < 0.005)
    let (a, b) = (exact.rows, found.rows)
    let error = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    let size = a.reduce(0.0) { $0 + Double($1 * $1) }
    #expect((error / size).squareRoot() < 0.03)
    // What drives one point drives the others the other way.
    for axis in 0..<2 {
      let sum = (0..<3000).reduce(0.0) { $0 + Double(found[axis][$1]) }
      #expect(abs(sum) < 1e-3 * size.squareRoot())
    }
  }

  @Test(
    "finds what openTSNE finds: KL and neighbours within 2 %", arguments: TSNE.Repulsion.allCases)
  func plane(repulsion: TSNE.Repulsion) throws {
    try compare(golden.plane, dimensions: 2, repulsion)
  }

  @Test("finds what openTSNE finds in space: KL and neighbours within 2 %")
  func space() throws { try compare(golden.space, dimensions: 3, .automatic) }

  func compare(
    _ golden: ProjectionGolden.Embedding, dimensions: Int, _ repulsion: TSNE.Repulsion
  ) throws {
    var tsne = TSNE()
    tsne.dimensions = dimensions
    tsne.perplexity = golden.perplexity
    tsne.repulsion = repulsion
    let features = try tensor(golden.features)
    // Runs from nearly the same start end one per cent apart: the mean of three is less of a chance.
    var (divergence, kept) = (0.0, 0.0)
    for run in 0..<3 {
      let start = golden.start.flatMap { $0.map { Float($0 * (1 + 0.001 * Double(run))) } }
      let result = try tsne(features, start: start)
      let points = try Tensor(result.points, shape: [golden.features.count, dimensions])
      divergence += result.divergence / 3
      kept += try neighborPreservation(of: features, in: points) / 3
    }
    #expect(divergence < 1.02 * golden.divergence)
    #expect(kept > 0.98 * golden.preservation)
  }

  @Test("the same seed gives the same picture, another seed another one")
  func seeds() throws {
    let features = try groups(3)
    var tsne = TSNE()
    tsne.iterations = 50
    let first = try tsne(features)
    #expect(try tsne(features).points == first.points)
    tsne.seed = 2
    #expect(try tsne(features).points != first.points)
  }

  @Test("reports its progress, and stops when told to")
  func progress() throws {
    var tsne = TSNE()
    (tsne.earlyIterations, tsne.iterations) = (100, 100)
    var reports: [TSNE.Progress] = []
    let result = try tsne(groups(3), report: { reports.append($0) })
    #expect(reports.map(\.iteration) == [50, 100, 150, 200])
    #expect(reports.allSatisfy { $0.iterations == 200 })
    #expect(reports[3].divergence < reports[1].divergence)
    #expect(abs(reports[3].divergence / result.divergence - 1) < 0.05)
    var asked = 0
    #expect(throws: CancellationError.self) {
      try tsne(
        groups(3),
        isInterrupted: {
          asked += 1
          return asked > 7
        })
    }
    #expect(asked == 8)
  }

  @Test("bears equal samples", arguments: [2, 3])
  func duplicates(dimensions: Int) throws {
    var tsne = TSNE()
    tsne.dimensions = dimensions
    tsne.perplexity = 5
    let rows = (0..<60).map { [Double($0 % 3), 1] }
    for rows in [rows, [[Double]](repeating: [1, 1], count: 60)] {
      let result = try tsne(tensor(rows))
      #expect(result.points.allSatisfy { $0.isFinite })
      #expect(result.divergence.isFinite)
      #expect(Set(result.points).count > 60)
    }
  }

  @Test("bears a single feature, and the smallest number of samples")
  func smallest() throws {
    var tsne = TSNE()
    tsne.perplexity = 1
    tsne.dimensions = 3
    let result = try tsne(tensor([[1], [2], [4], [8]]))
    #expect(result.points.count == 12 && result.points.allSatisfy { $0.isFinite })
  }

  @Test("says what is wrong with its options and its input")
  func refusals() throws {
    let features = try groups(3, of: 20)
    func refusal(_ change: (inout TSNE) -> Void) -> String {
      var tsne = TSNE()
      tsne.perplexity = 5
      change(&tsne)
      let error = #expect(throws: EvaluationError.self) { try tsne(features) }
      #expect(error?.kind == .usage)
      return error?.description ?? ""
    }
    #expect(refusal { $0.perplexity = 20 }.contains("give a perplexity below 20.0"))
    #expect(refusal { $0.perplexity = .nan }.contains("perplexity must be at least 1"))
    #expect(refusal { $0.dimensions = 4 }.contains("2 or 3 dimensions, not 4"))
    #expect(refusal { $0.earlyExaggeration = 0 }.contains("exaggeration"))
    #expect(refusal { $0.iterations = -1 }.contains("iterations"))
    #expect(refusal { $0.learningRate = 0 }.contains("learning rate"))
    #expect(refusal { $0.momentum.late = 1 }.contains("momentum"))
    #expect(
      refusal {
        $0.dimensions = 3
        $0.repulsion = .interpolated
      }.contains("2 dimensions only"))
    #expect(throws: EvaluationError.self) { try TSNE()(groups(3), start: [1, 2]) }

    var rows = [[Double]](repeating: [0, 1], count: 200)
    rows[17][1] = .infinity
    let error = #expect(throws: EvaluationError.self) { try TSNE()(tensor(rows)) }
    #expect(error?.description.contains("row 17 of the features has inf in column 1") == true)
  }

  @Test("neighbours are all kept where nothing changes, and counted where there are few")
  func preservation() throws {
    let features = try groups(3, of: 4)
    #expect(try neighborPreservation(of: features, in: features) == 1)
    let line = try tensor((0..<20).map { [Double($0)] })
    let folded = try tensor((0..<20).map { [Double($0 * 7 % 20)] })
    #expect(try neighborPreservation(of: line, in: folded, count: 2) < 0.2)
    #expect(throws: EvaluationError.self) {
      try neighborPreservation(of: line, in: tensor([[1], [2]]))
    }
  }
}
