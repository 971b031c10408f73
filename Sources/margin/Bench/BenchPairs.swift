import Losses
import Torch

extension BenchWork {
  /// Losses of all pairs or triplets of a batch, forward and backward.
  static var pairs: [BenchWork] {
    let semiHard = [
      "miner": "semi-hard", "distance": "euclidean", "normalize": "yes", "average": "non-zero",
    ]
    return [
      pairs("triplet, semi-hard", "triplet", semiHard, samples: 1024, peers: true),
      pairs("triplet, semi-hard", "triplet", semiHard, samples: 4096),
      pairs("triplet, all", "triplet", [:], samples: 4096),
      pairs("triplet, hard", "triplet", ["miner": "hard"], samples: 4096),
      pairs("contrastive", "contrastive", [:], samples: 4096),
      pairs("multi-similarity", "multi-similarity", [:], samples: 4096),
      pairs("supcon", "supcon", [:], samples: 4096),
      pairs("nt-xent", "nt-xent", [:], samples: 4096),
    ]
  }

  private static func pairs(
    _ name: String, _ loss: String, _ settings: [String: String], samples: Int,
    peers: Bool = false
  ) -> BenchWork {
    let features = 128
    func value(
      _ implementation: Implementation, _ inputs: [String: Tensor]
    ) throws -> () throws -> Tensor {
      let loss = try LossCatalog.entry(named: loss).makeLoss(settings).using(implementation)
      let leaves: LossInputs = [.features: inputs["features"]!, .labels: inputs["labels"]!]
      return { try loss.value(leaves) }
    }
    return BenchWork(
      name: name, shape: "\(samples)·\(features)",
      makeInputs: {
        let generator = try RandomGenerator(seed: 1)
        func normal(_ count: Int) throws -> Tensor {
          try Tensor.randomNormal(
            [count, features], standardDeviation: 1, dtype: .float32, using: generator)
        }
        // Eight samples of each class, as far from its centre as centres are from 0.
        let labels = try Tensor((0..<samples).map { Int64($0 % (samples / 8)) })
        return [
          "features": try (normal(samples / 8).select(labels) + normal(samples)).unitRows(),
          "labels": labels,
        ]
      },
      implementations: [
        (
          "margin",
          { inputs in
            let x = try inputs["features"]!.requireGradient()
            let value = try value(.fused, inputs)
            let result = Box<Tensor>()
            return BenchRun(
              run: {
                try x.setGradient(nil)
                let loss = try value()
                try loss.backward()
                result.value = try loss.detached()
              },
              outputs: {
                ["loss": try result.value!.reshaped([1]), "features": try x.gradient()!]
              })
          }
        )
      ],
      peers: peers ? ["pytorch-metric-learning"] : [],
      bareProducts: { inputs in
        let x = inputs["features"]!
        let products = try Tensor.uninitialized([samples, samples])
        return { try withoutGradients { try x.multiply(x.transposed(), into: products) } }
      },
      reference: { inputs in
        var inputs = inputs
        inputs["features"] = try inputs["features"]!.to(.float64).requireGradient()
        let loss = try value(.composed, inputs)()
        try loss.backward()
        return [
          "loss": try loss.reshaped([1]), "features": try inputs["features"]!.gradient()!,
        ]
      },
      tolerances: ["": 1e-3])
  }
}
