import Evaluation
import Formats
import Foundation

extension EvaluationInput {
  /// What an array of a file is.
  enum Role: String, CaseIterable {
    case features, flipped, logits, probabilities, labels, weights

    /// The names it goes by in files.
    var names: [String] {
      switch self {
      case .features: [EmbeddingFile.featuresKey, "embeddings", "array"]
      case .flipped: [EmbeddingFile.flippedKey]
      case .logits: ["logits"]
      case .probabilities: ["probabilities", "predictions"]
      case .labels: [EmbeddingFile.labelsKey, "label", "ground_truth", "targets"]
      case .weights: ["weights"]
      }
    }
  }

  /// A file: safetensors, npy, npz or csv.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - arrays: The names of arrays that do not go by their usual ones, by role.
  ///   - labelsPath: A file of the labels, where they are in one of their own.
  ///   - labelsOption: What gives such a file, for messages.
  ///   - scoreLimit: How many scores are held at once, at most.
  /// - Throws: `FileError`; `Failure` for what is missing, does not fit together or is not finite.
  init(
    file path: String, arrays chosen: [Role: String] = [:], labelsPath: String? = nil,
    labelsOption: String = "--labels", scoreLimit: Int = EvaluationInput.scoreLimit
  ) throws {
    let file = try ArrayFile(contentsOf: path, textColumns: ["name"])
    func array(_ role: Role) throws -> NumericArray? {
      if let name = chosen[role] {
        guard let array = file.arrays[name] else {
          throw Failure(
            .badData,
            "\(path): there is no array '\(name)' for --array \(role.rawValue); there are "
              + Self.list(file.arrays.keys))
        }
        return array
      }
      // What was given another role by name is not taken for its usual one.
      return role.names.lazy.filter { !chosen.values.contains($0) }.compactMap { file.arrays[$0] }
        .first
    }
    func matrix(_ role: Role) throws -> (values: [Float], rows: Int, columns: Int)? {
      guard let array = try array(role) else { return nil }
      if let table = file.table { return try Self.numbers(table, path) }
      guard array.shape.count == 2, array.shape[0] > 0, array.shape[1] > 0 else {
        throw Failure(
          .badData,
          "\(path): '\(array.name)' has the shape \(array.shape); \(role.rawValue) are a matrix, a "
            + "row for each sample")
      }
      return (array.floats(), array.shape[0], array.shape[1])
    }
    let features = try matrix(.features)
    let flipped = try matrix(.flipped)
    let logits = try matrix(.logits)
    let probabilities = try logits == nil ? matrix(.probabilities) : nil
    guard features != nil || logits != nil || probabilities != nil else {
      throw Failure(
        .badData,
        "\(path): there are no features, logits or probabilities; there is "
          + "\(Self.list(file.arrays.keys)). Say which is what: --array features=NAME")
    }
    let rows = (features ?? logits ?? probabilities)!.rows
    for (role, other) in [("logits", logits), ("probabilities", probabilities)] {
      if let other, other.rows != rows {
        throw Failure(
          .badData, "\(path): there are \(rows) rows of features and \(other.rows) of \(role)")
      }
    }
    if let flipped, let features, flipped.values.count != features.values.count {
      throw Failure(
        .badData,
        "\(path): features are \(rows)×\(features.columns), those of mirrored pictures "
          + "\(flipped.rows)×\(flipped.columns)")
    }
    var classNames = try Self.texts(file.metadata[EmbeddingFile.classNamesKey], path) ?? []
    names = try Self.texts(file.metadata[EmbeddingFile.namesKey], path) ?? file.table?.texts["name"]
    if let names, names.count != rows {
      throw Failure(.badData, "\(path): there are \(names.count) names for \(rows) rows")
    }
    let found =
      try labelsPath.map { try Self.labels(ofFile: $0) }
      ?? Self.labels(file, path, array(.labels), &classNames)
    guard let labels = found else {
      throw Failure(
        .badData,
        "\(path): there are no labels; there is \(Self.list(file.arrays.keys)). Name the array with "
          + "--array labels=NAME, a column of a table 'label', or give \(labelsOption) FILE")
    }
    guard labels.count == rows else {
      throw Failure(
        .badData, "\(labelsPath ?? path): there are \(labels.count) labels for \(rows) rows")
    }
    isLabelled = labels.map { $0 >= 0 }
    // A row without a class is in one of its own, behind all others.
    let known = labels.map { max($0, 0) }
    name = path
    embeddings = features.map {
      Embeddings(values: $0.values, dimension: $0.columns, labels: known)
    }
    mirrored = flipped.map { Embeddings(values: $0.values, dimension: $0.columns, labels: known) }
    do {
      try embeddings?.requireFinite()
      try mirrored?.requireFinite()
      if let matrix = logits ?? probabilities {
        let kind: Predictions.Kind = logits == nil ? .probabilities : .logits
        func predictions(_ rows: Range<Int>) throws -> Predictions {
          try Predictions(
            kind,
            Array(
              matrix.values[rows.lowerBound * matrix.columns..<rows.upperBound * matrix.columns]),
            classCount: matrix.columns, labels: Array(labels[rows]), firstRow: rows.lowerBound)
        }
        if rows <= scoreLimit / matrix.columns {
          self.predictions = try predictions(0..<rows)
          scores = self.predictions.map { SampleScores($0) }
        } else {
          var scores = SampleScores(classCount: matrix.columns)
          let height = max(1, Self.blockSize / matrix.columns)
          for start in stride(from: 0, to: rows, by: height) {
            try scores.append(predictions(start..<min(start + height, rows)))
          }
          self.scores = scores
        }
        predicted = scores!.predicted
      }
    } catch let error as EvaluationError {
      throw Failure(.badData, "\(path): \(error)")
    }
    self.classNames = classNames
    proxies = try matrix(.weights).flatMap { weights in
      weights.columns == features?.columns ? weights.values : nil
    }
  }

  /// Scores in a block, where not all are held.
  private static let blockSize = 16 << 20

  private static func list(_ names: some Collection<String>) -> String {
    names.isEmpty ? "nothing" : names.sorted().map { "'\($0)'" }.joined(separator: ", ")
  }

  private static func texts(_ json: String?, _ path: String) throws -> [String]? {
    guard let json else { return nil }
    guard let texts = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) else {
      throw Failure(
        .badData, "\(path): its metadata 'names' and 'class-names' are no lists of text")
    }
    return texts
  }

  /// The labels of a file: an array, or a table's column of numbers or names.
  private static func labels(
    _ file: ArrayFile, _ path: String, _ array: NumericArray?, _ classNames: inout [String]
  ) throws -> [Int]? {
    guard let table = file.table else { return try array.map { try whole($0, $0.path) } }
    if let texts = table.texts["label"] {
      classNames = Set(texts).sorted()
      let places = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
      return texts.map { places[$0]! }
    }
    guard let column = table.numericNames.firstIndex(of: "label") else {
      throw Failure(
        .badData,
        "\(path): there is no column 'label' among \(list(table.columnNames)); name it so in the "
          + "first line, or give --labels FILE")
    }
    return try (0..<table.rowCount).map { row in
      let value = table.numbers[row * table.numericNames.count + column]
      guard let label = Int(exactly: value), (-1..<1 << 31).contains(label) else {
        throw Failure(
          .badData, "\(path): line \(row + 2): the label \(value) is no whole number from −1 on")
      }
      return label
    }
  }

  /// The columns of numbers of a table, but for the labels.
  private static func numbers(
    _ table: CSV, _ path: String
  ) throws -> (values: [Float], rows: Int, columns: Int) {
    let columns = table.numericNames.indices.filter { table.numericNames[$0] != "label" }
    guard !columns.isEmpty else {
      throw Failure(
        .badData,
        "\(path): besides 'label' and 'name' there is no column of numbers; found "
          + list(table.columnNames))
    }
    let width = table.numericNames.count
    let values = (0..<table.rowCount).flatMap { row in
      columns.map { Float(table.numbers[row * width + $0]) }
    }
    return (values, table.rowCount, columns.count)
  }

  private static func labels(ofFile path: String) throws -> [Int] {
    let file = try ArrayFile(contentsOf: path)
    let array = Role.labels.names.lazy.compactMap { file.arrays[$0] }.first ?? file.arrays["array"]
    guard let array else {
      throw Failure(
        .badData, "\(path): found \(list(file.arrays.keys)), expected an array of one label a row")
    }
    return try whole(array, path)
  }

  private static func whole(_ array: NumericArray, _ path: String) throws -> [Int] {
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
      throw Failure(
        .badData, "\(path): '\(array.name)' has the shape \(array.shape); labels are one a row")
    }
    return try array.integers().enumerated().map { row, label in
      guard (-1..<1 << 31).contains(label) else {
        throw Failure(
          .badData,
          "\(path): the label \(label) of row \(row) is out of range: −1 (no class) to 2³¹")
      }
      return Int(label)
    }
  }
}
