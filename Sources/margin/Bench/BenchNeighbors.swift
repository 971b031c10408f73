import Losses
import Torch

extension BenchWork {
  /// The nearest of every feature of a set among all others.
  static var neighbors: [BenchWork] {
    let (count, features, k) = (100_000, 128, 10)
    return [
      BenchWork(
        name: "nearest \(k)", shape: "\(count)·\(features)",
        makeInputs: {
          let generator = try RandomGenerator(seed: 1)
          return [
            "features": try Tensor.randomNormal(
              [count, features], standardDeviation: 1, dtype: .float32, using: generator),
            // Of so many, these queries are compared.
            "checked": try Tensor((0..<500).map { Int64($0 * (count / 500)) }),
          ]
        },
        implementations: [
          (
            "margin",
            { inputs in
              let search = try NearestNeighbors(count: k)
              let result = Box<NearestNeighbors.Found>()
              return BenchRun(
                run: { result.value = try search(inputs["features"]!) },
                outputs: {
                  ["distances": try result.value!.distances.select(inputs["checked"]!)]
                })
            }
          )
        ],
        peers: ["faiss"],
        bareProducts: productsOfAll,
        reference: { inputs in
          let x = try inputs["features"]!.to(.float64)
          let queries = try x.select(inputs["checked"]!)
          let distances = try queries.distances(to: x)
          let places = try distances.argsort(axis: 1).slice(1..<k + 1, axis: 1)
          let nearest = try distances.gather(places, axis: 1)
          return ["distances": try nearest * nearest]
        },
        tolerances: ["": 1e-5])
    ]
  }

  /// The products of all features of a set, in pieces that fit the memory.
  static func productsOfAll(_ inputs: [String: Tensor]) throws -> () throws -> Void {
    let x = inputs["features"]!
    let (count, rows) = (x.shape[0], 1000)
    let products = try Tensor.uninitialized([rows, count])
    return {
      try withoutGradients {
        for first in stride(from: 0, to: count, by: rows) {
          try x.slice(first..<first + rows).multiply(x.transposed(), into: products)
        }
      }
    }
  }
}
