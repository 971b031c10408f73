/// Where a tensor lives, by libtorch's own names: "cpu", "cuda", "cuda:1", "mps".
public struct Device: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let name: String

  /// A name is not checked here: using a device that does not exist throws a `TorchError`.
  public init(_ name: String) { self.name = name }
  public init(stringLiteral name: String) { self.name = name }

  public static let cpu: Device = "cpu"

  public var description: String { name }
}
