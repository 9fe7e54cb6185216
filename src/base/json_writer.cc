#include "base/json_writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "base/go_format.h"
#include "base/utf8.h"

namespace vivace {
namespace {

// 1 for the bytes that stand for themselves in a JSON string.
constexpr std::array<uint8_t, 256> MakePlain() {
  std::array<uint8_t, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c)
    plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  return plain;
}

constexpr std::array<uint8_t, 256> kPlain = MakePlain();

void AppendAscii(char c, std::string& out) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const size_t at = kShort.find(c);
  if (at != std::string_view::npos) {
    out += '\\';
    out += kLetters[at];
  } else {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

// Appends the sequence at the front of `text` and returns its bytes.
size_t AppendMultibyte(std::string_view text, std::string& out) {
  const auto [size, point] = DecodeMultibyteUtf8(text);
  if (size == 0) {
    out += "\\ufffd";
    return 1;
  }
  if (point == 0x2028 || point == 0x2029) {
    out += point == 0x2028 ? "\\u2028" : "\\u2029";
  } else {
    out += text.substr(0, size);
  }
  return size;
}

template <typename T>
void AppendInteger(T value, std::string& out) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (kPlain[byte]) {
      ++i;
      continue;
    }
    out.append(text, done, i - done);
    if (byte < 0x80) {
      AppendAscii(text[i++], out);
    } else {
      i += AppendMultibyte(text.substr(i), out);
    }
    done = i;
  }
  out.append(text, done);
  out += '"';
}

void JsonWriter::Comma() {
  if (out_.size() == start_) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

void JsonWriter::Key(std::string_view name) {
  Comma();
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void JsonWriter::EscapedKey(std::string_view name) {
  Comma();
  AppendJsonString(name, out_);
  out_ += ':';
}

void JsonWriter::String(std::string_view text) {
  Comma();
  AppendJsonString(text, out_);
}

void JsonWriter::Bool(bool value) { Raw(value ? "true" : "false"); }

void JsonWriter::Int(int64_t value) {
  Comma();
  AppendInteger(value, out_);
}

void JsonWriter::Uint(uint64_t value) {
  Comma();
  AppendInteger(value, out_);
}

void JsonWriter::QuotedInt(int64_t value) {
  Comma();
  out_ += '"';
  AppendInteger(value, out_);
  out_ += '"';
}

void JsonWriter::QuotedUint(uint64_t value) {
  Comma();
  out_ += '"';
  AppendInteger(value, out_);
  out_ += '"';
}

void JsonWriter::Double(double value) {
  if (std::isnan(value)) return Raw("\"NaN\"");
  if (std::isinf(value)) return Raw(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  Comma();
  AppendGoJsonFloat(value, out_);
}

void JsonWriter::Null() { Raw("null"); }

void JsonWriter::Base64(std::string_view raw) {
  Comma();
  out_ += '"';
  AppendBase64(raw, out_);
  out_ += '"';
}

void JsonWriter::Raw(std::string_view json) {
  Comma();
  out_ += json;
}

}  // namespace vivace
