extension TensorBoardReader {
  /// The values of a tag, one a step.
  package struct Series<Value: Decodable>: Decodable {
    package let metadata: [String: Double]
    package let description: String
    package let dataClass: Int
    package let steps: [Int]
    package let values: [Value]
  }

  package struct Pixels: Decodable {
    package let size: [Int]
    package let mode: String
    package let pixels: [UInt8]
  }

  package struct Pictures: Decodable {
    package let size: [Int]
    package let pictures: [Pixels]
  }

  package enum Value: Decodable, Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)

    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .number(try container.decode(Double.self))
      }
    }
  }

  package struct HyperParameters: Decodable {
    package struct Experiment: Decodable {
      package struct Parameter: Decodable {
        package let name, type: String
        package let domainDiscrete: [Value]?
        package let domainInterval: [String: Double]?
        package let differs: Bool?
      }
      package struct Metric: Decodable {
        package let name: [String: String]
        package let displayName, description: String
      }
      package let hparamInfos: [Parameter]
      package let metricInfos: [Metric]
    }
    package struct Start: Decodable {
      package let hparams: [String: Value]
      package let groupName: String?
    }
    package struct End: Decodable {
      package let status: String
      package let endTimeSecs: Double
    }
    package let experiment: Experiment?
    package let sessionStartInfo: Start?
    package let sessionEndInfo: End?
  }

  package struct Projector: Decodable {
    package let name, path: String
    package let shape: [Int]
    package let values: [[Float]]
    package let metadata: [[String]]?
    package let sprites: Pixels?
    package let spriteSize: [Int]?
  }

  package struct Run: Decodable {
    package let fileVersion: Double
    package let scalars: [String: Series<Double>]
    package let histograms: [String: Series<[[Double]]>]
    package let images: [String: Series<Pictures>]
    package let prCurves: [String: Series<[[Double]]>]
    package let hparams: HyperParameters
    package let projector: Projector?
  }
}
