/// CRC-32C, the cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4).
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in
      crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78
    }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~table.withUnsafeBufferPointer { table in
      bytes.reduce(~0) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    }
  }

  /// The checksum as TFRecord files store it: turned and shifted, as the checksum of data that
  /// contain their own checksum says little.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let crc = checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}

/// A record of a TFRecord file: its length, the length's checksum, the data, the data's checksum,
/// all little-endian.
enum TFRecord {
  static func encode(_ data: [UInt8]) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Array($0) }
    var record = length
    record.reserveCapacity(data.count + 16)
    withUnsafeBytes(of: CRC32C.masked(length).littleEndian) { record += $0 }
    record += data
    withUnsafeBytes(of: CRC32C.masked(data).littleEndian) { record += $0 }
    return record
  }
}
