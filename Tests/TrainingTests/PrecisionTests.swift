import Formats
import Foundation
import Testing
import Torch
import Training

@Suite("Runs in bf16")
struct PrecisionTests {
  @Test("can be trained on any processor; the warning is for those without the instructions")
  func processor() throws {
    #if os(Linux) && arch(x86_64)
      let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        .split { $0.isWhitespace }
      #expect(
        try Runtime.hasBFloat16()
          == (flags.contains("avx512_bf16") || flags.contains("amx_bf16")))
    #endif
  }

  @Test("are what the run's folder says; one from before there was a choice is float32")
  func stored() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run.json"
      try JSONFile.write(smallConfiguration { $0.precision = .bf16 }, to: path)
      #expect(try JSONFile.read(RunConfiguration.self, from: path).precision == .bf16)
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      try AtomicFile.write(
        lines.filter { !$0.contains("\"precision\"") }.joined(separator: "\n"), to: path)
      #expect(try JSONFile.read(RunConfiguration.self, from: path).precision == .float32)
    }
  }
}
