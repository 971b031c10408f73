import Evaluation

extension EvaluationInput {
  /// The gallery of a file of its own, with the labels of this input's classes.
  ///
  /// Where both files name their classes, classes are the same that have the same name; else those with the same
  /// number.
  ///
  /// - Throws: `FileError`; `Failure` for what does not fit this input.
  func gallery(file path: String, arrays: [Role: String], labelsPath: String?) throws -> Embeddings
  {
    let file = try EvaluationInput(
      file: path, arrays: arrays, labelsPath: labelsPath, labelsOption: "--gallery-labels")
    func refuse(_ reason: String) -> Failure { Failure(.badData, "\(path): \(reason)") }
    guard let embeddings = file.embeddings else {
      throw refuse("there are no features, which a gallery is of")
    }
    guard let own = self.embeddings else {
      throw Failure(.badData, "\(name): there are no features to look for in the gallery")
    }
    guard embeddings.dimension == own.dimension else {
      throw refuse(
        "the gallery has \(embeddings.dimension) features and \(name) \(own.dimension): embed both with "
          + "the same network")
    }
    if let row = file.isLabelled.firstIndex(of: false) {
      throw refuse("row \(row) (counted from 0) of the gallery has no class")
    }
    guard classNames.isEmpty == file.classNames.isEmpty else {
      let (named, numbered) = classNames.isEmpty ? (path, name) : (name, path)
      throw refuse(
        "which classes are the same cannot be told: \(named) names them and \(numbered) numbers them. "
          + "Give labels of one kind")
    }
    guard !classNames.isEmpty else { return embeddings }
    var places: [String: Int] = [:]
    for (label, name) in classNames.enumerated() where places[name] == nil { places[name] = label }
    let labels = embeddings.labels.map { label in
      let name = file.className(label)
      if let place = places[name] { return place }
      // Nobody of the input: behind all of its classes.
      places[name] = max(classNames.count, (own.labels.max() ?? 0) + 1) + places.count
      return places[name]!
    }
    return Embeddings(
      values: embeddings.values, dimension: embeddings.dimension, labels: labels)
  }
}
