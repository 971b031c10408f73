/// Where a row of scores is largest.
public enum RowMaximum {
  /// The largest of scores[i] − offsets[i], and the first i that has it. NaN is passed over.
  ///
  /// - Parameter count: How many there are: at least 1, at most 2³¹ − 1.
  public static func find(
    _ scores: UnsafePointer<Float>, minus offsets: UnsafePointer<Float>, count: Int
  ) -> (place: Int, value: Float) {
    var best = (place: 0, value: -Float.infinity)
    var values = Lanes(repeating: -.infinity)
    var places = SIMD16<Int32>.zero
    var place = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let step = SIMD16<Int32>(repeating: 16)
    var index = 0
    while index + 16 <= count {
      let now = load(scores + index) - load(offsets + index)
      let isMore = now .> values
      values.replace(with: now, where: isMore)
      places.replace(with: place, where: isMore)
      place &+= step
      index += 16
    }
    for lane in 0..<16 {
      let (value, place) = (values[lane], Int(places[lane]))
      if value > best.value || (value == best.value && place < best.place) { best = (place, value) }
    }
    while index < count {
      let value = scores[index] - offsets[index]
      if value > best.value { best = (index, value) }
      index += 1
    }
    return best
  }
}
