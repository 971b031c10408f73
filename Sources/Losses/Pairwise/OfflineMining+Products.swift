import LossKernels
import Torch

extension OfflineMining {
  /// The nearest or farthest of each sample's class, or the nearest of the others, by matrix products in
  /// float32 and a choice in float64; nil where that is not possible.
  func findByProducts(
    _ features: Tensor, _ labels: Tensor, sameClass: Bool, nearest: Bool
  ) throws -> Found? {
    guard sameClass || nearest, features.dtype == .float32, features.device == .cpu,
      features.rank == 2, features.count > 0, labels.dtype == .int64,
      labels.shape == [features.shape[0]], try features.isAllFinite()
    else { return nil }
    // In the order of the classes, so that each is a run.
    let numbers = try labels.elements(Int64.self)
    let order = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    let names = order.map(Int64.init)
    let sorted = try withoutGradients {
      let rows = try distance.normalizesFeatures ? distance.prepared(features) : features
      return try rows.detached().select(Tensor(names)).contiguous()
    }
    let classes = runs(order.map { numbers[$0] })
    var results: (indices: [Int64], keys: [Double]) = ([], [])
    if sameClass {
      for run in classes {
        let found = try NeighborSearch(
          sorted.slice(run), among: nil, measure, count: 1, takesFarthest: !nearest,
          names: Array(names[run])
        ).run(excluding: (0..<run.count).map { .init($0..<$0 + 1) })
        results.indices += found.indices
        results.keys += found.keys
      }
    } else {
      results = try NeighborSearch(sorted, among: nil, measure, count: 1, names: names)
        .run(excluding: classes.flatMap { run in run.map { _ in .init(run) } })
    }
    var indices = results.indices
    var distances = [Float](repeating: .infinity, count: order.count)
    for (place, index) in order.enumerated() {
      indices[index] = results.indices[place]
      guard results.indices[place] >= 0 else { continue }
      let key = nearest ? results.keys[place] : -results.keys[place]
      distances[index] = Float(measure.distance(key))
    }
    return Found(indices: try Tensor(indices), distances: try Tensor(distances))
  }

  private var measure: NearestNeighbors.Measure {
    switch distance.kind {
    case .euclidean: .euclidean
    case .squaredEuclidean: .squaredEuclidean
    case .cosine: .cosine
    }
  }

  /// The runs of equal numbers.
  private func runs(_ numbers: [Int64]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var first = 0
    for index in 1...numbers.count
    where index == numbers.count || numbers[index] != numbers[first] {
      runs.append(first..<index)
      first = index
    }
    return runs
  }
}
