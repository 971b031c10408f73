/// The place of the least value of a smooth convex function, by L-BFGS with a backtracking line search:
/// until the gradient's largest element is below 1e-9, or nothing gets smaller.
///
/// Liu, Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
///
/// - Parameters:
///   - start: Where to begin.
///   - function: The value at x; adds the gradient to zeros.
func minimize(
  from start: [Double], _ function: (_ x: [Double], _ gradient: inout [Double]) -> Double
) -> [Double] {
  func evaluate(_ x: [Double]) -> (value: Double, gradient: [Double]) {
    var gradient = [Double](repeating: 0, count: x.count)
    let value = function(x, &gradient)
    return (value, gradient)
  }
  func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
  var x = start
  var (value, gradient) = evaluate(x)
  var history: [(step: [Double], change: [Double], product: Double)] = []
  for _ in 0..<500 {
    guard gradient.contains(where: { abs($0) > 1e-9 }) else { break }
    // The two-loop recursion: the inverse of the curvature seen so far, times the gradient.
    var direction = gradient
    var shares: [Double] = []
    for pair in history.reversed() {
      let share = dot(pair.step, direction) / pair.product
      shares.append(share)
      for k in direction.indices { direction[k] -= share * pair.change[k] }
    }
    if let last = history.last {
      let scale = last.product / dot(last.change, last.change)
      for k in direction.indices { direction[k] *= scale }
    }
    for (pair, share) in zip(history, shares.reversed()) {
      let other = dot(pair.change, direction) / pair.product
      for k in direction.indices { direction[k] += (share - other) * pair.step[k] }
    }
    let slope = -dot(direction, gradient)
    guard slope < 0 else { break }
    var length = history.isEmpty ? min(1, 1 / dot(gradient, gradient).squareRoot()) : 1.0
    var next = (value: Double.infinity, gradient: gradient)
    var moved = x
    while length > 1e-14 {
      moved = zip(x, direction).map { $0 - length * $1 }
      next = evaluate(moved)
      if next.value <= value + 1e-4 * length * slope { break }
      length /= 2
    }
    guard next.value < value else { break }
    let step = zip(moved, x).map { $0 - $1 }
    let change = zip(next.gradient, gradient).map { $0 - $1 }
    let product = dot(step, change)
    if product > 1e-18 {
      history.append((step, change, product))
      if history.count > 10 { history.removeFirst() }
    }
    (x, value, gradient) = (moved, next.value, next.gradient)
  }
  return x
}
