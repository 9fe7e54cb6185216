// Configuration files: any text gives a configuration or an error with a message.
#include <filesystem>

#include "config/dump.h"
#include "config/load.h"
#include "fuzz_target.h"

namespace vivace::fuzz {

// The first byte holds the flags.
std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = {
      '\0' + ReadSourceFile("config/vivace.yaml"),
      '\1' + ReadSourceFile("tests/data/config-defaults.yaml"),
      "\1server:\n  http_listen_port: ${PORT:-80}\n  x: ${#A}${A:1:2}${A/b/c}${A%%b*}${A^^}$$\n",
      "\0a: &x {b: 1}\nc:\n  <<: *x\n  d: [1, 2, *x]\n"};
  const std::string folder = VIVACE_SOURCE_DIR "/tests/data/config/seeds";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") {
      seeds.push_back(
          '\1' + ReadSourceFile("tests/data/config/seeds/" + entry.path().filename().string()));
    }
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  if (size == 0) return 0;
  CommandLine line;
  if ((data[0] & 1) != 0) line.expand_env = true;
  line.strict = (data[0] & 2) == 0;
  LoadOptions options;
  options.environment = [](std::string_view name) {
    return name == "A" ? std::optional<std::string>("abcabc") : std::nullopt;
  };
  const Result<LoadedConfig> loaded =
      LoadConfigText(fuzz::AsText(data + 1, size - 1), "fuzz.yaml", line, options);
  if (loaded.has_value()) {
    fuzz::Require(!DumpConfig(*loaded, DumpMode::kEffective).empty(),
                  "a configuration can be shown");
    DumpConfig(*loaded, DumpMode::kDiff);
  } else {
    fuzz::Require(!loaded.error().message.empty(), "an error has a message");
  }
  return 0;
}
