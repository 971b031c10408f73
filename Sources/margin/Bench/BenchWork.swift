import Losses
import Torch

/// Something to be timed, of which there are several implementations on the same inputs.
struct BenchWork {
  /// What it is, such as "arcface".
  let name: String
  /// The sizes, such as "256·512·100000".
  let shape: String
  let makeInputs: () throws -> [String: Tensor]
  /// Ours, by name; the first is the one that others are compared with.
  let implementations: [(name: String, make: ([String: Tensor]) throws -> BenchRun)]
  /// Others', as `Benchmarks/peers.py` names them.
  let peers: [String]
  /// The products that cannot be avoided, with room for their results made once.
  let bareProducts: (([String: Tensor]) throws -> () throws -> Void)?
  /// What all implementations have to come near to.
  let reference: ([String: Tensor]) throws -> [String: Tensor]
  /// The largest error allowed, as a share of the largest number of an output, by implementation; of
  /// "" for all others.
  let tolerances: [String: Double]

  func tolerance(of implementation: String) -> Double {
    tolerances[implementation] ?? tolerances[""]!
  }

  var id: String { "\(name) \(shape)" }
}

/// One implementation on some inputs.
struct BenchRun {
  /// What is timed.
  let run: () throws -> Void
  /// What came of the last run, to be compared.
  let outputs: () throws -> [String: Tensor]
}

extension BenchWork {
  static var all: [BenchWork] { heads + pairs + neighbors + evaluation }
}

/// A place for something that closures share.
final class Box<Value> {
  var value: Value?
}
