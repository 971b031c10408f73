import Formats
import Foundation
import Testing

@Suite struct ArrayFileTests {
  @Test("Every kind of file is known by its content, whatever its name")
  func content() throws {
    try withTemporaryFolder { folder in
      let golden = try Golden.read("arrays", as: Golden.Arrays.self)
      let npy = try ArrayFile(contentsOf: folder.file("npy.bin", Array(golden.arrays[0].file)))
      #expect(Array(npy.arrays.keys) == ["array"])
      for archive in golden.archives {
        let npz = try ArrayFile(contentsOf: folder.file("npz.bin", Array(archive.file)))
        #expect(Set(npz.arrays.keys) == Set(archive.arrays.keys))
        #expect(npz.metadata == [:] && npz.table == nil)
      }
      try Safetensors(
        entries: ["x": Safetensors.Entry([1.5, 2] as [Float], shape: [1, 2])],
        metadata: ["by": "us"]
      ).write(to: folder.path("tensors"))
      let tensors = try ArrayFile(contentsOf: folder.path("tensors"))
      #expect(tensors.arrays["x"]?.floats() == [1.5, 2])
      #expect(tensors.arrays["x"]?.shape == [1, 2])
      #expect(tensors.metadata == ["by": "us"])
    }
  }

  @Test("A table is known by its name, even if it begins as another kind of file does")
  func table() throws {
    try withTemporaryFolder { folder in
      for header in ["PK,label,z", "abcdef,gh{,z"] {
        let path = try folder.file("T.CSV", Array("\(header)\n1,u,2\n3,v,4\n".utf8))
        let file = try ArrayFile(contentsOf: path)
        #expect(file.arrays["array"]?.shape == [2, 2])
        #expect(file.arrays["array"]?.floats() == [1, 2, 3, 4])
        #expect(try file.arrays["array"]?.integers() == [1, 2, 3, 4])
        #expect(file.table?.texts.values.first == ["u", "v"])
      }
      let words = try ArrayFile(
        contentsOf: folder.file("w.csv", Array("a,b\n1,2\n".utf8)), textColumns: ["a", "b"])
      #expect(words.arrays.isEmpty)
    }
  }

  @Test("Other files are refused with what would be read; an ending that lies with what is wrong")
  func others() throws {
    try withTemporaryFolder { folder in
      for bytes in [[], [1, 2, 3], Array("a,b\n1,2\n".utf8)] as [[UInt8]] {
        for name in ["x", "x.txt", "x.npy", "x.npz", "x.safetensors"] {
          let path = try folder.file(name, bytes)
          let error = try fileError(path) { _ = try ArrayFile(contentsOf: path) }
          #expect(error.kind == .malformed)
        }
      }
      let missing = folder.path("nowhere.npy")
      #expect(try fileError(missing) { _ = try ArrayFile(contentsOf: missing) }.kind == .missing)
    }
  }
}
