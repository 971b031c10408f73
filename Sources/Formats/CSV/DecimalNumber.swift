import Foundation

/// The number that the text is, correctly rounded; nil where it is none. Spaces and tabs around it
/// are passed over.
///
/// Numbers of up to 15 digits and a small power of ten, the bulk of every table, are exact products
/// of two exact numbers, and need one rounding (Clinger, "How to read floating point numbers
/// accurately", 1990); the others are the C library's.
func decimalNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
  var (position, end) = (0, bytes.count)
  while position < end, isBlank(bytes[position]) { position += 1 }
  while end > position, isBlank(bytes[end - 1]) { end -= 1 }
  let start = position
  guard start < end else { return nil }

  let isNegative = bytes[position] == UInt8(ascii: "-")
  if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
  var mantissa: UInt64 = 0
  var (digits, significant, exponent) = (0, 0, 0)
  func takeDigits(isFraction: Bool) {
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      position += 1
      digits += 1
      if mantissa > 0 || digit > 0 { significant += 1 }
      if significant <= 18 { mantissa = mantissa * 10 + UInt64(digit) }
      if isFraction { exponent -= 1 }
    }
  }
  takeDigits(isFraction: false)
  if position < end, bytes[position] == UInt8(ascii: ".") {
    position += 1
    takeDigits(isFraction: true)
  }
  guard digits > 0 else { return special(bytes, position..<end, isNegative: isNegative) }
  if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
    position += 1
    guard let power = takePower(bytes, &position, end) else { return nil }
    exponent += power
  }
  guard position == end else { return nil }

  if mantissa == 0 { return isNegative ? -0.0 : 0 }
  if significant <= 15, exponent >= -22, exponent <= 22 {
    let value =
      exponent < 0
      ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
    return isNegative ? -value : value
  }
  var text = [CChar](repeating: 0, count: end - start + 1)
  for i in start..<end { text[i - start] = CChar(bitPattern: bytes[i]) }
  return strtod(text, nil)
}

/// The digits of an exponent with their sign; beyond any double's they stay where they are.
private func takePower(
  _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ end: Int
) -> Int? {
  var sign = 1
  if position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
    sign = bytes[position] == UInt8(ascii: "-") ? -1 : 1
    position += 1
  }
  let first = position
  var power = 0
  while position < end, bytes[position] &- UInt8(ascii: "0") <= 9 {
    power = min(power * 10 + Int(bytes[position] &- UInt8(ascii: "0")), 1_000_000)
    position += 1
  }
  return position > first ? sign * power : nil
}

private func special(
  _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, isNegative: Bool
) -> Double? {
  switch String(decoding: bytes[range], as: UTF8.self).lowercased() {
  case "nan": .nan
  case "inf", "infinity": isNegative ? -.infinity : .infinity
  default: nil
  }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
