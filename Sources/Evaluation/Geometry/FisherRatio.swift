extension Embeddings {
  /// Between the classes over within the classes, of the features as they are:
  /// Σ_c n_c·‖μ_c − μ‖² / Σ_i ‖x_i − μ_{y_i}‖². Larger is more compact; infinite for classes of one point.
  ///
  /// Fisher, "The use of multiple measurements in taxonomic problems", 1936.
  public func fisherRatio() -> Double {
    let members = indicesByClass(labels).filter { !$0.isEmpty }
    func mean(_ rows: some Collection<Int>) -> [Double] {
      var sum = [Double](repeating: 0, count: dimension)
      for i in rows {
        for (k, value) in row(i).enumerated() { sum[k] += Double(value) }
      }
      return sum.map { $0 / Double(rows.count) }
    }
    let center = mean(0..<count)
    var (between, within) = (0.0, 0.0)
    for rows in members {
      let own = mean(rows)
      between +=
        Double(rows.count) * zip(own, center).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      for i in rows {
        for (value, expected) in zip(row(i), own) {
          within += (Double(value) - expected) * (Double(value) - expected)
        }
      }
    }
    return between / within
  }
}
