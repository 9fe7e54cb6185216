#include "traceql/syntax/utf8.h"

#include <utf8proc.h>

namespace vivace::traceql {

Rune FirstRune(std::string_view text) {
  if (text.empty()) return {};
  utf8proc_int32_t code = 0;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (bytes <= 0) return {kInvalidRune, 1, true};
  return {code, static_cast<uint32_t>(bytes), false};
}

bool IsLetter(int32_t rune) {
  switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return true;
    default:
      return false;
  }
}

bool IsDigit(int32_t rune) { return utf8proc_category(rune) == UTF8PROC_CATEGORY_ND; }

bool IsNumber(int32_t rune) {
  const auto category = utf8proc_category(rune);
  return category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL ||
         category == UTF8PROC_CATEGORY_NO;
}

bool IsSpace(int32_t rune) {
  if (rune < 0) return false;
  if ((rune >= '\t' && rune <= '\r') || rune == ' ' || rune == 0x85) return true;
  const auto category = utf8proc_category(rune);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

}  // namespace vivace::traceql
