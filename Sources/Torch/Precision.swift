/// What products are computed in, where a part of the work has the choice. Parameters, their gradients and
/// losses are float32 always.
public enum Precision: String, Codable, Sendable, CaseIterable {
  case float32
  /// bfloat16 with sums in float32: half the memory and up to twice the speed or more where the
  /// processor has instructions for it (`Runtime.hasBFloat16`), and 8 significant bits.
  case bf16

  public var dtype: DType {
    switch self {
    case .float32: .float32
    case .bf16: .bfloat16
    }
  }
}
