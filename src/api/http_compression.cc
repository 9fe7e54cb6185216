#include "api/http_compression.h"

#include <algorithm>

namespace vivace {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Whether the parameters of a list entry say q=0, q=0.0, ...
bool IsForbidden(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  return at != std::string_view::npos && Trimmed(parameters.substr(at + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string_view PickEncoding(std::string_view accept_encoding) {
  bool zstd = false;
  bool gzip = false;
  while (!accept_encoding.empty()) {
    const size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view entry = accept_encoding.substr(0, end);
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = Trimmed(entry.substr(0, semicolon));
    if (!IsForbidden(entry.substr(semicolon))) {
      zstd |= name == "zstd";
      gzip |= name == "gzip";
    }
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
  }
  return zstd ? "zstd" : gzip ? "gzip" : "";
}

HttpRespond CompressAnswer(const HttpHeaders& request_headers, Compressor compress, HttpRespond respond) {
  const std::string_view encoding = PickEncoding(FindHeader(request_headers, "accept-encoding"));
  return [encoding, compress = std::move(compress), respond = std::move(respond)](HttpResponse response) {
    response.headers.emplace_back("vary", "Accept-Encoding");
    if (!encoding.empty() && compress && response.body.size() >= kCompressedBytesMin) {
      if (Result<std::string> compressed = compress(encoding, response.body)) {
        response.body = std::move(*compressed);
        response.headers.emplace_back("content-encoding", encoding);
      }
    }
    respond(std::move(response));
  };
}

}  // namespace vivace
