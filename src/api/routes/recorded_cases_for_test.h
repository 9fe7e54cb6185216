// The recorded cases (tests/conformance) for tests in this process: their files, and their
// questions moved to a time of our own.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vivace::testing {

using Json = nlohmann::json;

inline constexpr int64_t kBase = 1795219200;  // a whole hour

inline std::vector<Json> Rows(const std::string& file) {
  std::ifstream stream(std::filesystem::path(VIVACE_SOURCE_DIR) / "tests/conformance" / file);
  std::vector<Json> rows;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) rows.push_back(Json::parse(line));
  }
  return rows;
}

inline bool IsTime(const std::string& key) { return key.ends_with("UnixNano"); }

inline void Shift(Json& node, int64_t seconds = kBase) {
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) {
      if (IsTime(key)) {
        value = fmt::to_string(std::stoll(value.get<std::string>()) + seconds * 1'000'000'000);
      } else {
        Shift(value, seconds);
      }
    }
  } else if (node.is_array()) {
    for (Json& value : node) Shift(value, seconds);
  }
}

inline std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text)
    encoded += isalnum(static_cast<unsigned char>(c))
                   ? std::string(1, c)
                   : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return encoded;
}

// A value with "$T+60" replaced by a time.
inline std::string Filled(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (size_t at = 0; (at = text.find("$T")) != std::string::npos;) {
    size_t end = at + 2;
    if (end < text.size() && (text[end] == '+' || text[end] == '-'))
      end = std::min(text.find_first_not_of("0123456789", end + 1), text.size());
    const std::string offset = text.substr(at + 2, end - at - 2);
    text.replace(at, end - at, fmt::to_string(kBase + (offset.empty() ? 0 : std::stoll(offset))));
  }
  return text;
}

// The parameters of a question as a URL has them.
inline std::string Query(const Json& parameters) {
  std::string query;
  const auto add = [&](const std::string& key, const Json& value) {
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", key, PercentEncoded(Filled(value)));
  };
  for (const auto& [key, value] : parameters.items()) {
    if (value.is_array()) {
      for (const Json& one : value) add(key, one);
    } else {
      add(key, value);
    }
  }
  return query;
}

}  // namespace vivace::testing
