import Evaluation
import Torch

extension BenchWork {
  /// The ROC of all pairs of a set.
  static var evaluation: [BenchWork] {
    let (count, features, perClass) = (20_000, 512, 8)
    let labels = (0..<count).map { $0 / perClass }
    return [
      BenchWork(
        name: "ROC of all pairs", shape: "\(count)·\(features)",
        makeInputs: {
          let generator = try RandomGenerator(seed: 1)
          func normal(_ rows: Int) throws -> Tensor {
            try Tensor.randomNormal(
              [rows, features], standardDeviation: 1, dtype: .float32, using: generator)
          }
          let centers = try normal(count / perClass)
            .select(Tensor(labels.map(Int64.init)))
          return ["features": try (centers * 0.3 + normal(count)).unitLengthRows()]
        },
        implementations: [
          (
            "margin",
            { inputs in
              let embeddings = Embeddings(
                values: try inputs["features"]!.elements(), dimension: features, labels: labels)
              let result = Box<AllPairs>()
              return BenchRun(
                run: { result.value = try AllPairs(embeddings, .cosine) },
                outputs: {
                  let pairs = result.value!
                  return [
                    "area": try Tensor([pairs.curve.area]),
                    "counts": try Tensor([Double(pairs.positiveCount), Double(pairs.negativeCount)]
                    ),
                  ]
                })
            }
          )
        ],
        peers: [],
        bareProducts: productsOfAll,
        reference: { inputs in
          // Of every negative, how many positives are above it, by searching them sorted.
          let x = inputs["features"]!
          let ownClass = try Tensor(labels.map(Int64.init), shape: [1, count])
          var positives: [Float] = []
          for first in stride(from: 0, to: count, by: perClass) {
            let rows = first..<first + perClass
            let scores = try x.slice(rows).matmul(x.slice(rows).transposed()).elements(Float.self)
            for i in 0..<perClass { positives += scores[i * perClass + i + 1..<(i + 1) * perClass] }
          }
          let sorted = try Tensor(positives.sorted(), shape: [1, positives.count])
          var below = 0.0
          let height = 500
          for first in stride(from: 0, to: count, by: height) {
            let rows = first..<first + height
            let scores = try x.slice(rows).matmul(x.transposed())
            let isNegative = try ownClass.slice(rows, axis: 1).reshaped([-1, 1])
              .isEqual(to: ownClass).not().to(.float64)
            let found = try sorted.countLess(than: scores.reshaped([1, -1]))
              .to(.float64).reshaped([height, count])
            below += try (found * isNegative).sum().item()
          }
          // Every pair of different classes was met from both sides.
          let negatives = Double(count * (count - perClass)) / 2
          return [
            "area": try Tensor([1 - below / 2 / negatives / Double(positives.count)]),
            "counts": try Tensor([Double(positives.count), negatives]),
          ]
        },
        tolerances: ["": 1e-4])
    ] + [128, 512].map(principalComponents)
  }

  /// The first three principal components of 10,000 features.
  private static func principalComponents(_ dimension: Int) -> BenchWork {
    let (count, kept) = (10_000, 3)
    return BenchWork(
      name: "PCA", shape: "\(count)·\(dimension)",
      makeInputs: {
        let generator = try RandomGenerator(seed: 1)
        func normal(_ shape: [Int]) throws -> Tensor {
          try Tensor.randomNormal(
            shape, standardDeviation: 1, dtype: .float32, using: generator)
        }
        // Variances that fall, as those of features do.
        let scales = try Tensor((0..<dimension).map { 3 / Float(1 + $0) }).reshaped([1, -1])
        return [
          "features": try (normal([count, dimension]) * scales)
            .matmul(normal([dimension, dimension]))
        ]
      },
      implementations: [
        (
          "margin",
          { inputs in
            let result = Box<(PCA, Tensor)>()
            return BenchRun(
              run: {
                let pca = try PCA(inputs["features"]!, count: kept)
                result.value = (pca, try pca.transform(inputs["features"]!))
              },
              outputs: {
                let (pca, points) = result.value!
                return [
                  "variances": try Tensor(pca.explainedVariance), "points": try points.magnitude(),
                ]
              })
          }
        )
      ],
      peers: ["scikit-learn"], bareProducts: nil,
      reference: { inputs in
        let x = try inputs["features"]!.to(.float64)
        let centered = try x - x.mean(axis: 0, keepingAxis: true)
        let (values, vectors) = try centered.transposed().matmul(centered)
          .symmetricEigenvectors()
        let last = try Tensor((1...Int64(kept)).map { Int64(dimension) - $0 })
        return [
          "variances": try values.select(last) * (1 / Double(count - 1)),
          // A component's sign is a matter of convention.
          "points": try centered.matmul(vectors.select(last, axis: 1)).magnitude(),
        ]
      },
      tolerances: ["": 1e-4])
  }
}

extension Tensor {
  fileprivate func unitLengthRows() throws -> Tensor {
    try self / (self * self).sum(axis: 1, keepingAxis: true).squareRoot()
  }
}
