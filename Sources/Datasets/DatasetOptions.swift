/// What a user may say about the data set to load.
public struct DatasetOptions: Sendable {
  /// The folder that holds the files of a set that is read from files.
  public var folder: String?
  /// The seed of a drawn set.
  public var seed: UInt64
  /// How many training pictures to take, from the first; all or the set's default if nil.
  public var trainCount: Int?
  /// How many test pictures to take, from the first; all or the set's default if nil.
  public var testCount: Int?
  /// Receives notices of progress, each one line.
  public var report: (@Sendable (String) -> Void)?

  public init(
    folder: String? = nil, seed: UInt64 = 1, trainCount: Int? = nil, testCount: Int? = nil,
    report: (@Sendable (String) -> Void)? = nil
  ) {
    (self.folder, self.seed) = (folder, seed)
    (self.trainCount, self.testCount, self.report) = (trainCount, testCount, report)
  }
}
