import Formats
import Testing

@Suite struct SafetensorsTests {
  static let sample = Safetensors(
    entries: [
      "weights": .init([1, -2.5, .infinity, .nan, -0.0, 3] as [Float], shape: [2, 3]),
      "loss": .init([0.1] as [Double], shape: []),
      "labels": .init([3, .min, .max] as [Int64], shape: [3]),
      "mask": .init(elementType: .bool, shape: [5], bytes: [0, 1, 1, 0, 1]),
      "none": .init([] as [Float], shape: [0, 4]),
      "\"quoted\"\\ \n\u{1} é 🦊": .init([7] as [Float], shape: [1]),
    ],
    metadata: ["format": "pt", "a \"key\"": "tab\t, é, \u{1F}, \\"])

  @Test func writtenFileComesBackBitForBit() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.safetensors")
      try Self.sample.write(to: path)
      let read = try Safetensors(contentsOf: path)
      #expect(read.metadata == Self.sample.metadata)
      #expect(Set(read.entries.keys) == Set(Self.sample.entries.keys))
      for (name, entry) in Self.sample.entries {
        #expect(read.entries[name]?.elementType == entry.elementType)
        #expect(read.entries[name]?.shape == entry.shape)
        #expect(read.entries[name]?.bytes == entry.bytes)
      }
    }
  }

  @Test func payloadsOfNaNComeBack() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.safetensors")
      let singles: [UInt32] = [0x7fc0_1234, 0xff80_0001, 0x7f80_0001, 0xffff_ffff]
      let doubles: [UInt64] = [0x7ff8_0000_dead_beef, 0x7ff0_0000_0000_0001, 0xfff8_0000_0000_0000]
      try Safetensors(entries: [
        "s": .init(singles.map { Float(bitPattern: $0) }, shape: [4]),
        "d": .init(doubles.map { Double(bitPattern: $0) }, shape: [3]),
      ]).write(to: path)
      let read = try Safetensors(contentsOf: path)
      #expect(read.entries["s"]?.floats?.map(\.bitPattern) == singles)
      #expect(read.entries["d"]?.doubles?.map(\.bitPattern) == doubles)
    }
  }

  @Test func everyElementTypeComesBack() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.safetensors")
      var file = Safetensors()
      for type in Safetensors.ElementType.allCases {
        file.entries[type.rawValue] = .init(
          elementType: type, shape: [3], bytes: (0..<3 * type.byteCount).map { UInt8($0) })
      }
      try file.write(to: path)
      let read = try Safetensors(contentsOf: path)
      for type in Safetensors.ElementType.allCases {
        #expect(read.entries[type.rawValue]?.elementType == type)
        #expect(read.entries[type.rawValue]?.bytes == file.entries[type.rawValue]?.bytes)
      }
    }
  }

  @Test func accessorsAnswerOnlyForTheirType() {
    let floats = Safetensors.Entry([1.5] as [Float], shape: [1])
    #expect(floats.floats == [1.5])
    #expect(floats.doubles == nil)
    #expect(floats.int64s == nil)
    let doubles = Safetensors.Entry([1.5] as [Double], shape: [1])
    #expect(doubles.doubles == [1.5])
    #expect(doubles.floats == nil)
    let integers = Safetensors.Entry([-2] as [Int64], shape: [1])
    #expect(integers.int64s == [-2])
    #expect(integers.bytes == [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    #expect(integers.floats == nil)
  }

  @Test func writtenBytesAreThoseOfTheFormat() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.safetensors")
      try Safetensors(
        entries: [
          "b": .init([1] as [Float], shape: [1]), "a": .init([] as [Float], shape: [0]),
          "wide": .init([2] as [Double], shape: []),
        ], metadata: ["k": "v"]
      ).write(to: path)
      let json =
        #"{"__metadata__":{"k":"v"},"#
        + #""wide":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"#
        + #""a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#
      let padded = json.utf8.count + (8 - json.utf8.count % 8) % 8
      let expected =
        [UInt8](littleEndian: UInt64(padded)) + Array(json.utf8)
        + [UInt8](repeating: 0x20, count: padded - json.utf8.count)
        + [0, 0, 0, 0, 0, 0, 0, 0x40] + [0, 0, 0x80, 0x3f]
      #expect(try contents(path) == expected)
    }
  }

  @Test func equalContentGivesEqualBytes() throws {
    try withTemporaryFolder { folder in
      try Self.sample.write(to: folder.path("a"))
      var other = Safetensors()
      for (name, entry) in Self.sample.entries.sorted(by: { $0.key > $1.key }) {
        other.entries[name] = entry
      }
      other.metadata = Self.sample.metadata
      try other.write(to: folder.path("b"))
      #expect(try contents(folder.path("a")) == contents(folder.path("b")))
    }
  }

  @Test func emptyFileOfNoTensorsComesBack() throws {
    try withTemporaryFolder { folder in
      try Safetensors().write(to: folder.path("x"))
      let read = try Safetensors(contentsOf: folder.path("x"))
      #expect(read.entries.isEmpty)
      #expect(read.metadata.isEmpty)
    }
  }

  @Test func contentThatCannotBeWrittenIsReported() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("x.safetensors")
      let one = Safetensors.Entry([1] as [Float], shape: [1])
      let bad: [(String, Safetensors.Entry)] = [
        ("__metadata__", one),
        ("w", .init([1] as [Float], shape: [2])),
        ("w", .init([1] as [Float], shape: [-1])),
        ("w", .init([] as [Float], shape: [.max, .max])),
        ("w", .init(elementType: .float32, shape: [1], bytes: [1, 2, 3])),
      ]
      for (name, entry) in bad {
        let file = Safetensors(entries: [name: entry, "fine": one])
        let error = try fileError(path) { try file.write(to: path) }
        #expect(error.kind == .malformed)
        #expect(error.place == "tensor '\(name)'")
      }
      #expect(try folder.names() == [])
    }
  }

  @Test func missingFileAndFolderAreReported() throws {
    try withTemporaryFolder { folder in
      for path in [folder.path("absent"), folder.path] {
        let error = try fileError(path) { _ = try Safetensors(contentsOf: path) }
        #expect(error.kind == .missing)
      }
    }
  }

  @Test func damageThrowsOrIsHarmless() throws {
    var random = SplitMix(state: 3)
    try withTemporaryFolder { folder in
      let source = folder.path("source")
      try Self.sample.write(to: source)
      let original = try contents(source)
      for _ in 0..<6000 {
        let path = try folder.file("x", original.damaged(&random))
        do {
          for (_, entry) in try Safetensors(contentsOf: path).entries {
            let count = entry.shape.reduce(1, *)
            #expect(entry.bytes.count == count * entry.elementType.byteCount)
            _ = (entry.floats, entry.doubles, entry.int64s)
          }
        } catch let error as FileError {
          #expect(error.kind == .malformed)
        }
      }
    }
  }
}
