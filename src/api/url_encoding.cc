#include "api/url_encoding.h"

#include <fmt/format.h>

namespace vivace {

void AppendQueryEscaped(std::string_view text, std::string& url) {
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || std::string_view("-_.~").contains(c);
    if (is_plain) {
      url += c;
    } else if (c == ' ') {
      url += '+';
    } else {
      url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

}  // namespace vivace
