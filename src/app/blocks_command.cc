#include "app/blocks_command.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/posix_file_system.h"
#include "base/tenant.h"
#include "base/uuid.h"
#include "block/block_indexing.h"
#include "block/block_reader.h"
#include "config/flags.h"
#include "config/load.h"
#include "object/local_store.h"

namespace vivace {

const std::string_view kBlocksUsage =
    "Commands:\n"
    "  blocks index [-tenant NAME] [-block ID] [-rebuild] [flags of the server]\n"
    "    \tMake vivace-index.bin of the blocks in storage.trace.local.path that have none, or of\n"
    "    \tall with -rebuild. Without it queries read more; answers are the same.\n";

namespace {

constexpr int kGood = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct IndexArguments {
  std::optional<std::string> tenant;
  std::optional<Uuid> block;
  bool rebuild = false;
  bool help = false;
  std::vector<std::string> server;  // the server's own flags
};

// A flag as it was written: -name, --name, -name=value.
struct WrittenFlag {
  std::string_view name;
  std::optional<std::string_view> value;
};

WrittenFlag SplitFlag(std::string_view argument) {
  if (!argument.starts_with('-')) return {{}, {}};
  argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
  const size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return {argument, {}};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

Status SetBlock(const std::string& value, IndexArguments& arguments) {
  const auto id = Uuid::Parse(value);
  if (!id.has_value())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid value \"{}\" for flag -block: not the id of a block", value));
  arguments.block = *id;
  return {};
}

Status SetRebuild(std::string_view value, IndexArguments& arguments) {
  if (value != "true" && value != "false")
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid boolean value \"{}\" for flag -rebuild", value));
  arguments.rebuild = value == "true";
  return {};
}

Result<IndexArguments> ParseIndexArguments(std::span<const std::string> given) {
  IndexArguments arguments;
  for (size_t i = 0; i < given.size(); ++i) {
    const WrittenFlag flag = SplitFlag(given[i]);
    if (flag.name == "rebuild") {
      VIVACE_TRY(SetRebuild(flag.value.value_or("true"), arguments));
    } else if (flag.name == "help" || flag.name == "h") {
      arguments.help = true;
    } else if (flag.name == "tenant" || flag.name == "block") {
      if (!flag.value.has_value() && i + 1 == given.size())
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("flag needs an argument: -{}", flag.name));
      const std::string value(flag.value.has_value() ? *flag.value : given[++i]);
      if (flag.name == "tenant") arguments.tenant = value;
      if (flag.name == "block") VIVACE_TRY(SetBlock(value, arguments));
    } else {
      arguments.server.push_back(given[i]);
    }
  }
  return arguments;
}

// The directory of blocks, of the configuration that the server would have.
Result<std::string> BlocksDirectory(const IndexArguments& arguments) {
  VIVACE_ASSIGN(const CommandLine command_line, ParseCommandLine(arguments.server));
  VIVACE_ASSIGN(const LoadedConfig loaded, LoadConfig(command_line));
  const std::string& path = loaded.config.storage.local.path;
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("storage.trace.local.path: \"{}\" is no directory", path));
  }
  return path;
}

// What became of the blocks.
struct Tally {
  size_t made = 0;
  size_t had_one = 0;
  size_t failed = 0;
};

class Indexing {
 public:
  Indexing(ObjectStore& store, bool rebuild) : store_(store), rebuild_(rebuild) {}

  void Run(const std::string& tenant, const Uuid& block) {
    const std::string name = tenant + "/" + block.ToString();
    const auto begin = std::chrono::steady_clock::now();
    BlockReadStats stats;
    const Result<uint64_t> bytes = IndexOne(tenant, block, stats);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (!bytes.has_value()) {
      ++tally_.failed;
      fmt::print(stderr, "{}: {}\n", name, bytes.error().message);
    } else if (*bytes == 0) {
      ++tally_.had_one;
    } else {
      ++tally_.made;
      fmt::print("{}: {} bytes, {:.2f} s\n", name, *bytes, seconds.count());
    }
  }

  const Tally& tally() const { return tally_; }

 private:
  // The size of the index that was made; 0 where there was one.
  Result<uint64_t> IndexOne(const std::string& tenant, const Uuid& block, BlockReadStats& stats) {
    VIVACE_ASSIGN(const std::shared_ptr<BlockReader> reader,
                  BlockReader::Open(store_, tenant, block));
    if (!rebuild_) {
      VIVACE_ASSIGN(const std::shared_ptr<const BlockIndex> known, reader->Index(stats));
      if (known != nullptr) return 0;
    }
    return IndexBlock(store_, *reader, stats);
  }

  ObjectStore& store_;
  const bool rebuild_;
  Tally tally_;
};

// The blocks of a tenant that are finished, or the one that was asked for.
Result<std::vector<Uuid>> BlocksOf(const ObjectStore& store, const std::string& tenant,
                                   const std::optional<Uuid>& wanted) {
  std::vector<Uuid> blocks;
  VIVACE_ASSIGN(const std::vector<std::string> names, store.List(tenant));
  for (const std::string& name : names) {
    const auto id = Uuid::Parse(name);
    if (!id.has_value() || (wanted.has_value() && *wanted != *id)) continue;
    const Result<uint64_t> meta = store.Size(BlockKey(tenant, *id, kMetaName));
    if (!meta.has_value() && meta.error().code == ErrorCode::kNotFound) continue;
    blocks.push_back(*id);
  }
  return blocks;
}

Result<Tally> IndexBlocks(const IndexArguments& arguments) {
  VIVACE_ASSIGN(const std::string path, BlocksDirectory(arguments));
  PosixFileSystem files;
  VIVACE_ASSIGN(const std::unique_ptr<LocalStore> store, LocalStore::Open(files, path));
  std::vector<std::string> tenants;
  if (arguments.tenant.has_value()) {
    tenants.push_back(*arguments.tenant);
  } else {
    VIVACE_ASSIGN(tenants, store->List(""));
  }
  Indexing indexing(*store, arguments.rebuild);
  size_t found = 0;
  for (const std::string& tenant : tenants) {
    VIVACE_ASSIGN(const std::vector<Uuid> blocks, BlocksOf(*store, tenant, arguments.block));
    for (const Uuid& block : blocks) indexing.Run(tenant, block);
    found += blocks.size();
  }
  if (found == 0 && arguments.block.has_value())
    return Fail(ErrorCode::kNotFound,
                fmt::format("no block {} in {}", arguments.block->ToString(), path));
  if (found == 0 && arguments.tenant.has_value())
    return Fail(ErrorCode::kNotFound,
                fmt::format("no blocks of tenant {} in {}", *arguments.tenant, path));
  return indexing.tally();
}

}  // namespace

int RunBlocksCommand(std::span<const std::string> given) {
  if (given.empty() || given.front() != "index") {
    fmt::print(stderr, "vivace blocks: {}\n{}",
               given.empty() ? "a command is missing"
                             : fmt::format("unknown command \"{}\"", given.front()),
               kBlocksUsage);
    return kWrongUsage;
  }
  const Result<IndexArguments> arguments = ParseIndexArguments(given.subspan(1));
  if (!arguments.has_value()) {
    fmt::print(stderr, "{}\n", arguments.error().message);
    return kWrongUsage;
  }
  if (arguments->help) {
    fmt::print("{}", kBlocksUsage);
    return kGood;
  }
  const Result<Tally> tally = IndexBlocks(*arguments);
  if (!tally.has_value()) {
    fmt::print(stderr, "{}\n", tally.error().message);
    return tally.error().code == ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
  }
  fmt::print("{} indexes made, {} blocks had one, {} failed\n", tally->made, tally->had_one,
             tally->failed);
  return tally->failed == 0 ? kGood : kFailed;
}

}  // namespace vivace
