/// Results that cannot be judged: what was found, where, and what to do about it.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// What was asked for is not possible.
    case usage
    /// The numbers given are not what they have to be.
    case data
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    (self.kind, self.description) = (kind, description)
  }
}
