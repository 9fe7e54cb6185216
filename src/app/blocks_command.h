// `vivace blocks index`: makes the indexes of blocks that have none, for blocks of Tempo and of
// Vivace before it wrote any (docs/operations.md). Runs beside a server on the same directory.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vivace {

// What -help says of it.
extern const std::string_view kBlocksUsage;

// `arguments`: those after `blocks`. The exit code: 0 where every block that was asked for has an
// index, 1 where one could not be made or read, 2 for arguments that make no sense.
int RunBlocksCommand(std::span<const std::string> arguments);

}  // namespace vivace
