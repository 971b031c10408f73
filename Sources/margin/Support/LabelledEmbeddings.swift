import Evaluation
import Formats
import Foundation
import RandomNumbers
import Training

/// Features with their classes, from wherever they are.
struct LabelledEmbeddings {
  var embeddings: Embeddings
  var title: String
  /// Empty where they are not known.
  var classNames: [String]

  init(embeddings: Embeddings, title: String, classNames: [String]) {
    (self.embeddings, self.title, self.classNames) = (embeddings, title, classNames)
  }

  /// The features of a run's folder, or of a file of any program.
  ///
  /// - Throws: `FileError`; `Failure` for a file without features and labels.
  init(contentsOf path: String) throws {
    let isRun = try isFolderOfRun(path)
    let directory = RunDirectory(path)
    let summary =
      try isRun ? JSONFile.read(StoredSummary.self, from: directory.summaryPath) : nil
    let file = isRun ? directory.embeddingsPath : path
    let input = try EvaluationInput(file: file)
    guard let embeddings = input.embeddings else {
      throw Failure(.badData, "\(file): there are no features; 'margin embed' writes them")
    }
    if let row = input.isLabelled.firstIndex(of: false) {
      throw Failure(.badData, "\(file): row \(row) has no class, which is what colours points")
    }
    self.init(
      embeddings: embeddings,
      title: summary?.run.title ?? (path as NSString).lastPathComponent,
      classNames: summary?.classNames ?? input.classNames)
  }

  /// As many of the samples, in their order; all if there are not more.
  func limited(to limit: Int?, seed: UInt64) -> LabelledEmbeddings {
    guard let limit, limit < embeddings.count else { return self }
    var random = SplitMix64(seed)
    let kept = embeddings.labels.indices.shuffled(using: &random).prefix(limit).sorted()
    var result = self
    result.embeddings = embeddings.select(kept)
    return result
  }
}
