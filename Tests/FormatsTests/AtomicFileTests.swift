import Formats
import Foundation
import Testing

@Suite struct AtomicFileTests {
  struct Stop: Error {}

  @Test func everyKindOfContentArrivesWhole() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("file")
      try AtomicFile.write([1, 2, 3] as [UInt8], to: path)
      #expect(try contents(path) == [1, 2, 3])
      try AtomicFile.write(Data([4, 5]), to: path)
      #expect(try contents(path) == [4, 5])
      try AtomicFile.write("né", to: path)
      #expect(try contents(path) == Array("né".utf8))
      try [UInt8]([6]).withUnsafeBytes { try AtomicFile.write($0, to: path) }
      #expect(try contents(path) == [6])
      try AtomicFile.write([] as [UInt8], to: path)
      #expect(try contents(path) == [])
      try AtomicFile.write(to: path) { file in
        try file.write("a")
        try file.write([98] as [UInt8])
        try [UInt8]([99]).withUnsafeBytes { try file.write($0) }
      }
      #expect(try contents(path) == Array("abc".utf8))
      #expect(try folder.names() == ["file"])
    }
  }

  @Test func failingBodyLeavesTheOldFileAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("file", [1])
      #expect(throws: Stop.self) {
        try AtomicFile.write(to: path) { file in
          try file.write([2, 3] as [UInt8])
          throw Stop()
        }
      }
      #expect(try contents(path) == [1])
      #expect(try folder.names() == ["file"])
    }
  }

  @Test func oldFileStaysUntilTheBodyHasEnded() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("file", [1])
      try AtomicFile.write(to: path) { file in
        try file.write([2] as [UInt8])
        #expect(try contents(path) == [1])
      }
      #expect(try contents(path) == [2])
    }
  }

  @Test func permissionsOfTheOldFileStay() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("file", [1])
      let manager = FileManager.default
      try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try AtomicFile.write("new", to: path)
      let mode = try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o640)
    }
  }

  @Test func symbolicLinkStaysAndItsFileIsReplaced() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("file", [1])
      let link = folder.path("link")
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
      try AtomicFile.write([2] as [UInt8], to: link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
      #expect(try contents(path) == [2])
      #expect(try folder.names() == ["file", "link"])
    }
  }

  @Test func missingFolderIsReported() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("absent/file")
      let error = try fileError(path) { try AtomicFile.write("x", to: path) }
      #expect(error.kind == .inputOutput)
      #expect(error.problem == "cannot write: No such file or directory")
      #expect(error.remedy == "Create the folder first, or check the path.")
    }
  }

  @Test func fileInPlaceOfAFolderIsReported() throws {
    try withTemporaryFolder { folder in
      let path = try folder.file("file", [1]) + "/inner"
      let error = try fileError(path) { try AtomicFile.write("x", to: path) }
      #expect(error.problem == "cannot write: Not a directory")
    }
  }

  @Test(arguments: ["", "/"]) func folderIsNotReplaced(suffix: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + suffix
      let error = try fileError(path) { try AtomicFile.write("x", to: path) }
      #expect(error.kind == .inputOutput)
      #expect(error.problem == "cannot write: Is a directory")
      #expect(try folder.names() == [])
    }
  }

  @Test func deviceIsNotReplaced() throws {
    let error = try fileError("/dev/null") { try AtomicFile.write("x", to: "/dev/null") }
    #expect(error.problem == "found a device or pipe, expected a regular file")
  }

  @Test func impossiblePathIsReported() throws {
    for path in ["", "a\0b"] {
      let error = try #require(throws: FileError.self) { try AtomicFile.write("x", to: path) }
      #expect(error.kind == .inputOutput)
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may write to a read-only folder"))
  func readOnlyFolderIsReported() throws {
    try withTemporaryFolder { folder in
      let manager = FileManager.default
      try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
      let path = folder.path("file")
      let error = try fileError(path) { try AtomicFile.write("x", to: path) }
      #expect(error.kind == .inputOutput)
      #expect(error.remedy == "Choose a folder that you may write to.")
      #expect(try folder.names() == [])
    }
  }
}
