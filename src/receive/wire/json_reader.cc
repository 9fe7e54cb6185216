#include "receive/wire/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/base64.h"

namespace vivace {
namespace {

void AppendUtf8(uint32_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 63));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 63));
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  }
}

// The number of the four hexadecimal digits after "\u" at the front of `text`, or -1.
int32_t EscapedUnit(std::string_view text) {
  uint32_t unit = 0;
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return error == std::errc() && end == text.data() + 6 ? static_cast<int32_t>(unit) : -1;
}

// Appends the \u escape at the front of `text`, a lone surrogate as U+FFFD; returns its characters,
// 0 if it is no escape.
size_t AppendUnicodeEscape(std::string_view text, std::string& out) {
  const int32_t unit = EscapedUnit(text);
  if (unit < 0) return 0;
  const int32_t low = unit >= 0xd800 && unit < 0xdc00 ? EscapedUnit(text.substr(6)) : -1;
  if (low >= 0xdc00 && low < 0xe000) {
    AppendUtf8(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), out);
    return 12;
  }
  AppendUtf8(unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit, out);
  return 6;
}

// Appends the escape at the front of `text`; returns its characters, 0 if it is none.
size_t AppendEscape(std::string_view text, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const size_t at = text.size() < 2 ? std::string_view::npos : kLetters.find(text[1]);
  if (at == std::string_view::npos) return AppendUnicodeEscape(text, out);
  out += kMeanings[at];
  return 2;
}

}  // namespace

bool JsonReader::Start(std::string_view body) {
  reason_.clear();
  offset_ = kNoOffset;
  lenient_strings_.clear();
  size_ = body.size();
  objects_ = ElementLimit(size_);
  padded_.resize(std::max(padded_.size(), size_ + simdjson::SIMDJSON_PADDING));
  std::copy(body.begin(), body.end(), padded_.begin());
  std::fill_n(padded_.begin() + static_cast<std::ptrdiff_t>(size_), simdjson::SIMDJSON_PADDING,
              ' ');
  const simdjson::padded_string_view view(padded_.data(), size_, padded_.size());
  is_open_ = false;  // a document that failed to start has no offset
  if (!Check(parser_.iterate(view).get(document_))) return false;
  is_open_ = true;
  return true;
}

bool JsonReader::Close() {
  // simdjson has a location as long as tokens are left.
  return document_.current_location().error() == simdjson::OUT_OF_BOUNDS ||
         Fail("unexpected data after the end of the request");
}

void JsonReader::ShrinkBuffers(size_t bytes_max) {
  if (padded_.size() <= bytes_max) return;
  padded_ = std::string();
  parser_ = simdjson::ondemand::parser();
}

bool JsonReader::Fail(std::string reason) {
  if (!reason_.empty()) return false;
  reason_ = std::move(reason);
  const char* at = nullptr;
  if (is_open_ && document_.current_location().get(at) == simdjson::SUCCESS &&
      at >= padded_.data() && at <= padded_.data() + size_) {
    offset_ = static_cast<size_t>(at - padded_.data());
  }
  return false;
}

bool JsonReader::FailWith(simdjson::error_code code) {
  Fail(simdjson::error_message(code));
  if (code == simdjson::UTF8_ERROR) offset_ = InvalidUtf8Offset();
  return false;
}

Error JsonReader::error() const {
  const size_t offset = std::min(offset_, size_);
  const std::string_view before(padded_.data(), offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t column = offset - (before.rfind('\n') + 1) + 1;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("invalid JSON at offset {} (line {}, column {}): {}", offset, line,
                           column, reason_)};
}

size_t JsonReader::InvalidUtf8Offset() const {
  size_t valid = 0;
  for (size_t step = std::bit_ceil(size_ + 1); step > 0; step /= 2) {
    // A prefix that ends inside a sequence is invalid too; the offset is then that sequence's, at
    // most three bytes early.
    if (valid + step <= size_ && simdjson::validate_utf8(padded_.data(), valid + step))
      valid += step;
  }
  return valid;
}

bool JsonReader::FieldName(simdjson::ondemand::field& field, std::string_view& name) {
  const char* begin = field.key().raw();
  const char* end = begin;
  while (*end != '"' && *end != '\\') ++end;
  if (*end == '\\') return Check(field.unescaped_key().get(name));
  name = {begin, static_cast<size_t>(end - begin)};
  return true;
}

bool JsonReader::IsNull(Value& value) {
  bool is_null = false;
  return value.raw_json_token().front() == 'n' &&
         value.is_null().get(is_null) == simdjson::SUCCESS && is_null;
}

bool JsonReader::IsString(Value& value) { return value.raw_json_token().front() == '"'; }

bool JsonReader::ReadString(Value value, std::string_view& text) {
  const std::string_view token = value.raw_json_token();
  const simdjson::error_code code = value.get_string().get(text);
  return code == simdjson::SUCCESS ||
         (code == simdjson::STRING_ERROR ? ReadStringLeniently(token, text) : FailWith(code));
}

// Senders in UTF-16 languages cut strings in the middle of a surrogate pair; simdjson refuses
// those.
bool JsonReader::ReadStringLeniently(std::string_view token, std::string_view& text) {
  if (lenient_strings_.capacity() < size_)
    lenient_strings_.reserve(size_);  // once: views of earlier strings must stay
  const size_t begin = lenient_strings_.size();
  for (size_t i = 1; i < token.size() && token[i] != '"';) {
    if (token[i] != '\\') {
      lenient_strings_ += token[i++];
      continue;
    }
    const size_t escape = AppendEscape(token.substr(i), lenient_strings_);
    if (escape == 0) return Fail("invalid escape in a string");
    i += escape;
  }
  text = std::string_view(lenient_strings_).substr(begin);
  return true;
}

template <typename T>
bool JsonReader::ReadQuotedInteger(Value value, T& out) {
  std::string_view text;
  if (!ReadString(value, text)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return true;
  return Fail(fmt::format("invalid integer \"{}\"", text.substr(0, 64)));
}

bool JsonReader::ReadInt64(Value value, int64_t& out) {
  if (IsString(value)) return ReadQuotedInteger(value, out);
  if (value.get_int64().get(out) == simdjson::SUCCESS) return true;
  double number = 0;  // 1e3 and 1.0 are integers too
  if (!Check(value.get_double().get(number))) return false;
  if (number != std::floor(number) || std::fabs(number) >= 0x1p63)
    return Fail(fmt::format("{} is not a 64-bit integer", number));
  out = static_cast<int64_t>(number);
  return true;
}

bool JsonReader::ReadUint64(Value value, uint64_t& out) {
  if (IsString(value)) return ReadQuotedInteger(value, out);
  if (value.get_uint64().get(out) == simdjson::SUCCESS) return true;
  double number = 0;
  if (!Check(value.get_double().get(number))) return false;
  if (number != std::floor(number) || number < 0 || number >= 0x1p64) {
    return Fail(fmt::format("{} is not an unsigned 64-bit integer", number));
  }
  out = static_cast<uint64_t>(number);
  return true;
}

bool JsonReader::ReadUint32(Value value, uint32_t& out) {
  uint64_t wide = 0;
  if (!ReadUint64(value, wide)) return false;
  if (wide > std::numeric_limits<uint32_t>::max())
    return Fail(fmt::format("{} does not fit 32 bits", wide));
  out = static_cast<uint32_t>(wide);
  return true;
}

bool JsonReader::ReadDouble(Value value, double& out) {
  if (!IsString(value)) return Check(value.get_double().get(out));
  std::string_view text;
  if (!ReadString(value, text)) return false;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return out = std::numeric_limits<double>::quiet_NaN(), true;
  if (text == "Infinity") return out = kInfinity, true;
  if (text == "-Infinity") return out = -kInfinity, true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(out)) return true;
  return Fail(fmt::format("invalid number \"{}\"", text.substr(0, 64)));
}

bool JsonReader::ReadScalar(Value value, AttributeValue& out) {
  out = {};
  auto type = simdjson::ondemand::json_type::null;
  if (!Check(value.type().get(type))) return false;
  std::string_view text;
  bool flag = false;
  double number = 0;
  int64_t integer = 0;
  switch (type) {
    case simdjson::ondemand::json_type::string:
      return ReadString(value, text) && (out = AttributeValue::String(text), true);
    case simdjson::ondemand::json_type::boolean:
      return ReadBool(value, flag) && (out = AttributeValue::Bool(flag), true);
    case simdjson::ondemand::json_type::number:
      if (value.get_int64().get(integer) == simdjson::SUCCESS)
        return out = AttributeValue::Int(integer), true;
      if (!ReadDouble(value, number)) return false;
      out = number == std::floor(number) && std::fabs(number) < 0x1p63
                ? AttributeValue::Int(static_cast<int64_t>(number))
                : AttributeValue::Double(number);
      return true;
    default:
      return true;
  }
}

bool JsonReader::ReadBytes(Value value, std::string& raw) {
  std::string_view text;
  if (!ReadString(value, text)) return false;
  Result<std::string> decoded = FromBase64(text);
  if (!decoded) return Fail(std::move(decoded.error().message));
  raw = std::move(*decoded);
  return true;
}

}  // namespace vivace
