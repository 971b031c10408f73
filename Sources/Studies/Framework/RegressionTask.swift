import Datasets
import Torch
import Training

extension StudySession {
  /// Tables of numbers to be predicted, as many as fit the form.
  func regressionTables() throws -> [RegressionTable] {
    let folder = path(.uci) ?? "uci"
    var tables = [try BostonHousing.load(folder)]
    if form != .smoke { tables.append(try AutoMPG.load(folder)) }
    if form == .full {
      tables += try WineQuality.Color.allCases.map { try WineQuality.load(folder, color: $0) }
      tables.append(try CaliforniaHousing.load(folder))
    }
    return tables
  }
}

/// A table split at random, in units of its training part.
struct RegressionTask {
  /// Features [N, D] and targets [N, 1].
  typealias Part = (features: Tensor, targets: Tensor)

  let train, test: Part
  /// Nil where no share was asked for.
  let validation: Part?
  var trainCount: Int { train.features.shape[0] }
  var featureCount: Int { train.features.shape[1] }

  /// - Parameters:
  ///   - testShare: Of all rows.
  ///   - validationShare: Of the rows that are left.
  init(
    _ table: RegressionTable, testShare: Double = 0.25, validationShare: Double? = nil,
    split: UInt64, dtype: DType = .float32
  ) throws {
    let (rest, test) = try table.split(testShare: testShare, seed: split)
    let parts = try validationShare.map { try rest.split(testShare: $0, seed: split) }
    let train = parts?.train ?? rest
    let standardization = Standardization(fittedTo: train)
    func part(_ table: RegressionTable) throws -> Part {
      try table.standardized(by: standardization).tensors(dtype)
    }
    (self.train, self.test) = (try part(train), try part(test))
    validation = try parts.map { try part($0.test) }
  }
}
