import Formats
import Foundation
import Testing

/// What the reader refuses, and what it says.
@Suite struct SafetensorsHeaderTests {
  func file(_ json: String, data: Int = 0) -> [UInt8] {
    file(Array(json.utf8), data: data)
  }

  func file(_ header: [UInt8], data: Int) -> [UInt8] {
    [UInt8](littleEndian: UInt64(header.count)) + header + [UInt8](repeating: 0, count: data)
  }

  func error(_ bytes: [UInt8], limit: Int = 1 << 36) throws -> FileError {
    var found: FileError?
    try withTemporaryFolder { folder in
      let path = try folder.file("x.safetensors", bytes)
      let error = try fileError(path) { _ = try Safetensors(contentsOf: path, limit: limit) }
      #expect(error.kind == .malformed)
      #expect(error.remedy != nil)
      found = error
    }
    return try #require(found)
  }

  func read(_ bytes: [UInt8]) throws -> Safetensors {
    var read = Safetensors()
    try withTemporaryFolder { folder in
      read = try Safetensors(contentsOf: folder.file("x.safetensors", bytes))
    }
    return read
  }

  func tensor(
    _ name: String = "w", type: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test func whitespaceEscapesAndUnknownMembersAreAccepted() throws {
    let json =
      #" { "\u0061\ud83e\udd8a\n\/" : { "shape" : [ 2 ] , "dtype":"F32","#
      + #""x":{"y":[1,-2.5e3,true,false,null,"s",[],{}]},"data_offsets":[0,8]} } "#
    #expect(try read(file(json, data: 8)).entries["a🦊\n/"]?.shape == [2])
  }

  @Test func tensorsMayBeListedInAnyOrder() throws {
    let json =
      "{" + tensor("b", offsets: "[8,16]") + "," + tensor("c", shape: "[0]", offsets: "[8,8]") + ","
      + tensor("a") + "}"
    let data = (0..<16).map { UInt8($0) }
    let read = try read(file(json) + data)
    #expect(read.entries["a"]?.bytes == Array(data[..<8]))
    #expect(read.entries["b"]?.bytes == Array(data[8...]))
    #expect(read.entries["c"]?.bytes == [])
  }

  @Test func shortFileIsReported() throws {
    for count in 0..<8 {
      let error = try error([UInt8](repeating: 0, count: count))
      #expect(error.problem.hasPrefix("found \(count) bytes, expected at least the 8"))
    }
    // A header length of nothing leaves no JSON.
    #expect(try error([UInt8](repeating: 0, count: 8)).problem.contains("expected an object"))
  }

  @Test(arguments: [3, 1 << 32, UInt64(Int.max), .max]) func headerLengthBeyondTheFileIsReported(
    length: UInt64
  ) throws {
    let error = try error([UInt8](littleEndian: length) + Array("{}".utf8))
    #expect(error.place == "byte 0")
    #expect(error.problem.contains("found a header length of \(length) bytes, expected at most 2"))
  }

  @Test func headerAbove100MegabytesIsReported() throws {
    try withTemporaryFolder { folder in
      // A hole in the file: it takes no space.
      let path = try folder.file("x", [UInt8](littleEndian: 100_000_001))
      #expect(truncate(path, 200_000_000) == 0)
      let error = try fileError(path) { _ = try Safetensors(contentsOf: path) }
      #expect(error.problem.contains("expected at most 100000000"))
    }
  }

  @Test func limitIsExact() throws {
    let bytes = file("{" + tensor() + "}", data: 8)
    #expect(try error(bytes, limit: bytes.count - 1).problem.contains("above the limit"))
    #expect(try read(bytes).entries.count == 1)
  }

  @Test(arguments: [
    ("[]", 0, "found '[', expected an object"),
    ("{", 1, "found the end of the header, expected a string"),
    ("{}x", 2, "found 'x', expected the end of the header"),
    (#"{"w"}"#, 4, "found '}', expected ':'"),
    (#"{"w":1}"#, 5, "found '1', expected an object"),
    (#"{"w":{}"#, 7, "tensor"),
    (#"{"w":{"x":tru}}"#, 10, "found 't', expected a value"),
    (#"{"w":{"x":}}"#, 10, "found '}', expected a value"),
    (#"{"w":{"shape":[1.5]}}"#, 16, "found '.', expected ',' or ']'"),
    (#"{"w":{"shape":[-1]}}"#, 15, "found '-', expected a whole number from 0"),
    (#"{"w":{"shape":[01]}}"#, 15, "found '0', expected a whole number from 0"),
    (#"{"w":{"shape":[1,]}}"#, 17, "found ']', expected a whole number from 0"),
    (#"{"w":{"shape":[9223372036854775808]}}"#, 15, "the number is above"),
    (#"{"w":{"dtype":7}}"#, 14, "found '7', expected a string"),
    (#"{"__metadata__":{"k":1}}"#, 21, "found '1', expected a string"),
    (#"{"__metadata__":[]}"#, 16, "found '[', expected an object"),
    ("{\"a\u{1}\":1}", 3, "found the byte 0x1, expected the end of a string"),
    (#"{"\x":1}"#, 3, "found 'x', expected an escape"),
    (#"{"\u12g4":1}"#, 6, "found 'g', expected four hexadecimal digits"),
    (#"{"\ud800":1}"#, 3, "half of a surrogate pair"),
    (#"{"\ud800\u0041":1}"#, 3, "half of a surrogate pair"),
    (#"{"\udc00":1}"#, 3, "half of a surrogate pair"),
  ])
  func invalidJSONIsReported(json: String, offset: Int, problem: String) throws {
    let error = try error(file(json))
    if problem == "tensor" {
      #expect(error.place == "tensor 'w'")
    } else {
      #expect(error.place == "header, byte \(8 + offset)")
      #expect(error.problem.contains(problem), "\(error)")
    }
  }

  @Test func invalidUnicodeIsReported() throws {
    let header = Array(#"{""#.utf8) + [0xff] + Array(#"":{}}"#.utf8)
    #expect(try error(file(header, data: 0)).problem == "the string is not valid UTF-8")
  }

  @Test func deepNestingIsReported() throws {
    let json = #"{"w":{"x":"# + String(repeating: "[", count: 1_000_000)
    #expect(try error(file(json)).problem == "nesting is too deep")
  }

  @Test func keyThatComesTwiceIsReported() throws {
    let twice = [
      "{" + tensor() + "," + tensor(offsets: "[8,16]") + "}",
      #"{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"__metadata__":{"k":"a","\u006b":"b"},"# + tensor() + "}",
      #"{"__metadata__":{},"__metadata__":{}}"#,
    ]
    for json in twice {
      #expect(try error(file(json, data: 16)).problem.contains("comes twice"))
    }
  }

  @Test(arguments: [
    #"{"w":{"shape":[2],"data_offsets":[0,8]}}"#, #"{"w":{"dtype":"F32","data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[2]}}"#,
  ])
  func incompleteTensorIsReported(json: String) throws {
    let error = try error(file(json, data: 8))
    #expect(error.place == "tensor 'w'")
    #expect(error.problem.contains("found not all of them"))
  }

  @Test func unknownElementTypeIsReported() throws {
    let error = try error(file("{" + tensor(type: "F8_E4M3") + "}", data: 8))
    #expect(error.place == "tensor 'w'")
    #expect(error.problem.contains("'F8_E4M3', expected one of F64, F32"))
  }

  @Test(arguments: [
    ("[3]", "[0,8]", "found 8 bytes of data, expected those of F32 elements of shape [3]"),
    ("[]", "[0,8]", "expected those of F32 elements of shape []"),
    ("[0]", "[0,8]", "expected those of F32 elements of shape [0]"),
    ("[4611686018427387904,4]", "[0,8]", "expected those of F32 elements"),
    ("[4611686018427387905]", "[0,4]", "expected those of F32 elements"),
    ("[2]", "[8,0]", "an end not before it"),
    ("[2]", "[0]", "a start and an end"),
    ("[2]", "[0,4,8]", "a start and an end"),
    ("[2]", "[4,12]", "start at offset 4, expected 0"),
    ("[2]", "[9223372036854775799,9223372036854775807]", "expected 0"),
  ])
  func shapeAndPlaceMustAgree(shape: String, offsets: String, problem: String) throws {
    let error = try error(file("{" + tensor(shape: shape, offsets: offsets) + "}", data: 8))
    #expect(error.place == "tensor 'w'")
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test(arguments: ["[4,12]", "[0,8]", "[12,20]"])
  func overlapAndHoleAreReported(offsets: String) throws {
    let json = "{" + tensor("a") + "," + tensor("b", offsets: offsets) + "}"
    let error = try error(file(json, data: 20))
    #expect(error.problem.contains("expected 8, where those before it end"))
  }

  @Test func truncatedAndOversizedDataAreReported() throws {
    let json = "{" + tensor() + "}"
    let short = try error(file(json, data: 7))
    #expect(short.place == "data")
    #expect(short.problem == "the file is truncated: found 7 bytes behind the header, expected 8")
    let long = try error(file(json, data: 9))
    #expect(long.problem == "the file is oversized: found 9 bytes behind the header, expected 8")
  }

  /// A name out of a file must not break the line of the message, nor flood it.
  @Test func namesInMessagesAreSafe() throws {
    let name = #"\n\u001b[31m"# + String(repeating: "x", count: 1000)
    let place = try #require(try error(file("{" + tensor(name, type: "?") + "}", data: 8)).place)
    #expect(place.hasPrefix(#"tensor '\n\u{1B}[31mxxx"#))
    #expect(place.hasSuffix("…'"))
    #expect(place.count < 120)
  }
}
