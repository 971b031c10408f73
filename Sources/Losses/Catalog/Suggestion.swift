/// ": did you mean 'x'?" for the known word nearest to a mistyped one; empty if none is near.
public func suggestion(for word: String, among known: [String]) -> String {
  let nearest = known.map { (word: $0, distance: editDistance(word.lowercased(), $0)) }
    .min { $0.distance < $1.distance }
  guard let nearest, nearest.distance <= max(2, word.count / 3) else { return "" }
  return ": did you mean '\(nearest.word)'?"
}

/// The number of insertions, deletions and replacements between two words (Levenshtein).
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, character) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (character == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
