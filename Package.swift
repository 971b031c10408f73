// swift-tools-version: 6.2

import PackageDescription

// libtorch is where `LIBTORCH` says, else where `make setup` put it. `LIBTORCH` names the folder
// that holds `include` and `lib`: an unpacked libtorch, or `torch` inside a Python environment.
let libtorch = Context.environment["LIBTORCH"] ?? Context.packageDirectory + "/.deps/libtorch"

// The kernels are built for the machine that builds them. `MARGIN_PORTABLE=1` builds them for any
// machine of its architecture, without wide registers and fused multiply-add.
let isPortable = Context.environment["MARGIN_PORTABLE"] == "1"
#if arch(x86_64)
  let kernelSettings: [SwiftSetting] =
    isPortable
    ? [] : [.unsafeFlags(["-Xcc", "-march=native"]), .define("MARGIN_FMA")]
#else
  let kernelSettings: [SwiftSetting] = [.define("MARGIN_FMA")]
#endif

let package = Package(
  name: "margin",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "margin", targets: ["margin"]),
    .library(
      name: "Margin",
      targets: [
        "Torch", "Losses", "Formats", "Datasets", "Networks", "Training", "Evaluation", "Reports",
        "Studies",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    .target(
      name: "CTorch",
      cxxSettings: [
        .unsafeFlags([
          "-isystem", libtorch + "/include",
          "-isystem", libtorch + "/include/torch/csrc/api/include",
        ])
      ],
      linkerSettings: [
        .unsafeFlags([
          "-L" + libtorch + "/lib", "-Xlinker", "-rpath", "-Xlinker", libtorch + "/lib",
        ]),
        .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      ]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    .systemLibrary(
      name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),

    .target(name: "RandomNumbers"),
    .target(name: "LossKernels", swiftSettings: kernelSettings),
    .target(name: "Torch", dependencies: ["CTorch"]),
    .target(name: "Losses", dependencies: ["Torch", "LossKernels", "RandomNumbers"]),
    .target(name: "Formats", dependencies: ["CArchive", "CPNG", "CTurboJPEG", "CZlib"]),
    .target(name: "Datasets", dependencies: ["Formats", "RandomNumbers"]),
    .target(name: "Networks", dependencies: ["RandomNumbers", "Torch"]),
    .target(
      name: "Training",
      dependencies: ["Torch", "Losses", "Formats", "Datasets", "Networks", "RandomNumbers"]),
    .target(
      name: "Evaluation", dependencies: ["Losses", "LossKernels", "RandomNumbers", "Torch"]),
    .target(name: "Reports"),
    .target(
      name: "Studies",
      dependencies: [
        "Torch", "Losses", "Formats", "Datasets", "Networks", "Training", "Evaluation", "Reports",
        "RandomNumbers",
      ]),
    .executableTarget(
      name: "margin",
      dependencies: [
        "Torch", "Losses", "Formats", "Datasets", "Networks", "Training", "Evaluation", "Reports",
        "Studies", "RandomNumbers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "TorchTests", dependencies: ["Torch"]),
    .testTarget(name: "LossesTests", dependencies: ["Losses", "Torch"], exclude: ["Golden"]),
    .target(name: "TensorBoardReader", path: "Tests/TensorBoardReader"),
    .target(name: "ArchiveWriter", dependencies: ["CArchive"], path: "Tests/ArchiveWriter"),
    .testTarget(
      name: "FormatsTests", dependencies: ["ArchiveWriter", "Formats", "TensorBoardReader"],
      exclude: ["Golden"]),
    .testTarget(name: "DatasetsTests", dependencies: ["ArchiveWriter", "Datasets", "Formats"]),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Losses", "RandomNumbers", "Torch"],
      exclude: ["Golden"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports"]),
    .testTarget(name: "NetworksTests", dependencies: ["Networks", "Torch"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Datasets", "Formats", "Losses", "Networks", "TensorBoardReader", "Torch", "Training",
      ]),
    .testTarget(name: "StudiesTests", dependencies: ["Studies", "Formats", "Training"]),
    .testTarget(
      name: "CommandTests",
      dependencies: ["margin", "ArchiveWriter", "Formats", "TensorBoardReader"]),
  ],
  cxxLanguageStandard: .cxx20
)
