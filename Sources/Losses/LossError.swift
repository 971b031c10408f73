/// A loss that was asked for something it cannot do.
public struct LossError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// A name, parameter or option that the loss does not have or accept.
    case usage
    /// Tensors that the loss cannot work on.
    case data
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
