// UTF-8: reads texts code point by code point, and makes texts of other bytes readable.
//
// Attributes and names come from senders as they are, in whatever encoding. Where characters count,
// a byte that is not part of valid UTF-8 is one character, U+FFFD, as in Go. Pure functions, any
// thread; linear in the text, several bytes at a time where it is ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vivace {

// Bytes and code point of the sequence of two to four bytes at the front of `text`, which must not
// be empty; 0 bytes where it is none. Neither overlong ones nor surrogates are valid.
std::pair<size_t, uint32_t> DecodeMultibyteUtf8(std::string_view text);

// Appends the code point's sequence of one to four bytes.
void AppendUtf8(uint32_t point, std::string& out);

bool IsUtf8(std::string_view text);

// `text` as UTF-8, each byte that is not part of it replaced by U+FFFD: itself where it is, else
// kept in `storage`.
std::string_view AsUtf8(std::string_view text, std::string& storage);

}  // namespace vivace
