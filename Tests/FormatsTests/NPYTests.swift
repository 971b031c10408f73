import Foundation
import Testing

@testable import Formats

@Suite struct NPYTests {
  /// A file with this header text, of version 1.0, and these bytes of elements.
  static func file(
    _ header: String, _ bytes: [UInt8] = [], version: UInt8 = 1, length: Int? = nil
  ) -> [UInt8] {
    let length = length ?? header.utf8.count
    let sizes: [UInt8] =
      version == 1
      ? [UInt8(length & 255), UInt8(length >> 8 & 255)]
      : [UInt8](littleEndian: UInt64(length)).prefix(4).map { $0 }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + sizes + Array(header.utf8) + bytes
  }

  static func header(_ type: String = "<f4", order: String = "False", shape: String) -> String {
    "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
  }

  func error(_ bytes: [UInt8], limit: Int = 1 << 30) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.npy", bytes)
      let error = try fileError(path) { _ = try NPY.read(contentsOf: path, limit: limit) }
      #expect(error.kind == .malformed)
      found = error
    }
    return try #require(found)
  }

  @Test("Every type, order and version that NumPy writes is read as NumPy reads it")
  func golden() throws {
    try withTemporaryFolder { folder in
      let golden = try Golden.read("arrays", as: Golden.Arrays.self)
      #expect(golden.arrays.count > 25)
      for file in golden.arrays {
        let array = try NPY.read(contentsOf: folder.file("x.npy", Array(file.file)))
        let expected = try #require(file.values).map(\.value)
        #expect(array.shape == file.shape, "\(file.name)")
        #expect(array.count == expected.count)
        #expect(areSame(array.doubles(), expected), "\(file.name)")
        #expect(
          areSame(array.floats().map { Double($0) }, expected.map { Double(Float($0)) }),
          "\(file.name)")
        if expected.allSatisfy({ $0.rounded() == $0 && $0.isFinite }) {
          #expect(try array.integers() == expected.map { Int64($0) }, "\(file.name)")
        } else {
          #expect(throws: FileError.self, "\(file.name)") { try array.integers() }
        }
      }
    }
  }

  @Test("Elements that are no numbers are refused with the reason")
  func refused() throws {
    for file in try Golden.read("arrays", as: Golden.Arrays.self).refused {
      let error = try error(Array(file.file))
      #expect(error.problem.contains(file.name), "\(error)")
      #expect(error.remedy != nil)
    }
  }

  @Test("Integers are given only where the numbers are whole, and name the first that is none")
  func integers() throws {
    func array(_ values: [Double]) -> NumericArray {
      NumericArray(values, shape: [values.count], path: "f", name: "labels")
    }
    #expect(try array([0, -3, 4e15]).integers() == [0, -3, 4_000_000_000_000_000])
    for (values, found) in [
      ([1, 0.5], "0.5"), ([0, .nan], "nan"), ([1, .infinity], "inf"), ([0, 0x1p63], "9.22337"),
    ] as [([Double], String)] {
      let error = try fileError("f") { _ = try array(values).integers() }
      #expect(error.place == "array 'labels', element 1")
      #expect(error.problem.contains(found))
    }
    let large = NumericArray(
      .uint64, shape: [2], bytes: [UInt8](littleEndian: 7) + [UInt8](littleEndian: 1 << 63),
      path: "f", name: "labels")
    #expect(try fileError("f") { _ = try large.integers() }.place?.hasSuffix("element 1") == true)
  }

  @Test("Safetensors' types of 16 bits become floats")
  func halves() {
    func floats(_ type: Safetensors.ElementType, _ bits: [UInt16]) -> [Float] {
      NumericArray(
        Safetensors.Entry(
          elementType: type, shape: [bits.count],
          bytes: bits.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }), path: "f", name: "x"
      ).floats()
    }
    #expect(floats(.bfloat16, [0x3F80, 0xC049, 0x0001]) == [1, -3.140625, 0x1p-133])
    #expect(
      floats(.float16, [0x3C00, 0xC248, 0x0001, 0x8400, 0x7BFF, 0xFC00])
        == [1, -3.140625, 0x1p-24, -0x1p-14, 65504, -.infinity])
    #expect(floats(.float16, [0x7E00])[0].isNaN)
  }

  @Test("Headers that are not as NumPy writes them are refused")
  func headers() throws {
    let bytes = [UInt8](repeating: 0, count: 24)
    let good = Self.header(shape: "(2, 3)")
    let cases: [([UInt8], String)] = [
      ([], "magic number"),
      (Array("NUMPY file".utf8), "magic number"),
      (Self.file(good, bytes, version: 4), "version 4.0"),
      (Self.file(good, bytes, length: 60_000), "header of 60000 bytes"),
      (Self.file(good, bytes, version: 2, length: 0x7FFF_FFFF), "header of 2147483647 bytes"),
      (Self.file("[1]", bytes), "'{'"),
      (Self.file("{'descr': '<f4', 'shape': (2, 3)}", bytes), "'fortran_order'"),
      (Self.file(Self.header(order: "1", shape: "(2, 3)"), bytes), "True or False"),
      (Self.file(Self.header(shape: "(2, -3)"), bytes), "tuple"),
      (Self.file(Self.header(shape: "(2, 3"), bytes), "tuple"),
      (Self.file(Self.header(shape: "6"), bytes), "tuple"),
      (Self.file(Self.header(shape: "(99999999999999999999,)"), bytes), "tuple"),
      (Self.file("{'descr': '<f4', 'descr': '<f4', 'shape': (2, 3)}", bytes), "once"),
      (Self.file("{'more': '<f4'}", bytes), "'descr', 'fortran_order' or 'shape'"),
      (Self.file(good + "}", bytes), "no more"),
      (Self.file(Self.header("<f3", shape: "(2, 3)"), bytes), "'<f3'"),
      (Self.file(Self.header("f4", shape: "(2, 3)"), bytes), "'f4'"),
    ]
    for (file, message) in cases {
      let error = try error(file)
      #expect(error.problem.contains(message), "\(error)")
    }
    try withTemporaryFolder { folder in
      // What other writers do: double quotes, no last comma, spaces, and the L of Python 2.
      let other = "{\"descr\":\"<f4\",\"shape\":( 2L ,3L),\"fortran_order\":False}  \n"
      let array = try NPY.read(contentsOf: folder.file("x.npy", Self.file(other, bytes)))
      #expect(array.shape == [2, 3])
    }
  }

  @Test("Sizes are held against the file before memory is taken")
  func sizes() throws {
    let bytes = [UInt8](repeating: 0, count: 24)
    func problem(_ shape: String, limit: Int = 1 << 62) throws -> String {
      try error(Self.file(Self.header(shape: shape), bytes), limit: limit).problem
    }
    #expect(try problem("(2, 4)").contains("truncated: found at most 24 bytes"))
    #expect(try problem("(2, 2)").contains("oversized"))
    #expect(try problem("(1000000, 1000000)").contains("truncated"))
    #expect(try problem("(4611686018427387904, 8)").contains("limit"))
    #expect(try problem("(2, 3)", limit: 23).contains("limit of 23"))
  }

  @Test("Damaged files are refused or read, and never crash")
  func damage() throws {
    let file = Self.file(
      Self.header(order: "True", shape: "(2, 3)"), [UInt8](repeating: 1, count: 24))
    var random = SplitMix(state: 5)
    try withTemporaryFolder { folder in
      for _ in 0..<2000 {
        let path = try folder.file("x.npy", file.damaged(&random))
        do throws(FileError) {
          let array = try NPY.read(contentsOf: path, limit: 1 << 20)
          #expect(array.floats().count == array.count)
        } catch {
          #expect(error.kind == .malformed)
        }
      }
    }
  }
}
