// What of the files and directories that a configuration names cannot be used, as far as looking at
// them tells: for the start and -config.verify alike.
//
// Messages begin with the key and end with the operating system's reason. Nothing is opened for
// writing, made or changed; directories may be missing where they can be made. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

// A directory that data will be kept in. An empty path is an error.
Status CheckDataDirectory(std::string_view key, const std::string& path);
// A file that is appended to and made where it is missing, in a directory that is there.
Status CheckAppendableFile(std::string_view key, const std::string& path);
// A file that is read. An empty path is none.
Status CheckReadableFile(std::string_view key, const std::string& path);
// Whether every user of the machine may read the file.
bool IsReadableByAll(const std::string& path);

}  // namespace vivace
