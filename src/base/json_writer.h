// JsonWriter: appends JSON to a string, with the escapes and numbers of Go's encoding/json
// (spec/api.md 0.3).
//
// It keeps no tree and no stack: a comma goes before a key or value unless the text so far ends in
// '{', '[' or ':'. The caller balances Begin and End and writes a key before every value of an
// object. One thread at a time; costs about a nanosecond per byte of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vivace {

class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out), start_(out.size()) {}

  void BeginObject() { Open('{'); }
  void EndObject() { out_ += '}'; }
  void BeginArray() { Open('['); }
  void EndArray() { out_ += ']'; }
  // `name` is plain ASCII and needs no escapes.
  void Key(std::string_view name);
  // A key that comes from data.
  void EscapedKey(std::string_view name);

  void String(std::string_view text);
  void Bool(bool value);
  void Int(int64_t value);
  void Uint(uint64_t value);
  // 64-bit integers of protobuf messages are strings in JSON.
  void QuotedInt(int64_t value);
  void QuotedUint(uint64_t value);
  // NaN and infinities become strings, as protobuf's JSON mapping has it.
  void Double(double value);
  void Null();
  // Bytes as standard base64.
  void Base64(std::string_view raw);
  // Text that is JSON already.
  void Raw(std::string_view json);

  // For taking back what was written since: Rewind(size()).
  size_t size() const { return out_.size(); }
  void Rewind(size_t size) { out_.resize(size); }

 private:
  void Open(char bracket) {
    Comma();
    out_ += bracket;
  }
  void Comma();

  std::string& out_;
  size_t start_;
};

// Appends `text` as a JSON string with quotes. HTML characters and U+2028/9 are escaped, invalid
// UTF-8 becomes \ufffd.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace vivace
