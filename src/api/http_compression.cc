#include "api/http_compression.h"

#include "base/compression/compress.h"

namespace vivace {

HttpRespond CompressAnswer(const HttpHeaders& request_headers, Compressor compress, HttpRespond respond) {
  const std::string_view encoding = ChooseEncoding(FindHeader(request_headers, "accept-encoding"));
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
